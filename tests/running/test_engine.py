"""How runs end, through `jupyter mlops run` and through `papermill --engine jupyter-mlops`: the verdict of the record,
the exit status and what the executed notebook says. The cases are those in which plain papermill is wrong or slow."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import nbformat
import papermill
import pytest
from nbformat import NotebookNode
from watched_runs import command, records

pytestmark = pytest.mark.slow


@dataclass
class Ended:
    """A command that ran a notebook: its exit status, what it said, the record and the executed notebook."""

    status: int
    said: str
    record: dict
    executed: NotebookNode

    def cell(self, index: int) -> NotebookNode:
        """The code cell with this number, from 1, without the cells that papermill puts between."""
        return next(cell for cell in self.executed.cells if cell["id"] == f"cell-{index}")

    def texts(self, index: int) -> list[str]:
        """What a cell printed or displayed, output by output."""
        return [
            output.text if output.output_type == "stream" else output.get("ename", "") or output.data["text/plain"]
            for output in self.cell(index).outputs
        ]


@pytest.fixture
def ended(tmp_path, write_notebook) -> Callable[..., Ended]:
    """Run cells in one of the two ways, to the end."""

    def run(way: str, *cells: str | tuple[str, ...], limit: int | None = None) -> Ended:
        path = write_notebook(tmp_path / "case.ipynb", *cells)
        before = path.read_bytes()
        done = subprocess.run(command(way, path, limit), capture_output=True, text=True, cwd=tmp_path, check=False)
        assert path.read_bytes() == before
        [record] = records(tmp_path)
        output = nbformat.read(path.with_suffix(".out.ipynb"), as_version=4)
        return Ended(done.returncode, done.stdout + done.stderr, record, output)

    return run


LATER = "print('later')"
CASES = {
    # cells, seconds for a cell; verdict, index of the cell at fault, name of its fault; our status, papermill's
    "kernel dies": (["import os; os._exit(3)", LATER], None, "kernel-died", 1, None, 1, 138),
    "cell takes too long": (["import time\ntime.sleep(600)", LATER], 1, "failed", 1, "CellTimeoutError", 1, 1),
    "limit is ignored": (
        [
            "import time\nwhile True:\n    try:\n        time.sleep(600)\n    except KeyboardInterrupt:\n        pass",
            LATER,
        ],
        1,
        "failed",
        1,
        "CellTimeoutError",
        1,
        1,
    ),
    "expected exception is no excuse for the limit": (
        [("import time\ntime.sleep(600)", "raises-exception"), LATER],
        1,
        "failed",
        1,
        "CellTimeoutError",
        1,
        1,
    ),
    "exit()": (["x = 1", "exit()", LATER], None, "stopped-early", 2, None, 1, 1),
    "sys.exit(0)": (["import sys", "sys.exit(0)", LATER], None, "stopped-early", 2, "SystemExit", 1, 1),
    "sys.exit(3)": (["import sys", "sys.exit(3)", LATER], None, "stopped-early", 2, "SystemExit", 1, 1),
    "failed magic": (["%surely_no_magic", LATER], None, "failed", 1, "UsageError", 1, 1),
    "failed cell magic": (["%%bash\nexit 3", LATER], None, "failed", 1, "CalledProcessError", 1, 1),
    "unbalanced count": (
        ["get_ipython().run_cell('y = 2', store_history=True)", LATER],
        None,
        "failed",
        1,
        None,
        1,
        1,
    ),
}


@pytest.mark.parametrize("way", ["ours", "papermill"])
@pytest.mark.parametrize("case", CASES)
def test_a_run_that_does_not_pass(ended, way, case):
    cells, limit, verdict, at_fault, fault, ours, papermills = CASES[case]
    run = ended(way, *cells, limit=limit)
    assert run.status == (ours if way == "ours" else papermills), run.said
    assert run.record["verdict"] == verdict
    statuses = [cell["status"] for cell in run.record["cells"]]
    assert statuses[at_fault:] == ["not-run"] * (len(cells) - at_fault)
    if fault:
        assert run.record["cells"][at_fault - 1]["error"]["name"] == fault
    for index in range(at_fault + 1, len(cells) + 1):
        cell = run.cell(index)
        assert cell.execution_count is None
        assert cell.metadata.papermill.status != "completed"
        assert "later" not in run.said
    assert run.executed.metadata.jupyter_mlops.verdict == verdict


@pytest.mark.parametrize("way", ["ours", "papermill"])
def test_a_limit_leaves_what_was_printed_and_where_it_hit(ended, way):
    run = ended(way, "import time\nprint('so far', flush=True)\ntime.sleep(600)", LATER, limit=1)
    assert run.texts(1) == ["so far\n", "KeyboardInterrupt"]
    assert run.record["cells"][0]["error"]["line"] == 3


@pytest.mark.parametrize("way", ["ours", "papermill"])
def test_what_passes(ended, way):
    """A shell line that fails and an exception in a thread are the notebook's own affair; tags are honoured."""
    run = ended(
        way,
        "!false",
        "import threading\nthread = threading.Thread(target=lambda: 1 / 0)\nthread.start()\nthread.join()",
        ("1 / 0", "skip-execution"),
        "  \n",
        "print('a', end='', flush=True)\nprint('b', flush=True)\nprint('c')",
    )
    assert run.status == 0, run.said
    assert run.record["verdict"] == "passed"
    assert [cell["status"] for cell in run.record["cells"]] == ["ok", "ok", "skipped", "skipped", "ok"]
    assert [cell["execution_count"] for cell in run.record["cells"]] == [1, 2, None, None, 3]
    assert "ZeroDivisionError" in "".join(run.texts(2))
    assert run.texts(5) == ["ab\nc\n"]


