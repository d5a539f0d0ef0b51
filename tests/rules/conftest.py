"""Notebooks from plain texts of cells, checked."""

import nbformat
import pytest

from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.rules.check import check


@pytest.fixture
def notebook(tmp_path):
    def made(*sources):
        node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        nbformat.write(node, tmp_path / "a.ipynb")
        return read_notebook(tmp_path / "a.ipynb")

    return made


@pytest.fixture
def found(notebook):
    """(code, severity, cell's index, line) of every finding, after the shape of each was looked at."""

    def checked(*sources, run=None):
        findings = check(notebook(*sources), run).findings
        for finding in findings:
            assert finding.notebook == "a.ipynb"
            assert finding.message
            assert finding.reason
            assert finding.fix is not None
            assert finding.fix.text
            assert (finding.cell is None) == (finding.index is None)
        return [(each.code, each.severity, each.index, each.line) for each in findings]

    return checked
