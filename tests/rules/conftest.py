"""Notebooks from texts of cells, each alone or with other fields of its cell, checked."""

import nbformat
import pytest

from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.rules.catalogue import CODES
from jupyter_mlops.rules.check import check


@pytest.fixture
def notebook(tmp_path):
    def made(*sources, metadata=None):
        node = nbformat.v4.new_notebook(metadata=metadata or {})
        for source in sources:
            text, extra = (source, {}) if isinstance(source, str) else source
            node.cells.append(nbformat.v4.new_code_cell(text, **extra))
        nbformat.write(node, tmp_path / "a.ipynb")
        return read_notebook(tmp_path / "a.ipynb")

    return made


@pytest.fixture
def found(notebook):
    """(code, severity, cell's index, line) of every finding, after the shape of each was looked at."""

    def checked(*sources, run=None, python=None, metadata=None):
        findings = check(notebook(*sources, metadata=metadata), run, python=python).findings
        for finding in findings:
            assert finding.notebook == "a.ipynb"
            assert finding.message
            assert finding.reason
            assert finding.fix is not None
            assert finding.fix.text
            assert (finding.cell is None) == (finding.index is None)
            assert finding.severity in CODES[finding.code].severities
        return [(each.code, each.severity, each.index, each.line) for each in findings]

    return checked
