"""What `doctor` says of the store: can it be read and written, is it whole, and was anything lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from jupyter_mlops.documents import HealthCheck
from jupyter_mlops.errors import ProjectError
from jupyter_mlops.kernel.faults import read_losses
from jupyter_mlops.kernel.filesystems import filesystem_type, wal_is_safe
from jupyter_mlops.kernel.store import SET_ASIDE, newest_version
from jupyter_mlops.kernel.surroundings import process_start
from jupyter_mlops.tracking.access import reading

_PATIENCE_SECONDS = 2.0
_LITTLE_SPACE = 500_000_000
_HARDLY_SPACE = 20_000_000


def store_checks(store: Path) -> Iterator[HealthCheck]:
    """The checks of a store and the folder that it is in."""
    if not store.exists():
        yield _missing(store)
    else:
        yield _readable(store)
        yield _writable(store)
        yield _journal(store)
    yield _set_aside(store)
    yield _losses(store)
    yield _space(store)


def _missing(store: Path) -> HealthCheck:
    folder = next(place for place in store.parents if place.exists())
    if not os.access(folder, os.W_OK):
        return HealthCheck(
            name="store",
            state="failed",
            message=f"there is no store, and {folder} cannot be written",
            fix="make the folder writable, or name another store: JUPYTER_MLOPS_STORE=sqlite:////path/store.sqlite",
        )
    return HealthCheck(name="store", state="ok", message=f"nothing is recorded yet; the store will be {store}")


def _readable(store: Path) -> HealthCheck:
    """Readable, of a schema that we know, and whole."""
    try:
        with reading(store) as connection:
            if connection is None:
                return _missing(store)
            problems = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
            (count,) = connection.execute("SELECT count(*) FROM execution").fetchone()
    except ProjectError as error:
        (finding,) = error.findings
        damaged = "not a database" in finding.reason or "malformed" in finding.reason
        return HealthCheck(
            name="store",
            state="failed",
            message=f"{finding.message}: {finding.reason}",
            fix="the next kernel that records, or --rebuild, sets it aside and begins a new one"
            if damaged
            else finding.fix and finding.fix.text,
        )
    if problems != ["ok"]:
        return HealthCheck(
            name="store",
            state="failed",
            message=f"{store} is damaged: {'; '.join(problems)}",
            fix=f'sqlite3 {store} ".recover" | sqlite3 recovered.sqlite, and put that in its place',
        )
    size = store.stat().st_size / 1e6
    return HealthCheck(
        name="store",
        state="ok",
        message=f"{store} is whole: {count} executions, {size:.1f} MB, schema {newest_version()}",
    )


def _writable(store: Path) -> HealthCheck:
    """Writable now. A transaction is begun and given up."""
    name = "store is writable"
    try:
        address = f"file:{store}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE session SET id = id WHERE id = -1")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        locked = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        return HealthCheck(
            name=name,
            state="failed",
            message=f"it cannot be written: {error}",
            fix="another process holds it; kernels keep their executions in memory until it is free"
            if locked
            else f"look at the owner and the rights of {store} and its folder",
        )
    return HealthCheck(name=name, state="ok", message="a transaction could begin")


def _journal(store: Path) -> HealthCheck:
    kind = filesystem_type(store.parent) or "an unknown file system"
    if wal_is_safe(store.parent):
        return HealthCheck(name="journal", state="ok", message=f"write-ahead log, on {kind}")
    return HealthCheck(
        name="journal",
        state="warning",
        message=f"{kind} is shared over a network, so a rollback journal is used: each cell waits for the disk",
        fix="a local store is faster: JUPYTER_MLOPS_STORE=sqlite:////path/store.sqlite",
    )


def _set_aside(store: Path) -> HealthCheck:
    found = sorted(
        each for each in store.parent.glob(f"{store.name}{SET_ASIDE}*") if not each.name.endswith(("-wal", "-shm"))
    )
    if not found:
        return HealthCheck(name="damaged stores", state="ok", message="none was set aside")
    return HealthCheck(
        name="damaged stores",
        state="warning",
        message=f"{len(found)} set aside, the last is {found[-1]}",
        fix='recover what is in it (sqlite3 FILE ".recover"), or delete it',
    )


def _losses(store: Path) -> HealthCheck:
    """What recorders could not write."""
    told = read_losses(store)
    parts: list[str] = []
    for session in told:
        alive = process_start(session["pid"]) is not None
        lost = session["lost"] + (0 if alive else session["waiting"])
        waiting = session["waiting"] if alive else 0
        if lost:
            parts.append(f"{_executions(lost)} of session {session['session']} lost ({_reason(session)})")
        elif waiting:
            parts.append(f"{_executions(waiting)} of session {session['session']} wait in memory ({_reason(session)})")
        elif session["faults"]:
            parts.append(f"session {session['session']} had trouble, nothing is lost ({_reason(session)})")
    if not parts:
        return HealthCheck(name="losses", state="ok", message="every recorder wrote what it saw")
    return HealthCheck(
        name="losses",
        state="warning",
        message="; ".join(parts[-5:]),
        fix=f"see the other checks; the notes are in {store.parent / 'losses'} and may be deleted",
    )


def _executions(count: int) -> str:
    return "1 execution" if count == 1 else f"{count} executions"


def _reason(session: dict[str, Any]) -> str:
    faults = session["faults"]
    return f"{faults[-1]['what']}, {faults[-1]['count']} times" if faults else "the reason is not known"


def _space(store: Path) -> HealthCheck:
    folder = next(place for place in store.parents if place.exists())
    free = shutil.disk_usage(folder).free
    message = f"{free / 1e9:.1f} GB are free at {folder}"
    if free < _LITTLE_SPACE:
        state = "failed" if free < _HARDLY_SPACE else "warning"
        return HealthCheck(name="disk", state=state, message=message, fix="free some space")
    return HealthCheck(name="disk", state="ok", message=message)
