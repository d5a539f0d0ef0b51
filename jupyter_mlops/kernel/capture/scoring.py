"""Which calls score, and the numbers that come out of them.

Decided by what is really called, whatever it is named in the notebook: a function of `sklearn.metrics`, a scorer, one
of the functions that cross-validate, the `score` of an estimator.

    auc = roc_auc_score(y, p)                    auc
    p, r, f, _ = precision_recall_fscore_support(…, average="macro")
                                                 p, r, f
    scores = cross_val_score(model, X, y)        scores: the mean of the folds, and scores.std
    cv = cross_validate(model, X, y)             cv.test_score, cv.test_score.std; no times

A curve over the folds would say nothing, since folds have no order.
"""

# What comes out of a call may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false

from __future__ import annotations

import math
import types
from collections.abc import Iterator, Sequence
from typing import Any

from jupyter_mlops.kernel.calls import Call
from jupyter_mlops.kernel.capture.numbers import Number, joined, named, number
from jupyter_mlops.kernel.capture.values import attributes_of, is_a

_METRICS = "sklearn.metrics"
_NO_METRICS = "sklearn.metrics.pairwise"
_VALIDATION = "sklearn.model_selection"
_VALIDATING = frozenset({"cross_val_score", "cross_validate", "permutation_test_score"})
_SCORES = ("test_", "train_")
_PARTS = {
    "precision_recall_fscore_support": ("precision", "recall", "fscore", "support"),
    "homogeneity_completeness_v_measure": ("homogeneity", "completeness", "v_measure"),
    "permutation_test_score": ("score", "permutation_scores", "pvalue"),
    "class_likelihood_ratios": ("positive", "negative"),
}
_MOST_CANDIDATES = 200
_MOST_FOLDS = 10_000


def scores(call: Call, result: object) -> bool:
    """Whether a call that gave this result scores."""
    if call.method == "score" and not is_a(call.receiver, types.ModuleType):
        return _is_model(call.receiver)
    function = callee(call)
    module = origin(function)
    if _below(module, _VALIDATION):
        return getattr(function, "__name__", "") in _VALIDATING
    return _below(module, _METRICS) and not _below(module, _NO_METRICS) and not is_a(result, type)


def callee(call: Call) -> object:
    """The function that is called: where a module stands before the dot, what it has of that name."""
    receiver = call.receiver
    return vars(receiver).get(call.method) if isinstance(receiver, types.ModuleType) else receiver


def origin(function: object) -> str:
    """The module that a function, or the class of an object that can be called, comes from."""
    kind = type(function)
    # objects of the notebook's classes are not asked for anything
    named = getattr(function, "__module__", None) if kind.__module__ != "__main__" else None
    return named if type(named) is str else kind.__module__


def _below(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def _is_model(receiver: object) -> bool:
    kind = type(receiver)
    if issubclass(kind, type):
        return False
    return hasattr(kind, "get_params") or (hasattr(kind, "fit") and hasattr(kind, "predict"))


def numbers_of(call: Call, result: Any, name: str, parts: Sequence[str] = ()) -> Iterator[tuple[str, Number]]:
    """The numbers of a scoring call. `name` is what its result is bound to, or the call's text; `parts` are the names
    that its parts are bound to."""
    function = getattr(callee(call), "__name__", call.method) if call.method != "score" else "score"
    if function == "cross_validate" and type(result) is dict:
        for key, folds in result.items():
            if type(key) is str and key.startswith(_SCORES):
                yield from _folds(folds, joined(name, key))
    elif function == "cross_val_score":
        yield from _folds(result, name)
    elif type(result) is tuple:
        own = _PARTS.get(function, ())
        for i, part in enumerate(result):
            if parts:
                yield from named(part, parts[i]) if i < len(parts) and parts[i] != "_" else ()
            elif i < len(own):
                yield from named(part, joined(name, own[i]))
    else:
        yield from named(result, name)


def _folds(folds: Any, name: str) -> Iterator[tuple[str, Number]]:
    """The mean and the standard deviation of the scores of folds."""
    if getattr(folds, "ndim", None) != 1 or not 0 < len(folds) <= _MOST_FOLDS:
        return
    found = [each.value for fold in folds if (each := number(fold)) is not None]
    if len(found) == len(folds):
        mean = math.fsum(found) / len(found) if all(map(math.isfinite, found)) else sum(found) / len(found)
        yield from named(mean, name)
        yield from named(math.sqrt(sum((each - mean) ** 2 for each in found) / len(found)), f"{name}.std")


def search_results(search: Any, name: str) -> Iterator[tuple[str, int | None, Number, bool]]:
    """What a fitted search object found, with the candidate as step: (name, step, number, whether it is the best's).

    `search.best_score_`, and of `cv_results_` the mean scores of each candidate: `search.mean_test_score`.
    """
    learned = attributes_of(search)
    if (best := number(learned.get("best_score_"))) is not None:
        yield joined(name, "best_score_"), None, best, True
    results, best_index = learned.get("cv_results_"), learned.get("best_index_")
    if type(results) is not dict:
        return
    for key, values in results.items():
        if type(key) is str and key.startswith(tuple(f"mean_{each}" for each in _SCORES)):
            for i, value in enumerate(values):
                if (i < _MOST_CANDIDATES or i == best_index) and (found := number(value)) is not None:
                    yield joined(name, key), i, found, i == best_index


def is_search(receiver: object) -> bool:
    """Whether a fitted object is a search over parameters."""
    return "cv_results_" in attributes_of(receiver)
