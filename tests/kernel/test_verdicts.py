"""The whole way: cells run in a real kernel, its recorder writes traces, and the verdicts are read from the store."""

from __future__ import annotations

import nbformat
import pytest

from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.tracking.verdicts import cell_verdicts

pytestmark = pytest.mark.slow

CELLS = {
    "import": "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import SGDClassifier",
    "load": "df = pd.DataFrame({'a': np.arange(60.0) % 7, 'b': np.arange(60.0) % 5})\ndf.head()",
    "label": "df['y'] = (df.a > df.b).astype(int)",
    "helper": "def inputs(frame):\n    return frame[COLUMNS]",
    "columns": "COLUMNS = ['a', 'b']",
    "fit": "model = SGDClassifier().fit(inputs(df), df.y)",
    "score": "model.score(inputs(df), df.y)",
    "count": "print(len(df))",
}


class Live:
    """A notebook file and the kernel that runs its cells."""

    def __init__(self, path, kernel) -> None:
        self.cells = dict(CELLS)
        self._path, self._kernel = path, kernel
        self.save()

    def run(self, *cells: str) -> None:
        for cell in cells or self.cells:
            self._kernel.run(self.cells[cell], {"cellId": cell})

    def save(self) -> None:
        nodes = [nbformat.v4.new_code_cell(source, id=cell) for cell, source in self.cells.items()]
        nbformat.write(nbformat.v4.new_notebook(cells=nodes), self._path)

    def flagged(self) -> dict[str, str]:
        """What is wrong with which cell of the saved notebook."""
        self.save()
        found = cell_verdicts(read_notebook(self._path))[1]
        return {
            cell.id: f"{entry.verdict} {entry.variable}<{entry.because_of or entry.cause_cell}"
            for cell in found
            for entry in cell.verdicts[:1]
        }


def test_a_notebook_while_it_is_worked_on(start_kernel, tmp_path):
    path = tmp_path / "a.ipynb"
    notebook = Live(path, start_kernel(JPY_SESSION_NAME=str(path)))
    notebook.run()
    unseeded = {"fit": "not-repeatable <numpy.random><fit", "score": "not-repeatable model<fit"}
    assert notebook.flagged() == unseeded

    notebook.cells["fit"] = "model = SGDClassifier(random_state=1).fit(inputs(df), df.y)"
    assert notebook.flagged() == {"fit": "stale None<fit", "score": "stale model<fit"}
    notebook.run("fit", "score")
    assert notebook.flagged() == {}

    # a rerun that gives the same, and layout
    notebook.run("label", "count")
    notebook.cells["helper"] = "def inputs(frame):  # what the model sees\n    return frame[COLUMNS]"
    notebook.cells["import"] += "\nimport json"
    assert notebook.flagged() == {"import": "stale None<import"}
    notebook.run("import", "helper")
    assert notebook.flagged() == {}

    # what only a function reads
    notebook.cells["columns"] = "COLUMNS = ['a']"
    notebook.run("columns")
    assert notebook.flagged() == {"fit": "stale COLUMNS<columns", "score": "stale COLUMNS<columns"}
    notebook.run("fit", "score")
    assert notebook.flagged() == {}

    del notebook.cells["label"]
    assert notebook.flagged() == dict.fromkeys(("fit", "score", "count"), "hidden-state df<label")


def test_a_seeded_notebook_after_a_restart(start_kernel, tmp_path):
    path = tmp_path / "a.ipynb"
    first = start_kernel(JPY_SESSION_NAME=str(path))
    notebook = Live(path, first)
    notebook.cells["fit"] = "np.random.seed(3)\nmodel = SGDClassifier().fit(inputs(df), df.y)"
    notebook.run("import", "load", "label", "label", "columns", "helper", "fit", "score", "count", "load")
    first.end()
    again = Live(path, start_kernel(JPY_SESSION_NAME=str(path)))
    again.cells = notebook.cells
    assert again.flagged() == {}
    again.run()
    assert again.flagged() == {}
