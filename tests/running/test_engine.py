"""How runs end, through `jupyter mlops run` and through `papermill --engine jupyter-mlops`: the verdict of the record,
the exit status and what the executed notebook says. The cases are those in which plain papermill is wrong or slow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat import NotebookNode

pytestmark = pytest.mark.slow

SECONDS = 60


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


def records(folder: Path) -> list[dict]:
    """All run records below a folder without project files, oldest first."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob(".jupyter_mlops/runs/*/run.json"))]


def command(way: str, path: Path, limit: int | None = None) -> list[str | Path]:
    """The command line that runs a notebook in one of the two ways."""
    if way == "ours":
        words = [sys.executable, "-m", "jupyter_mlops", "run", path, "-o", path.with_suffix(".out.ipynb")]
        return [*words, "--cell-timeout", str(limit)] if limit else words
    words = [sys.executable, "-m", "papermill", "--engine", "jupyter-mlops", path, path.with_suffix(".out.ipynb")]
    return [*words, "--execution-timeout", str(limit)] if limit else words


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


# --- signals

GOES_ON = "import time\nwhile True:\n    print('so', 'far', flush=True)\n    time.sleep(0.05)"


def kernels_of(folder: Path) -> list[str]:
    """The processes of kernels whose working folder this is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().split("\0")
            if (process / "cwd").readlink() == folder and any("ipykernel_launcher" in word for word in words):
                found.append(process.name)
        except OSError:
            continue
    return found


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        os.sched_yield()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("way", ["ours", "papermill"])
def test_signals_end_the_kernel_and_leave_the_record(tmp_path, write_notebook, way, number):
    path = write_notebook(tmp_path / "case.ipynb", "print('first')", GOES_ON, LATER)
    before = path.read_bytes()
    process = subprocess.Popen(
        command(way, path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, start_new_session=True
    )
    # it is saved while it goes on
    wait_until(lambda: any("so far" in saved.read_text() for saved in tmp_path.rglob("*.ipynb") if saved != path))
    process.send_signal(number)
    process.communicate(timeout=SECONDS)
    wait_until(lambda: not kernels_of(tmp_path))
    statuses = {signal.SIGINT: (130, 1), signal.SIGTERM: (130, -15), signal.SIGKILL: (-9, -9)}
    assert process.returncode == statuses[number][way == "papermill"]
    assert path.read_bytes() == before
    [record] = records(tmp_path)
    assert record["verdict"] == "interrupted"
    kept = tmp_path / ".jupyter_mlops" / "runs" / record["id"] / "notebook.ipynb"
    if number == signal.SIGKILL:
        saves = [kept if way == "ours" else path.with_suffix(".out.ipynb")]
    else:
        saves = [kept, path.with_suffix(".out.ipynb")]
    for saved in saves:
        executed = nbformat.read(saved, as_version=4)
        assert executed.metadata.jupyter_mlops.verdict == "interrupted"
        cells = {cell["id"]: cell for cell in executed.cells}
        assert cells["cell-1"].outputs[0].text == "first\n"
        assert cells["cell-2"].outputs[0].text.startswith("so far\n")
        assert cells["cell-3"].metadata.papermill.status != "completed"


@pytest.mark.parametrize("way", ["ours", "papermill"])
def test_a_kill_at_any_moment_leaves_no_kernel(tmp_path, write_notebook, way):
    """Killed at moments spread over a whole run: by the lines of the kernel's own log of its cells, and before."""
    cells = [f"open('at', 'a').write('{number}\\n')\nimport time; time.sleep(0.05)" for number in range(8)]
    path = write_notebook(tmp_path / "case.ipynb", *cells)
    before = path.read_bytes()
    marks = tmp_path / "at"

    def reached(number: int) -> bool:
        return marks.exists() and marks.read_text().count("\n") > number

    moments: list[Callable[[], object]] = [
        lambda: records(tmp_path)[len(seen) :],  # the record is there, the kernel perhaps
        lambda: kernels_of(tmp_path),  # its process has begun
        *(lambda number=number: reached(number) for number in (0, 2, 5, 7)),
    ]
    seen: list[str] = []
    for moment in moments:
        marks.unlink(missing_ok=True)
        process = subprocess.Popen(
            command(way, path),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=tmp_path,
            start_new_session=True,
        )
        wait_until(moment)
        process.kill()
        process.wait()
        wait_until(lambda: not kernels_of(tmp_path))
        assert path.read_bytes() == before
        new = [record for record in records(tmp_path) if record["id"] not in seen]
        assert [record["verdict"] for record in new] == ["interrupted"]
        seen.append(new[0]["id"])


def test_a_runner_that_dies_takes_its_kernel_along_at_once(tmp_path):
    """The system does it: a kernel that is busy in C code cannot look for its parent."""
    code = (
        "import asyncio, os\n"
        "from jupyter_mlops.running.kernels import CleanKernelManager\n"
        "async def main():\n"
        "    manager = CleanKernelManager(kernel_name='python3')\n"
        f"    await manager.start_kernel(cwd={str(tmp_path)!r})\n"
        "    os.kill(manager.provisioner.pid, 19)\n"
        "    print(manager.provisioner.pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    kernel = int(process.stdout.readline())
    process.kill()
    process.wait()
    wait_until(lambda: not Path(f"/proc/{kernel}").exists())
