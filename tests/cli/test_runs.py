"""`jupyter mlops runs` for people and for programs, on a store that the recorder wrote."""

from __future__ import annotations

import json

import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_mlops import load_ipython_extension, unload_ipython_extension


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
