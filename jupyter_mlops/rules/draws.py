"""Calls that draw random numbers which decide what comes out, and calls that seed them.

    train_test_split(X, y)               # draws: it has no random_state
    RandomForestClassifier()             # draws when it is fitted
    np.random.rand(3), random.random()   # draw from a stream of the process
    np.random.default_rng()              # a generator with a seed of the system's
    np.random.seed(0)                    # seeds the stream, for what has no random_state too

The table holds what surely gives another result: not estimators that draw only for ties or within their tolerance
(DecisionTree, GradientBoosting without subsample, SVC, LogisticRegression, PCA), nor those with a fixed seed of their
own (XGBoost, LightGBM, CatBoost). What PyTorch and TensorFlow draw is left out: few notebooks seed it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Literal

from jupyter_mlops.rules.library_calls import LibraryCall

_TAKE_A_SEED = re.compile(
    r"sklearn\.model_selection\.(train_test_split|\w*ShuffleSplit|Repeated\w*KFold|RandomizedSearchCV"
    r"|HalvingRandomSearchCV|ParameterSampler)|sklearn\.utils\.(shuffle|resample)|sklearn\.datasets\.make_\w+"
    r"|sklearn\.ensemble\.(RandomForest\w+|ExtraTrees\w+|Bagging\w+|IsolationForest|RandomTreesEmbedding)"
    r"|sklearn\.tree\.ExtraTree\w+|sklearn\.neural_network\.\w+"
    r"|sklearn\.linear_model\.(SGD\w+|Perceptron|PassiveAggressive\w+|RANSACRegressor)"
    r"|sklearn\.cluster\.(KMeans|MiniBatchKMeans|BisectingKMeans|SpectralClustering)|sklearn\.mixture\.\w+"
    r"|sklearn\.decomposition\.(LatentDirichletAllocation|FastICA|MiniBatch\w+|DictionaryLearning)"
    r"|sklearn\.random_projection\.\w+Projection|sklearn\.kernel_approximation\.(RBFSampler|Nystroem|SkewedChi2Sampler)"
    r"|imblearn\.(over_sampling|combine|ensemble)\.[A-Z]\w+|imblearn\.under_sampling\.RandomUnderSampler|umap\.UMAP"
    r"|scipy\.stats\.\w+\.rvs"
)
# Those that draw only where one of these arguments is given.
_ONLY_WITH = (
    (re.compile(r"sklearn\.model_selection\.(Stratified|StratifiedGroup|Group)?KFold"), ("shuffle",)),
    (re.compile(r"sklearn\.ensemble\.GradientBoosting\w+"), ("subsample", "max_features", "n_iter_no_change")),
    (re.compile(r"sklearn\.tree\.DecisionTree\w+"), ("max_features",)),
)
_SEEDS = ("random_state", "seed", "random_seed", "rng")
_STREAMS = re.compile(r"(?P<stream>numpy\.random|random)\.(?!seed$|get_?state$|set_?state$|default_rng$)[a-z]\w*")
_GENERATORS = frozenset({"numpy.random.default_rng", "numpy.random.RandomState", "random.Random"})
_SEEDING = re.compile(r"(.*\.)?\w*seed\w*", re.IGNORECASE)


@dataclass(frozen=True)
class Draw:
    """A call that draws: it has no seed of its own, draws from a stream, or makes a generator without a seed."""

    call: LibraryCall
    kind: Literal["argument", "stream", "generator"]
    stream: Literal["numpy", "python"]


def draw(call: LibraryCall) -> Draw | None:
    """What a call draws, if it does."""
    if call.name in _GENERATORS:
        first = call.argument(0, "seed", "x")
        return Draw(call, "generator", "numpy") if not call.opens and _is_nothing(first) else None
    stream = _STREAMS.fullmatch(call.name)
    if stream:
        return Draw(call, "stream", "python" if stream["stream"] == "random" else "numpy")
    if _takes_a_seed(call) and not call.opens and _is_nothing(call.argument(None, *_SEEDS)):
        return Draw(call, "argument", "numpy")
    return None


def _takes_a_seed(call: LibraryCall) -> bool:
    if call.name == ".sample":
        # a frame's rows; what a mixture or a distribution gives is asked for by position
        return call.argument(None, "frac", "n") is not None
    for pattern, arguments in _ONLY_WITH:
        if pattern.fullmatch(call.name):
            return any(not _is_nothing(call.argument(None, each)) for each in arguments)
    if not _TAKE_A_SEED.fullmatch(call.name):
        return False
    if call.last == "train_test_split" and _is_nothing(call.argument(None, "shuffle"), absent=False):
        return False
    starts = call.argument(None, "init")
    return starts is None or isinstance(starts, ast.Constant)


def _is_nothing(node: ast.expr | None, *, absent: bool = True) -> bool:
    """Whether an argument is None or False, or is not given."""
    if node is None:
        return absent
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def seeds(call: LibraryCall) -> frozenset[str]:
    """The streams that a call seeds; one of the notebook's own, such as `seed_everything(1)`, seeds all."""
    if not _SEEDING.fullmatch(call.last) or not (call.node.args or call.node.keywords):
        return frozenset()
    if call.name == "numpy.random.seed":
        return frozenset({"numpy"})
    if call.name == "random.seed":
        return frozenset({"python"})
    if call.name.startswith(("torch.", "tensorflow.random.")):
        return frozenset()
    return frozenset({"numpy", "python"})
