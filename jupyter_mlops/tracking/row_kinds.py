"""The two kinds of rows of a list, executions and clean runs, and how the columns of each are got in SQL.

A column of a row is a number, a text or nothing: `part` says which of them is asked for. NaN and None are nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from jupyter_mlops.tracking.columns import Column

Part = Literal["number", "text", "any"]

# the alias of the table of metrics or parameters that leads to the rows
LEADER = "leader"


@dataclass(frozen=True)
class RowKind:
    """One kind of rows. `values` has the tables of metrics and parameters, whose column `owner` is the row's key."""

    table: str
    joins: str
    base: Mapping[str, tuple[Part, str]]
    owner: str
    metrics: str
    parameters: str
    # what holds of the metrics of listed rows, and the indexes by which these are found newest or by value
    listed_metrics: str
    metrics_newest: str
    metrics_by_value: str

    @property
    def key(self) -> str:
        """The column that tells rows apart and has them in the order of time."""
        return f"{self.table}.id"

    def base_part(self, name: str, part: Part) -> str | None:
        """A column that every row has; None where it has not that part in rows of this kind."""
        has, sql = self.base[name]
        return sql if part in (has, "any") else None

    def leading(self, column: Column, *, by_value: bool) -> tuple[str, str]:
        """Tables that lead to the rows that have a metric or a parameter, and the condition that chooses it."""
        if column.source == "metric":
            index = self.metrics_by_value if by_value else self.metrics_newest
            tables, condition = f"{self.metrics} AS {LEADER} {index}", self.listed_metrics
        else:
            tables, condition = f"{self.parameters} AS {LEADER}", "TRUE"
        # a cross join keeps SQLite from turning it round
        return f"{tables} CROSS JOIN {self.table} ON {self.key} = {LEADER}.{self.owner}", condition

    def value(self, column: Column, part: Part, name: str) -> str:
        """A metric or a parameter of the row at hand, looked up; `name` stands for its name."""
        table = self.metrics if column.source == "metric" else self.parameters
        # a curve has many values, of which one is final
        final = " AND value.final = 1" if (table, self.owner) == ("metric", "execution") else ""
        return (
            f"(SELECT {part_of(column, part, 'value')} FROM {table} AS value"  # noqa: S608  (texts of ours)
            f" WHERE value.{self.owner} = {self.key} AND value.name = {name}{final})"
        )


def part_of(column: Column, part: Part, alias: str) -> str:
    """A part of a row of the tables of metrics and parameters."""
    if column.source == "metric":
        return "NULL" if part == "text" else f"{alias}.value"
    text = (
        f"CASE {alias}.type WHEN 'str' THEN unquoted({alias}.text) ELSE nullif(nullif({alias}.text, 'None'), 'nan') END"
    )
    if part == "number":
        return f"{alias}.value"
    return f"CASE WHEN {alias}.value IS NULL THEN {text}{f' ELSE {alias}.value' if part == 'any' else ''} END"


_STATUS = """CASE execution.status WHEN 'running' THEN status_without_end(session.ended, session.host, session.pid,
 session.process_started, execution.seq,
 (SELECT max(later.seq) FROM execution later WHERE later.session = execution.session AND later.depth = 0))
 ELSE execution.status END"""

EXECUTIONS = RowKind(
    table="execution",
    joins="LEFT JOIN session ON session.id = execution.session LEFT JOIN notebook ON notebook.id = execution.notebook",
    base={
        "id": ("number", "execution.id"),
        "kind": ("text", "'execution'"),
        "notebook": ("text", "notebook.path"),
        "cell": ("text", "execution.cell"),
        "role": ("text", "execution.role"),
        "status": ("text", _STATUS),
        "seconds": ("number", "execution.seconds"),
        "started": ("number", "execution.started"),
    },
    owner="execution",
    metrics="metric",
    parameters="parameter",
    listed_metrics=f"{LEADER}.final = 1 AND {LEADER}.clean = 0",
    metrics_newest="INDEXED BY metric_newest",
    metrics_by_value="INDEXED BY metric_value",
)
RUNS = RowKind(
    table="run",
    joins="LEFT JOIN notebook ON notebook.id = run.notebook",
    base={
        "id": ("text", "run.id"),
        "kind": ("text", "'run'"),
        "notebook": ("text", "notebook.path"),
        "cell": ("text", "NULL"),
        "role": ("text", "NULL"),
        "status": ("text", "run.verdict"),
        "seconds": ("number", "run.seconds"),
        "started": ("number", "run.started"),
    },
    owner="run",
    metrics="run_metric",
    parameters="run_parameter",
    listed_metrics="TRUE",
    metrics_newest="",
    metrics_by_value="INDEXED BY run_metric_value",
)
