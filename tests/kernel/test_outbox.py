"""Rows on their way to the store: written, kept while that is impossible, and never written twice."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from jupyter_mlops.kernel import outbox
from jupyter_mlops.kernel.outbox import Outbox, text_hash
from jupyter_mlops.kernel.record import Captured, ExecutionRow, FileRow, MetricRow, ParameterRow, Trace
from jupyter_mlops.kernel.surroundings import session_row


@pytest.fixture
def sent(tmp_path, store):
    """An outbox, with what it told in `sent.errors` and `sent.told`."""
    errors, told = [], []
    made = Outbox(store, session_row(tmp_path, "a.ipynb", None), errors.append, lambda *counts: told.append(counts))
    made.errors, made.told = errors, told
    yield made
    made.close(0.0)


def row(seq, text="x = 1", **fields):
    known = {"notebook": "a.ipynb", "cell": "c", "found": "metadata", "role": None, "depth": 0, "msg_id": None}
    return ExecutionRow(seq=seq, text=text, started=1.0, **known, **fields)


def test_a_later_row_replaces_an_earlier_one(sent, rows):
    sent.put(row(1))
    assert [each["status"] for each in rows()] == ["running"]
    sent.put(replace(row(1), status="ok", seconds=0.5))
    assert [(each["status"], each["seconds"], each["path"]) for each in rows()] == [("ok", 0.5, "a.ipynb")]
    assert sent.errors == []


def test_sources_are_stored_once(sent, store):
    for seq in range(1, 4):
        sent.put(row(seq))
    with sqlite3.connect(store) as connection:
        assert connection.execute("SELECT hash, text FROM source").fetchall() == [(text_hash("x = 1"), "x = 1")]


@pytest.mark.parametrize("text", ["'\ud800'", "'\0'", "", "é" * 100_000])
def test_any_text_is_stored(sent, rows, text):
    sent.put(row(1, text))
    [stored] = [each["text"] for each in rows()]
    assert (stored.decode("utf-8", "surrogatepass") if isinstance(stored, bytes) else stored) == text


def test_what_cannot_be_written_waits(sent, store, rows):
    sent.put(row(1))
    holder = sqlite3.connect(store, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    sent.put(replace(row(1), status="ok"))
    sent.put(row(2))
    assert sent.waiting == 2
    assert sent.told[-1] == (2, 0)
    assert {type(error) for error in sent.errors} == {sqlite3.OperationalError}
    holder.execute("ROLLBACK")
    sent.put(replace(row(2), status="ok"))
    assert [each["status"] for each in rows()] == ["ok", "ok"]
    assert sent.told[-1] == (0, 0)


def test_the_oldest_go_when_too_many_wait(sent, store, rows, monkeypatch):
    monkeypatch.setattr(outbox, "_MOST_WAITING", 3)
    sent.put(row(1))
    holder = sqlite3.connect(store, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    for seq in range(2, 8):
        sent.put(row(seq))
    assert sent.told[-1] == (3, 3)
    holder.execute("ROLLBACK")
    assert sent.flush(1.0)
    assert [each["seq"] for each in rows()] == [1, 5, 6, 7]


def test_large_sources_do_not_fill_the_memory(sent, store):
    sent.put(row(1))
    holder = sqlite3.connect(store, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    for seq in range(2, 6):
        sent.put(row(seq, "x" * 3_000_000))
    assert sent.told[-1] == (1, 3)
    holder.close()


def test_a_store_that_is_gone_is_begun_anew_with_its_session(sent, store, rows):
    sent.put(row(1))
    for each in store.parent.glob("store.sqlite*"):
        each.unlink()
    sent.put(replace(row(1), status="ok"))
    sent._next_opening = 0.0
    sent.put(row(2))
    assert [(each["seq"], each["status"]) for each in rows()] == [(1, "ok"), (2, "running")]


def test_what_was_forgotten_meanwhile_is_written_again(sent, store, rows):
    sent.put(row(1))
    with sqlite3.connect(store) as connection:
        connection.executescript("DELETE FROM execution; DELETE FROM source; DELETE FROM session; DELETE FROM notebook")
    connection.close()
    sent.put(row(2))
    assert [(each["seq"], each["text"], each["path"]) for each in rows()] == [(2, "x = 1", "a.ipynb")]
    assert sent.errors == []


def test_at_the_end_what_could_not_be_written_is_lost(sent, store):
    sent.put(row(1))
    holder = sqlite3.connect(store, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    sent.put(row(2))
    sent.close(0.0)
    assert sent.told[-1] == (0, 1)
    holder.close()


def test_what_an_execution_did_is_written_with_it_and_goes_with_it(tmp_path):
    path = tmp_path / "store.sqlite"
    outbox = Outbox(path, session_row(tmp_path, None, None), pytest.fail, lambda *_: None)
    done = ExecutionRow(
        seq=1, text="x = 1", notebook=None, cell="a", found="metadata", role=None, depth=0, started=1.0, msg_id=None,
        trace=Trace({"y": None, "z": "=1"}, {"x": "=2"}, ["y"], {"<random>": "decides"}, "digest"),
        captured=Captured(
            [ParameterRow("rate", "float", "0.5", 0.5, "cell")],
            [MetricRow("auc", float("nan"), "nan", "float", "score"),
             MetricRow("loss", float("inf"), "inf", "float", "logged", step=2)],
            [FileRow("data/a.csv", "read", "call", 10, 1.5, "ff", complete=True)],
        ),
    )  # fmt: skip
    for _ in range(2):
        outbox.put(done)
    assert outbox.waiting == 0
    with sqlite3.connect(path) as store:
        assert store.execute("SELECT * FROM trace").fetchall() == [
            (1, '{"y":null,"z":"=1"}', '{"x":"=2"}', '["y"]', '{"<random>":"decides"}', "digest")
        ]
        assert store.execute("SELECT name, value, text, step, final FROM metric ORDER BY id").fetchall() == [
            ("auc", None, "nan", None, 1),
            ("loss", float("inf"), "inf", 2, 1),
        ]
        assert store.execute("SELECT * FROM parameter").fetchall() == [(1, "rate", "float", "0.5", 0.5, "cell")]
        assert store.execute("SELECT path, mode, complete FROM file").fetchall() == [("data/a.csv", "read", 1)]
        store.execute("DELETE FROM execution")
        for table in ("trace", "parameter", "metric", "file"):
            assert store.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608
