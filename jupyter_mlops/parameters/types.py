"""Types of parameters: from annotations and defaults, to values from text, and back to Python source.

    list[str]            Items("list", Plain("str"))
    float | None         Union((Plain("float"), Plain("None")))
    Literal["a", "b"]    Choice(("a", "b"))
    datetime.date        Plain("date")

`convert` takes what a command line, a YAML file or Python code gave and returns the value that the cell gets, or
raises ValueError; nothing is ever turned into text on the way. `source` writes such a value as an expression that
needs no import.
"""

from __future__ import annotations

import ast
import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, cast


@dataclass(frozen=True)
class Plain:
    """One of int, float, str, bool, None, date, datetime and Path."""

    name: str


@dataclass(frozen=True)
class Choice:
    """One of the values of a Literal."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Items:
    """A list, tuple, set or dict; `key` is the type of a dict's keys."""

    container: str
    item: ParameterType
    key: ParameterType | None = None


@dataclass(frozen=True)
class Union:
    """One of several types, tried in order."""

    options: tuple[ParameterType, ...]


@dataclass(frozen=True)
class Anything:
    """Nothing was declared: any plain value."""


ParameterType = Plain | Choice | Items | Union | Anything

_NAMES = {"int", "float", "str", "bool", "None", "date", "datetime", "Path"}
_CONTAINERS: dict[str, type] = {"list": list, "tuple": tuple, "set": set, "dict": dict}
_ALIASES = {"List": "list", "Dict": "dict", "Tuple": "tuple", "Set": "set", "Sequence": "list", "PurePath": "Path"}
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NULLS = {"None", "none", "null"}


def of_annotation(node: ast.expr) -> ParameterType:
    """The type that an annotation declares; Anything for one that is not known here."""
    match node:
        case ast.Constant(value=None):
            return Plain("None")
        case ast.Constant(value=str(text)):
            try:
                return of_annotation(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return Anything()
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union(of_annotation(left), of_annotation(right))
        case ast.Subscript(value=base, slice=inside):
            return _subscript(_last_name(base), inside.elts if isinstance(inside, ast.Tuple) else [inside])
        case _:
            name = _ALIASES.get(_last_name(node), _last_name(node))
            if name in _CONTAINERS:
                return Items(name, Anything(), Anything() if name == "dict" else None)
            return Plain(name) if name in _NAMES else Anything()


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _subscript(name: str, parts: list[ast.expr]) -> ParameterType:
    name = _ALIASES.get(name, name)
    if name == "Literal":
        try:
            return Choice(tuple(ast.literal_eval(part) for part in parts))
        except ValueError:
            return Anything()
    if name == "Optional":
        return _union(of_annotation(parts[0]), Plain("None"))
    if name == "Union":
        return _union(*(of_annotation(part) for part in parts))
    if name == "Annotated":
        return of_annotation(parts[0])
    if name == "dict" and len(parts) == 2:
        return Items("dict", of_annotation(parts[1]), of_annotation(parts[0]))
    if name in ("list", "set") or (name == "tuple" and len(parts) == 2 and ast.unparse(parts[1]) == "..."):
        return Items(name, of_annotation(parts[0]))
    return Items(name, Anything()) if name in _CONTAINERS else Anything()


def _union(*options: ParameterType) -> ParameterType:
    flat = [part for option in options for part in (option.options if isinstance(option, Union) else (option,))]
    return Anything() if any(isinstance(part, Anything) for part in flat) else Union(tuple(flat))


def of_default(node: ast.expr) -> ParameterType:
    """The type that a default shows where there is no annotation; of None nothing can be told."""
    match node:
        case ast.Call(func=func) if _last_name(func) in ("date", "datetime", "Path"):
            return Plain(_last_name(func))
        case _:
            pass
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, SyntaxError, TypeError):
        return Anything()
    if value is None:
        return Anything()
    name = type(value).__name__
    if name in _CONTAINERS:
        return Items(name, Anything(), Anything() if name == "dict" else None)
    return Plain(name) if name in _NAMES else Anything()


def spelled(kind: ParameterType) -> str:
    """A type as a person writes it."""
    match kind:
        case Plain(name):
            return name
        case Choice(values):
            return f"Literal[{', '.join(map(repr, values))}]"
        case Items(container, item, key):
            inner = [spelled(part) for part in (key, item) if part is not None and not isinstance(part, Anything)]
            return f"{container}[{', '.join(inner)}]" if inner else container
        case Union(options):
            return " | ".join(map(spelled, options))
        case Anything():
            return "any"


def convert(value: Any, kind: ParameterType) -> Any:
    """A given value as the declared type; text is parsed, scalars of NumPy and the like become Python's.

    Raises ValueError with the reason, for people.
    """
    value = _unwrapped(value)
    match kind:
        case Anything():
            return _any_text(value) if isinstance(value, str) else _plain_value(value)
        case Plain(name):
            return _PLAIN[name](value)
        case Choice(values):
            return _choice(value, values)
        case Union(options):
            return _first_that_fits(value, options)
        case Items():
            return _items(value, kind)


def _unwrapped(value: Any) -> Any:
    """NumPy's and pandas' scalars as Python's."""
    if type(value).__module__.partition(".")[0] in ("numpy", "pandas") and getattr(value, "ndim", 0) == 0:
        if hasattr(value, "to_pydatetime"):
            return value.to_pydatetime()
        if hasattr(value, "item"):
            return value.item()
    return value


