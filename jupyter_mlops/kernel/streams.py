"""The random streams of the process: their states, read from memory, and whether a draw from one decides anything.

    <random>         Python's own           <numpy.random>    numpy's, which scikit-learn draws from
    <torch.random>   PyTorch's

A state is asked for before and after each cell, so it must cost next to nothing: `getstate()` takes a tenth of a
millisecond, the bytes at its address five microseconds. Whether the address is right is tried once.

Some estimators draw a number that decides nothing (SVC draws a seed that it does not use, trees draw for ties only);
the table is by the names of classes and functions.
"""

# numpy and torch are there only where the user loaded them.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Collection
from types import ModuleType
from typing import Any

from jupyter_mlops.kernel.record import Draw
from jupyter_mlops.kernel.values.looking import SAMPLES

PYTHON, NUMPY, TORCH, ENTROPY = "<random>", "<numpy.random>", "<torch.random>", "<entropy>"
_NUMPY_BYTES = 2500
_PYTHON_WORDS = 625

_DECIDES_NOTHING = re.compile(
    r"(Nu)?SVC|OneClassSVM|DecisionTree(Classifier|Regressor)|(Hist)?GradientBoosting(Classifier|Regressor)"
    r"|AdaBoost(Classifier|Regressor)"
)
_DECIDES = re.compile(
    rf"{re.escape(SAMPLES)}|train_test_split|\w*ShuffleSplit|Repeated\w*KFold|\w*RandomizedSearch\w*|\w*RandomSearch\w*"
    r"|ParameterSampler|RandomForest\w+|ExtraTree\w*|Bagging\w+|IsolationForest|RandomTreesEmbedding|MLP\w+|BernoulliRBM"
    r"|SGD\w+|Perceptron|PassiveAggressive\w+|RANSACRegressor|\w*KMeans|SpectralClustering|\w*GaussianMixture"
    r"|LatentDirichletAllocation|FastICA|MiniBatch\w+|DictionaryLearning|\w+RandomProjection|RBFSampler|Nystroem|TSNE|UMAP"
    r"|make_(?!pipeline|union|column_|scorer)\w+|resample|shuffle|rand|randn|randint|random_sample|random|choice|choices|sample|permutation|normal|uniform"
    r"|standard_normal|poisson|binomial|exponential|beta|gamma|multivariate_normal|gauss|randrange|rvs|permutation_\w+"
    r"|\w*Sampler|\w*SMOTE\w*"
)


class Streams:
    """The states of the streams whose libraries are loaded, by name."""

    def __init__(self) -> None:
        self._python = _python_reader()
        self._numpy: tuple[Any, Callable[[], bytes]] | None = None

    def states(self) -> dict[str, bytes]:
        """The states now."""
        found = {PYTHON: self._python()}
        numpy = sys.modules.get("numpy.random.mtrand") or sys.modules.get("numpy.random._mtrand")
        if numpy is not None and hasattr(numpy, "_rand"):
            found[NUMPY] = self._numpy_state(numpy._rand)
        torch = sys.modules.get("torch")
        if torch is not None and hasattr(torch, "get_rng_state"):
            found[TORCH] = torch.get_rng_state().numpy().tobytes()
        return found

    def _numpy_state(self, stream: Any) -> bytes:
        generator = stream._bit_generator
        if self._numpy is None or self._numpy[0] is not generator:
            self._numpy = generator, _numpy_reader(generator)
        return self._numpy[1]()


def _python_reader() -> Callable[[], bytes]:
    """How to read the state of Python's stream: in CPython an index and 624 words behind the object's head."""
    import ctypes

    stream: Any = random._inst  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    address = id(stream) + object.__basicsize__

    def read() -> bytes:
        return ctypes.string_at(address, 4 * _PYTHON_WORDS)

    def ask() -> bytes:
        return repr(stream.getstate()[1]).encode()

    if sys.implementation.name != "cpython":
        return ask
    words = memoryview(read()).cast("I").tolist()
    return read if [*words[1:], words[0]] == list(stream.getstate()[1]) else ask


def _numpy_reader(generator: Any) -> Callable[[], bytes]:
    """How to read the state of numpy's stream: for the Mersenne Twister 624 words and an index at a known address."""
    import ctypes

    def ask() -> bytes:
        state = generator.state["state"]
        return b"".join(getattr(each, "tobytes", lambda each=each: repr(each).encode())() for each in state.values())

    if type(generator).__name__ != "MT19937":
        return ask
    address: int = generator.ctypes.state_address

    def read() -> bytes:
        return ctypes.string_at(address, _NUMPY_BYTES)

    state = generator.state["state"]
    return read if read() == state["key"].tobytes() + int(state["pos"]).to_bytes(4, sys.byteorder) else ask


def stream_of(function: Any) -> str | None:
    """The stream that a seeding function, or the module that it is taken from, belongs to; None of a helper."""
    owner = getattr(function, "__self__", function)
    names = {"numpy": NUMPY, "random": PYTHON, "torch": TORCH}
    name = owner.__name__ if isinstance(owner, ModuleType) else type(owner).__module__
    return names.get(name.partition(".")[0])


def weight(candidates: Collection[str]) -> Draw:
    """Whether a draw decides anything, by the names of what may have drawn."""
    if any(_DECIDES.fullmatch(each) for each in candidates):
        return "decides"
    return "nothing" if any(_DECIDES_NOTHING.fullmatch(each) for each in candidates) else "decides"


def may_draw(candidates: Collection[str]) -> bool:
    """Whether one of these names surely draws: asked where a library was loaded by the cell that may have drawn."""
    return any(_DECIDES.fullmatch(each) for each in candidates)
