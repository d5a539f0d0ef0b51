"""Clean runs over real kernels: the verdict, the exit status, the record and the notebook, in each way to end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from watched_runs import records

from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.running.clean import failure, run_clean

pytestmark = pytest.mark.slow


def test_names_of_the_notebook_may_be_those_of_builtins(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "names.ipynb", "import json\nlist = open = sorted = print = exec = 1\njson = None")
    run = run_clean(read_notebook(path))
    assert run.record.verdict == "passed"
    assert "ipykernel" in run.record.environment.distributions


def test_passed_run_keeps_a_complete_record_and_leaves_the_notebook_alone(tmp_path, write_notebook):
    path = write_notebook(
        tmp_path / "fine.ipynb", "import json", "x = 1\nprint(x)", "", ("x / 0", "skip-execution"), "x"
    )
    before = path.read_bytes()
    events = []

    run = run_clean(read_notebook(path), report=events.append)

    assert path.read_bytes() == before
    record = run.record
    assert record.verdict == "passed"
    assert [cell.status for cell in record.cells] == ["ok", "ok", "skipped", "skipped", "ok"]
    assert [cell.execution_count for cell in record.cells] == [1, 2, None, None, 3]
    assert record.notebook == "fine.ipynb"
    assert record.code_hash == read_notebook(path).code_hash
    assert record.data_files is None
    assert record.environment is not None
    assert record.environment.python == ".".join(map(str, sys.version_info[:3]))
    assert "ipykernel" in record.environment.distributions
    assert "scikit-learn" not in record.environment.distributions
    assert records(tmp_path)[-1]["verdict"] == "passed"
    executed = nbformat.read(run.folder / "notebook.ipynb", as_version=4)
    assert executed.cells[1].outputs[0].text == "1\n"
    assert failure(read_notebook(path), run) is None
    states = [(event.index, event.state) for event in events if type(event).__name__ == "CellEvent"]
    assert states[:2] == [(1, "running"), (1, "ok")]
    assert (tmp_path / ".jupyter_mlops" / ".gitignore").read_text() == "*\n"


ENDS = [
    # cells, verdict, code, cell, line, part of the message
    (("x = 1", "y = 2\n\nx / 0", "z = 3"), "failed", "cell-failed", 2, 3, "ZeroDivisionError"),
    (("def f():\n    return 1 / 0", "a = 1\nf()"), "failed", "cell-failed", 2, 2, "ZeroDivisionError"),
    (("x = 1", "y = (1,\nif"), "failed", "cell-failed", 2, None, "SyntaxError"),
    (("import surely_not_there",), "failed", "cell-failed", 1, 1, "surely_not_there"),
    (("x = 1", "exit()", "z = 3"), "stopped-early", "stopped-early", 2, None, "exit()"),
    (("x = 1", "quit()", "z = 3"), "stopped-early", "stopped-early", 2, None, "quit()"),
    (("import sys", "sys.exit(0)", "z = 3"), "stopped-early", "stopped-early", 2, None, "sys.exit(0)"),
    (("import os", "os._exit(3)", "z = 3"), "kernel-died", "kernel-died", 2, None, "kernel died"),
    (("x = 1", "%surely_no_magic", "z = 3"), "failed", "cell-failed", 2, None, "surely_no_magic"),
    (
        ("x = 1", "get_ipython().run_cell('y = 2', store_history=True)", "z = 3"),
        "failed",
        "cell-failed",
        2,
        None,
        "counted",
    ),
]


@pytest.mark.parametrize(("cells", "verdict", "code", "index", "line", "text"), ENDS, ids=[e[0][-1][:20] for e in ENDS])
def test_every_way_to_end_is_told_apart(tmp_path, write_notebook, cells, verdict, code, index, line, text):
    notebook = read_notebook(write_notebook(tmp_path / "ends.ipynb", *cells))
    run = run_clean(notebook)
    assert run.record.verdict == verdict
    error = failure(notebook, run)
    assert error is not None
    finding = error.findings[0]
    assert (finding.code, finding.index, finding.notebook) == (code, index, "ends.ipynb")
    if line is not None:
        assert finding.line == line
    assert text in finding.message
    assert finding.fix is not None
    assert records(tmp_path)[-1]["verdict"] == verdict
    assert (run.folder / "notebook.ipynb").is_file()
    assert all(cell.status == "not-run" for cell in run.record.cells[index:])


def test_an_expected_exception_is_honoured(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "expected.ipynb", ("1 / 0", "raises-exception"), "x = 1")
    run = run_clean(read_notebook(path))
    assert run.record.verdict == "passed"
    assert [cell.status for cell in run.record.cells] == ["ok", "ok"]


def test_old_notebooks_run_and_keep_their_ids_from_run_to_run(tmp_path):
    old = {
        "nbformat": 4,
        "nbformat_minor": 2,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": ["x = 1\n", "x"]}
        ],
    }
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(old))
    first, second = (run_clean(read_notebook(path)).record for _ in range(2))
    assert first.verdict == second.verdict == "passed"
    assert [cell.id for cell in first.cells] == [cell.id for cell in second.cells]
    assert json.loads(path.read_text()) == old


def test_parameters_reach_the_cells_and_the_record(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "given.ipynb",
        ("rate: float = 0.5\nname = 'a'\nquick = False", "parameters"),
        "print(rate, name, quick)",
    )
    words = ("-p", "rate", "1", "-p", "name", "it's {x} \"\\\n", "-p", "quick", "true")
    done = mlops("run", path, *words, "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["parameters"]["rate"] == {"type": "float", "text": "1.0"}
    assert record["parameters"]["quick"] == {"type": "bool", "text": "True"}
    executed = nbformat.read(tmp_path / ".jupyter_mlops" / "runs" / record["id"] / "notebook.ipynb", as_version=4)
    assert executed.cells[2].outputs[0].text == "1.0 it's {x} \"\\\n True\n"
    again = json.loads(mlops("run", path, *words, "--json").stdout)
    assert [cell["id"] for cell in again["cells"]] == [cell["id"] for cell in record["cells"]]
    status = mlops("status", path, "--json")
    assert status.returncode == 1
    assert json.loads(status.stdout)["certificate"]["state"] == "other-parameters"


def test_typed_parameters_arrive_as_what_they_are(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "typed.ipynb",
        "from datetime import date\nfrom pathlib import Path\nfrom typing import Literal",
        ("day: date = date(2024, 1, 1)\nwhere: Path = Path('.')\nkeys: dict[int, str] = {}\nn: int = 1", "parameters"),
        "print(day.year, where.name, keys, n)",
    )
    words = ("-p", "day", "2023-05-06", "-p", "where", "a/b", "-p", "keys", "{1: 'x'}", "-p", "n", "3")
    done = mlops("run", path, *words, "--json")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / ".jupyter_mlops" / "runs" / json.loads(done.stdout)["id"]
    executed = nbformat.read(folder / "notebook.ipynb", as_version=4)
    assert executed.cells[3].outputs[0].text == "2023 b {1: 'x'} 3\n"
    shown = json.loads(mlops("run", path, "--help-notebook", "--json").stdout)
    assert shown["n"] == {"name": "n", "inferred_type_name": "int", "default": "1", "help": ""}
    assert mlops("run", path, "-p", "n", "many").returncode == 1
    assert len(records(tmp_path)) == 1, "a wrong value is refused before anything runs"


def test_the_command_says_it_in_one_message(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "bad.ipynb", "x = 1", "undefined_thing + x")
    done = mlops("run", path)
    assert done.returncode == 1
    assert "bad.ipynb, cell 2, line 1  [cell-failed]" in done.stderr
    assert "fix:" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout

    lines = [json.loads(line) for line in mlops("run", path, "--events").stdout.splitlines()]
    assert [line["event"] for line in lines[-2:]] == ["cell", "error"]
    assert lines[-1]["findings"][0]["cell"] == "cell-2"


def test_status_follows_the_code_and_not_the_comments(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "state.ipynb", "x = 1", "y = x + 1")
    assert json.loads(mlops("status", path, "--json").stdout)["certificate"]["state"] == "none"
    assert mlops("run", path).returncode == 0
    assert mlops("status", path).returncode == 0
    write_notebook(path, "x = 1  # one", "y = (x\n     + 1)")
    assert mlops("status", path).returncode == 0
    write_notebook(path, "x = 2", "y = x + 1")
    outdated = mlops("status", path, "--json")
    assert outdated.returncode == 1
    document = json.loads(outdated.stdout)
    assert document["certificate"]["state"] == "outdated"
    assert [cell["verdict"] for cell in document["cells"]] == ["stale", "stale"]
    assert document["session"] is None


def kernelspec(folder: Path, name: str, argv: list[str]) -> Path:
    spec = folder / "kernels" / name
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": "python"}))
    return folder


def test_kernels_that_cannot_start(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "kernels.ipynb", "x = 1")
    missing = mlops("run", path, "--kernel", "not-there")
    assert missing.returncode == 1
    assert "[kernel-not-installed]" in missing.stderr
    assert "python3" in missing.stderr

    specs = kernelspec(
        tmp_path / "jupyter", "bare", [sys.executable, "-c", "import no_ipykernel_here", "{connection_file}"]
    )
    bare = mlops("run", path, "--kernel", "bare", JUPYTER_PATH=str(specs))
    assert bare.returncode == 1
    assert "[kernel-not-started]" in bare.stderr
    assert "pip install ipykernel" in bare.stderr
    assert "No module named 'no_ipykernel_here'" in bare.stderr
    assert records(tmp_path)[-1]["verdict"] == "interrupted"


def test_papermill_takes_the_engine(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "pm.ipynb", ("a = 1", "parameters"), "print(a)", "1 / 0", "never = 1")
    output = tmp_path / "out.ipynb"
    done = subprocess.run(
        [sys.executable, "-m", "papermill", "--engine", "jupyter-mlops", path, output, "-p", "a", "5"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    executed = nbformat.read(output, as_version=4)
    sources = {cell.source: cell for cell in executed.cells}
    assert sources["print(a)"].outputs[0].text == "5\n"
    assert sources["never = 1"].execution_count is None
    assert sources["never = 1"].metadata.papermill.status != "completed"
    record = records(tmp_path)[-1]
    assert record["verdict"] == "failed"
    assert record["parameters"] == {"a": {"type": "int", "text": "5"}}
    assert record["code_hash"] == read_notebook(path).code_hash


def test_the_bar_goes_to_standard_error_and_the_result_to_standard_output(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "said.ipynb", "x = 1")
    done = mlops("run", path)
    assert re.search(r"ran clean: 1 cells? in", done.stdout)
    assert "Running" not in done.stdout
