"""The store's file: where it is, its migrations, and what becomes of one that cannot be used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlops.errors import StoreError
from jupyter_mlops.kernel import store as stores
from jupyter_mlops.kernel.store import identity, newest_version, opened, set_aside, store_path, writing


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / ".jupyter_mlops" / "store.sqlite"


def tables(connection):
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_it_is_made_with_its_folder(path):
    with opened(path) as store:
        assert tables(store) == {
            *("notebook", "session", "source", "execution", "run"),
            *("trace", "parameter", "metric", "file", "run_parameter", "run_metric"),
        }
        assert store.execute("PRAGMA user_version").fetchone() == (newest_version(),)
        assert store.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_where_the_log_is_unsafe_there_is_a_rollback_journal(path, monkeypatch):
    with opened(path) as store:
        assert store.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    monkeypatch.setattr(stores, "wal_is_safe", lambda _: False)
    with opened(path) as store:
        assert store.execute("PRAGMA journal_mode").fetchone() == ("truncate",)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", "root/.jupyter_mlops/store.sqlite"),
        ("sqlite:////data/a.sqlite", "/data/a.sqlite"),
        ("sqlite:////data/a%20b.sqlite", "/data/a b.sqlite"),
    ],
)
def test_where_it_is(address, expected):
    assert store_path(Path("root"), {"JUPYTER_MLOPS_STORE": address}) == Path(expected)


def test_a_relative_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert store_path(Path("root"), {"JUPYTER_MLOPS_STORE": "sqlite:///a.sqlite"}) == tmp_path / "a.sqlite"


@pytest.mark.parametrize(
    "address",
    ["a.sqlite", "/data/a.sqlite", "postgresql://h/a", "sqlite://", "sqlite:///", "sqlite://h/a", "sqlite:///a?b"],
)
def test_other_addresses_are_refused(address):
    with pytest.raises(StoreError, match="JUPYTER_MLOPS_STORE"):
        store_path(Path("root"), {"JUPYTER_MLOPS_STORE": address})


def test_a_newer_store_is_refused_and_left_as_it_is(path):
    with opened(path) as store:
        store.execute(f"PRAGMA user_version = {newest_version() + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer version") as caught, opened(path):
        pass
    assert caught.value.findings[0].fix
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_store(path):
    path.parent.mkdir()
    path.touch()
    with opened(path) as store:
        assert "execution" in tables(store)
    assert [each.name for each in path.parent.glob("*corrupt*")] == []


@pytest.mark.parametrize("damage", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_broken_store_is_set_aside_and_never_deleted(path, damage):
    path.parent.mkdir()
    path.write_bytes(damage)
    with opened(path) as store:
        assert "execution" in tables(store)
    [aside] = path.parent.glob("store.sqlite.corrupt-*")
    assert aside.read_bytes() == damage


def test_another_file_in_its_place_is_not_set_aside(path):
    with opened(path):
        broken = identity(path)
    (path.parent / "other").touch()
    (path.parent / "other").replace(path)
    set_aside(path, broken, 1.0)
    assert path.exists()
    assert list(path.parent.glob("*corrupt*")) == []


def test_half_a_transaction_is_none(path):
    def fail(store):
        with writing(store):
            store.execute("INSERT INTO notebook (path) VALUES ('a')")
            raise ZeroDivisionError

    with opened(path) as store:
        with pytest.raises(ZeroDivisionError):
            fail(store)
        assert store.execute("SELECT count(*) FROM notebook").fetchone() == (0,)


def test_a_migration_that_fails_leaves_the_store_as_it_was(path, monkeypatch):
    first = stores._migrations()
    with opened(path) as store:
        store.execute("INSERT INTO notebook (path) VALUES ('a')")
    broken = [*first, (first[-1][0] + 1, "CREATE TABLE extra (a);\nCREATE TABLE extra (a);\n")]
    monkeypatch.setattr(stores, "_migrations", lambda: broken)
    with pytest.raises(sqlite3.OperationalError), opened(path):
        pass
    whole = [*first, (first[-1][0] + 1, "CREATE TABLE extra (a);\nINSERT INTO extra VALUES ('a;b');\n")]
    monkeypatch.setattr(stores, "_migrations", lambda: whole)
    with opened(path) as store:
        assert store.execute("SELECT * FROM extra").fetchall() == [("a;b",)]
        assert store.execute("SELECT path FROM notebook").fetchall() == [("a",)]


WRITER = """
import sys
from pathlib import Path
from jupyter_mlops.kernel.store import opened, writing
for number in range(50):
    with opened(Path(sys.argv[1])) as store, writing(store):
        store.execute("INSERT INTO notebook (path) VALUES (?)", (f"{sys.argv[2]}-{number}",))
"""


@pytest.mark.slow
@pytest.mark.parametrize("begin", ["nothing", "garbage"])
def test_processes_that_begin_and_write_at_once(path, begin):
    if begin == "garbage":
        path.parent.mkdir()
        path.write_bytes(b"garbage" * 1000)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, str(number)]) for number in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    with opened(path) as store:
        assert store.execute("SELECT count(*) FROM notebook").fetchone() == (200,)
    assert len(list(path.parent.glob("*corrupt*"))) == (begin == "garbage")
