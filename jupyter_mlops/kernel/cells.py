"""Cells of a frame that are sequences of numbers, as in the nested frames of libraries for time series.

    pd.Series([pd.Series([1.5, 2.0]), pd.Series([3.0, math.nan])])

are sequences in a `series`, of `number`s of dtype float64, two in each cell, some of them missing. A service can
take such cells where all of them are alike: the same container, the same dtype, and no index beside the numbers.
"""

# What the user bound may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

_ITEMS = {"i": "integer", "u": "integer", "f": "number", "b": "boolean"}
# what is wider than its JSON form, or has none
_UNKNOWN = {"uint64", "float128", "longdouble"}


def sequences(cells: Sequence[Any]) -> dict[str, Any] | str | None:
    """What all cells have in common, or why they are not alike; None where they are no sequences at all."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is None or numpy is None or len(cells) == 0:
        return None
    if all(type(cell) is pandas.Series for cell in cells):
        return _alike("series", cells, _series_fault(cells, pandas))
    if all(type(cell) is numpy.ndarray for cell in cells):
        deep = next((cell.ndim for cell in cells if cell.ndim != 1), None)
        return _alike("array", cells, None if deep is None else f"ndarray of {deep} dimensions")
    if all(type(cell) is list for cell in cells):
        return _of_lists(cells)
    return None


def _series_fault(cells: Iterable[Any], pandas: Any) -> str | None:
    for cell in cells:
        index = cell.index
        if not (type(index) is pandas.RangeIndex and (index.start, index.step) == (0, 1)) or index.name is not None:
            return "Series with another index than 0, 1, 2, …"
        if cell.name is not None:
            return "Series with a name"
    return None


def _alike(container: str, cells: Sequence[Any], fault: str | None) -> dict[str, Any] | str:
    """The facts of Series or arrays; `fault` is what was found wrong with them already."""
    kind = type(cells[0]).__name__
    dtypes = sorted({str(cell.dtype) for cell in cells})
    if fault is not None:
        return fault
    if len(dtypes) > 1 or dtypes[0] in _UNKNOWN or getattr(cells[0].dtype, "kind", "O") not in _ITEMS:
        return f"{kind} of {' and '.join(dtypes)}"
    dtype = cells[0].dtype
    if str(dtype) != dtype.name or dtype.name[:1].isupper():
        # a dtype of pandas' own (Int64), whose missing values are no NaN
        return f"{kind} of {dtype}"
    nulls = dtype.kind == "f" and any(bool((cell != cell).any()) for cell in cells)  # noqa: PLR0124
    return _facts(container, dtypes[0], _ITEMS[dtype.kind], cells, nulls) or f"{kind} without elements"


def _of_lists(cells: Sequence[list[Any]]) -> dict[str, Any] | str | None:
    types = {type(item) for cell in cells for item in cell}
    if types == {bool}:
        found = _facts("list", "bool", "boolean", cells, nulls=False)
    elif types == {int}:
        found = _facts("list", "int64", "integer", cells, nulls=False)
    elif types and types <= {int, float}:
        nulls = any(item != item for cell in cells for item in cell)  # noqa: PLR0124
        found = _facts("list", "float64", "number", cells, nulls)
    else:
        return None
    return found or "list without elements"


def _facts(container: str, dtype: str, values: str, cells: Sequence[Any], nulls: bool) -> dict[str, Any] | None:
    lengths = {len(cell) for cell in cells}
    if 0 in lengths:
        return None
    length = lengths.pop() if len(lengths) == 1 else None
    return {"container": container, "dtype": dtype, "values": values, "length": length, "nulls": nulls}


def difference(fitted: dict[str, Any] | None, asked: dict[str, Any] | None) -> str | None:
    """Why cells that a model was asked about are none as it was fitted on."""
    one, other = (_named(each) if each else "a number or text" for each in (fitted, asked))
    return None if one == other else f"{other}, not {one}"


def _named(facts: dict[str, Any]) -> str:
    return f"{'an' if facts['container'] == 'array' else 'a'} {facts['container']} of {facts['dtype']}"


def merged(fitted: dict[str, Any], others: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The facts that all observed cells fit: of one length only where all were, with NaN where any had it."""
    all_of_them = [fitted, *others]
    lengths = {each["length"] for each in all_of_them}
    nulls = any(each["nulls"] for each in all_of_them)
    return {**fitted, "length": lengths.pop() if len(lengths) == 1 else None, "nulls": nulls}
