"""Runs in a copy of the files that git knows: what is in it, what is not, and what is said then."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from jupyter_mlops.documents import CellFault
from jupyter_mlops.errors import RunError
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.running.copying import Copy, copied, missing_in_copy

SECONDS = 60


def git(folder: Path, *words: str | Path) -> None:
    subprocess.run(
        ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", *map(str, words)],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A fresh checkout, named `project`; temporary files go to `scratch` beside it."""
    for name in ("project", "scratch"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    git(tmp_path / "project", "init", "-q")
    return tmp_path / "project"


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}


def left_in_scratch(project: Path) -> list[str]:
    return [path.name for path in (project.parent / "scratch").iterdir() if "jupyter-mlops" in path.name]


def test_the_copy_holds_what_git_knows_as_it_is_now(project, write_notebook):
    names = ["data.csv", "pkg/mod.py", "gone.txt", "ä b\n.txt", "run.sh", ".hidden"]
    for name in names:
        write(project / name, "committed")
    (project / "run.sh").chmod(0o755)
    (project / "link").symlink_to("data.csv")
    (project / "dangling").symlink_to("nowhere")
    write(project / ".gitignore", "ignored.bin\n")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "all")
    write(project / "pkg" / "mod.py", "edited")
    (project / "gone.txt").unlink()
    write(project / "untracked.csv")
    write(project / "ignored.bin")
    write(project / "staged.txt", "new")
    git(project, "add", "staged.txt")
    path = write_notebook(project / "a.ipynb", "x = 1")

    with copied(read_notebook(path)) as copy:
        assert files(copy.top) == {
            *(set(names) - {"gone.txt"}),
            "link",
            "dangling",
            ".gitignore",
            "staged.txt",
            "a.ipynb",
        }
        assert (copy.top / "pkg" / "mod.py").read_text() == "edited"
        assert (copy.top / "link").readlink() == Path("data.csv")
        assert stat.S_IMODE((copy.top / "run.sh").stat().st_mode) == 0o755
        assert (copy.top / "a.ipynb").read_bytes() == path.read_bytes()
        assert copy.folder == copy.top
        assert copy.top.name == "project"
        write(copy.top / "data.csv", "changed")
    assert not copy.top.exists()
    assert left_in_scratch(project) == []
    assert (project / "data.csv").read_text() == "committed"


def test_the_kernel_works_in_the_notebooks_folder_within_the_copy(project, write_notebook):
    write(project / "top.txt")
    git(project, "add", ".")
    path = write_notebook(project / "new" / "deep" / "a.ipynb", "x = 1")
    with copied(read_notebook(path)) as copy:
        assert copy.folder == copy.top / "new" / "deep"
        assert files(copy.top) == {"top.txt", "new/deep/a.ipynb"}


def test_files_of_a_submodule_are_there(project, tmp_path, write_notebook):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    write(other / "lib.py", "y = 1")
    git(other, "add", ".")
    git(other, "commit", "-q", "-m", "lib")
    git(project, "-c", "protocol.file.allow=always", "submodule", "add", "-q", other, "vendor")
    path = write_notebook(project / "a.ipynb", "x = 1")
    with copied(read_notebook(path)) as copy:
        assert files(copy.top) == {".gitmodules", "vendor/lib.py", "a.ipynb"}
    git(project, "commit", "-q", "-m", "all")
    git(project, "submodule", "deinit", "-q", "-f", "vendor")
    with copied(read_notebook(path)) as copy:
        assert list((copy.top / "vendor").iterdir()) == []


def test_a_hook_of_git_does_not_lead_elsewhere(project, tmp_path, write_notebook, monkeypatch):
    (tmp_path / "other").mkdir()
    git(tmp_path / "other", "init", "-q")
    path = write_notebook(project / "deep" / "a.ipynb", "x = 1")
    git(project, "add", ".")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "none"))
    with copied(read_notebook(path)) as copy:
        assert copy.root == project
        assert copy.known == {Path("deep/a.ipynb")}


@pytest.mark.parametrize("fault", [ZeroDivisionError, KeyboardInterrupt])
def test_the_copy_is_removed_whatever_happens(project, write_notebook, fault):
    notebook = read_notebook(write_notebook(project / "a.ipynb", "x = 1"))

    def fail(copy: Copy) -> None:
        write(copy.top / "closed" / "file").parent.chmod(0o500)
        raise fault

    with pytest.raises(fault), copied(notebook) as copy:
        fail(copy)
    assert left_in_scratch(project) == []


