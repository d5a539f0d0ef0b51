"""What a session imported, and whether its checkout had changes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn

from jupyter_mlops.kernel.capture.environment import Environment


class Outbox:
    def __init__(self, commit=None):
        self.session = SimpleNamespace(distributions=None, git_dirty=None, git_commit=commit)
        self.changes = 0

    def session_changed(self):
        self.changes += 1


class Session:
    """An environment whose work is done when it is asked for."""

    def __init__(self, root, commit=None):
        self.outbox = Outbox(commit)
        self.planned = []
        self.environment = Environment(root, self.outbox, self.planned.append)

    def cell(self):
        self.environment.end(None)
        steps = sum(len(list(work)) for work in self.planned)
        self.planned.clear()
        return steps


def test_distributions_are_named_as_they_are_installed(tmp_path):
    session = Session(tmp_path)
    assert session.cell() > 10
    found = json.loads(session.outbox.session.distributions)
    assert found["numpy"] == np.__version__
    assert found["scikit-learn"] == sklearn.__version__
    assert "jupyter_mlops" not in found
    assert all(metadata.version(name) == version for name, version in found.items())


def test_where_nothing_was_imported_nothing_is_looked_at(tmp_path, monkeypatch):
    session = Session(tmp_path)
    session.cell()
    assert session.cell() == 0
    # a module of the user's is no reason to read all metadata again
    monkeypatch.setitem(sys.modules, "my_module", SimpleNamespace(__file__=str(tmp_path / "my_module.py")))
    assert session.cell() == 0
    assert session.outbox.changes == 1


@pytest.mark.parametrize("change", [False, True])
def test_changes_of_the_checkout(tmp_path, change):
    def git(*words):
        words = ["git", "-C", tmp_path, "-c", "user.name=A", "-c", "user.email=a@b", *words]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    (tmp_path / "a.txt").write_text("a")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    if change:
        (tmp_path / "a.txt").write_text("b")
    session = Session(tmp_path, git("rev-parse", "HEAD"))
    session.cell()
    assert session.outbox.session.git_dirty is change
