"""The executions of a notebook with their traces, taken out of the store for the verdicts.

Everything that ran in a kernel of the notebook counts, code that no cell holds too. Of a notebook with very many
executions the newest are taken, and the last of each cell. What a trace says is decoded when somebody asks.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from jupyter_mlops.documents import SessionInfo
from jupyter_mlops.errors import StoreError
from jupyter_mlops.tracking.access import source_text
from jupyter_mlops.tracking.sessions import is_alive, status_without_end, utc
from jupyter_mlops.tracking.state import Code, Execution, code

MOST_EXECUTIONS = 20_000

_SESSIONS = """SELECT session.*,
 (SELECT count(*) FROM execution WHERE execution.session = session.id AND execution.depth = 0) AS executions
FROM session WHERE id IN
 (SELECT DISTINCT execution.session FROM execution JOIN notebook ON notebook.id = execution.notebook
  WHERE notebook.path = ?)
ORDER BY session.key DESC"""
_EXECUTIONS = """SELECT execution.id, execution.seq, execution.cell, execution.source, execution.started,
 execution.status, execution.execution_count, execution.error, execution.message,
 trace.reads, trace.writes, trace.deleted, trace.draws, trace.outputs
FROM execution LEFT JOIN trace ON trace.execution = execution.id
WHERE execution.session = :session AND execution.depth = 0"""
_LAST_ONES = " AND execution.id IN (SELECT max(id) FROM execution WHERE session = :session AND depth = 0 GROUP BY cell)"
_SOURCES = "SELECT id, text FROM source WHERE id IN (SELECT value FROM json_each(?))"

_NO_NAME = re.compile(r"name '(\w+)' is not defined")
_VALUES = msgspec.json.Decoder(dict[str, str])
_PARTS: Mapping[str, msgspec.json.Decoder[Any]] = {
    "reads": msgspec.json.Decoder(dict[str, str | None]),
    "writes": _VALUES,
    "deleted": msgspec.json.Decoder(list[str]),
    "draws": _VALUES,
}


class StoredTrace:
    """A trace as it is stored."""

    def __init__(self, row: sqlite3.Row) -> None:
        self._row = row
        self._parts: dict[str, Any] = {}

    def _part(self, part: str) -> Any:
        if part not in self._parts:
            self._parts[part] = _PARTS[part].decode(self._row[part])
        return self._parts[part]

    @property
    def reads(self) -> Mapping[str, str | None]:
        """The fingerprints before the cell."""
        return self._part("reads")

    @property
    def writes(self) -> Mapping[str, str]:
        """The fingerprints after the cell."""
        return self._part("writes")

    @property
    def deleted(self) -> Sequence[str]:
        """The names that are gone."""
        return self._part("deleted")

    @property
    def draws(self) -> Mapping[str, str]:
        """What the draws from random streams decide."""
        return self._part("draws")

    @property
    def outputs(self) -> str | None:
        """The digest of what was shown."""
        return self._row["outputs"]


@dataclass(frozen=True)
class Recorded:
    """What is recorded of a notebook: the session that counts, and the executions of all its kernels and clean runs."""

    session: SessionInfo | None
    executions: Sequence[Execution]


def recorded(store: sqlite3.Connection, notebook: str, session: str | None = None) -> Recorded:
    """What is recorded of a notebook; without `session` its newest live kernel counts.

    Raises StoreError where the notebook has no such session.
    """
    sessions = store.execute(_SESSIONS, (notebook,)).fetchall()
    live = [each for each in sessions if each["run"] is None]
    if session is not None:
        live = [each for each in live if each["key"] == session]
        if not live:
            raise StoreError.of(
                "no-such-session",
                f"the store has no session {session} of {notebook}",
                reason="it is the id of a kernel that ran cells of the notebook, and no clean run",
                fix="jupyter mlops runs list --json tells the session of each execution",
            )
    executions: list[Execution] = []
    for each in sessions:
        executions += _executions(store, each, only_last=len(executions) >= MOST_EXECUTIONS)
    return Recorded(_info(live[0], executions) if live else None, executions)


# By store, session and extent: how many executions it had and what they were, of kernels that have ended.
_ended: dict[tuple[str, str, bool], tuple[int, list[Execution]]] = {}


def _executions(store: sqlite3.Connection, session: sqlite3.Row, *, only_last: bool) -> list[Execution]:
    """The executions of a session; those of a kernel that has ended change no more, unless some are forgotten."""
    (_, _, path) = store.execute("PRAGMA database_list").fetchone()
    key = path, session["key"], only_last
    known = _ended.get(key)
    if known is not None and known[0] == session["executions"]:
        return known[1]
    alive = is_alive(session)
    rows = store.execute(_EXECUTIONS + (_LAST_ONES if only_last else ""), {"session": session["id"]}).fetchall()
    texts = msgspec.json.encode(sorted({row["source"] for row in rows})).decode()
    codes = {row["id"]: code(source_text(row["text"])) for row in store.execute(_SOURCES, (texts,))}
    newest = max((row["seq"] for row in rows), default=0)
    found = [_execution(row, session, codes, over=row["seq"] < newest) for row in rows]
    if not alive:
        if sum(len(each) for _, each in _ended.values()) > MOST_EXECUTIONS:
            _ended.clear()
        _ended[key] = session["executions"], found
    return found


def _execution(row: sqlite3.Row, session: sqlite3.Row, codes: Mapping[int, Code], *, over: bool) -> Execution:
    status: Any = row["status"]
    return Execution(
        id=row["id"],
        session=session["key"],
        run=session["run"],
        cell=row["cell"],
        code=codes[row["source"]],
        started=row["started"],
        status=status_without_end(session, over=over) if status == "running" else status,
        count=row["execution_count"],
        trace=StoredTrace(row) if row["reads"] is not None else None,
        missing=_missing(row["error"], row["message"]),
    )


def _missing(error: str | None, message: str | None) -> str | None:
    """The name that an error speaks of."""
    found = _NO_NAME.match(message or "") if error == "NameError" else None
    return found[1] if found else None


def _info(session: sqlite3.Row, executions: Sequence[Execution]) -> SessionInfo:
    started = [each.started for each in executions if each.session == session["key"]]
    return SessionInfo(
        id=session["key"],
        kernel=session["kernel"],
        started=utc(session["started"]),
        last_execution=utc(max(started)) if started else None,
        alive=is_alive(session),
    )
