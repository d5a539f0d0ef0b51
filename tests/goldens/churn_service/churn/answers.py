"""What a model returns as plain lists: one element a row, NaN as None, nothing infinite."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, cast

import numpy as np


class NotFiniteError(ValueError):
    """The model answered with an infinite number, which JSON cannot carry."""


def plain(result: Any, count: int) -> list[Any]:
    """One answer for each of `count` rows: scalars, lists for arrays, objects for a data frame.

    Raises `NotFiniteError`, and ValueError where the result is nothing of the kind.
    """
    if hasattr(result, "toarray"):
        result = result.toarray()
    if hasattr(result, "columns") and hasattr(result, "iloc"):
        names = [str(name) for name in result.columns]
        columns = [_listed(result.iloc[:, position]) for position in range(len(names))]
        answers: list[Any] = [
            dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)
        ]
    else:
        answers = _listed(result)
    if len(answers) != count:
        raise ValueError(f"the model gave {len(answers)} answers for {count} rows")
    return answers


def by_row(result: Any) -> list[Any]:
    """Probabilities of several outputs, a list of arrays by output, as a list by row."""
    return [list(row) for row in zip(*result, strict=True)]


def _listed(values: Any) -> list[Any]:
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub" and dtype.itemsize <= 8:
        array = np.asarray(values)
        if array.ndim == 0:
            raise ValueError("the model's answer is a single number")
        if dtype.kind != "f" or np.isfinite(array).all():
            return array.tolist()
    return [_element(value) for value in values]


def _element(value: Any) -> Any:
    if isinstance(value, list | tuple) or getattr(value, "ndim", 0) > 0:
        return [_element(item) for item in cast(Iterable[Any], value)]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]")
    if isinstance(value, np.floating):
        value = float(cast(Any, value))
    elif isinstance(value, np.generic):
        value = cast(Any, value).item()
    if value is None or isinstance(value, str | bool | int):
        return value
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if math.isinf(value):
            raise NotFiniteError("an answer is infinite, which JSON cannot carry")
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise ValueError(f"an answer of the type {type(value).__name__} has no form in JSON")
