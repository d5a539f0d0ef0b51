"""The columns of the list of executions and clean runs, and which of them a name means.

seconds       a column that every row has
auc           a metric or a parameter that some row has
metric.auc    the metric, where a parameter has that name too, or one of the columns that every row has
param.seed    the parameter
"""

from __future__ import annotations

import difflib
import sqlite3
from dataclasses import dataclass
from typing import Literal

from jupyter_mlops.errors import ConditionError

Kind = Literal["number", "time", "text", "any"]
Measured = Literal["metric", "parameter"]
Source = Literal["base"] | Measured

BASE: dict[str, Kind] = {
    "id": "any",
    "kind": "text",
    "notebook": "text",
    "cell": "text",
    "role": "text",
    "status": "text",
    "seconds": "number",
    "started": "time",
}
PREFIXES: dict[str, Measured] = {"metric": "metric", "param": "parameter"}

_TABLES: dict[Measured, tuple[tuple[str, str], ...]] = {
    "metric": (("metric", "final = 1 AND clean = 0"), ("run_metric", "TRUE")),
    "parameter": (("parameter", "TRUE"), ("run_parameter", "TRUE")),
}


@dataclass(frozen=True)
class Column:
    """One column: `name` is the one of the metric or parameter, `kind` what its values are."""

    name: str
    source: Source
    kind: Kind


def column_named(store: sqlite3.Connection, text: str, at: int | None = None) -> Column:
    """The column that a name means; `at` is its place in a condition.

    Raises ConditionError, with the nearest name, where there is none, or where it is a metric and a parameter.
    """
    if text in BASE:
        return Column(text, "base", BASE[text])
    found: list[Measured] = [source for source in PREFIXES.values() if _is_there(store, source, text)]
    place = "" if at is None else f" at character {at}"
    if len(found) > 1:
        raise ConditionError.of(
            "ambiguous-column",
            f"`{text}`{place} is a metric and a parameter",
            fix=f"write metric.{text} or param.{text}",
        )
    if found:
        return column_of(text, found[0])
    prefix, _, rest = text.partition(".")
    if prefix in PREFIXES and _is_there(store, PREFIXES[prefix], rest):
        return column_of(rest, PREFIXES[prefix])
    known = [*BASE, *(name for source in PREFIXES.values() for name in names_of(store, source))]
    near = _nearest(text, known) or _nearest(rest, known)
    raise ConditionError.of(
        "unknown-column",
        f"unknown column `{text}`{place}",
        reason="no execution and no run has it",
        fix=f"Did you mean `{near}`?" if near else f"there are {', '.join(known[:_MOST_SHOWN])}",
    )


_MOST_SHOWN = 20


def names_of(store: sqlite3.Connection, source: Measured) -> list[str]:
    """The names of all metrics or of all parameters."""
    return sorted({name for table, condition in _TABLES[source] for name in _names_in(store, table, condition)})


def notebooks_in(store: sqlite3.Connection) -> list[str]:
    """The paths of the notebooks that something is recorded of."""
    return [row[0] for row in store.execute("SELECT path FROM notebook ORDER BY path")]


def _names_in(store: sqlite3.Connection, table: str, condition: str) -> list[str]:
    """Hops from one name to the next in the index; the table may have millions of rows of few names."""
    rows = store.execute(
        f"""WITH RECURSIVE each_name (name) AS (
 SELECT (SELECT name FROM {table} WHERE {condition} ORDER BY name LIMIT 1) UNION ALL
 SELECT (SELECT name FROM {table} WHERE {condition} AND name > each_name.name ORDER BY name LIMIT 1)
 FROM each_name WHERE each_name.name IS NOT NULL
) SELECT name FROM each_name WHERE name IS NOT NULL"""  # noqa: S608  (texts of ours)
    )
    return [row[0] for row in rows]


def _is_there(store: sqlite3.Connection, source: Measured, name: str) -> bool:
    return any(
        store.execute(f"SELECT 1 FROM {table} WHERE name = ? AND {condition} LIMIT 1", (name,)).fetchone()  # noqa: S608
        for table, condition in _TABLES[source]
    )


def column_of(name: str, source: Measured) -> Column:
    """The column of a metric or parameter."""
    return Column(name, source, "number" if source == "metric" else "any")


def _nearest(text: str, known: list[str]) -> str | None:
    """The name most like another; of two as like, the one with the same letters, then with the same beginning."""
    wanted = text.casefold()
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(wanted, folded, n=5)

    def likeness(name: str) -> tuple[float, bool, bool]:
        ratio = difflib.SequenceMatcher(None, name, wanted).ratio()
        return (ratio, sorted(name) == sorted(wanted), name[:1] == wanted[:1])

    return folded[max(near, key=likeness)] if near else None
