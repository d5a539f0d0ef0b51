"""What a finished run left bound: the facts about names that a plan is made from."""

# What the user bound may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from typing import Any

from jupyter_mlops.kernel.calls import ANSWER_METHODS, HOOK

_LONGEST_LITERAL = 20_000
_DEEPEST = 4


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


def _type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def estimators(user_ns: Mapping[str, Any], names: list[str]) -> list[dict[str, Any]]:
    """The objects of scikit-learn's protocol among the names, each once, with whether they are fitted.

    `part_of` names another estimator that holds this one, such as the pipeline that a scaler is a step of.
    """
    found: dict[int, dict[str, Any]] = {}
    for name in names:
        value = user_ns[name]
        if isinstance(value, type) or not (hasattr(value, "get_params") and hasattr(value, "fit")):
            continue
        if id(value) in found:
            found[id(value)]["also"].append(name)
            continue
        found[id(value)] = {
            "name": name,
            "also": [],
            "class": _type_name(value),
            "fitted": _is_fitted(value),
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
            return False
        except Exception:  # noqa: BLE001  (no estimator after all, to scikit-learn; the attributes decide)
            return _has_fitted_attributes(value)
        return True
    return _has_fitted_attributes(value)


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
    elif hasattr(value, "get_params"):
        children = list(getattr(value, "__dict__", {}).values())
    else:
        return set()
    held = {id(child) for child in children}
    for child in children[:1000]:
        held |= _ids_within(child, depth + 1)
    return held
