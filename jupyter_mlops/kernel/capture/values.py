"""A parameter's value as text, bounded whatever it is, without running code of the user's objects.

0.1            0.1                                  float
["a", "b"]     ['a', 'b']                           list
range(10**9)   range(0, 1000000000)                 range
a frame        <pandas.DataFrame of shape (800, 3)> DataFrame
SVC(C=2)       sklearn.svm.SVC                      estimator     (its own parameters are rows of their own)
"""

# What the user bound may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import math
import pathlib
import sys
import types
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Literal

from jupyter_mlops.kernel.record import ParameterRow

LONGEST = 500
_MOST_PARTS = 50
_DEEPEST = 4
_LONGEST_KEY = 60
_NUMBERS = (int, float, complex)
# their `repr` is short and none of the user's code
_KNOWN = (
    *_NUMBERS,
    bool,
    type(None),
    type(...),
    range,
    datetime.date,
    datetime.datetime,
    datetime.time,
    datetime.timedelta,
    datetime.timezone,
    decimal.Decimal,
    fractions.Fraction,
    pathlib.PurePath,
    pathlib.PurePosixPath,
    pathlib.PosixPath,
)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)


def parameter(name: str, value: object, origin: Literal["cell", "estimator", "logged"]) -> ParameterRow:
    """The row of a parameter."""
    value = plain(value)
    kind, text = type(value).__name__, text_of(value)
    if is_estimator(value):
        kind = "estimator"
    return ParameterRow(name, kind, text, as_number(value), origin)


def is_a(value: object, *kinds: type) -> bool:
    """Whether a value is of one of these classes, whatever its `__class__` pretends."""
    return issubclass(type(value), kinds)


def plain(value: object) -> object:
    """A scalar of NumPy as Python's own; all else as it is."""
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = value.item()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    return value


def as_number(value: object) -> float | None:
    """A number or boolean for comparing and sorting; infinite where it is too big."""
    if type(value) not in (int, float, bool):
        return None
    try:
        return float(value)  # pyright: ignore[reportArgumentType]
    except OverflowError:
        return math.inf if value > 0 else -math.inf  # pyright: ignore[reportOperatorIssue]


def is_estimator(value: object) -> bool:
    """Whether a value has parameters of its own by scikit-learn's protocol; asked of its class only."""
    return not is_a(value, type) and callable(getattr(type(value), "get_params", None))


def attributes_of(value: object) -> Mapping[str, Any]:
    """What an object keeps in itself, past all properties; nothing of one with slots."""
    found: object = vars(type(value)).get("__dict__")
    for kind in type(value).__mro__:
        found = vars(kind).get("__dict__", found)
    return found.__get__(value) if isinstance(found, types.GetSetDescriptorType) else {}


def dotted(kind: type) -> str:
    """The full name of a class, as one imports it: without the modules that its package hides."""
    module, name = kind.__module__, kind.__qualname__
    if module == "builtins":
        return name
    parts = module.split(".")
    for length in range(1, len(parts)):
        package = sys.modules.get(".".join(parts[:length]))
        if package is not None and vars(package).get(name) is kind:
            return f"{package.__name__}.{name}"
    return f"{module}.{name}"


def text_of(value: object) -> str:
    """A value as a Python literal where it has a short one, else what it is."""
    text = _text(value, 0)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _text(value: object, depth: int) -> str:
    kind = type(value)
    if kind is str or kind is bytes:
        return repr(value[:LONGEST])  # pyright: ignore[reportIndexIssue]
    if kind is int and value.bit_length() > 4 * LONGEST:  # pyright: ignore[reportAttributeAccessIssue]
        # Python refuses to write it out
        return f"<int of {value.bit_length()} bits>"  # pyright: ignore[reportAttributeAccessIssue]
    if kind in _KNOWN:
        return repr(value)
    if depth > _DEEPEST:
        return "…"
    if kind is list:
        return f"[{_parts(value, depth)}]"
    if kind is tuple:
        return f"({_parts(value, depth)}{',' if len(value) == 1 else ''})"  # pyright: ignore[reportArgumentType]
    if kind in (set, frozenset):
        inner = ", ".join(sorted(_text(each, depth + 1) for each in islice(value, _MOST_PARTS)))  # pyright: ignore[reportArgumentType]
        return f"{{{inner}}}" if value else "set()"
    if kind is dict:
        items = islice(value.items(), _MOST_PARTS)  # pyright: ignore[reportAttributeAccessIssue]
        inner = ", ".join(f"{_text(key, depth + 1)}: {_text(part, depth + 1)}" for key, part in items)
        return f"{{{inner}{', …' if len(value) > _MOST_PARTS else ''}}}"  # pyright: ignore[reportArgumentType]
    if kind is slice:
        return repr(value)
    if issubclass(kind, enum.Enum):
        return f"{kind.__qualname__}.{value._name_}"  # pyright: ignore[reportAttributeAccessIssue]
    if issubclass(kind, _FUNCTIONS):
        return f"{getattr(value, '__module__', None) or 'builtins'}.{value.__qualname__}"  # pyright: ignore[reportAttributeAccessIssue]
    if (simple := plain(value)) is not value:
        return _text(simple, depth)
    if is_estimator(value):
        return dotted(kind)
    return _described(value)


def _parts(value: Any, depth: int) -> str:
    shown: Iterable[str] = (_text(each, depth + 1) for each in islice(value, _MOST_PARTS))
    return ", ".join(shown) + (", …" if len(value) > _MOST_PARTS else "")


def _described(value: Any) -> str:
    """What something is that has no literal; only arrays, frames and their kin of libraries are asked for a shape."""
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    if library == "numpy" and kind.__qualname__ == "ufunc":
        return f"numpy.{value.__name__}"
    if library in ("numpy", "pandas", "polars", "scipy", "torch"):
        shape = getattr(value, "shape", None)
        if isinstance(shape, tuple):
            return f"<{library}.{kind.__qualname__} of shape {tuple(shape)}>"
    return f"<{dotted(kind)}>"


def key_text(value: object) -> str | None:
    """A key of a dict as part of a name: a text, a number, or a tuple of these; None of anything else."""
    value = plain(value)
    if type(value) in (str, int, float, bool):
        return str(value)[:_LONGEST_KEY]
    if type(value) is tuple and value:
        parts = [key_text(each) for each in value[:_DEEPEST]]
        return ", ".join(part for part in parts if part is not None) if None not in parts else None
    return None
