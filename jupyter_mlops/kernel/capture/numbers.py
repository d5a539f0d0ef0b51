"""The numbers in a result, each under a name.

    named(0.83, "auc")                            auc 0.83
    named({"accuracy": 0.9, "macro": {"f1": 0.7}}, "report")
                                                  report.accuracy 0.9, report.macro.f1 0.7
    named(one-row frame, "summary")               summary.rmse 1.2, summary.r2 0.8

Booleans, arrays and long tables are no metrics.
"""

# What comes out of a call may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.kernel.capture.values import as_number, is_a, plain

_MOST = 100
_DEEPEST = 3
_LONGEST_KEY = 60
_KEYS = (str, int, float, bool)


@dataclass(frozen=True)
class Number:
    """A number as it is recorded: its value as SQLite keeps it, as Python writes it, and its type's name."""

    value: float
    text: str
    type: str


def number(value: object) -> Number | None:
    """A number of Python, NumPy or PyTorch; None of anything else, booleans too."""
    kind = type(value)
    simple = plain(value)
    if kind.__module__ == "torch" and getattr(value, "ndim", None) == 0:
        simple = value.item()  # pyright: ignore[reportAttributeAccessIssue]
    if is_a(simple, bool) or not is_a(simple, int, float):
        return None
    # of a subclass what it is as a number, past what it says of itself
    simple = int.__int__(simple) if is_a(simple, int) else float.__float__(simple)  # pyright: ignore[reportArgumentType]
    big = isinstance(simple, int) and simple.bit_length() > 1024
    written = "inf" if big and simple > 0 else "-inf" if big else repr(simple)
    return Number(as_number(simple) or 0.0, written, kind.__name__)


def named(value: Any, name: str) -> Iterator[tuple[str, Number]]:
    """The numbers in a value: itself, those of a dict (and of dicts in it), of a frame with one row, of a short series
    with texts as index. `name` may be empty: then keys stand alone."""
    yield from _named(value, name, 0)


def _named(value: Any, name: str, depth: int) -> Iterator[tuple[str, Number]]:
    if (found := number(value)) is not None:
        if name:
            yield name, found
        return
    for key, part in _parts(value) if depth < _DEEPEST else ():
        yield from _named(part, joined(name, key), depth + 1)


def joined(name: str, key: object) -> str:
    """The name of a part: `report.accuracy`."""
    text = str(key)[:_LONGEST_KEY]
    return f"{name}.{text}" if name else text


def _parts(value: Any) -> Iterable[tuple[object, Any]]:
    if is_a(value, dict):
        if dict.__len__(value) > _MOST:
            return ()
        parts = [(plain(key), part) for key, part in dict.items(value)]
        return parts if all(type(key) in _KEYS for key, _ in parts) else ()
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    if pandas is not None:
        if is_a(value, pandas.DataFrame) and len(value) == 1 and value.shape[1] <= _MOST:
            return [(key, value.iat[0, i]) for i, key in enumerate(value.columns)]
        if is_a(value, pandas.Series) and len(value) <= _MOST and value.dtype.kind in "iufO":
            return zip(value.index, value, strict=True) if all(type(each) is str for each in value.index) else ()
    if polars is not None and is_a(value, polars.DataFrame) and value.height == 1 and value.width <= _MOST:
        return zip(value.columns, value.row(0), strict=True)
    return ()