def test_an_interrupt_during_the_removal_waits_for_its_end(project, write_notebook, monkeypatch):
    import shutil

    remove = shutil.rmtree

    def interrupted(*arguments, **options):
        signal.raise_signal(signal.SIGINT)
        return remove(*arguments, **options)

    notebook = read_notebook(write_notebook(project / "a.ipynb", "x = 1"))
    monkeypatch.setattr(shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt), copied(notebook):
        pass
    assert left_in_scratch(project) == []


def test_outside_of_a_checkout(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "a.ipynb", "x = 1")
    done = mlops("run", path, "--copy", "--json", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    (finding,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, finding["code"]) == (1, "no-checkout")
    assert "git init && git add" in finding["fix"]["text"]
    assert "without --copy" in finding["fix"]["text"]
    assert not (tmp_path / ".jupyter_mlops").exists()


def test_without_git(project, write_notebook, monkeypatch):
    notebook = read_notebook(write_notebook(project / "a.ipynb", "x = 1"))
    monkeypatch.setenv("PATH", str(project))
    with pytest.raises(RunError, match="git is not installed"), copied(notebook):
        pass


def test_a_file_that_cannot_be_copied(project, write_notebook):
    notebook = read_notebook(write_notebook(project / "a.ipynb", "x = 1"))
    write(project / "pipe")
    git(project, "add", ".")
    (project / "pipe").unlink()
    os.mkfifo(project / "pipe")
    with pytest.raises(RunError, match="could not be copied") as caught, copied(notebook):
        pass
    assert "pipe" in caught.value.findings[0].reason
    assert left_in_scratch(project) == []


NO_FILE = "FileNotFoundError"
NO_MODULE = "ModuleNotFoundError"


@pytest.mark.parametrize(
    ("fault", "message", "named"),
    [
        (NO_FILE, "[Errno 2] No such file or directory: 'data.csv'", "data.csv"),
        (NO_FILE, "[Errno 2] No such file or directory: '{top}/work/data.csv'", "data.csv"),
        (NO_FILE, "[Errno 2] No such file or directory: './more/../data.csv'", "data.csv"),
        (NO_FILE, "[Errno 2] No such file or directory: '../root.csv'", "../root.csv"),
        (NO_FILE, "[Errno 2] No such file or directory: 'root.csv'", "../root.csv"),
        (NO_FILE, "data.csv not found.", "data.csv"),
        (NO_FILE, "No such file or directory (os error 2): data.csv", "data.csv"),
        (NO_FILE, "[Errno 2] No such file or directory: 'folder/x.txt'", "folder"),
        (NO_FILE, "[Errno 2] No such file or directory: 'folder/not/yet.txt'", "folder"),
        (NO_FILE, "[Errno 2] No such file or directory: 'pkg/new.py'", "pkg/new.py"),
        (NO_FILE, "[Errno 2] No such file or directory: 'folder'", "folder"),
        (NO_MODULE, "No module named 'helper'", "helper.py"),
        (NO_MODULE, "No module named 'pkg.new'", "pkg/new.py"),
        (NO_MODULE, "No module named 'whole'", "whole"),
        (NO_MODULE, "No module named 'whole.part'", "whole"),
        (NO_MODULE, "No module named 'above'", "../above.py"),
        (NO_MODULE, "No module named 'insrc'", "../src/insrc.py"),
        ("ImportError", "cannot import name 'new' from 'pkg' (/x/pkg/__init__.py)", "pkg/new.py"),
        (NO_FILE, "[Errno 2] No such file or directory: 'never.csv'", None),
        (NO_FILE, "[Errno 2] No such file or directory: 'known.csv'", None),
        (NO_FILE, "[Errno 2] No such file or directory: 'pkg'", None),
        (NO_FILE, "[Errno 2] No such file or directory: 'known.csv/deeper'", None),
        (NO_FILE, "", None),
        (NO_FILE, ".", None),
        (NO_MODULE, "No module named 'numpy'", None),
        (NO_MODULE, "No module named 'pkg.none'", None),
        (NO_MODULE, "no text", None),
        ("KeyError", "'data.csv'", None),
    ],
)
def test_a_file_that_git_does_not_know_is_named(project, monkeypatch, fault, message, named):
    work = project / "work"
    for name in ["work/known.csv", "work/pkg/__init__.py", "work/a.ipynb"]:
        write(project / name)
    git(project, "add", ".")
    for name in ["data.csv", "helper.py", "pkg/new.py", "whole/part.py", "folder/x.txt"]:
        write(work / name)
    for name in ["root.csv", "above.py", "src/insrc.py"]:
        write(project / name)
    monkeypatch.chdir(work)
    known = frozenset(map(Path, ["work/known.csv", "work/pkg/__init__.py", "work/a.ipynb"]))
    copy = Copy(project, Path("/nowhere/project"), Path("work"), known)
    told = missing_in_copy(copy, CellFault(name=fault, message=message.replace("{top}", str(copy.top))))
    if named is None:
        assert told is None
    else:
        assert told is not None
        assert told.reason == f"`{named}` exists, but git does not know it"
        assert f"git add {named}" in told.fix


def test_a_file_that_is_ignored_or_outside_is_told_so(project, monkeypatch):
    write(project / ".gitignore", "*.csv\n")
    write(project / "my data.csv")
    write(project.parent / "beside.csv")
    git(project, "add", ".")
    monkeypatch.chdir(project)
    copy = Copy(project, Path("/nowhere/project"), Path(), frozenset([Path(".gitignore")]))
    ignored = missing_in_copy(copy, CellFault(name=NO_FILE, message="no file 'my data.csv'"))
    assert "a .gitignore names it" in ignored.reason
    assert ignored.fix.startswith("git add -f 'my data.csv'")
    outside = missing_in_copy(copy, CellFault(name=NO_FILE, message="no file '../beside.csv'"))
    assert outside.reason.startswith("`../beside.csv` exists, but outside of the checkout")
    assert "git add" not in outside.fix
    (project / "link").symlink_to("../beside.csv")
    (project / "more").symlink_to("..")
    for name in ("link", "more/beside.csv"):
        linked = missing_in_copy(copy, CellFault(name=NO_FILE, message=f"no file '{name}'"))
        assert linked.reason.startswith(f"`{name.split('/')[0]}` exists, but outside of the checkout")


@pytest.mark.slow
def test_a_run_in_a_copy_passes_and_leaves_the_folder_alone(project, write_notebook, mlops):
    write(project / "work" / "data.csv", "1")
    write(project / "work" / "helper.py", "three = 3")
    git(project, "add", ".")
    path = write_notebook(
        project / "work" / "a.ipynb",
        "import os, helper\nprint(os.getcwd())",
        "open('data.csv', 'a').write('2')\nopen('new.txt', 'w').close()",
        "print(open('data.csv').read())",
    )
    before = files(project)
    done = mlops("run", path, "--copy", "--json", cwd=project)
    assert done.returncode == 0, done.stdout
    record = json.loads(done.stdout)
    assert (record["verdict"], record["notebook"], record["copy"]) == ("passed", "work/a.ipynb", True)
    assert {name for name in files(project) - before if not name.startswith(".jupyter_mlops")} == set()
    assert (project / "work" / "data.csv").read_text() == "1"
    executed = nbformat.read(project / ".jupyter_mlops" / "runs" / record["id"] / "notebook.ipynb", as_version=4)
    where = Path(executed.cells[0].outputs[0].text.strip())
    assert where.is_relative_to((project.parent / "scratch").resolve())
    assert where.parts[-2:] == ("project", "work")
    assert executed.cells[2].outputs[0].text == "12\n"
    assert left_in_scratch(project) == []
    assert json.loads(mlops("status", path, "--json").stdout)["certificate"]["state"] == "certified"
    assert json.loads(mlops("run", path, "--json", cwd=project).stdout)["copy"] is False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("data.csv", "open('data.csv')"),
        ("data.csv", "import pandas\npandas.read_csv('data.csv')"),
        ("data.csv", "from pathlib import Path\nPath('data.csv').resolve().read_text()"),
        ("helper.py", "import helper"),
    ],
)
def test_a_run_that_lacks_a_file_says_why(project, write_notebook, mlops, name, cell):
    path = write_notebook(project / "a.ipynb", "x = 1", cell)
    git(project, "add", ".")
    write(project / name, "# one\n")
    assert mlops("run", path, cwd=project).returncode == 0
    done = mlops("run", path, "--copy", cwd=project)
    assert done.returncode == 1
    assert "a.ipynb, cell 2, line" in done.stderr
    assert "[cell-failed]" in done.stderr
    assert f"`{name}` exists, but git does not know it" in done.stderr
    assert f"git add {name}" in done.stderr
    assert left_in_scratch(project) == []
    git(project, "add", name)
    assert mlops("run", path, "--copy", cwd=project).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_removes_its_copy(project, write_notebook, number):
    flag = project.parent / "running"
    path = write_notebook(project / "slow.ipynb", f"open({str(flag)!r}, 'w').close()\nimport time\ntime.sleep(600)")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_mlops", "run", path, "--copy"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + SECONDS
    while not flag.exists() and process.poll() is None and time.monotonic() < deadline:
        os.sched_yield()
    assert left_in_scratch(project) != []
    process.send_signal(number)
    _, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, left_in_scratch(project)) == (130, [])
    assert "[interrupted]" in errors
    (folder,) = (project / ".jupyter_mlops" / "runs").iterdir()
    assert json.loads((folder / "run.json").read_text())["verdict"] == "interrupted"
