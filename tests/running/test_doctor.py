"""`doctor`: kernels, versions, and the index of runs."""

from __future__ import annotations

import json
import sys

import pytest
from packaging.requirements import Requirement

from jupyter_mlops.errors import StoreError
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.running import doctor
from jupyter_mlops.running.doctor import examine
from jupyter_mlops.running.recording import Recording


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A project of its own, with kernels of its own beside the installed ones."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.delenv("JUPYTER_MLOPS_STORE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def install(project, name, *argv, language="python"):
    folder = project / "data" / "kernels" / name
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": language}))


def checks(project):
    return {check.name: check for check in examine(project).checks}


def test_kernels(project, tmp_path):
    bare = tmp_path / "bare"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S -I "$@"\n')
    bare.chmod(0o755)
    install(project, "good", sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")
    install(project, "gone", str(tmp_path / "no-python"), "-m", "ipykernel_launcher", "-f", "{connection_file}")
    install(project, "bare", str(bare), "-m", "ipykernel_launcher", "-f", "{connection_file}")
    install(project, "other", "R", language="R")
    found = checks(project)
    states = {name: found[f"kernel {name}"].state for name in ("good", "gone", "bare", "other")}
    assert states == {"good": "ok", "gone": "failed", "bare": "failed", "other": "ok"}
    assert "install ipykernel" in found["kernel bare"].fix


def test_versions(project):
    assert checks(project)["versions"].state == "ok"


@pytest.mark.parametrize(
    ("requirement", "problem"),
    [
        ("click>=8", None),
        ("click<1", "click is "),
        ("no-such-distribution", "no-such-distribution is missing"),
        ("no-such-distribution; extra == 'test'", None),
        ("no-such-distribution; sys_platform == 'none'", None),
    ],
)
def test_requirements(requirement, problem):
    found = doctor._problem(Requirement(requirement))
    assert found is None if problem is None else found.startswith(problem)


def test_the_index_is_made_anew(project, write_notebook):
    for name in ("a.ipynb", "b.ipynb"):
        recording = Recording(read_notebook(write_notebook(project / name, "x = 1")), {}, "python3")
        recording.observation.verdict = "passed"
        recording.finish()
    (project / ".jupyter_mlops" / "store.sqlite").unlink()
    assert examine(project, rebuild=True).indexed == 2


def test_a_wrong_address_is_told(project, monkeypatch):
    monkeypatch.setenv("JUPYTER_MLOPS_STORE", "mysql://server/store")
    with pytest.raises(StoreError):
        examine(project)


def test_for_people(project, mlops):
    done = mlops("doctor", "--rebuild", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 runs indexed" in done.stdout
    assert "✓ kernel python3: " in done.stdout


def test_a_store_that_cannot_be_indexed_does_not_fail_a_run(project, write_notebook):
    recording = Recording(read_notebook(write_notebook(project / "a.ipynb", "x = 1")), {}, "python3")
    (project / ".jupyter_mlops" / "store.sqlite").mkdir()
    recording.finish()
    assert "1 times" in checks(project)["losses"].message
