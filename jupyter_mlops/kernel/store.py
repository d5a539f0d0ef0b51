"""The store of executions: one SQLite file for each project, written by many kernels at once.

    with opened(store_path(folder)) as store:
        store.execute("SELECT count(*) FROM execution")

It is `.jupyter_mlops/store.sqlite` at the project's root, or what `JUPYTER_MLOPS_STORE` says. The schema is the
numbered files of `migrations/`; `PRAGMA user_version` is the number of the last one applied. A file that is no
database, or a broken one, is renamed and never deleted, and a new store is begun; one that a newer version of this
project wrote is refused.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import unquote, urlsplit

from jupyter_mlops.errors import StoreError
from jupyter_mlops.kernel.filesystems import wal_is_safe
from jupyter_mlops.project import OUR_FOLDER, our_folder, project_root

STORE = "store.sqlite"
VARIABLE = "JUPYTER_MLOPS_STORE"
SET_ASIDE = ".corrupt-"
# What a command may wait for another writer; a kernel waits much less.
BUSY_SECONDS = 20.0

_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_JOURNALS = ("-wal", "-shm", "-journal")


def store_path(root: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the store of a project is.

    Raises StoreError where JUPYTER_MLOPS_STORE is no `sqlite:///` address.
    """
    address = environment.get(VARIABLE)
    if not address:
        return root / OUR_FOLDER / STORE
    parts = urlsplit(address)
    if parts.scheme != "sqlite" or parts.netloc or parts.query or parts.fragment or not parts.path.strip("/"):
        raise StoreError.of(
            "store-address",
            f"{VARIABLE} is no address of a store",
            reason="only a file of SQLite on this machine can be the store",
            fix=f"{VARIABLE}=sqlite:////home/me/store.sqlite (a relative path has three slashes), or unset it",
        )
    # as SQLAlchemy reads them: the first slash belongs to the address
    return Path(unquote(parts.path[1:])).expanduser().absolute()


def root_of(folder: Path) -> Path:
    """The root of the project that a folder belongs to."""
    return project_root(folder / "notebook.ipynb")


def newest_version() -> int:
    """The number of the last migration."""
    return _migrations()[-1][0]


@contextmanager
def opened(path: Path, seconds: float = BUSY_SECONDS) -> Generator[sqlite3.Connection]:
    """The store for a `with`, made or migrated where that is needed; closed at the end.

    Raises StoreError where a newer version wrote it, and sqlite3.Error where it cannot be used now.
    """
    with closing(connect(path, seconds)) as connection:
        yield connection


def connect(path: Path, seconds: float) -> sqlite3.Connection:
    """Open the store, and make it, migrate it, or set a broken one aside first.

    `seconds` is how long this and each later statement may wait for other writers. Raises as `opened` does.
    """
    _make_folder(path)
    try:
        return _connect(path, seconds)
    except sqlite3.DatabaseError as error:
        if not is_broken(error):
            raise
        broken = identity(path)
    set_aside(path, broken, seconds)
    return _connect(path, seconds)


def is_broken(error: sqlite3.Error) -> bool:
    """Whether the file is no database or a damaged one."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN


def identity(path: Path) -> tuple[int, int] | None:
    """What tells one file at a path from the next one there; None where there is none."""
    found = status(path)
    return None if found is None else (found.st_dev, found.st_ino)


def status(path: Path) -> os.stat_result | None:
    """What the system says of a file; None where there is none."""
    try:
        return os.stat(path)  # noqa: PTH116  (the recorder asks twice in each cell)
    except OSError:
        return None


def check_readable(path: Path, seconds: float) -> None:
    """Read the file anew, as a connection does not that has its pages in memory.

    Raises sqlite3.Error where it is no store any more.
    """
    with closing(sqlite3.connect(path, timeout=seconds, isolation_level=None)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def set_aside(path: Path, broken: tuple[int, int] | None, seconds: float) -> None:
    """Rename a broken store and what belongs to it, unless another process has put another file there already.

    Waits at most `seconds` for another process that does the same. Raises OSError where that is not possible.
    """
    with _alone(path, seconds):
        if broken is None or identity(path) != broken:
            return
        aside = f"{path}{SET_ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        # the database last: until it is gone nobody begins a new one, whose files these could be
        for suffix in (*_JOURNALS, ""):
            with suppress(FileNotFoundError):
                Path(f"{path}{suffix}").rename(f"{aside}{suffix}")


def _make_folder(path: Path) -> None:
    """The store's folder; the project's own gets its .gitignore."""
    if path.parent.name == OUR_FOLDER:
        our_folder(path.parent.parent)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)


def _connect(path: Path, seconds: float) -> sqlite3.Connection:
    # callbacks of a kernel's subshells come from other threads; the recorder has a lock
    connection = sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
    try:
        version = _version(connection)
        if version > newest_version():
            raise StoreError.of(
                "store-newer",
                f"a newer version of jupyter_mlops wrote the store {path}",
                reason=f"its schema is number {version}, and this version knows up to {newest_version()}",
                fix="pip install --upgrade jupyter_mlops, or name another store in " + VARIABLE,
            )
        _choose_journal(connection, path)
        if version < newest_version():
            _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _choose_journal(connection: sqlite3.Connection, path: Path) -> None:
    wanted = "wal" if wal_is_safe(path.parent) else "truncate"
    (now,) = connection.execute("PRAGMA journal_mode").fetchone()
    if now != wanted:
        # SQLite answers with the mode in force, and keeps a journal of its own choice where a log is impossible
        connection.execute(f"PRAGMA journal_mode = {wanted}")
    connection.execute("PRAGMA synchronous = NORMAL")


def _version(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


def _migrations() -> list[tuple[int, str]]:
    """The numbered migrations in order."""
    found: list[tuple[int, str]] = []
    for file in resources.files("jupyter_mlops.kernel").joinpath("migrations").iterdir():
        if number := re.match(r"(\d{4})_\w+\.sql$", file.name):
            found.append((int(number[1]), file.read_text(encoding="utf-8")))
    return sorted(found)


def _migrate(connection: sqlite3.Connection) -> None:
    """Apply what is missing; where many kernels start at once, one of them does it."""
    with writing(connection):
        version = _version(connection)
        for number, script in _migrations():
            if number > version:
                for statement in _statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")


def _statements(script: str) -> Generator[str]:
    """The statements of a migration, one by one: `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def writing(connection: sqlite3.Connection) -> Generator[None]:
    """A transaction that is a writer's from its begin, so that it never has to give up half way."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _alone(path: Path, seconds: float) -> Generator[None]:
    """Keep other processes from setting the same store aside; they wait for us at most as long as for a writer."""
    with Path(f"{path}.lock").open("a") as file:
        deadline = monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > deadline:
                    raise
                sleep(0.005)
        yield
