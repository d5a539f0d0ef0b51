"""Sessions read back, and whether the kernel of one still lives."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.documents import ExecutionStatus, SessionRecord
from jupyter_mlops.kernel.surroundings import process_start

_SESSION = "SELECT session.*, notebook.path FROM session LEFT JOIN notebook ON notebook.id = session.notebook"


def utc(seconds: float) -> str:
    """Seconds since 1970 as documents carry a time."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def session_with(store: sqlite3.Connection, column: str, value: str) -> SessionRecord | None:
    """The newest session whose `key` or `run` this is."""
    found = store.execute(f"{_SESSION} WHERE session.{column} = ? ORDER BY session.id DESC", (value,)).fetchone()
    return None if found is None else _record(found)


def _record(row: sqlite3.Row) -> SessionRecord:
    return SessionRecord(
        id=row["key"],
        run=row["run"],
        notebook=row["path"],
        started=utc(row["started"]),
        ended=None if row["ended"] is None else utc(row["ended"]),
        alive=is_alive(row),
        host=row["host"],
        pid=row["pid"],
        kernel=row["kernel"],
        python=row["python"],
        platform=row["platform"],
        ipython=row["ipython"],
        ipykernel=row["ipykernel"],
        executable=row["executable"],
        git_commit=row["git_commit"],
        git_branch=row["git_branch"],
        git_dirty=None if row["git_dirty"] is None else bool(row["git_dirty"]),
        modules=json.loads(row["modules"] or "{}"),
        distributions=None if row["distributions"] is None else json.loads(row["distributions"]),
    )


def is_alive(row: sqlite3.Row | Mapping[str, Any]) -> bool:
    """Whether the process of a session (its columns `ended`, `host`, `pid`, `process_started`) still runs.

    One of another machine that did not say that it ended is taken for alive: nobody here can know.
    """
    if row["ended"] is not None:
        return False
    if row["host"] != socket.gethostname():
        return True
    if row["process_started"] is not None:
        return process_start(row["pid"]) == row["process_started"]
    try:
        os.kill(row["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def status_without_end(session: sqlite3.Row | Mapping[str, Any], *, over: bool) -> ExecutionStatus:
    """The status of an execution that is stored as running; it is `over` where the kernel went on to another cell."""
    if over or session["ended"] is not None:
        return "unfinished"
    return "running" if is_alive(session) else "died"
