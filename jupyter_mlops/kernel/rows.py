"""Rows that a notebook gave to its models: what kind they are, copies of them, and the same as JSON values.

Three kinds are known: a frame (pandas), an array (NumPy, one to four dimensions, the first of them the rows) and
text (a list, an array or a Series of strings). A row of a two-dimensional array is a list of numbers, of a
three-dimensional one a list of such lists, of a one-dimensional one a number; of each array all rows are of one shape.
pandas and NumPy are used only when the user's code has loaded them already.
"""

# What the user bound may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import sys
from typing import Any

from jupyter_mlops.kernel import cells as cell_forms

MOST_ROWS = 10_000
MOST_NUMBERS = 10_000_000
MOST_DIMENSIONS = 4
MOST_CATEGORIES = 20


def kind_of(rows: Any) -> str:
    """`frame`, `array`, `text`, or the type's full name for what cannot be a request."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None and isinstance(rows, pandas.DataFrame):
        return "frame"
    if pandas is not None and isinstance(rows, pandas.Series):
        return "text" if _all_text(rows.dropna().iloc[:1000]) else "pandas.Series"
    if numpy is not None and isinstance(rows, numpy.ndarray):
        if rows.ndim == 1 and rows.dtype.kind in "OU":
            return "text" if _all_text(rows[:1000]) else "a 1-dimensional numpy.ndarray of mixed values"
        known = 1 <= rows.ndim <= MOST_DIMENSIONS and 0 not in rows.shape[1:]
        return "array" if known else f"a {rows.ndim}-dimensional numpy.ndarray"
    if isinstance(rows, list) and rows and _all_text(rows[:1000]):
        return "text"
    if numpy is not None and isinstance(rows, list) and rows:
        if isinstance(rows[0], (list, tuple)):
            return _kind_of_lists(rows, numpy)
        if all(type(row) in (int, float, bool) or isinstance(row, numpy.number) for row in rows):
            return "array"
    return f"{type(rows).__module__}.{type(rows).__qualname__}"


def _kind_of_lists(rows: list[Any], numpy: Any) -> str:
    try:
        array = numpy.asarray(rows)
    except ValueError:
        return "a ragged list"
    return "array" if 2 <= array.ndim <= MOST_DIMENSIONS and 0 not in array.shape[1:] else "a ragged list"


def _all_text(values: Any) -> bool:
    return len(values) > 0 and all(isinstance(value, str) for value in values)


def copied(rows: Any) -> Any:
    """A copy of at most MOST_ROWS rows, of a known kind; None of any other."""
    kind = kind_of(rows)
    if kind == "frame" or (kind == "text" and hasattr(rows, "iloc")):
        return rows.iloc[:MOST_ROWS].copy()
    if kind == "array":
        import numpy

        row = numpy.asarray(rows[:1])
        return numpy.array(rows[: min(MOST_ROWS, max(1, MOST_NUMBERS // max(1, row.size)))])
    if kind == "text":
        return rows[:MOST_ROWS].copy()
    return None


def profile(rows: Any) -> dict[str, Any]:
    """What all rows show of their schema, not only those that are copied."""
    kind = kind_of(rows)
    if kind == "frame":
        return {
            "kind": "frame",
            "rows": len(rows),
            "columns": [_column(rows.iloc[:, i], rows.columns[i]) for i in range(rows.shape[1])],
        }
    if kind == "array":
        import numpy

        array = numpy.asarray(rows)
        floating = array.dtype.kind == "f"
        return {
            "kind": "array",
            "rows": array.shape[0],
            "shape": list(array.shape[1:]),
            "dtype": str(array.dtype),
            "nulls": bool(floating and numpy.isnan(array).any()),
        }
    if kind == "text":
        dtype = str(rows.dtype) if hasattr(rows, "dtype") else None
        name = rows.name if hasattr(rows, "iloc") and isinstance(rows.name, str) else None
        container = "list" if dtype is None else "series" if hasattr(rows, "iloc") else "array"
        nulls = bool(rows.isna().any()) if container == "series" else not all(isinstance(r, str) for r in rows)
        return {
            "kind": "text",
            "rows": len(rows),
            "container": container,
            # the width of a fixed-width string array is that of the run's longest text, not of the next request's
            "dtype": "str" if dtype and dtype.startswith("<U") else dtype,
            "name": name,
            "nulls": nulls,
        }
    return {"kind": "other", "type": kind}


def _column(values: Any, name: object) -> dict[str, Any]:
    """One column: its dtype, whether it has nulls, what its values are, and which, where they are few."""
    dtype = values.dtype
    present = values[values.notna()]
    fact: dict[str, Any] = {
        "name": name if isinstance(name, str) else None,
        "label": str(name),
        "dtype": str(dtype),
        "nulls": bool(values.isna().any()),
        "categories": None,
        "distinct": None,
        "aware": getattr(dtype, "tz", None) is not None,
        "ordered": bool(getattr(dtype, "ordered", False)),
        "null": "none" if str(dtype) == "object" and all(value is None for value in values[values.isna()]) else "nan",
        "cells": None,
    }
    if str(dtype) == "category":
        categories = list(dtype.categories)
        fact["values"] = _type_of_values(categories)
        fact["categories"] = [_plain(value) for value in categories]
        return fact
    kind = getattr(dtype, "kind", "O")
    fact["values"] = {"i": "integer", "u": "integer", "f": "number", "b": "boolean", "M": "datetime"}.get(kind)
    if fact["values"] is None:
        fact["values"] = _type_of_values(present) if kind in "OTU" else str(dtype)
    nested = cell_forms.sequences(list(values)) if kind == "O" else None
    if isinstance(nested, dict):
        fact.update(values="sequence", nulls=nested["nulls"], cells=nested)
    elif nested is not None:
        fact["values"] = nested
    if fact["values"] == "string":
        distinct = present.unique()
        if len(distinct) <= MOST_CATEGORIES:
            fact["distinct"] = sorted(str(value) for value in distinct)
            if len(distinct) > 0 and len(present) >= 5 * len(distinct):
                fact["categories"] = fact["distinct"]
    return fact


def _type_of_values(values: Any) -> str:
    """The JSON type that all values share, or the names of the Python types that they have."""
    names = {type(value).__name__ for value in values}
    if names <= {"str", "str_"}:
        return "string"
    if names <= {"bool", "bool_"}:
        return "boolean"
    if all(name.startswith(("int", "uint")) for name in names):
        return "integer"
    if all(name.startswith(("int", "uint", "float")) for name in names):
        return "number"
    return " and ".join(sorted(names))


def taken(rows: Any, positions: list[int]) -> Any:
    """The rows at these positions, in the same kind of container."""
    if hasattr(rows, "iloc"):
        return rows.iloc[positions]
    if isinstance(rows, list):
        return [rows[i] for i in positions]
    return rows[positions]


def as_json(rows: Any) -> list[Any]:
    """Rows as a request carries them: objects of a frame, lists of an array, strings of text.

    Raises ValueError for a value that no request can carry.
    """
    try:
        return _as_json(rows)
    except ValueError as error:
        raise ValueError(f"a row that it was given cannot be sent: {error}") from None


def _as_json(rows: Any) -> list[Any]:
    kind = kind_of(rows)
    if kind == "frame":
        return as_json_objects(rows)
    if kind == "array":
        return _plain_array(rows)
    return [str(value) for value in rows]


def _plain_array(rows: Any) -> list[Any]:
    """An array as nested lists of what JSON has."""
    import numpy

    array = numpy.asarray(rows)
    if array.dtype.kind in "fiub" and array.dtype.itemsize <= 8 and bool(numpy.isfinite(array).all()):
        return array.tolist()
    return [_plain_array(row) if array.ndim > 1 else _plain(row) for row in array]


def answers_as_json(answers: Any) -> list[Any]:
    """What a method returned as a service answers it: one element a row, NaN as None.

    Raises ValueError for an answer that is no list of scalars, of (nested) lists of scalars, or a frame.
    """
    if hasattr(answers, "toarray"):
        answers = answers.toarray()
    if hasattr(answers, "columns") and hasattr(answers, "iloc"):
        return as_json_objects(answers)
    if isinstance(answers, (str, bytes)) or type(answers) in (dict, set) or not hasattr(answers, "__len__"):
        raise ValueError(f"the answer is {type(answers).__name__}, not one element a row")
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(answers, numpy.ndarray) and 1 <= answers.ndim <= MOST_DIMENSIONS:
        return _plain_array(answers)
    return [_plain_answer(answer) for answer in answers]


def by_row(model: Any, method: str, answers: Any) -> Any:
    """Probabilities of several outputs, which scikit-learn gives as a list of arrays by output, as a list by row;
    all other answers as they are."""
    if may_be_by_output(model, method) and isinstance(answers, list):
        return [list(row) for row in zip(*answers, strict=True)]
    return answers


def may_be_by_output(model: Any, method: str) -> bool:
    """Whether a list from a method of a model has one array for each of its outputs."""
    return method == "predict_proba" and isinstance(getattr(model, "classes_", None), list)


def _plain_answer(answer: Any, depth: int = 1) -> Any:
    if getattr(answer, "ndim", 0) > 0 or isinstance(answer, (list, tuple)):
        if depth >= MOST_DIMENSIONS:
            raise ValueError(f"the answer has more than {MOST_DIMENSIONS} dimensions")
        return [_plain_answer(part, depth + 1) for part in answer]
    return _plain(answer)


def is_single(answers: Any) -> bool:
    """Whether answers are floats of 32 bits or fewer, or some of a frame's columns are."""
    dtypes = list(answers.dtypes) if hasattr(answers, "columns") else [getattr(answers, "dtype", None)]
    return any(getattr(each, "kind", "") == "f" and getattr(each, "itemsize", 8) <= 4 for each in dtypes)


