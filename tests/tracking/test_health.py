"""What doctor says of a store."""

from __future__ import annotations

import os
import sqlite3
from collections import namedtuple

import pytest

from jupyter_mlops.kernel.faults import FaultLog
from jupyter_mlops.kernel.store import newest_version, opened
from jupyter_mlops.tracking import health
from jupyter_mlops.tracking.health import store_checks


def states(store):
    return {check.name: check.state for check in store_checks(store)}


def messages(store):
    return {check.name: check.message for check in store_checks(store)}


GOOD = ("store", "store is writable", "journal", "damaged stores", "losses", "disk")


def test_a_store_in_order(store, record_session):
    record_session({"text": "x = 1"})
    assert states(store) == dict.fromkeys(GOOD, "ok")
    assert "1 executions" in messages(store)["store"]


def test_no_store_yet(store):
    assert states(store)["store"] == "ok"
    assert not store.parent.exists()


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_broken_store(store, content):
    store.parent.mkdir()
    store.write_bytes(content)
    [check] = [check for check in store_checks(store) if check.name == "store"]
    assert check.state == "failed"
    assert "sets it aside" in check.fix
    assert store.read_bytes() == content


def test_damage_inside(store, record_session):
    record_session(*[{"text": f"x = {number}" * 100} for number in range(50)])
    with sqlite3.connect(store) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(store.read_bytes())
    data[8 * 4096 : 12 * 4096] = b"\xff" * (4 * 4096)
    store.write_bytes(bytes(data))
    assert states(store)["store"] == "failed"


def test_a_newer_store(store):
    with opened(store) as connection:
        connection.execute(f"PRAGMA user_version = {newest_version() + 1}")
    [check] = [check for check in store_checks(store) if check.name == "store"]
    assert check.state == "failed"
    assert "upgrade" in check.fix


def test_a_locked_store(store, record_session, monkeypatch):
    monkeypatch.setattr(health, "_PATIENCE_SECONDS", 0.05)
    record_session({"text": "x = 1"})
    holder = sqlite3.connect(store, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert states(store)["store is writable"] == "failed"
    holder.execute("ROLLBACK")
    holder.close()
    assert states(store)["store is writable"] == "ok"


def test_what_was_set_aside(store):
    store.parent.mkdir()
    store.write_bytes(b"garbage" * 1000)
    with opened(store):
        pass
    assert states(store)["damaged stores"] == "warning"
    assert "1 set aside" in messages(store)["damaged stores"]


def test_losses(store, monkeypatch):
    log = FaultLog("a", store)
    log.report(sqlite3.OperationalError("database is locked"))
    assert "nothing is lost" in messages(store)["losses"]
    log.tell(2, 0)
    assert "2 executions of session a wait in memory" in messages(store)["losses"]
    assert states(store)["losses"] == "warning"
    monkeypatch.setattr(health, "process_start", lambda _: None)
    assert "2 executions of session a lost" in messages(store)["losses"]
    assert f"{os.getpid()}" not in messages(store)["losses"]


@pytest.mark.parametrize(("free", "state"), [(10**6, "failed"), (10**8, "warning"), (10**10, "ok")])
def test_space(store, monkeypatch, free, state):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: usage(0, 0, free))
    assert states(store)["disk"] == state


def test_a_network_file_system(store, record_session, monkeypatch):
    record_session({"text": "x = 1"})
    monkeypatch.setattr(health, "wal_is_safe", lambda _: False)
    assert states(store)["journal"] == "warning"
