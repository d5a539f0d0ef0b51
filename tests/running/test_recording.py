"""The executed notebook says by itself how its run ended."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.running.recording import Recording
from jupyter_mlops.running.records import EXECUTED


def test_a_run_that_did_not_end_is_marked_so(tmp_path, write_notebook):
    notebook = read_notebook(write_notebook(tmp_path / "a.ipynb", "x = 1"))
    recording = Recording(notebook, {}, "python3", copy=True)
    started = recording.mark(notebook.node)
    assert notebook.node.metadata["jupyter_mlops"] == {
        "run": started.id,
        "verdict": "interrupted",
        "reason": "the run did not end",
    }
    recording.observation.verdict, recording.observation.reason = "passed", "every cell ran in order"
    recording.mark(notebook.node)
    record = recording.finish()
    assert notebook.node.metadata["jupyter_mlops"] == {"run": record.id, "verdict": "passed", "reason": record.reason}
    assert (record.copy, record.notebook) == (True, "a.ipynb")


@pytest.mark.slow
@pytest.mark.parametrize(("last", "verdict"), [("x", "passed"), ("1 / 0", "failed"), ("exit()", "stopped-early")])
def test_where_papermill_drives_its_output_is_marked_as_well(tmp_path, write_notebook, last, verdict):
    path = write_notebook(tmp_path / "a.ipynb", "x = 1", last)
    before = path.read_bytes()
    subprocess.run(
        [sys.executable, "-m", "papermill", "--engine", "jupyter-mlops", path, tmp_path / "out.ipynb"],
        capture_output=True,
        check=False,
    )
    (folder,) = (tmp_path / ".jupyter_mlops" / "runs").iterdir()
    record = json.loads((folder / "run.json").read_text())
    expected = {"run": folder.name, "verdict": verdict, "reason": record["reason"]}
    for file in (folder / EXECUTED, tmp_path / "out.ipynb"):
        metadata = nbformat.read(file, as_version=4).metadata
        assert metadata.jupyter_mlops == expected
        assert Path(metadata.papermill.input_path).name == "a.ipynb"
    assert path.read_bytes() == before


@pytest.mark.slow
def test_the_mark_of_an_earlier_run_is_replaced(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "a.ipynb", "x = 1")
    first = json.loads(mlops("run", path, "-o", tmp_path / "b.ipynb", "--json").stdout)
    second = json.loads(mlops("run", tmp_path / "b.ipynb", "-o", tmp_path / "c.ipynb", "--json").stdout)
    marks = [nbformat.read(tmp_path / name, as_version=4).metadata.jupyter_mlops.run for name in ("b.ipynb", "c.ipynb")]
    assert marks == [first["id"], second["id"]]
    assert first["code_hash"] == second["code_hash"]


@pytest.mark.slow
@pytest.mark.parametrize("package", ["__version__ = '0.0.1'", "raise RuntimeError('broken')", "import no_such_module"])
def test_a_kernel_that_cannot_record_runs_all_the_same(tmp_path, write_notebook, mlops, package):
    (tmp_path / "other" / "jupyter_mlops").mkdir(parents=True)
    (tmp_path / "other" / "jupyter_mlops" / "__init__.py").write_text(package)
    folder = tmp_path / "data" / "kernels" / "bare"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "bare", "language": "python", "env": {"PYTHONPATH": str(tmp_path / "other")}}
    (folder / "kernel.json").write_text(json.dumps(spec))
    path = write_notebook(tmp_path / "a.ipynb", "x = 1", "print(x)", kernel="bare")
    done = mlops("run", path, "--json", cwd=tmp_path, JUPYTER_DATA_DIR=str(tmp_path / "data"))
    record = json.loads(done.stdout)
    assert (record["verdict"], [cell["execution_count"] for cell in record["cells"]]) == ("passed", [1, 2])
    executed = nbformat.read(tmp_path / ".jupyter_mlops" / "runs" / record["id"] / EXECUTED, as_version=4)
    assert [output.text for output in executed.cells[1].outputs] == ["1\n"]
    [run] = json.loads(mlops("runs", "list", "--json", cwd=tmp_path).stdout)["items"]
    assert (run["id"], run["cells"], run["recorded"]) == (record["id"], 2, 0)
    assert "its cells are not recorded" in mlops("runs", "show", run["id"], cwd=tmp_path).stdout
