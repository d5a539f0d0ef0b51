"""Signals at any moment of a run: its kernel goes, its record and what had run stay."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from watched_runs import SECONDS, command, kernels_of, records, wait_until

pytestmark = pytest.mark.slow

GOES_ON = "import time\nwhile True:\n    print('so', 'far', flush=True)\n    time.sleep(0.05)"
LATER = "print('later')"


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_kernel_starts(tmp_path, write_notebook, number):
    path = write_notebook(tmp_path / "case.ipynb", GOES_ON)
    process = subprocess.Popen(command("ours", path), stderr=subprocess.PIPE, text=True, start_new_session=True)
    wait_until(lambda: kernels_of(tmp_path) or process.poll() is not None)
    process.send_signal(number)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "[interrupted]" in errors
    assert "Traceback" not in errors
    wait_until(lambda: not kernels_of(tmp_path))
    [record] = records(tmp_path)
    assert record["verdict"] == "interrupted"
    assert all(cell["status"] in ("interrupted", "not-run") for cell in record["cells"])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_interrupt_while_a_socket_is_made(tmp_path, write_notebook, number):
    """Its context does not know it yet, and would wait for ever for the one that the traceback holds."""
    path = write_notebook(tmp_path / "case.ipynb", GOES_ON)
    code = f"""
import signal, sys
import zmq

known, made = zmq.Context._add_socket, []

def interrupted(self, socket):
    made.append(socket)
    if len(made) == {number}:
        signal.raise_signal(signal.SIGINT)
    known(self, socket)

zmq.Context._add_socket = interrupted

from jupyter_mlops.cli import main
sys.argv[1:] = ["run", {str(path)!r}]
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == 130
    assert "[interrupted]" in done.stderr
    wait_until(lambda: not kernels_of(tmp_path))
    assert [record["verdict"] for record in records(tmp_path)] == ["interrupted"]


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