def as_json_objects(frame: Any) -> list[Any]:
    """A frame's rows as objects."""
    names = [str(name) for name in frame.columns]
    columns = [[_plain_cell(value) for value in frame.iloc[:, i]] for i in range(frame.shape[1])]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain_cell(value: Any) -> Any:
    if type(value).__name__ in ("Series", "ndarray", "list") and getattr(value, "ndim", 1) == 1:
        return [_plain(item) for item in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    """A scalar as JSON has it; dates and times in ISO 8601.

    Raises ValueError for a scalar that JSON cannot carry.
    """
    if value is None:
        return None
    if type(value).__name__ == "datetime64":
        # NumPy gives an integer for nanoseconds; the package answers to the microsecond
        value = value.astype("datetime64[us]").item()
    if hasattr(value, "isoformat"):
        return None if value != value else value.isoformat()  # noqa: PLR0124  (NaT differs from itself)
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
        if hasattr(value, "isoformat"):
            return value.isoformat()
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124  (NaN differs from itself)
            return None
        if value in (float("inf"), float("-inf")):
            raise ValueError("the value is infinite, which JSON cannot carry")
        return value
    if type(value).__name__ == "NAType":
        return None
    raise ValueError(f"a value of type {type(value).__module__}.{type(value).__qualname__} has no JSON form")
