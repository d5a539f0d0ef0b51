"""The executions of a notebook with their traces, taken out of the store for the verdicts.

Everything that ran in a kernel of the notebook counts, code that no cell holds too. Of a notebook with very many
executions the newest are taken, and the last of each cell. What a trace says is decoded when somebody asks.
"""

from __future__ import annotations

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

_SESSIONS = """SELECT session.* FROM session WHERE id IN
 (SELECT DISTINCT execution.session FROM execution JOIN notebook ON notebook.id = execution.notebook
  WHERE notebook.path = ?)"""
_EXECUTIONS = """WITH own AS (SELECT id, session, cell FROM execution
 WHERE session IN (SELECT value FROM json_each(:sessions)) AND depth = 0)
SELECT execution.id, execution.session, execution.seq, execution.cell, execution.source, execution.started,
 execution.status, execution.execution_count, trace.reads, trace.writes, trace.deleted, trace.draws, trace.outputs
FROM execution LEFT JOIN trace ON trace.execution = execution.id
WHERE execution.id IN (SELECT id FROM own ORDER BY id DESC LIMIT :most)
 OR execution.id IN (SELECT max(id) FROM own GROUP BY session, cell)"""
_SOURCES = "SELECT id, text FROM source WHERE id IN (SELECT value FROM json_each(?))"

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
    live = sorted((each for each in sessions if each["run"] is None), key=lambda each: str(each["key"]))
    if session is not None:
        live = [each for each in live if each["key"] == session]
        if not live:
            raise StoreError.of(
                "no-such-session",
                f"the store has no session {session} of {notebook}",
                reason="it is the id of a kernel that ran cells of the notebook, and no clean run",
                fix="jupyter mlops runs list --json tells the session of each execution",
            )
    executions = _executions(store, sessions)
    return Recorded(_info(live[-1], executions) if live else None, executions)


def _executions(store: sqlite3.Connection, sessions: Sequence[sqlite3.Row]) -> list[Execution]:
    by_id = {each["id"]: each for each in sessions}
    wanted = {"sessions": msgspec.json.encode(list(by_id)).decode(), "most": MOST_EXECUTIONS}
    rows = store.execute(_EXECUTIONS, wanted).fetchall()
    texts = msgspec.json.encode(sorted({row["source"] for row in rows})).decode()
    codes = {row["id"]: code(source_text(row["text"])) for row in store.execute(_SOURCES, (texts,))}
    newest: dict[int, int] = {}
    for row in rows:
        newest[row["session"]] = max(row["seq"], newest.get(row["session"], 0))
    return [_execution(row, by_id[row["session"]], codes, newest[row["session"]]) for row in rows]


def _execution(row: sqlite3.Row, session: sqlite3.Row, codes: Mapping[int, Code], newest: int) -> Execution:
    status: Any = row["status"]
    if status == "running":
        status = status_without_end(session, over=row["seq"] < newest)
    return Execution(
        id=row["id"],
        session=session["key"],
        run=session["run"],
        cell=row["cell"],
        code=codes[row["source"]],
        started=row["started"],
        status=status,
        count=row["execution_count"],
        trace=StoredTrace(row) if row["reads"] is not None else None,
    )


def _info(session: sqlite3.Row, executions: Sequence[Execution]) -> SessionInfo:
    started = [each.started for each in executions if each.session == session["key"]]
    return SessionInfo(
        id=session["key"],
        kernel=session["kernel"],
        started=utc(session["started"]),
        last_execution=utc(max(started)) if started else None,
        alive=is_alive(session),
    )
