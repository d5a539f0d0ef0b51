"""The store for readers: nothing is made or changed by looking."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from jupyter_mlops.errors import StoreError
from jupyter_mlops.kernel.store import VARIABLE, newest_version, opened, root_of, store_path
from jupyter_mlops.tracking.sessions import status_without_end
from jupyter_mlops.tracking.values import unquoted

_READ_SECONDS = 20.0


def store_of(folder: Path) -> Path:
    """The store of the project that a folder is in. Raises StoreError where JUPYTER_MLOPS_STORE is no address."""
    return store_path(root_of(folder))


@contextmanager
def reading(store: Path) -> Generator[sqlite3.Connection | None]:
    """The store, whose rows are read by name; None where there is none yet.

    A store of an older schema is migrated first. Raises StoreError where it cannot be read.
    """
    if not store.exists():
        yield None
        return
    try:
        with closing(_connection(store)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError.of(
            "store-unreadable",
            f"the store {store} cannot be read",
            reason=str(error),
            fix="jupyter mlops doctor says what is wrong with it",
        ) from None


def _connection(store: Path) -> sqlite3.Connection:
    connection = _read_only(store)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    if version == newest_version():
        return connection
    connection.close()
    if version < newest_version():
        with opened(store):
            return _read_only(store)
    raise StoreError.of(
        "store-newer",
        f"a newer version of jupyter_mlops wrote the store {store}",
        reason=f"its schema is number {version}, and this version knows up to {newest_version()}",
        fix="pip install --upgrade jupyter_mlops, or name another store in " + VARIABLE,
    )


def _read_only(store: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(store.absolute()))}?mode=ro"
    if not os.access(store.parent, os.W_OK) and not Path(f"{store}-wal").exists():
        # a log would need a place for its index, and nobody else writes here either
        address += "&immutable=1"
    connection = sqlite3.connect(address, uri=True, timeout=_READ_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.create_function("status_without_end", 6, _status_without_end)
    connection.create_function("unquoted", 1, unquoted, deterministic=True)
    return connection


def _status_without_end(ended: float | None, host: str, pid: int, started: str | None, seq: int, newest: int) -> str:
    session = {"ended": ended, "host": host, "pid": pid, "process_started": started}
    return status_without_end(session, over=seq < newest)


def source_text(stored: str | bytes) -> str:
    """A source as the store has it: a blob where it has no UTF-8 form."""
    return stored.decode("utf-8", "backslashreplace") if isinstance(stored, bytes) else str(stored)
