"""Metrics and parameters of many rows at once, and scalars made of the text that the store keeps.

scalar("int", "1") == 1        scalar("float", "nan")        scalar("str", "'cost'") == "cost"
"""

from __future__ import annotations

import ast
import json
import sqlite3
from collections.abc import Iterator, Sequence

from jupyter_mlops.documents import CurvePoint, FileUse, MetricValue, ParameterValue
from jupyter_mlops.tracking.sessions import utc

Scalar = str | int | float | bool | None

# at most so many rows are asked for in one statement
_PORTION = 5_000


def scalar(type_name: str, text: str) -> Scalar:
    """A value as Python has it; the text itself of what is no number, truth, text or None."""
    # those of NumPy have a width: int64
    try:
        match type_name.rstrip("0123456789_"):
            case "int" | "uint":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return {"True": True, "False": False}[text]
            case "NoneType":
                return None
            case "str":
                return unquoted(text)
            case _:
                return text
    except (ValueError, KeyError):
        return text


def unquoted(text: str) -> str:
    """What a literal of a text says; the literal itself where it was cut."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" and "\\" not in text:
        return text[1:-1]
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if isinstance(value, str) else text


def number(value: Scalar) -> float | None:
    """The number that a scalar is for comparing and sorting, as the store keeps it; None for NaN and for all else."""
    if not isinstance(value, (int, float)) or value != value:  # noqa: PLR0124  (NaN differs from itself)
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def portions(keys: Sequence[int] | Sequence[str]) -> Iterator[str]:
    """Keys in portions, each as JSON for `IN (SELECT value FROM json_each(?))`."""
    for start in range(0, len(keys), _PORTION):
        yield json.dumps(keys[start : start + _PORTION])


def metrics_of(store: sqlite3.Connection, table: str, owner: str, keys: str) -> dict[int | str, dict[str, MetricValue]]:
    """The metrics by which rows are listed; `keys` is a JSON list, `table` is `metric` or `run_metric`."""
    final = "AND final = 1 ORDER BY id" if table == "metric" else "ORDER BY name"
    found: dict[int | str, dict[str, MetricValue]] = {}
    for row in store.execute(
        f"SELECT {owner} AS owner, name, type, text, value FROM {table}"  # noqa: S608  (names of ours)
        f" WHERE {owner} IN (SELECT value FROM json_each(?)) {final}",
        (keys,),
    ):
        found.setdefault(row["owner"], {})[row["name"]] = MetricValue(
            type=row["type"], text=row["text"], value=row["value"]
        )
    return found


def parameters_of(
    store: sqlite3.Connection, table: str, owner: str, keys: str
) -> dict[int | str, dict[str, ParameterValue]]:
    """The parameters in force; `table` is `parameter` or `run_parameter`."""
    found: dict[int | str, dict[str, ParameterValue]] = {}
    for row in store.execute(
        f"SELECT {owner} AS owner, name, type, text FROM {table}"  # noqa: S608  (names of ours)
        f" WHERE {owner} IN (SELECT value FROM json_each(?)) ORDER BY name",
        (keys,),
    ):
        found.setdefault(row["owner"], {})[row["name"]] = ParameterValue(type=row["type"], text=row["text"])
    return found


def files_of(store: sqlite3.Connection, executions: Sequence[int]) -> list[FileUse]:
    """The data files that executions read and wrote, each use once."""
    found: dict[FileUse, None] = {}
    for keys in portions(executions):
        for row in store.execute(
            "SELECT * FROM file WHERE execution IN (SELECT value FROM json_each(?)) ORDER BY id", (keys,)
        ):
            use = FileUse(
                path=row["path"],
                mode=row["mode"],
                seen=row["seen"],
                size=row["size"],
                mtime=None if row["mtime"] is None else utc(row["mtime"]),
                hash=row["hash"],
                complete=bool(row["complete"]),
            )
            found[use] = None
    return list(found)


def curves_of(store: sqlite3.Connection, executions: Sequence[int]) -> dict[str, list[CurvePoint]]:
    """The metrics of more than one value, with all of them in order."""
    found: dict[str, list[CurvePoint]] = {}
    for keys in portions(executions):
        for row in store.execute(
            "SELECT * FROM metric WHERE execution IN (SELECT value FROM json_each(?)) ORDER BY id", (keys,)
        ):
            point = CurvePoint(step=row["step"], text=row["text"], value=row["value"])
            found.setdefault(row["name"], []).append(point)
    return {name: points for name, points in found.items() if len(points) > 1}
