"""`jupyter mlops status` as people and programs see it, from a store that kernels wrote."""

from __future__ import annotations

import json
from dataclasses import replace

import nbformat
import pytest

from jupyter_mlops.kernel.outbox import Outbox
from jupyter_mlops.kernel.record import ExecutionRow, Trace
from jupyter_mlops.kernel.surroundings import session_row

pytestmark = pytest.mark.slow
X1, X2, NOTHING = "=01", "=02", "=00"
TEXTS = {"a": "x = 2", "b": "print(x)", "c": "y = 5", "d": "print(y)", "e": "z = [x]", "f": "print(w)"}


def row(
    seq: int, cell: str, text: str, reads: dict[str, str | None], writes: dict[str, str], shown: str
) -> ExecutionRow:
    return ExecutionRow(
        seq=seq,
        text=text,
        notebook="a.ipynb",
        cell=cell,
        found="metadata",
        role=None,
        depth=0,
        started=1e9 + seq,
        msg_id=None,
        status="ok",
        seconds=0.1,
        execution_count=seq,
        trace=Trace(reads, writes, outputs=shown),
    )


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A notebook whose first cell was edited and run again, and a cell that reads what a deleted one gave."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("JUPYTER_MLOPS_STORE", raising=False)
    (tmp_path / "pyproject.toml").touch()
    cells = [nbformat.v4.new_code_cell(text, id=cell) for cell, text in TEXTS.items()]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    faults: list[BaseException] = []
    session = replace(session_row(tmp_path, "a.ipynb", None), ended=2e9)
    outbox = Outbox(tmp_path / ".jupyter_mlops" / "store.sqlite", session, faults.append, lambda *_: None)
    outbox.put(None)
    for each in (
        row(1, "a", "x = 1", {}, {"x": X1}, NOTHING),
        row(2, "b", "print(x)", {"x": X1}, {}, "1"),
        row(3, "c", "y = 5", {}, {"y": X1}, NOTHING),
        row(4, "d", "print(y)", {"y": X1}, {}, "5"),
        row(5, "gone", "w = [1]", {}, {"w": X1}, NOTHING),
        row(6, "f", "print(w)", {"w": X1}, {}, "[1]"),
        row(7, "a", "x = 2", {}, {"x": X2}, NOTHING),
    ):
        outbox.put(each)
    outbox._close()
    assert faults == []
    return tmp_path


def test_for_people(mlops, project):
    done = mlops("status", "a.ipynb", cwd=project, COLUMNS="200")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert lines[:3] == [
        "a.ipynb: ✗ not certified",
        "no clean run of this notebook is recorded",
        "fix: jupyter mlops run a.ipynb",
    ]
    assert lines[4].endswith(", its kernel has ended")
    assert lines[5:] == [
        "cell verdict reason fix",
        "[7] ✓ fresh",
        "[2] ↻ stale `x` was rebound by cell [7] after this cell ran. run cells [7] and [2]",
        "[3] … [4] ✓ fresh",
        "cell 5 ○ never run Has never run. run cells [7] and 5",
        "[6] ◆ hidden state `w` comes from a cell that was deleted, [5]. restore the cell",
    ]


def test_for_programs(mlops, project):
    done = mlops("status", "a.ipynb", "--json", cwd=project)
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert document["session"]["alive"] is False
    assert [cell["verdict"] for cell in document["cells"]] == [
        "fresh",
        "stale",
        "fresh",
        "fresh",
        "never-run",
        "hidden-state",
    ]
    stale, hidden = document["cells"][1]["verdicts"][0], document["cells"][5]["verdicts"][0]
    assert (stale["variable"], stale["cause_cell"], stale["run_cells"]) == ("x", "a", ["a", "b"])
    assert (hidden["variable"], hidden["cause_cell"]) == ("w", "gone")
    assert hidden["restore"] == {"cell": "gone", "execution": 5, "source": "w = [1]"}


def test_of_another_session(mlops, project):
    done = mlops("status", "a.ipynb", "--session", "nothing", cwd=project)
    assert done.returncode == 1
    assert "the store has no session nothing of a.ipynb" in done.stderr
