"""What is known of a session besides its cells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import ModuleType

import pytest

from jupyter_mlops.kernel.surroundings import ImportedModules, git_head, process_start


def git(folder, *words):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    return subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path):
    """A checkout with one commit, on the branch `work/a`."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "work/a")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    return folder


def head(folder):
    return git(folder, "rev-parse", "HEAD").strip()


def test_the_commit_as_git_tells_it(checkout):
    (checkout / "sub").mkdir()
    assert git_head(checkout) == git_head(checkout / "sub") == (head(checkout), "work/a")


def test_packed_and_detached(checkout):
    git(checkout, "pack-refs", "--all")
    assert git_head(checkout) == (head(checkout), "work/a")
    git(checkout, "checkout", "-q", "--detach")
    assert git_head(checkout) == (head(checkout), None)


def test_a_worktree(checkout, tmp_path):
    git(checkout, "worktree", "add", "-q", "-b", "other", tmp_path / "tree")
    git(tmp_path / "tree", "commit", "-q", "--allow-empty", "-m", "second")
    assert git_head(tmp_path / "tree") == (head(tmp_path / "tree"), "other")
    git(checkout, "pack-refs", "--all")
    assert git_head(tmp_path / "tree") == (head(tmp_path / "tree"), "other")


def test_without_a_commit_or_a_checkout(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    assert git_head(tmp_path) == (None, "main")
    (tmp_path / ".git" / "HEAD").write_bytes(b"\xff\xfe")
    assert git_head(tmp_path) == (None, None)


def test_process_start():
    assert process_start(os.getpid()) == process_start(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert process_start(child.pid) is None


class Lazy(ModuleType):
    """A module that would import everything if it was asked for anything."""

    def __getattribute__(self, name):
        raise ImportError(name)


def test_imported_modules():
    numbers = ModuleType("numbers_of_mine")
    numbers.__version__ = "1.2"
    modules = {"json": json, "numbers_of_mine": numbers, "numbers_of_mine.sub": numbers, "lazy": Lazy("lazy")}
    seen = ImportedModules(modules)
    assert json.loads(seen.news()) == {"lazy": None, "numbers_of_mine": "1.2"}
    assert seen.news() is None
    modules["csv"] = json
    assert seen.news() is None
    modules["other"] = object()
    assert json.loads(seen.news()) == {"lazy": None, "numbers_of_mine": "1.2", "other": None}
