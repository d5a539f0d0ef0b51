"""What a type hint says about a request: which hints JSON can fill, and why others cannot.

area: float, house: House, kind: Literal["a", "b"]   a field that pydantic checks
pixels: np.ndarray                                   nested lists, as the calls showed them
offers: pd.DataFrame                                 a list of objects, as the calls showed them
on_done: Callable                                    none: no JSON can be called
"""

# Hints may be any object, so their parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import collections.abc
import dataclasses
import datetime
import decimal
import enum
import sys
import types
import typing
import uuid
from typing import Any, Literal

Kind = Literal["value", "array", "frame"]

_SCALARS = (bool, int, float, str, type(None), datetime.datetime, datetime.date, datetime.time, decimal.Decimal)
_SEQUENCES = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Set)
_MAPPINGS = (dict, collections.abc.Mapping)
_DEEPEST = 12


class NoSchemaError(ValueError):
    """A hint that no JSON value can satisfy; the text says why."""


def kind_of(hint: Any) -> Kind:
    """How an argument of this hint travels; raises NoSchemaError."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and (hint is numpy.ndarray or typing.get_origin(hint) is numpy.ndarray):
        return "array"
    if pandas is not None and hint is pandas.DataFrame:
        return "frame"
    _check(hint, 0)
    return "value"


def _check(hint: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise NoSchemaError("the type holds itself, or is nested too deeply")
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or hint is object or hint in _SCALARS or hint is uuid.UUID or hint is None or origin is Literal:
        return
    if origin is typing.Annotated:
        _check(parts[0], depth + 1)
    elif origin in (typing.Union, types.UnionType):
        for part in parts:
            _check(part, depth + 1)
    elif (origin or hint) in _SEQUENCES:
        for part in parts:
            if part is not Ellipsis:
                _check(part, depth + 1)
    elif (origin or hint) in _MAPPINGS:
        if parts and parts[0] is not str:
            raise NoSchemaError(f"{name_of(hint)} has keys that are no texts, and keys of JSON objects are texts")
        for part in parts[1:]:
            _check(part, depth + 1)
    elif isinstance(hint, type) and issubclass(hint, enum.Enum):
        if not all(isinstance(each.value, bool | int | float | str) for each in hint):
            raise NoSchemaError(f"the members of {name_of(hint)} have values that JSON does not have")
    elif dataclasses.is_dataclass(hint) and isinstance(hint, type):
        _check_dataclass(hint, depth)
    elif (fields := _model_fields(hint)) is not None:
        for field in fields.values():
            _check(field.annotation, depth + 1)
    else:
        raise NoSchemaError(f"no JSON value can be {name_of(hint)}")


def _check_dataclass(hint: type[Any], depth: int) -> None:
    hints = typing.get_type_hints(hint, include_extras=True)
    for field in dataclasses.fields(hint):
        if not field.init:
            raise NoSchemaError(f"{name_of(hint)}.{field.name} is not set from outside (init=False)")
        _check(hints[field.name], depth + 1)


def _model_fields(hint: Any) -> dict[str, Any] | None:
    """The fields of a pydantic model; None of anything else."""
    pydantic = sys.modules.get("pydantic")
    if pydantic is None or not isinstance(hint, type) or not issubclass(hint, pydantic.BaseModel):
        return None
    return dict(hint.model_fields)


def name_of(hint: Any) -> str:
    """A hint for people."""
    if isinstance(hint, type) and not typing.get_args(hint):
        return (
            hint.__qualname__
            if hint.__module__ in ("builtins", "__main__")
            else f"{hint.__module__}.{hint.__qualname__}"
        )
    return str(hint).replace("__main__.", "").replace("typing.", "")


def of_values(values: list[Any]) -> str | None:
    """The text of the type that all JSON values share: a scalar, or a list or dict of scalars.

    >>> of_values([1, 2.5]), of_values(["a", None]), of_values([[1], [2, 3]]), of_values([1, "a"])
    ('float', 'str | None', 'list[int]', None)
    """
    present = [value for value in values if value is not None]
    optional = " | None" if len(present) < len(values) else ""
    if not present:
        return None
    if all(isinstance(value, list) for value in present):
        item = of_values([part for value in present for part in value])
        return item and f"list[{item}]{optional}" if not item or "[" not in item else None
    if all(isinstance(value, dict) for value in present):
        item = of_values([part for value in present for part in value.values()])
        return item and f"dict[str, {item}]{optional}" if not item or "[" not in item else None
    names = {type(value).__name__ for value in present}
    if names == {"int", "float"}:
        names = {"float"}
    name = names.pop()
    return f"{name}{optional}" if not names and name in ("bool", "int", "float", "str") else None


def written_out(values: list[Any]) -> str | None:
    """The text of the type of all JSON values, of several types and nested ones too; None where none was seen.

    >>> written_out([1, "a"]), written_out([[1.5], [2, None]]), written_out([[]])
    ('int | str', 'list[float | None]', None)
    """
    parts: dict[str, None] = {}
    for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str")):
        if any(type(value) is kind for value in values):
            parts[name] = None
    if "float" in parts:
        parts.pop("int", None)
    lists = [list(value) for value in values if isinstance(value, list)]
    tables = [list(value.values()) for value in values if isinstance(value, dict)]
    for found, form in ((lists, "list[{}]"), (tables, "dict[str, {}]")):
        if found:
            item = written_out([part for value in found for part in value])
            if item is None:
                return None
            parts[form.format(item)] = None
    if not parts:
        return None
    return " | ".join([*parts, *(["None"] if None in values else [])])


def of_answers(values: list[Any]) -> str:
    """The text of the closest type that all answers share.

    >>> of_answers([1, 2]), of_answers([{"a": 1, "b": "x"}]), of_answers([1, "a"])
    ('int', 'dict[str, Any]', 'Any')
    """
    shared = of_values(values)
    if shared is not None:
        return shared
    for kind, text in ((list, "list[Any]"), (dict, "dict[str, Any]")):
        if values and all(isinstance(value, kind) for value in values):
            return text
    return "Any"
