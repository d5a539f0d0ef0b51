"""`jupyter mlops runs` for people and for programs, on a store that the recorder wrote."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from IPython.core.interactiveshell import InteractiveShell
from rich.console import Console

from jupyter_mlops import load_ipython_extension, unload_ipython_extension
from jupyter_mlops.cli.run_tables import print_items
from jupyter_mlops.documents import Execution, MetricValue, ParameterValue
from jupyter_mlops.kernel.outbox import Outbox
from jupyter_mlops.kernel.record import Captured, ExecutionRow, FileRow, MetricRow, ParameterRow, Trace
from jupyter_mlops.kernel.surroundings import session_row


@pytest.fixture
def project(tmp_path, monkeypatch, write_notebook):
    """A project with a notebook, two of whose cells were executed, one of them in two versions."""
    (tmp_path / "pyproject.toml").touch()
    path = write_notebook(tmp_path / "a.ipynb", "x = 1", ("1 / 0", "train"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    monkeypatch.delenv("JUPYTER_MLOPS_STORE", raising=False)
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    load_ipython_extension(shell)
    for cell, code in [("cell-1", "x = [0]"), ("cell-1", "x = 1"), ("cell-2", "1 / 0")]:
        shell.run_cell(code, cell_id=cell, store_history=True)
    unload_ipython_extension(shell)
    return tmp_path


def test_the_list(project, mlops):
    done = mlops("runs", "list", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["id", "kind", "notebook", "cell", "role", "status", "seconds", "started"]
    assert [line.split()[:4] for line in lines] == [
        ["3", "execution", "a.ipynb", "cell-2"],
        ["2", "execution", "a.ipynb", "cell-1"],
        ["1", "execution", "a.ipynb", "cell-1"],
    ]
    assert " train " in lines[0]
    assert " error " in lines[0]
    assert len(mlops("runs", "list", "--cell", "cell-1", "-n", "1", cwd=project).stdout.splitlines()) == 2


def test_one_execution(project, mlops):
    done = mlops("runs", "show", "2", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert "execution 2 [2]: ok" in done.stdout
    assert "cell cell-1 (as the front end said), a.ipynb" in done.stdout
    assert "before, the cell was another (executions 1):" in done.stdout
    assert "-x = [0]\n+x = 1" in done.stdout
    assert "ZeroDivisionError: division by zero" in mlops("runs", "show", "3", cwd=project).stdout


def test_as_documents(project, mlops):
    document = json.loads(mlops("runs", "list", "--json", cwd=project).stdout)
    assert document["format"] == 1
    assert [(item["kind"], item["status"]) for item in document["items"]] == [
        ("execution", "error"),
        ("execution", "ok"),
        ("execution", "ok"),
    ]
    document = json.loads(mlops("runs", "show", "1", "--json", cwd=project).stdout)
    assert (document["source"], document["diff"], document["session"]["alive"]) == ("x = [0]", [], False)


def test_what_is_not_there(project, mlops, tmp_path):
    done = mlops("runs", "show", "99", cwd=project)
    assert done.returncode == 1
    assert "no execution or run 99" in done.stderr
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "pyproject.toml").touch()
    assert "nothing is recorded" in mlops("runs", "list", cwd=tmp_path / "empty").stdout
    assert mlops("runs", "list", "-n", "0", cwd=project).returncode == 2


def test_a_wrong_address(project, mlops):
    done = mlops("runs", "list", cwd=project, JUPYTER_MLOPS_STORE="mysql://server/store")
    assert done.returncode == 1
    assert "JUPYTER_MLOPS_STORE is no address of a store" in done.stderr


def test_forgetting(project, mlops):
    dry = mlops("runs", "forget", "--cell", "cell-1", "--dry-run", cwd=project)
    assert (dry.returncode, dry.stdout) == (0, "2 executions, 2 sources and 0 sessions would go\n")
    assert mlops("runs", "forget", "--cell", "cell-1", cwd=project).stdout.startswith("2 executions")
    document = json.loads(mlops("runs", "prune", "--keep-days", "0", "--json", cwd=project).stdout)
    assert document == {"format": 1, "dry_run": False, "executions": 1, "sources": 1, "sessions": 1}
    assert "nothing is recorded" in mlops("runs", "list", cwd=project).stdout
    assert mlops("runs", "forget", cwd=project).returncode == 2
    assert mlops("runs", "prune", cwd=project).returncode == 2


def score(auc: float, c: int) -> Captured:
    """What a cell that computed a score has: parameters in force, metrics, a curve and a file."""
    curve = [(0, 1.0), (1, math.inf)]
    return Captured(
        [ParameterRow("C", "int", str(c), c, "cell"), ParameterRow("cut", "str", "'a,b'", None, "cell")],
        [
            MetricRow("auc", auc, repr(auc), "float", "score"),
            MetricRow("bad", math.nan, "nan", "float", "score"),
            *(MetricRow("loss", loss, repr(loss), "float", "logged", step, final=step == 1) for step, loss in curve),
        ],
        [FileRow("data/x.csv", "read", "open", 120, 1e9, "ab" * 32, complete=True)],
    )


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """A project whose store has two scores, of C = 1 and of C = 2."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.delenv("JUPYTER_MLOPS_STORE", raising=False)
    errors = []
    session = session_row(tmp_path, "a.ipynb", None)
    outbox = Outbox(tmp_path / ".jupyter_mlops" / "store.sqlite", session, errors.append, lambda *_: None)
    cells = [
        {"cell": "c", "text": "C = 1", "trace": Trace({}, {"C": "=1"})},
        {"cell": "s", "text": "auc = score()", "trace": Trace({"C": "=1", "absent": None}, {"auc": "=a"})}
        | {"captured": score(0.80001, 1)},
        {"cell": "c", "text": "C = 2", "trace": Trace({}, {"C": "=2"})},
        {"cell": "s", "text": "auc = score()", "trace": Trace({"C": "=2"}, {"auc": "=b"})}
        | {"captured": score(0.80002, 2)},
    ]
    for seq, fields in enumerate(cells, start=1):
        known = {"notebook": "a.ipynb", "found": "metadata", "role": None, "depth": 0, "msg_id": None, "seconds": 0.5}
        outbox.put(ExecutionRow(seq=seq, started=1e9 + seq, status="ok", **known, **fields))
    outbox.close(1)
    assert errors == []
    return tmp_path


