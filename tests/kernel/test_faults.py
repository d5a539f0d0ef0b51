"""Faults of the recorder, where doctor finds them."""

from __future__ import annotations

import json
import os
import sqlite3

import pytest

from jupyter_mlops.kernel import faults
from jupyter_mlops.kernel.faults import FaultLog, places, read_losses


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(faults.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))


@pytest.fixture
def store(tmp_path):
    return tmp_path / "project" / ".jupyter_mlops" / "store.sqlite"


def test_faults_are_counted_by_kind(store):
    log = FaultLog("s", store)
    for _ in range(5):
        log.report(sqlite3.OperationalError("database is locked"))
    log.report(ValueError("other"))
    [told] = read_losses(store)
    assert [(fault["what"], fault["count"]) for fault in told["faults"]] == [
        ("OperationalError: database is locked", 5),
        ("ValueError: other", 1),
    ]


def test_where_it_happened_is_told(store):
    log = FaultLog("s", store)
    try:
        raise ValueError("here")
    except ValueError as error:
        log.report(error)
    assert read_losses(store)[0]["faults"][0]["where"].startswith("test_faults.py:")


@pytest.mark.parametrize("blocked", [0, 1])
def test_another_folder_takes_it_where_the_first_cannot(store, blocked):
    for folder in places(store)[: blocked + 1]:
        folder.parent.mkdir(parents=True)
        folder.write_text("in the way")
    FaultLog("s", store).report(ValueError("x"))
    assert [path.name for path in places(store)[blocked + 1].iterdir()] == ["s.json"]
    assert read_losses(store)[0]["session"] == "s"


def test_nowhere_to_write_is_no_error(store):
    for folder in places(store):
        folder.parent.mkdir(parents=True)
        folder.write_text("in the way")
    FaultLog("s", store).report(ValueError("x"))
    assert read_losses(store) == []


def test_waiting_and_lost(store):
    log = FaultLog("s", store)
    log.tell(0, 0)
    assert read_losses(store) == []
    log.tell(1, 0)
    assert read_losses(store)[0]["waiting"] == 1
    log.tell(7, 1)
    assert (read_losses(store)[0]["waiting"], read_losses(store)[0]["lost"]) == (7, 1)
    log.tell(0, 1)
    assert (read_losses(store)[0]["waiting"], read_losses(store)[0]["lost"]) == (0, 1)


def test_notes_are_bounded(store):
    for number in range(60):
        log = FaultLog(f"s{number:02}", store)
        for kind in range(30):
            log.report(ValueError(f"{kind}" * 1000))
    told = read_losses(store)
    assert len(told) == 50
    assert told[-1]["session"] == "s59"
    assert len(told[-1]["faults"]) == 20
    assert len(json.dumps(told[-1])) < 20_000


def test_other_stores_and_broken_notes_are_left_out(store, tmp_path):
    FaultLog("ours", store).report(ValueError("x"))
    FaultLog("unknown", None).report(ValueError("x"))
    shared = places(store)[1]
    (shared / "other.json").write_text(json.dumps({"session": "other", "store": str(tmp_path / "other")}))
    (shared / "broken.json").write_text("{")
    (shared / "list.json").write_text("[]")
    assert [told["session"] for told in read_losses(store)] == ["ours", "unknown"]


def test_old_notes_are_left_out(store):
    FaultLog("s", store).report(ValueError("x"))
    os.utime(places(store)[0] / "s.json", (1e9, 1e9))
    assert read_losses(store) == []


def test_code_of_the_users_exception_is_not_called(store):
    class OddError(Exception):
        def __str__(self):
            raise ValueError

    FaultLog("s", store).report(OddError(object(), "said"))
    assert read_losses(store)[0]["faults"][0]["what"] == "OddError: said"


def test_what_waits_is_told_as_often_when_faults_write_the_file_in_between(store):
    log = FaultLog("s", store)
    for waiting in range(1, 5):
        log.tell(waiting, 0)
        if waiting == 3:
            log.report(ValueError("x"))
    assert read_losses(store)[0]["waiting"] == 4
