"""Cells run in a shell that is recorded, and what was captured of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

from jupyter_mlops import load_ipython_extension

SAMPLE = """
import numpy as np, pandas as pd
from sklearn import metrics, model_selection
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score, mean_squared_error
X, y = make_classification(100, random_state=0)
m = LogisticRegression(C=0.5).fit(X, y)
p = m.predict(X)
"""


@dataclass
class Seen:
    """What the store has of one execution."""

    result: ExecutionResult | None = None
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, str]:
        """The texts by name."""
        return {row["name"]: row["text"] for row in self.rows["parameter"]}

    @property
    def metrics(self) -> dict[str, float | None]:
        """The value that stands for each name."""
        return {row["name"]: row["value"] for row in self.rows["metric"] if row["final"]}

    @property
    def files(self) -> set[tuple[str, str, str]]:
        """(path, mode, seen)."""
        return {(row["path"], row["mode"], row["seen"]) for row in self.rows["file"]}

    def curve(self, name: str) -> list[tuple[int | None, float | None]]:
        """The steps of one name."""
        return [(row["step"], row["value"]) for row in self.rows["metric"] if row["name"] == name]


def read(store: Path, text: str) -> Seen:
    """What was captured of the newest execution, or of the newest one with this source."""
    seen = Seen()
    with sqlite3.connect(store) as connection:
        connection.row_factory = sqlite3.Row
        query = "SELECT max(execution.id) FROM execution JOIN source ON source.id = source WHERE ? IN (text, '')"
        (number,) = connection.execute(query, (text,)).fetchone()
        for table in ("parameter", "metric", "file"):
            found = connection.execute(f"SELECT * FROM {table} WHERE execution = ?", (number,))  # noqa: S608
            seen.rows[table] = [dict(row) for row in found]
    connection.close()
    return seen


class Cells:
    """A shell that is recorded: `cells("x = 1", "train")` runs a cell with a tag and tells what was captured of it."""

    def __init__(self, shell: InteractiveShell, folder: Path) -> None:
        self.shell = shell
        self.folder = folder
        self.store = folder / ".jupyter_mlops" / "store.sqlite"
        load_ipython_extension(shell)

    def __call__(self, code: str, tag: str | None = None) -> Seen:
        metadata = {"cellId": "a", "tags": [tag] if tag else []}
        self.shell.get_parent = lambda: {"metadata": metadata}
        result = self.shell.run_cell(code)
        seen = self.read()
        seen.result = result
        return seen

    def read(self, text: str = "") -> Seen:
        """What was captured of the newest execution, or of the newest one with this source."""
        return read(self.store, text)


@pytest.fixture
def cell(shell, tmp_path) -> Cells:
    """A shell of its own."""
    return Cells(shell, tmp_path)


@pytest.fixture(scope="module")
def sample(tmp_path_factory, make_shell) -> Iterator[Cells]:
    """A shell for all tests of a module, with rows `X`, `y`, a fitted model `m` and its answers `p`."""
    folder = tmp_path_factory.mktemp("sample")
    with make_shell(folder) as shell:
        cells = Cells(shell, folder)
        assert cells(SAMPLE).result.success
        yield cells
