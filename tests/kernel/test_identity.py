"""Which cell of which notebook a request meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.kernel.identity import CellIdentity, identify, notebook_path, path_in
from jupyter_mlops.kernel.saved_notebook import SavedNotebook


@pytest.fixture
def saved(tmp_path, write_notebook):
    return SavedNotebook(write_notebook(tmp_path / "a.ipynb", "x = 1", ("y = 2", "train")))


VSCODE = "vscode-notebook-cell:/home/me/a.ipynb#W2sZmlsZQ%3D%3D"


@pytest.mark.parametrize(
    ("metadata", "text", "expected"),
    [
        ({"cellId": "b1", "tags": ["evaluate"]}, "x = 1", CellIdentity("b1", "metadata", "evaluate")),
        ({"cellId": "cell-2", "trusted": True}, "y = 2", CellIdentity("cell-2", "metadata", None)),
        ({"cellId": "cell-2"}, "y = 3", CellIdentity("cell-2", "metadata", "train")),
        ({"cellId": VSCODE}, "y = 2", CellIdentity("cell-2", "source", "train")),
        ({"cellId": VSCODE, "tags": ["data"]}, "y = 3", CellIdentity(None, "none", "data")),
        ({}, "x = 1\n", CellIdentity("cell-1", "source", None)),
        ({}, "z", CellIdentity(None, "none", None)),
        ({"cellId": 3, "tags": "train"}, "z", CellIdentity(None, "none", None)),
        ({"cellId": "9f", "tags": ["injected-parameters"]}, "z", CellIdentity("injected-parameters", "metadata",
                                                                             "injected-parameters")),
    ],
)  # fmt: skip
def test_cells(saved, metadata, text, expected):
    assert identify(metadata, text, saved) == expected


def test_without_a_notebook():
    assert identify({}, "x = 1", None) == CellIdentity(None, "none", None)
    assert identify({"cellId": "a"}, "x = 1", None) == CellIdentity("a", "metadata", None)


def test_a_notebook_that_cannot_be_read(tmp_path):
    missing = SavedNotebook(tmp_path / "a.ipynb")
    assert identify({"cellId": "a"}, "x = 1", missing) == CellIdentity("a", "metadata", None)
    with pytest.raises(FileNotFoundError):
        identify({}, "x = 1", missing)


def test_the_notebook_as_front_ends_name_it():
    assert notebook_path({}, {}) is None
    assert notebook_path({}, {"JPY_SESSION_NAME": "/p/a.ipynb"}) == Path("/p/a.ipynb")
    assert notebook_path({"__vsc_ipynb_file__": "/p/b.ipynb"}, {"JPY_SESSION_NAME": "/p/a.ipynb"}) == Path("/p/b.ipynb")
    assert notebook_path({"__vsc_ipynb_file__": 3}, {"JPY_SESSION_NAME": "console-1"}) is None


def test_the_path_in_an_address_of_vs_code(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "my work" / "a.ipynb", "x = 1")
    address = f"vscode-notebook-cell:{path}".replace(" ", "%20") + "#W2s"
    assert path_in({"cellId": address}) == path
    assert path_in({"cellId": "vscode-notebook-cell:Untitled-1.ipynb#W2s"}) is None
    assert path_in({"cellId": "b1c2"}) is None
    assert path_in({}) is None
