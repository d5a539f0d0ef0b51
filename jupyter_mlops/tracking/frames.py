"""Executions, clean runs and their metrics as frames of pandas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from jupyter_mlops.documents import Execution, IndexedRun
from jupyter_mlops.tracking.curves import Point
from jupyter_mlops.tracking.tables import TableColumn, table_of
from jupyter_mlops.tracking.values import Scalar, scalar

# the stubs of pandas know fewer types than pandas
_Series: Any = pd.Series
_WHOLE_NUMBERS = 2**63


def runs_frame(items: Sequence[Execution | IndexedRun]) -> pd.DataFrame:
    """One row for each item; columns as in a table of them, with types.

    `id` is a text, `started` a time in UTC, `seconds` and metrics are floats. Parameters have the type of their values,
    one that knows missing values where some rows have none.
    """
    return pd.DataFrame({column.name: _column(column) for column in table_of(items)})


def points_frame(points: Sequence[Point]) -> pd.DataFrame:
    """One row for each value of a metric, with the execution or run that it is of."""
    items = [point.item for point in points]
    return pd.DataFrame(
        {
            "id": _texts([str(item.id) for item in items]),
            "kind": _texts(["execution" if isinstance(item, Execution) else "run" for item in items]),
            "notebook": _texts([item.notebook for item in items]),
            "started": _times([item.started for item in items]),
            "name": _texts([point.name for point in points]),
            "step": _Series([point.step for point in points], dtype="Int64"),
            "value": _floats([scalar("float", point.text) for point in points]),
        }
    )


def _column(column: TableColumn) -> Any:
    match column.column.kind:
        case "number":
            return _floats(column.values)
        case "time":
            return _times(column.values)
        case "text":
            return _texts(column.values)
        case "any" if column.column.source == "base":
            return _texts([str(value) for value in column.values])
        case "any":
            return _Series(list(column.values), dtype=_type(column.values))


def _texts(values: Sequence[Scalar]) -> Any:
    # pandas chooses: its own type of texts from 3 on, objects before
    return _Series(list(values), dtype=None if any(value is not None for value in values) else "object")


def _times(values: Sequence[Scalar]) -> Any:
    return _Series([datetime.fromisoformat(str(value)) for value in values], dtype="datetime64[ms, UTC]")


def _floats(values: Sequence[Scalar]) -> Any:
    return _Series([_float(value) for value in values], dtype="float64")


def _float(value: Scalar) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _type(values: Sequence[Scalar]) -> Any:
    present = [value for value in values if value is not None]
    types = {type(value) for value in present}
    whole = len(present) == len(values)
    if types == {bool}:
        return "bool" if whole else "boolean"
    if types == {int} and all(abs(value) < _WHOLE_NUMBERS for value in present if isinstance(value, int)):
        return "int64" if whole else "Int64"
    if types and types <= {int, float}:
        return "float64"
    return None if types == {str} else "object"