def test_the_list_has_what_was_measured(measured, mlops):
    done = mlops("runs", "list", "--where", "auc > 0", "--sort", "-auc", cwd=measured)
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.splitlines()
    assert head.split()[8:] == ["auc", "bad", "loss", "C", "cut"]
    # numbers that differ never look the same
    assert [line.split()[-5:] for line in lines] == [
        ["0.80002", "nan", "inf", "2", "a,b"],
        ["0.80001", "nan", "inf", "1", "a,b"],
    ]
    lines = mlops("runs", "list", "--sort", "auc", "--desc", "-n", "1", cwd=measured).stdout.splitlines()
    assert lines[1].split()[0] == "4"
    assert "no execution and no run fits" in mlops("runs", "list", "--where", "auc > 1", cwd=measured).stdout


def test_csv_and_json_keep_types_and_nan(measured, mlops):
    done = mlops("runs", "list", "--where", "C = 1", "--format", "csv", cwd=measured)
    [row] = csv.DictReader(io.StringIO(done.stdout))
    assert (row["id"], row["auc"], row["bad"], row["loss"], row["C"], row["cut"]) == (
        "2",
        "0.80001",
        "nan",
        "inf",
        "1",
        "a,b",
    )
    for words in (["--json"], ["--format", "json"]):
        [item] = json.loads(mlops("runs", "list", "--where", "C = 1", *words, cwd=measured).stdout)["items"]
        assert item["metrics"]["bad"] == {"type": "float", "text": "nan", "value": None}
        assert item["metrics"]["loss"] == {"type": "float", "text": "inf", "value": None}
        assert item["metrics"]["auc"]["value"] == 0.80001
        assert item["parameters"]["C"] == {"type": "int", "text": "1"}


def test_a_condition_that_cannot_be_used(measured, mlops):
    done = mlops("runs", "list", "--where", "acu > 0.8", cwd=measured)
    assert done.returncode == 1
    assert "unknown column `acu` at character 1" in done.stderr
    assert "Did you mean `auc`?" in done.stderr
    done = mlops("runs", "list", "--where", "upper(cut) = 'A'", "--format", "csv", cwd=measured)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not admitted in a condition" in done.stderr
    assert mlops("runs", "list", "--desc", cwd=measured).returncode == 2


def test_an_execution_with_all_that_it_did(measured, mlops):
    text = mlops("runs", "show", "2", cwd=measured).stdout
    assert "parameters: C = 1, cut = 'a,b'" in text
    assert "metrics: auc = 0.80001, bad = nan, loss = inf" in text
    assert "loss: 2 values, from 1.0 to inf" in text
    assert "reads C\n" in text
    assert "writes auc\n" in text
    assert "reads file data/x.csv (seen by its opening, 120 bytes, abababab)" in text


def test_comparing(measured, mlops):
    done = mlops("runs", "compare", "2", "4", cwd=measured)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0.80002 (+1e-05 better)" in done.stdout
    assert "cell c was another in 4 than in 2:\n  @@ -1 +1 @@\n  -C = 1\n  +C = 2\n" in done.stdout
    assert "1 equal cells: --all" in done.stdout
    assert "cell s was the same" in mlops("runs", "compare", "2", "4", "--all", cwd=measured).stdout
    document = json.loads(mlops("runs", "compare", "2", "4", "--json", cwd=measured).stdout)
    assert [(each["cell"], each["diffs"][1]) for each in document["cells"]] == [
        ("c", ["@@ -1 +1 @@", "-C = 1", "+C = 2"])
    ]
    assert mlops("runs", "compare", "2", cwd=measured).returncode == 2
    assert "no execution or run 99" in mlops("runs", "compare", "2", "99", cwd=measured).stderr


def test_a_narrow_terminal_shows_as_many_columns_as_fit():
    item = Execution(
        **dict.fromkeys(["run", "role", "error", "message", "execution_count"]),
        **{"id": 1, "session": "s", "seq": 1, "notebook": "a.ipynb", "cell": "c", "found": "metadata", "depth": 0},
        **{"started": "2026-03-01T10:00:00+00:00", "seconds": 1.0, "status": "ok", "source_hash": "", "begins": ""},
        metrics={f"metric_{n}": MetricValue(type="float", text="0.5", value=0.5) for n in range(9)},
        parameters={"seed": ParameterValue(type="int", text="1")},
    )

    def printed(width, asked_for=()):
        console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
        print_items(console, [item], asked_for)
        return console.file.getvalue().splitlines()

    head, row, rest = printed(100)
    assert head.split()[8:] == ["metric_0", "metric_1", "metric_2", "metric_3"]
    assert max(len(head.rstrip()), len(row.rstrip())) <= 100
    assert rest == "6 more columns: --format csv, or a wider terminal"
    assert "metric_8" in printed(100, ["metric_8"])[0]
    assert len(printed(300)) == 2
