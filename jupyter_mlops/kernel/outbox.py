"""Executions on their way to the store, which never keep a cell waiting.

    put(1: running)  ─► written
    keep(1: ok)      ─► waits until the reply is sent (write), or for the next row
    put(2: running)  ─► the store is locked: 1 and 2 are kept, after 20 ms
    put(3: running)  ─► still locked: kept, without waiting
    write()          ─► free again: all three are written together

Each row is whole, and a later one of the same number replaces it, here and in the store, so that nothing hangs on what
was written before: a store that was deleted or set aside meanwhile is begun anew, with the session's row first. Only a
trace, or what was captured, stays where the later row has none.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from time import monotonic

from jupyter_mlops.errors import StoreError
from jupyter_mlops.kernel.record import Captured, ExecutionRow, SessionRow, Trace
from jupyter_mlops.kernel.store import check_readable, connect, identity, is_broken, set_aside, status, writing

_WAIT_SECONDS = 0.02
_SECONDS_BETWEEN_OPENINGS = 1.0
_MOST_WAITING = 1000
_MOST_CHARACTERS = 4_000_000

_NOTEBOOK = "INSERT OR IGNORE INTO notebook (path) VALUES (?)"
_SESSION = """INSERT INTO session (key, run, notebook, started, ended, host, pid, process_started, kernel, python,
 platform, ipython, ipykernel, executable, git_commit, git_branch, git_dirty, modules, distributions)
VALUES (:key, :run, (SELECT id FROM notebook WHERE path = :notebook), :started, :ended, :host, :pid, :process_started,
 :kernel, :python, :platform, :ipython, :ipykernel, :executable, :git_commit, :git_branch, :git_dirty, :modules,
 :distributions)
ON CONFLICT (key) DO UPDATE SET notebook = excluded.notebook, ended = excluded.ended, git_dirty = excluded.git_dirty,
 modules = excluded.modules, distributions = excluded.distributions"""
_SOURCE = "INSERT OR IGNORE INTO source (hash, text) VALUES (?, ?)"
_EXECUTION = """INSERT INTO execution (session, seq, notebook, cell, found, source, role, depth, started, seconds,
 status, error, message, execution_count, msg_id, clean)
VALUES ((SELECT id FROM session WHERE key = :session), :seq, (SELECT id FROM notebook WHERE path = :notebook), :cell,
 :found, (SELECT id FROM source WHERE hash = :hash), :role, :depth, :started, :seconds, :status, :error, :message,
 :execution_count, :msg_id, :clean)
