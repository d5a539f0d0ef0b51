"""The saved notebook, read as plain JSON."""

from __future__ import annotations

import json

import pytest

from jupyter_mlops.kernel import saved_notebook
from jupyter_mlops.kernel.saved_notebook import SavedCell, SavedNotebook
from jupyter_mlops.tags import role_of


def test_cells_by_source_and_id(tmp_path, write_notebook):
    saved = SavedNotebook(write_notebook(tmp_path / "a.ipynb", "x = 1", ("fit(x)", "train", "mine"), "x = 1"))
    assert saved.with_source("fit(x)") == SavedCell("cell-2", "fit(x)", "train")
    assert saved.with_source("x = 1").cell == "cell-3"
    assert saved.with_source("x = 1").cell == "cell-1"
    assert saved.with_source(" x = 1\n").cell == "cell-3"
    assert saved.with_source("x = 2") is None
    assert saved.with_id("cell-2").role == "train"
    assert saved.with_id("none") is None


def test_a_save_is_seen(tmp_path, write_notebook):
    saved = SavedNotebook(write_notebook(tmp_path / "a.ipynb", "x = 1"))
    assert saved.with_source("x = 22") is None
    write_notebook(tmp_path / "a.ipynb", "x = 22")
    assert saved.with_source("x = 22").cell == "cell-1"


def test_lists_of_lines_and_cells_without_ids(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": "x = 1", "metadata": {}},
        {"cell_type": "code", "source": ["x = 1\n", "y = 2"], "metadata": {"tags": ["evaluate"]}},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    saved = SavedNotebook(tmp_path / "a.ipynb")
    assert saved.with_source("x = 1\ny = 2") == SavedCell(None, "x = 1\ny = 2", "evaluate")
    assert saved.with_source("x = 1") is None


def test_what_is_broken_is_tried_once(tmp_path, write_notebook):
    path = tmp_path / "a.ipynb"
    path.write_text("{")
    saved = SavedNotebook(path)
    with pytest.raises(ValueError, match="Expecting"):
        saved.with_source("x = 1")
    assert saved.with_source("x = 1") is None
    write_notebook(path, "x = 1")
    assert saved.with_source("x = 1").cell == "cell-1"


def test_what_is_too_large_is_not_read(tmp_path, write_notebook, monkeypatch):
    monkeypatch.setattr(saved_notebook, "LARGEST", 10)
    assert SavedNotebook(write_notebook(tmp_path / "a.ipynb", "x = 1")).with_source("x = 1") is None


def test_roles():
    assert role_of(["mine", "train"]) == "train"
    assert role_of(["train", "parameters"]) == "parameters"
    assert role_of([]) is None
