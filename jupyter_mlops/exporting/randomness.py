"""The likely cause of a training that gives other values each time: the first statement that draws without a seed.

split = train_test_split(X, y)                  # no random_state
model = RandomForestClassifier(n_estimators=10) # no random_state: the cause that is named, since it is the model
noise = np.random.normal(size=3)                # drawn from a generator that nobody seeded
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jupyter_mlops.analysis.statements import first_line
from jupyter_mlops.exporting.training import Statement, Training

# Classes and functions that take a `random_state` and draw by default.
_ESTIMATORS = re.compile(
    r"(RandomForest|ExtraTrees?|GradientBoosting|HistGradientBoosting|AdaBoost|Bagging|DecisionTree|MLP|SGD|Passive"
    r"Aggressive|RandomTreesEmbedding|IsolationForest|LGBM|XGB|CatBoost|KMeans|MiniBatch|BisectingKMeans|GaussianMixture"
    r"|BayesianGaussianMixture|TSNE|UMAP|NMF|FastICA|LatentDirichletAllocation|TruncatedSVD|BernoulliRBM|RANSAC"
    r"|RandomizedSearchCV|HalvingRandomSearchCV|RBFSampler|Nystroem|SpectralClustering|.*RandomProjection).*"
)
_SPLITS = re.compile(
    r"train_test_split|(Stratified|Group)?ShuffleSplit|Repeated\w*KFold|resample|shuffle|sample|make_\w+"
)
_SEEDS = frozenset({"random_state", "seed", "random_seed", "rng"})
_CLOCK = re.compile(r"(time\.(time|perf_counter|monotonic)|(datetime|date|Timestamp)\.(now|today|utcnow))$")
_DRAWN = re.compile(r"((np|numpy)\.random|random|torch|tf\.random)\.\w+$")
_SEEDING = re.compile(r"((np|numpy)\.random|random|torch|tf\.random)\.(seed|manual_seed|set_seed)$|set_random_seed$")


@dataclass(frozen=True)
class Cause:
    """Why two trainings differ, as far as the text tells, where, and what to do."""

    reason: str
    fix: str
    place: Statement | None = None


def likely_cause(training: Training) -> Cause:
    """The gravest of what the statements of a script show: estimators, splits, drawn numbers, the clock."""
    calls = [(call, place) for each in _statements(training) for call, place in _calls(each)]
    for pattern, what in ((_ESTIMATORS, "random_state"), (_SPLITS, "random_state")):
        for call, place in calls:
            name = ast.unparse(call.func).rpartition(".")[2]
            if pattern.fullmatch(name) and not _is_seeded(call):
                reason = f"`{name}` of cell {place.index} has no {what}, so it draws other random numbers each time"
                return Cause(reason, f"give it one: {name}(…, {what}=0)", place)
    names = [(ast.unparse(call.func), call, place) for call, place in calls]
    if not any(_SEEDING.search(name) for name, _, _ in names):
        for name, call, place in names:
            unseeded = name.endswith(("default_rng", "RandomState", "Random")) and not call.args and not call.keywords
            if unseeded or (_DRAWN.fullmatch(name) and not name.endswith(("default_rng", "RandomState", "Random"))):
                reason = f"`{name}` of cell {place.index} draws random numbers that nothing seeds"
                return Cause(reason, "seed them: np.random.default_rng(0), or np.random.seed(0) in a cell above", place)
    for name, _, place in names:
        if _CLOCK.search(name):
            return Cause(
                f"`{name}` of cell {place.index} reads the clock",
                "let the values hang on the data and the parameters alone",
                place,
            )
    return Cause(
        "nothing in its statements says why; the order of threads or of a set, a file that changed, or an answer of a "
        "server may",
        "run the notebook twice and compare the first values that differ",
    )


def _statements(training: Training) -> list[Statement]:
    return [statement for piece in training.pieces for statement in piece.statements]


def _calls(statement: Statement) -> Iterator[tuple[ast.Call, Statement]]:
    """The calls in a statement, each with its place."""
    tree = ast.parse(statement.text)
    start = first_line(tree.body[0]) if tree.body else 1
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, replace(statement, line=statement.line + node.lineno - start)


def _is_seeded(call: ast.Call) -> bool:
    """Whether it is given a seed; `**options` may hold one."""
    return any(
        keyword.arg is None
        or (keyword.arg in _SEEDS and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is None))
        for keyword in call.keywords
    )