ON CONFLICT (session, seq) DO UPDATE SET seconds = excluded.seconds, status = excluded.status, error = excluded.error,
 message = excluded.message, execution_count = excluded.execution_count"""
_NUMBER = "SELECT id FROM execution WHERE session = (SELECT id FROM session WHERE key = ?) AND seq = ?"
_TRACE = "INSERT OR REPLACE INTO trace (execution, reads, writes, deleted, draws, outputs) VALUES (?, ?, ?, ?, ?, ?)"
# of each table of what was captured: the statement that empties it, and the one that fills it
_CAPTURED = {
    "parameters": (
        "DELETE FROM parameter WHERE execution = ?",
        "INSERT INTO parameter (execution, name, type, text, value, origin) VALUES (?, ?, ?, ?, ?, ?)",
        ("name", "type", "text", "value", "origin"),
    ),
    "metrics": (
        "DELETE FROM metric WHERE execution = ?",
        """INSERT INTO metric (execution, name, step, value, text, type, origin, final, clean)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT clean FROM execution WHERE id = ?1))""",
        ("name", "step", "value", "text", "type", "origin", "final"),
    ),
    "files": (
        "DELETE FROM file WHERE execution = ?",
        "INSERT INTO file (execution, path, mode, seen, size, mtime, hash, complete) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ("path", "mode", "seen", "size", "mtime", "hash", "complete"),
    ),
}


def text_hash(text: str) -> str:
    """The SHA-256 of a source as it was sent."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Outbox:
    """Writes rows, and keeps those that cannot be written now.

    `report` is told each error, `tell` how many executions wait and how many were lost for good.
    """

    def __init__(
        self,
        path: Path,
        session: SessionRow,
        report: Callable[[BaseException], None],
        tell: Callable[[int, int], None],
    ) -> None:
        self.session = session
        self._path = path
        self._report = report
        self._tell = tell
        self._rows: dict[int, ExecutionRow] = {}
        self._refused = False
        self._lost = 0
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._changed: int | None = None
        self._waits = 0.0
        self._known: set[str] = set()
        self._next_opening = 0.0
        self._session_is_new = True

    @property
    def waiting(self) -> int:
        """How many executions are not in the store as they are known now."""
        return len(self._rows)

    def put(self, row: ExecutionRow | None) -> None:
        """Write a row and what waits; None where only the session's own row changed."""
        if row is None:
            self._session_is_new = True
        else:
            self.keep(row)
        self.write()

    def keep(self, row: ExecutionRow) -> None:
        """Have a row written with the next one, or by `flush`."""
        self._rows[row.seq] = _with_what_was_known(row, self._rows.get(row.seq))
        self._keep_bounds()

    def write(self) -> None:
        """Write what waits, with a short wait for other writers, unless the last one was in vain."""
        if self._rows or self._session_is_new:
            self.flush(0.0 if self._refused else _WAIT_SECONDS)

    def flush(self, seconds: float) -> bool:
        """Write what waits; whether that went well. Waits at most `seconds` for other writers."""
        try:
            connection = self._usable(seconds)
            if connection is not None:
                self._write_again(connection, seconds)
        except (sqlite3.Error, OSError, StoreError) as error:
            self._report(error)
            if isinstance(error, sqlite3.Error) and is_broken(error):
                self._begin_anew(seconds)
        self._refused = bool(self._rows)
        self._tell(len(self._rows), self._lost)
        return not self._rows

    def close(self, seconds: float) -> None:
        """Write what waits and close the store."""
        self._next_opening = 0.0
        if not self.flush(seconds):
            self._lost += len(self._rows)
            self._rows.clear()
            self._tell(0, self._lost)
        self._close()

    def _usable(self, seconds: float) -> sqlite3.Connection | None:
        """The open store; None where it could not be opened a moment ago. It is opened again where its file is gone or
        another one: SQLite itself would go on with the deleted one. One that was written over is found out, too: with a
        write-ahead log the file itself changes about once in two hundred cells."""
        if self._connection is not None:
            now = status(self._path)
            if now is None or self._file != (now.st_dev, now.st_ino):
                self._close()
            elif now.st_mtime_ns != self._changed:
                check_readable(self._path, seconds)
                self._changed = now.st_mtime_ns
        if self._connection is None:
            if monotonic() < self._next_opening:
                return None
            self._next_opening = monotonic() + _SECONDS_BETWEEN_OPENINGS
            self._connection = connect(self._path, seconds)
            self._waits = seconds
            self._file = identity(self._path)
            self._changed = None
            self._known.clear()
            self._session_is_new = True
        return self._connection

    def _begin_anew(self, seconds: float) -> None:
        """Set a store aside that turned out to be damaged."""
        self._close()
        try:
            set_aside(self._path, self._file, seconds)
        except OSError as error:
            self._report(error)
        else:
            self._next_opening = 0.0

    def _write_again(self, connection: sqlite3.Connection, seconds: float) -> None:
        """Write; where the session or a source was deleted meanwhile (`jupyter mlops runs forget`), once more with
        them."""
        try:
            self._write(connection, seconds)
        except sqlite3.IntegrityError:
            self._known.clear()
            self._session_is_new = True
            self._write(connection, seconds)

    def _write(self, connection: sqlite3.Connection, seconds: float) -> None:
        if connection.in_transaction:
            # an interrupt came between a beginning and its end
            connection.execute("ROLLBACK")
        if seconds != self._waits:
            connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
            self._waits = seconds
        rows = list(self._rows.values())
        with writing(connection):
            # not before it is certain that they can be written: a thousand may wait
            hashes = {row.seq: text_hash(row.text) for row in rows}
            if self._session_is_new:
                self._insert_notebook(connection, self.session.notebook)
                connection.execute(_SESSION, asdict(self.session))
            for row in rows:
                if hashes[row.seq] not in self._known:
                    connection.execute(_SOURCE, (hashes[row.seq], _storable(row.text)))
                if row.notebook != self.session.notebook:
                    self._insert_notebook(connection, row.notebook)
                fields = {name: value for name, value in row.__dict__.items() if name not in ("trace", "captured")}
                fields |= {"session": self.session.key, "hash": hashes[row.seq], "clean": self.session.run is not None}
                connection.execute(_EXECUTION, fields)
                if row.trace is not None or row.captured is not None:
                    self._write_what_it_did(connection, row)
        self._session_is_new = False
        self._known.update(hashes.values())
        now = status(self._path)
        self._changed = None if now is None else now.st_mtime_ns
        for row in rows:
            if self._rows.get(row.seq) is row:
                del self._rows[row.seq]

    def _write_what_it_did(self, connection: sqlite3.Connection, row: ExecutionRow) -> None:
        (number,) = connection.execute(_NUMBER, (self.session.key, row.seq)).fetchone()
        if row.trace is not None:
            connection.execute(_TRACE, (number, *_trace_fields(row.trace)))
        if row.captured is not None:
            for kind, (empty, fill, columns) in _CAPTURED.items():
                connection.execute(empty, (number,))
                connection.executemany(fill, _captured_fields(number, row.captured, kind, columns))

    @staticmethod
    def _insert_notebook(connection: sqlite3.Connection, notebook: str | None) -> None:
        if notebook is not None:
            connection.execute(_NOTEBOOK, (notebook,))

    def session_changed(self) -> None:
        """Write the row of the session again with the next one."""
        self._session_is_new = True

    def _keep_bounds(self) -> None:
        size = sum(map(_size, self._rows.values())) if len(self._rows) > 1 else 0
        while len(self._rows) > _MOST_WAITING or (size > _MOST_CHARACTERS and len(self._rows) > 1):
            oldest = self._rows.pop(next(iter(self._rows)))
            size -= _size(oldest)
            self._lost += 1

    def _close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()


def _with_what_was_known(row: ExecutionRow, before: ExecutionRow | None) -> ExecutionRow:
    if before is None:
        return row
    return replace(row, trace=row.trace or before.trace, captured=row.captured or before.captured)


def _size(row: ExecutionRow) -> int:
    """About how many characters a row keeps in memory."""
    names = len(row.trace.reads) + len(row.trace.writes) if row.trace is not None else 0
    return len(row.text) + 60 * names


def _trace_fields(trace: Trace) -> tuple[str | None, ...]:
    compact = (",", ":")
    parts = (trace.reads, trace.writes, trace.deleted, trace.draws or {})
    return (*(json.dumps(part, separators=compact) for part in parts), trace.outputs)


def _captured_fields(
    number: int, captured: Captured, kind: str, columns: tuple[str, ...]
) -> Iterator[tuple[object, ...]]:
    for each in getattr(captured, kind):
        # what is no number to SQLite is left to the text
        yield (number, *(getattr(each, column) for column in columns))


def _storable(text: str) -> str | bytes:
    """SQLite has no text with half a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text
