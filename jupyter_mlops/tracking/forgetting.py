"""Executions taken out of the store, with the sources and sessions that nothing else needs.

    forget(executions before March)   execution 1 … 40 go
                                      sources that no later execution has go
                                      sessions without executions go, unless their kernel lives

Records of clean runs are files of their own and stay.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.documents import ForgetResult
from jupyter_mlops.errors import StoreError
from jupyter_mlops.kernel.store import opened, writing
from jupyter_mlops.tracking.sessions import is_alive


@dataclass(frozen=True)
class Forgotten:
    """Which executions go: all that fit each field that is given, one at least; `before` is in seconds since 1970."""

    notebook: str | None = None
    cell: str | None = None
    before: float | None = None


def forget(store: Path, wanted: Forgotten, *, dry_run: bool = False) -> ForgetResult:
    """Delete executions for good, or with `dry_run` only count them.

    Raises StoreError where the store cannot be written; then everything is as it was.
    """
    result = ForgetResult(dry_run=dry_run, executions=0, sources=0, sessions=0)
    if not store.exists():
        return result
    try:
        with opened(store) as connection:
            connection.row_factory = sqlite3.Row
            # what is forgotten is overwritten
            connection.execute("PRAGMA secure_delete = ON")
            with writing(connection):
                result = _delete(connection, wanted, dry_run=dry_run)
                if dry_run:
                    connection.execute("ROLLBACK")
                    connection.execute("BEGIN")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except (sqlite3.Error, OSError) as error:
        raise StoreError.of(
            "store-unwritable",
            f"the store {store} cannot be written",
            reason=str(error),
            fix="jupyter mlops doctor says what is wrong with it",
        ) from None
    return result


def _delete(connection: sqlite3.Connection, wanted: Forgotten, *, dry_run: bool) -> ForgetResult:
    conditions = ["started < :before"] if wanted.before is not None else []
    if wanted.cell is not None:
        conditions.append("cell = :cell")
    if wanted.notebook is not None:
        conditions.append("notebook = (SELECT id FROM notebook WHERE path = :notebook)")
    # the conditions are texts of ours, what the user gave is bound
    statement = f"DELETE FROM execution WHERE {' AND '.join(conditions)}"  # noqa: S608
    executions = connection.execute(statement, wanted.__dict__).rowcount
    sources = connection.execute(
        "DELETE FROM source WHERE NOT EXISTS (SELECT 1 FROM execution WHERE execution.source = source.id)"
    ).rowcount
    empty = connection.execute(
        "SELECT * FROM session WHERE NOT EXISTS (SELECT 1 FROM execution WHERE execution.session = session.id)"
    ).fetchall()
    gone = [session["id"] for session in empty if not is_alive(session)]
    connection.executemany("DELETE FROM session WHERE id = ?", [(number,) for number in gone])
    return ForgetResult(dry_run=dry_run, executions=executions, sources=sources, sessions=len(gone))