@pytest.mark.parametrize(("way", "status"), [("ours", 0), ("papermill", 1)])
def test_an_expected_exception(ended, way, status):
    """papermill's own command fails for any error among the outputs, after the run; the record is ours."""
    run = ended(way, ("1 / 0", "raises-exception"), "x = 1")
    assert run.status == status
    assert run.record["verdict"] == "passed"
    assert [cell["status"] for cell in run.record["cells"]] == ["ok", "ok"]
    assert run.record["cells"][0]["error"]["name"] == "ZeroDivisionError"
    assert run.cell(2).execution_count == 2


def test_errors_that_the_caller_allows_are_told_apart(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "case.ipynb", "1 / 0", "x = 1")
    with pytest.raises(papermill.PapermillExecutionError):
        papermill.execute_notebook(path, None, engine_name="jupyter-mlops", allow_errors=True, progress_bar=False)
    [record] = records(tmp_path)
    assert record["verdict"] == "passed"
    assert [(cell["status"], cell["error"] and cell["error"]["name"]) for cell in record["cells"]] == [
        ("ok", "ZeroDivisionError"),
        ("ok", None),
    ]


@pytest.mark.parametrize("way", ["ours", "papermill"])
def test_large_outputs_survive(ended, way):
    run = ended(
        way,
        "print('x' * 30_000_000)",
        "for number in range(3000):\n    display(number)",
        "for number in range(20_000):\n    print(number)",
    )
    assert run.status == 0, run.said[-500:]
    assert len(run.texts(1)[0]) == 30_000_001
    assert run.texts(2) == [str(number) for number in range(3000)]
    assert run.texts(3) == ["".join(f"{number}\n" for number in range(20_000))]


@pytest.mark.parametrize("way", ["ours", "papermill"])
def test_streams_are_merged_and_displays_updated_where_they_are(ended, way):
    run = ended(
        way,
        "print(1, flush=True)\nprint(2, flush=True)\nhandle = display('old', display_id=True)\n"
        "print(3, flush=True)\nprint(4, flush=True)",
        "handle.update('new')",
    )
    assert run.texts(1) == ["1\n2\n", "'new'", "3\n4\n"]


def test_odd_values_through_papermill_reach_the_cells_as_papermill_gives_them(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "case.ipynb", ("a = None\nb = 0", "parameters"), "print(repr(a), repr(b))")
    node = papermill.execute_notebook(
        path, None, {"a": {"x": [1, None, True]}, "b": 2.5}, engine_name="jupyter-mlops", progress_bar=False
    )
    assert node.cells[-1].outputs[0].text == "{'x': [1, None, True]} 2.5\n"
    [record] = records(tmp_path)
    assert record["parameters"]["b"] == {"type": "float", "text": "2.5"}


def test_unknown_parameters_and_braces_in_paths(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "a{b}" / "n{}.ipynb", ("rate = 1", "parameters"), "print(rate)")
    refused = mlops("run", path, "-p", "rat", "2")
    assert refused.returncode == 1
    assert "rate" in refused.stderr
    assert records(path.parent) == [], "nothing starts for a parameter that is not there"
    assert mlops("run", path, "-p", "rate", "2", "-o", path.parent / "o{x}.ipynb").returncode == 0
    executed = nbformat.read(path.parent / "o{x}.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == "2\n"
