"""Executions and clean runs read back."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest

from jupyter_mlops.errors import StoreError
from jupyter_mlops.kernel.store import newest_version, opened
from jupyter_mlops.tracking.indexing import index_runs
from jupyter_mlops.tracking.reading import Selection, list_runs, show


def listed(store, **wanted):
    return [getattr(item, "begins", item.id) for item in list_runs(store, Selection(**wanted)).items]


def test_without_a_store_there_is_nothing_and_nothing_is_made(store):
    assert list_runs(store, Selection()).items == []
    with pytest.raises(StoreError, match="no execution or run 1"):
        show(store, "1")
    assert not store.parent.exists()


def test_newest_first_with_runs_between(store, record_session, run_record):
    record_session({"text": "old", "started": 1.7e9}, {"text": "new", "started": 1.9e9})
    record_session({"text": "of the run"}, run="20260301T100000000000-aa")
    index_runs(store, [run_record("20260301T100000000000-aa")])
    assert listed(store) == ["new", "20260301T100000000000-aa", "old"]
    assert listed(store, limit=2) == ["new", "20260301T100000000000-aa"]
    assert listed(store, run="20260301T100000000000-aa") == ["of the run"]


def test_selected_by_notebook_and_cell(store, record_session, run_record):
    record_session({"text": "x", "cell": "a"}, {"text": "y", "cell": "b"}, {"text": "z", "notebook": "b.ipynb"})
    record_session({"text": "in a run", "cell": "a"}, run="r")
    index_runs(store, [run_record("r", notebook="b.ipynb")])
    assert set(listed(store, notebook="a.ipynb")) == {"x", "y"}
    assert set(listed(store, notebook="b.ipynb")) == {"z", "r"}
    assert set(listed(store, cell="a")) == {"x", "in a run"}
    assert listed(store, notebook="none.ipynb") == []


def test_code_that_cells_run_is_left_out_unless_asked_for(store, record_session):
    record_session({"text": "outer"}, {"text": "inner", "depth": 1})
    assert listed(store) == ["outer"]
    assert set(listed(store, nested=True)) == {"outer", "inner"}


def statuses(store):
    return [item.status for item in reversed(list_runs(store, Selection(nested=True)).items)]


def test_a_cell_without_an_end(store, record_session):
    running = {"status": "running", "seconds": None, "text": "x"}
    record_session({"text": "x"}, {**running, "started": 2e9}, ended=None)
    assert statuses(store) == ["ok", "running"]


@pytest.mark.parametrize(("ended", "status"), [(None, "died"), (1e9, "unfinished")])
def test_a_cell_whose_kernel_is_gone(store, record_session, ended, status):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    running = {"status": "running", "seconds": None, "text": "x"}
    record_session(running, {**running, "depth": 1}, ended=ended, pid=gone.pid)
    assert statuses(store) == [status, status]


def test_another_process_with_the_same_number_is_another_kernel(store, record_session):
    running = {"status": "running", "seconds": None, "text": "x"}
    record_session(running, ended=None, pid=os.getpid(), process_started="12")
    assert statuses(store) == ["died"]


def test_a_cell_that_others_followed_is_over(store, record_session):
    record_session({"status": "running", "seconds": None, "text": "x"}, {"text": "y"}, ended=None)
    assert statuses(store) == ["unfinished", "ok"]


def test_an_execution_with_its_earlier_versions(store, record_session):
    record_session(
        {"text": "x = 1", "cell": "a"},
        {"text": "x = 1", "cell": "a"},
        {"text": "x = 2\ny = 3", "cell": "a"},
        {"text": "x = 1", "cell": "b"},
        {"text": "x = 9", "cell": "a", "notebook": "b.ipynb"},
        {"text": "x = 4\ny = 3", "cell": "a", "error": "KeyError", "status": "error", "message": "k"},
        {"text": "later", "cell": "a"},
    )
    detail = show(store, "6")
    assert (detail.source, detail.execution.begins, detail.execution.error) == ("x = 4\ny = 3", "x = 4", "KeyError")
    assert [(each.source, each.executions, each.last) for each in detail.versions] == [
        ("x = 2\ny = 3", 1, 3),
        ("x = 1", 2, 2),
    ]
    assert detail.diff[2:] == ["@@ -1,2 +1,2 @@", "-x = 2", "+x = 4", " y = 3"]
    assert detail.session.notebook == "a.ipynb"
    first = show(store, "1")
    assert (first.versions, first.diff) == ([], [])


def test_a_cell_that_nobody_knows_has_no_versions(store, record_session):
    record_session({"text": "x = 1"}, {"text": "x = 2"})
    assert show(store, "2").versions == []


def test_a_run_by_the_beginning_of_its_id(store, record_session, run_record):
    record_session({"text": "1"}, {"text": "2"}, run="20260301T100000000000-aa")
    index_runs(store, [run_record("20260301T100000000000-aa"), run_record("20260302T100000000000-bb")])
    detail = show(store, "20260301")
    assert (detail.run.id, detail.run.cells, detail.run.recorded) == ("20260301T100000000000-aa", 2, 2)
    assert detail.run.seconds == 3.5
    assert [each.begins for each in detail.executions] == ["1", "2"]
    assert detail.run.parameters["rate"].text == "nan"
    assert show(store, "20260302").session is None
    with pytest.raises(StoreError, match="more than one run"):
        show(store, "202603")
    with pytest.raises(StoreError, match="no execution or run 77"):
        show(store, "77")


def test_text_that_is_no_unicode(store, record_session):
    record_session({"text": "'\ud800'"})
    assert show(store, "1").source == "'\\xed\\xa0\\x80'"


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 4096])
def test_what_is_no_store_is_refused_and_left_as_it_is(store, content):
    store.parent.mkdir()
    store.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be read") as caught:
        list_runs(store, Selection())
    assert "doctor" in caught.value.findings[0].fix.text
    assert store.read_bytes() == content


def test_a_newer_store_is_refused(store):
    with opened(store) as connection:
        connection.execute(f"PRAGMA user_version = {newest_version() + 1}")
    with pytest.raises(StoreError, match="newer version"):
        list_runs(store, Selection())


def test_an_older_store_is_migrated_first(store):
    store.parent.mkdir()
    sqlite3.connect(store).close()
    store.touch()
    assert list_runs(store, Selection()).items == []
    with opened(store) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (newest_version(),)


def test_runs_are_replaced_and_the_index_made_anew(store, run_record):
    index_runs(store, [run_record("1", verdict="interrupted"), run_record("2")])
    index_runs(store, [run_record("1", verdict="failed", cells=[])])
    verdicts = {item.id: (item.verdict, item.seconds) for item in list_runs(store, Selection()).items}
    assert verdicts == {"1": ("failed", None), "2": ("passed", 2.5)}
    assert index_runs(store, iter([run_record("3")]), anew=True) == 1
    assert listed(store) == ["3"]
