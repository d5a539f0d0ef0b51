"""The index of clean runs in the store; the run records themselves are files, from which it can be made anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from jupyter_mlops.documents import RunRecord
from jupyter_mlops.kernel.store import opened, writing
from jupyter_mlops.tracking.values import number, scalar

_NOTEBOOK = "INSERT OR IGNORE INTO notebook (path) VALUES (?)"
# what the executions of a run did last, of each name
_METRICS = """INSERT OR REPLACE INTO run_metric (name, run, value, text, type)
SELECT metric.name, session.run, metric.value, metric.text, metric.type
FROM session JOIN execution ON execution.session = session.id JOIN metric ON metric.execution = execution.id
WHERE session.run = ? AND metric.final = 1 ORDER BY execution.id, metric.id"""
_PARAMETERS = """INSERT OR REPLACE INTO run_parameter (name, run, type, text, value)
SELECT parameter.name, session.run, parameter.type, parameter.text, parameter.value
FROM session JOIN execution ON execution.session = session.id JOIN parameter ON parameter.execution = execution.id
WHERE session.run = ? ORDER BY execution.id"""
_GIVEN = "INSERT OR REPLACE INTO run_parameter (name, run, type, text, value) VALUES (?, ?, ?, ?, ?)"
_RUN = """INSERT OR REPLACE INTO run
(id, notebook, code_hash, kernel, verdict, reason, started, seconds, cells, parameters)
VALUES (?, (SELECT id FROM notebook WHERE path = ?), ?, ?, ?, ?, ?, ?, ?, ?)"""


def index_runs(store: Path, records: Iterable[RunRecord], *, anew: bool = False) -> int:
    """Put runs into the index, with what their executions measured; `anew` after emptying it. Returns how many.

    What executions measured that have been forgotten since stays in the index.

    Raises StoreError, sqlite3.Error or OSError where the store cannot be written; then nothing has changed.
    """
    count = 0
    with opened(store) as connection, writing(connection):
        if anew:
            connection.execute("DELETE FROM run")
        for record in records:
            connection.execute(_NOTEBOOK, (record.notebook,))
            connection.execute(_RUN, _fields(record))
            _index_values(connection, record)
            count += 1
        if anew:
            for table in ("run_metric", "run_parameter"):
                connection.execute(f"DELETE FROM {table} WHERE run NOT IN (SELECT id FROM run)")  # noqa: S608
    return count


def _index_values(connection: sqlite3.Connection, record: RunRecord) -> None:
    for name, given in record.parameters.items():
        value = number(scalar(given.type, given.text))
        connection.execute(_GIVEN, (name, record.id, given.type, given.text, value))
    connection.execute(_PARAMETERS, (record.id,))
    connection.execute(_METRICS, (record.id,))


def _fields(record: RunRecord) -> tuple[str | float | int | None, ...]:
    ran = [cell for cell in record.cells if cell.started is not None]
    begin = _begin(record)
    ends = [datetime.fromisoformat(cell.started) + timedelta(seconds=cell.seconds or 0) for cell in ran if cell.started]
    return (
        record.id,
        record.notebook,
        record.code_hash,
        record.kernel,
        record.verdict,
        record.reason,
        begin.timestamp(),
        (max(ends) - begin).total_seconds() if ends else None,
        len(ran),
        msgspec.json.encode(record.parameters).decode(),
    )


def _begin(record: RunRecord) -> datetime:
    """A run's id begins with its time; of one with another id, the first cell's start."""
    try:
        return datetime.strptime(record.id.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        started = [datetime.fromisoformat(cell.started) for cell in record.cells if cell.started]
        return min(started, default=datetime.fromtimestamp(0, UTC))