def _any_text(text: str) -> Any:
    try:
        return _plain_value(ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError):
        return text


def _plain_value(value: Any) -> Any:
    """The value where a cell can be given it as it is."""
    value = _unwrapped(value)
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value)
        return {_plain_value(key): _plain_value(part) for key, part in pairs.items()}
    if type(value) in (list, tuple, set):
        return type(value)(_plain_value(part) for part in value)
    if value is None or type(value) in (bool, int, float, str, datetime.date, datetime.datetime):
        return value
    if isinstance(value, PurePath):
        return Path(value)
    raise ValueError(f"a value of type {type(value).__name__} cannot be written into a cell")


def _int(value: Any) -> int:
    if isinstance(value, str):
        return int(value)
    return _exactly(value, int)


def _float(value: Any) -> float:
    if isinstance(value, str):
        return float(value)
    return float(value) if type(value) is int else _exactly(value, float)


def _bool(value: Any) -> bool:
    if not isinstance(value, str):
        return _exactly(value, bool)
    if value.lower() not in _BOOLEANS:
        raise ValueError("it is neither true nor false")
    return _BOOLEANS[value.lower()]


def _none(value: Any) -> None:
    if value is not None and value not in _NULLS:
        raise ValueError("it is not None")


def _date(value: Any) -> datetime.date:
    return datetime.date.fromisoformat(value) if isinstance(value, str) else _exactly(value, datetime.date)


def _datetime(value: Any) -> datetime.datetime:
    return datetime.datetime.fromisoformat(value) if isinstance(value, str) else _exactly(value, datetime.datetime)


def _path(value: Any) -> Path:
    if isinstance(value, str | PurePath):
        return Path(value)
    raise ValueError(f"it is {type(value).__name__}, not a path")


def _exactly(value: Any, kind: type) -> Any:
    # True is no int, and a moment is no date
    if type(value) is not kind:
        raise ValueError(f"it is {type(value).__name__}, not {kind.__name__}")
    return value


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "int": _int,
    "float": _float,
    "str": lambda value: _exactly(value, str),
    "bool": _bool,
    "None": _none,
    "date": _date,
    "datetime": _datetime,
    "Path": _path,
}


def _choice(value: Any, values: tuple[Any, ...]) -> Any:
    for allowed in values:
        if (type(value) is type(allowed) and value == allowed) or (isinstance(value, str) and value == str(allowed)):
            return allowed
    raise ValueError("it is none of " + ", ".join(map(repr, values)))


def _first_that_fits(value: Any, options: tuple[ParameterType, ...]) -> Any:
    # text fits `str` always, so `str` comes last: "None" for `str | None` is None, and "3" for `str | int` is 3
    ordered = sorted(options, key=lambda option: option == Plain("str"))
    for option in ordered:
        try:
            return convert(value, option)
        except ValueError:
            continue
    raise ValueError(f"it is no {spelled(Union(options))}")


def _items(value: Any, kind: Items) -> Any:
    if isinstance(value, str):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError):
            raise ValueError(f"write it as Python does: {_SAMPLES[kind.container]}") from None
    if kind.container in ("tuple", "set") and isinstance(value, list):
        value = _CONTAINERS[kind.container](cast("list[Any]", value))
    if type(value) is not _CONTAINERS[kind.container]:
        raise ValueError(f"it is {type(value).__name__}, not {kind.container}")
    if kind.container == "dict":
        key = kind.key or Anything()
        return {_inner(name, key): _inner(part, kind.item) for name, part in value.items()}
    return type(value)(_inner(part, kind.item) for part in value)


_SAMPLES = {"list": "[1, 2]", "tuple": "(1, 2)", "set": "{1, 2}", "dict": '{"a": 1}'}


def _inner(value: Any, kind: ParameterType) -> Any:
    """Inside a container values have types already: the text "1" is no number there."""
    if isinstance(kind, Anything):
        return _plain_value(value)
    if isinstance(value, str) and isinstance(kind, Plain) and kind.name in ("int", "float", "bool", "None"):
        raise ValueError(f"{value!r} is text, not {kind.name}")
    return convert(value, kind)


def source(value: Any) -> str:
    """A converted value as a Python expression that needs no import."""
    match value:
        case float() if math.isnan(value) or math.isinf(value):
            return f"float({str(value)!r})"
        case datetime.datetime():
            return f"__import__('datetime').datetime.fromisoformat({value.isoformat()!r})"
        case datetime.date():
            return f"__import__('datetime').date.fromisoformat({value.isoformat()!r})"
        case PurePath():
            return f"__import__('pathlib').Path({str(value)!r})"
        case dict():
            pairs = cast("dict[Any, Any]", value)
            return "{" + ", ".join(f"{source(key)}: {source(part)}" for key, part in pairs.items()) + "}"
        case list():
            return "[" + ", ".join(map(source, cast("list[Any]", value))) + "]"
        case tuple():
            parts = cast("tuple[Any, ...]", value)
            return "(" + "".join(f"{source(part)}, " for part in parts).removesuffix(" ") + ")"
        case set():
            parts = cast("set[Any]", value)
            return "{" + ", ".join(sorted(map(source, parts))) + "}" if parts else "set()"
        case _:
            return repr(value)
