"""Which executions and clean runs a list has, and in which order.

    auc > 0.83 and role = 'train', sorted by auc

    SELECT execution.id FROM metric AS leader CROSS JOIN execution ON execution.id = leader.execution
    WHERE leader.name = 'auc' AND leader.value > 0.83 AND execution.role = 'train' ORDER BY leader.value LIMIT 20

SQLite does not know how many rows an index finds, so the index is chosen here. What the condition certainly needs leads
to the rows: a cell, a run, a notebook, a metric, a parameter. Where nothing does, rows are looked at from the newest on
until there are enough. That holds a store of a million executions below a twentieth of a second for the usual
questions (`benchmarks/store.py`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.tracking.columns import Column, column_named
from jupyter_mlops.tracking.conditions import All, Compare, Condition, Name, Value, names
from jupyter_mlops.tracking.row_kinds import EXECUTIONS, LEADER, RUNS, RowKind
from jupyter_mlops.tracking.translating import TURNED, Translation, checked

# so many executions of a notebook may be asked for a metric one by one; of more the metric leads
_FEW = 20_000
# so many rows are sorted at once, where a metric is met by no more
_RARE = 2_000


@dataclass(frozen=True)
class Selection:
    """Which executions and runs are asked for, and in which order.

    `run` asks for the executions of one clean run, `nested` for code that cells gave to `run_cell` too. `where` is a
    condition over the columns, `sort` one of them, with a `-` before it for the greatest first; without it the newest
    are first. Rows that have no value there are last either way.
    """

    limit: int | None = 20
    notebook: str | None = None
    cell: str | None = None
    run: str | None = None
    nested: bool = False
    where: str | None = None
    sort: str | None = None


@dataclass(frozen=True)
class Order:
    """The column that rows are sorted by."""

    column: Column
    descending: bool


@dataclass(frozen=True)
class Question:
    """A selection whose names were found in a store."""

    wanted: Selection
    condition: Condition | None
    columns: Mapping[str, Column]
    order: Order | None

    def needed(self) -> Iterator[Condition]:
        """The parts of the condition that have to hold in every row."""
        if isinstance(self.condition, All):
            yield from self.condition.terms
        elif self.condition is not None:
            yield self.condition

    def needs(self) -> Iterator[Column]:
        """The metrics and parameters that every row has."""
        for term in self.needed():
            if isinstance(term, Compare):
                for operand in (term.left, term.right):
                    if isinstance(operand, Name) and (column := self.columns[operand.text]).source != "base":
                        yield column

    def given(self, name: str) -> str | None:
        """The text that a column of every row has to have."""
        for term in self.needed():
            match term:
                case Compare("=", Name(text=found), Value(str() as text)) if found == name:
                    return text
                case _:
                    pass
        return None


def written_names(wanted: Selection) -> list[str]:
    """The columns that a selection speaks of, as they are written there."""
    condition = _parsed(wanted.where)
    sorted_by = [] if wanted.sort is None else [wanted.sort.removeprefix("-")]
    return [*(name.text for name in (names(condition) if condition else ())), *sorted_by]


def _parsed(where: str | None) -> Condition | None:
    if where is None:
        return None
    from jupyter_mlops.tracking.condition_text import parse  # noqa: PLC0415  (sqlglot takes its time)

    return parse(where)


def question(store: sqlite3.Connection, wanted: Selection) -> Question:
    """Look the names of a selection up.

    Raises ConditionError where the condition is not understood or admitted, or names a column that there is not.
    """
    condition = _parsed(wanted.where)
    columns: dict[str, Column] = {}
    for name in () if condition is None else names(condition):
        columns[name.text] = column_named(store, name.text, name.at)
    order = None
    if wanted.sort is not None:
        name = wanted.sort.removeprefix("-")
        order = Order(column_named(store, name), descending=wanted.sort.startswith("-"))
    return Question(wanted, None if condition is None else checked(condition, columns), columns, order)


@dataclass(frozen=True)
class Found:
    """A row that a question is about: its kind, its key there, and by what it is sorted."""

    table: str
    key: Any
    started: float
    value: float | str | None

    @property
    def rank(self) -> tuple[int, float, str]:
        """Numbers before texts, as SQLite has it."""
        return (1, 0.0, self.value) if isinstance(self.value, str) else (0, self.value or 0.0, "")


def found_rows(store: sqlite3.Connection, asked: Question) -> list[Found]:
    """The executions and clean runs that a question is about, sorted together; among equals the newest are where the
    greatest are."""
    rows = [*_executions(store, asked), *_runs(store, asked)]
    rows.sort(key=lambda row: row.started, reverse=True)
    if asked.order is not None:
        present = [row for row in rows if row.value is not None]
        present.sort(key=lambda row: (row.rank, row.started), reverse=asked.order.descending)
        rows = present + [row for row in rows if row.value is None]
    return rows[: asked.wanted.limit]


def _executions(store: sqlite3.Connection, asked: Question) -> list[Found]:
    wanted = asked.wanted
    values = {
        "run": wanted.run,
        "cell": wanted.cell or asked.given("cell"),
        "notebook": wanted.notebook or asked.given("notebook"),
    }
    # written out, so that SQLite knows which partial indexes they allow
    conditions: list[str] = []
    if wanted.run is not None:
        conditions.append("execution.session IN (SELECT id FROM session WHERE run = :run)")
    elif wanted.cell is None:
        # the history of a cell has its clean runs too
        conditions.append("execution.clean = 0")
    if not wanted.nested:
        conditions.append("execution.depth = 0")
    if values["cell"] is not None:
        conditions.append("execution.cell = :cell")
    if values["notebook"] is not None:
        conditions.append("execution.notebook = (SELECT id FROM notebook WHERE path = :notebook)")

    may_lead = False
    if wanted.run is not None:
        index = "INDEXED BY sqlite_autoindex_execution_1"
    elif values["cell"] is not None:
        index = "INDEXED BY execution_cell"
    elif wanted.nested:
        index = "NOT INDEXED" if values["notebook"] is None else "INDEXED BY execution_notebook"
    elif values["notebook"] is not None:
        index = "INDEXED BY execution_of_notebook"
        may_lead = _has_many(store, values["notebook"])
    else:
        index = "INDEXED BY execution_listed"
        may_lead = True
    return _Finder(store, asked, EXECUTIONS, f"execution {index}", conditions, values, may_lead=may_lead).found()


def _runs(store: sqlite3.Connection, asked: Question) -> list[Found]:
    if asked.wanted.cell is not None or asked.wanted.run is not None:
        return []
    notebook = asked.wanted.notebook or asked.given("notebook")
    conditions = [] if notebook is None else ["run.notebook = (SELECT id FROM notebook WHERE path = :notebook)"]
    return _Finder(store, asked, RUNS, "run", conditions, {"notebook": notebook}, may_lead=True).found()


def _by_age(column: Column) -> bool:
    """Whether rows are in the order of a column as they are in the store."""
    return column.source == "base" and column.name in ("id", "started")


def _has_many(store: sqlite3.Connection, notebook: str) -> bool:
    (count,) = store.execute(
        """SELECT count(*) FROM (SELECT 1 FROM execution INDEXED BY execution_of_notebook
 WHERE notebook = (SELECT id FROM notebook WHERE path = ?) AND clean = 0 AND depth = 0 LIMIT ?)""",
        (notebook, _FEW + 1),
    ).fetchone()
    return count > _FEW


@dataclass(frozen=True)
class _Finder:
    """Finds rows of one kind; `table` is it with its index, for where no metric and no parameter leads to the rows."""

    store: sqlite3.Connection
    asked: Question
    rows: RowKind
    table: str
    conditions: Sequence[str]
    values: Mapping[str, str | None]
    may_lead: bool

    def found(self) -> list[Found]:
        """The rows, in order."""
        limit = -1 if self.asked.wanted.limit is None else self.asked.wanted.limit
        order = self.asked.order
        needed = list(self.asked.needs()) if self.may_lead else []
        leader = needed[0] if needed else None
        if self.may_lead and (rare := self._rare()) is not None:
            sort = None if order is None or _by_age(order.column) else order.column
            descending = order is None or order.descending
            return self._select(rare, sort, descending=descending, limit=limit, by_value=True)
        if order is None or _by_age(order.column):
            return self._select(leader, None, descending=order is None or order.descending, limit=limit)
        if not self.may_lead or order.column.source == "base":
            return self._select(leader, order.column, descending=order.descending, limit=limit)
        found = self._select(order.column, order.column, descending=order.descending, limit=limit, has=order.column)
        if len(found) == limit or order.column in needed:
            return found
        rest = limit if limit < 0 else limit - len(found)
        return found + self._select(leader, None, descending=True, limit=rest, lacks=order.column)

    def _rare(self) -> Column | None:
        """A metric that has to be where only few rows have it: these are found by their value, and sorted then."""
        for term in self.asked.needed():
            if not isinstance(term, Compare) or term.operator == "!=":
                continue
            name, value, operator = term.left, term.right, term.operator
            if isinstance(name, Value):
                name, value, operator = value, name, TURNED[operator]
            if not isinstance(name, Name) or not isinstance(value, Value):
                continue
            column = self.asked.columns[name.text]
            if column.source != "metric":
                continue
            (count,) = self.store.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM {self.rows.metrics} AS {LEADER} {self.rows.metrics_by_value}"  # noqa: S608
                f" WHERE {self.rows.listed_metrics} AND {LEADER}.name = ? AND {LEADER}.value {operator} ? LIMIT ?)",
                (column.name, value.value, _RARE + 1),
            ).fetchone()
            if count <= _RARE:
                return column
        return None

    def _select(
        self,
        leader: Column | None,
        sort: Column | None,
        *,
        descending: bool,
        limit: int,
        has: Column | None = None,
        lacks: Column | None = None,
        by_value: bool = False,
    ) -> list[Found]:
        translation = Translation(self.rows, self.asked.columns, leader)
        conditions = list(self.conditions)
        tables, key = self.table, self.rows.key
        if leader is not None:
            tables, listed = self.rows.leading(leader, by_value=by_value or leader == sort)
            conditions += [listed, f"{LEADER}.name = {translation.bound(leader.name)}"]
            key = f"{LEADER}.{self.rows.owner}"
        if self.asked.condition is not None:
            conditions.append(translation.condition(self.asked.condition))
        if has is not None:
            conditions.append(f"{translation.part(has, 'any')} IS NOT NULL")
        if lacks is not None:
            conditions.append(f"{translation.part(lacks, 'any')} IS NULL")
        direction = "DESC" if descending else "ASC"
        order = f"{key} {direction}"
        if sort is not None:
            value = translation.part(sort, "any")
            order = f"{value} {direction}, {order}"
            if has is None:
                order = f"{value} IS NULL, {order}"
        value = "NULL" if self.asked.order is None else translation.part(self.asked.order.column, "any")
        values = {**self.values, **translation.values, "limit": limit}
        # the parts are texts of ours, what the user gave is bound
        statement = (
            f"SELECT {self.rows.key}, {self.rows.table}.started, {value} FROM {tables} {self.rows.joins}"  # noqa: S608
            f" WHERE {' AND '.join(conditions) or 'TRUE'} ORDER BY {order} LIMIT :limit"
        )
        return [Found(self.rows.table, *row) for row in self.store.execute(statement, values)]
