"""The index of clean runs in the store; the run records themselves are files, from which it can be made anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from jupyter_mlops.documents import RunRecord
from jupyter_mlops.kernel.store import opened, writing

_NOTEBOOK = "INSERT OR IGNORE INTO notebook (path) VALUES (?)"
_RUN = """INSERT OR REPLACE INTO run
(id, notebook, code_hash, kernel, verdict, reason, started, seconds, cells, parameters)
VALUES (?, (SELECT id FROM notebook WHERE path = ?), ?, ?, ?, ?, ?, ?, ?, ?)"""


def index_runs(store: Path, records: Iterable[RunRecord], *, anew: bool = False) -> int:
    """Put runs into the index, with `anew` after emptying it; returns how many.

    Raises StoreError, sqlite3.Error or OSError where the store cannot be written; then nothing has changed.
    """
    count = 0
    with opened(store) as connection, writing(connection):
        if anew:
            connection.execute("DELETE FROM run")
        for record in records:
            connection.execute(_NOTEBOOK, (record.notebook,))
            connection.execute(_RUN, _fields(record))
            count += 1
    return count


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
