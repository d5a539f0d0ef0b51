"""What a finished run left bound: the facts about names that a plan is made from."""

# What the user bound may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import math
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jupyter_mlops.exporting.runtime.training import number
from jupyter_mlops.kernel.calls import ANSWER_METHODS, HOOK

_LONGEST_LITERAL = 20_000
_DEEPEST = 4
_FITS = ("fit", "conformalize", "fit_conformalize")


def bound_names(user_ns: Mapping[str, Any], hidden: Mapping[str, Any]) -> list[str]:
    """The notebook's own names: not IPython's, not our hook."""
    return [
        name
        for name, value in list(user_ns.items())
        if name != HOOK and not (name in hidden and hidden[name] is value) and not _is_history(name)
    ]


def _is_history(name: str) -> bool:
    return name in {"In", "Out", "get_ipython", "exit", "quit", "open", "_", "__", "___"} or (
        name.startswith(("_i", "_")) and name.lstrip("_i").isdigit()
    )


def describe(name: str, value: Any) -> dict[str, Any]:
    """One name: what kind of thing it is, where it comes from, and its literal where it has a short one."""
    fact: dict[str, Any] = {"kind": "value", "type": _type_name(value), "literal": None, "module": None}
    if isinstance(value, types.ModuleType):
        return {**fact, "kind": "module", "module": value.__name__}
    if isinstance(value, type):
        return {**fact, "kind": "class", "module": value.__module__, "qualname": value.__qualname__}
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType) or (
        callable(value) and hasattr(value, "__qualname__")
    ):
        module, qualname = getattr(value, "__module__", None), getattr(value, "__qualname__", name)
        return {**fact, "kind": "function", "module": module, "qualname": qualname}
    if _is_literal(value):
        text = repr(value)
        if len(text) <= _LONGEST_LITERAL:
            fact["literal"] = text
    return fact


def _is_literal(value: Any, depth: int = 0) -> bool:
    if value is None or type(value) in (bool, int, float, complex, str, bytes):
        return not (type(value) is float and (value != value or value in (float("inf"), float("-inf"))))  # noqa: PLR0124
    if depth > _DEEPEST:
        return False
    if type(value) in (list, tuple, set):
        return bool(len(value) or type(value) is not set) and all(_is_literal(item, depth + 1) for item in value)
    if type(value) is dict:
        return all(_is_literal(key, depth + 1) and _is_literal(part, depth + 1) for key, part in value.items())
    return False


def numbers(user_ns: Mapping[str, Any], names: Sequence[str]) -> dict[str, int | float | None]:
    """Those of some names that are numbers, as Python's own; None of one that is not finite. Booleans are none."""
    found = {name: number(user_ns[name]) for name in names if name in user_ns}
    return {name: each if math.isfinite(each) else None for name, each in found.items() if each is not None}


def _type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def under_true_names(names: Iterable[str]) -> list[str]:
    """Globals (`module:qualname`) with each module as its distribution has it.

    Compiled modules may stand in `sys.modules` under a second name: `_loss:CyHalfSquaredError` is in
    `sklearn._loss._loss`.
    """
    pairs = [each.partition(":") for each in names]
    true = [str(getattr(sys.modules.get(module), "__name__", module)) for module, _, _ in pairs]
    return sorted({f"{module}:{name}" for module, (_, _, name) in zip(true, pairs, strict=True)})


def is_like_an_estimator(value: object) -> bool:
    """Whether an object learns as a class of a library does, and answers, without scikit-learn's `get_params`."""
    if isinstance(value, type | types.ModuleType) or not any(_has(value, method) for method in ANSWER_METHODS):
        return False
    library = [kind for kind in type(value).__mro__ if kind.__module__ not in ("__main__", "builtins")]
    return any(_has(kind, method) for kind in library for method in _FITS)


def estimators(
    user_ns: Mapping[str, Any], names: list[str], has_rows: Callable[[object], bool] | None = None
) -> list[dict[str, Any]]:
    """The objects of scikit-learn's protocol among the names, each once, with whether they are fitted.

    Those that only resemble it count where the run was seen to give them rows, as `has_rows` says. `part_of` names
    another estimator that holds this one, such as the pipeline that a scaler is a step of.
    """
    found: dict[int, dict[str, Any]] = {}
    for name in names:
        value = user_ns[name]
        similar = not hasattr(value, "get_params") and is_like_an_estimator(value)
        similar = similar and has_rows is not None and has_rows(value)
        if isinstance(value, type) or not (similar or (hasattr(value, "get_params") and hasattr(value, "fit"))):
            continue
        if id(value) in found:
            found[id(value)]["also"].append(name)
            continue
        found[id(value)] = {
            "name": name,
            "also": [],
            "class": _type_name(value),
            "fitted": similar or _is_fitted(value),
            "methods": [method for method in sorted(ANSWER_METHODS) if _has(value, method)],
            "part_of": None,
        }
    for identity, fact in found.items():
        for other, other_fact in found.items():
            if other != identity and identity in _ids_within(user_ns[other_fact["name"]]):
                fact["part_of"] = other_fact["name"]
    return list(found.values())


def _has(value: Any, method: str) -> bool:
    try:
        return callable(getattr(value, method, None))
    except Exception:  # noqa: BLE001  (a property of the user's class may raise anything: then it has no such method)
        return False


def _is_fitted(value: Any) -> bool:
    sklearn = sys.modules.get("sklearn")
    if sklearn is not None:
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted  # pyright: ignore[reportUnknownVariableType]

        try:
            check_is_fitted(value)
        except NotFittedError:
            return _says_that_it_is_fitted(value)
        except Exception:  # noqa: BLE001  (no estimator after all, to scikit-learn; the attributes decide)
            return _has_fitted_attributes(value) or _says_that_it_is_fitted(value)
        return True
    return _has_fitted_attributes(value) or _says_that_it_is_fitted(value)


def _says_that_it_is_fitted(value: Any) -> bool:
    """As the estimators of sktime do, which need not have learned attributes."""
    try:
        return getattr(value, "is_fitted", None) is True
    except Exception:  # noqa: BLE001  (a property of the user's class may raise anything: then it says nothing)
        return False


def _has_fitted_attributes(value: Any) -> bool:
    return any(name.endswith("_") and not name.startswith("_") for name in getattr(value, "__dict__", {}))


def _ids_within(value: Any, depth: int = 0) -> set[int]:
    """The identities of everything an estimator holds in attributes, lists, tuples and dicts."""
    if depth > 6:
        return set()
    if isinstance(value, dict):
        children: list[Any] = list(value.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    elif isinstance(value, (list, tuple)):
        children = list(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    elif hasattr(value, "get_params") or is_like_an_estimator(value):
        children = list(getattr(value, "__dict__", {}).values())
    else:
        return set()
    held = {id(child) for child in children}
    for child in children[:1000]:
        held |= _ids_within(child, depth + 1)
    return held
