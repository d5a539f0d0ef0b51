"""All rules together: in document order, with the notebook's name."""

import sys

import pytest


def test_document_order(found):
    assert found("from math import *", "x = (", "a\nglobals()['z'] = 1\nb") == [
        ("star-import", "info", 1, 1),
        ("syntax-error", "error", 2, 1),
        ("undefined-name", "info", 3, 1),
        ("opaque-cell", "info", 3, 2),
        ("undefined-name", "info", 3, 3),
    ]


def test_skipped_cells_are_not_looked_at(tmp_path):
    import nbformat

    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.rules.check import check

    cells = [nbformat.v4.new_code_cell("x = (", metadata={"tags": ["skip-execution"]}), nbformat.v4.new_code_cell("1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    assert check(read_notebook(tmp_path / "a.ipynb"), None).findings == []


@pytest.mark.parametrize(
    "source",
    [
        "text = " + " + ".join(["'a'"] * 3000),
        "pd.read_csv(" + " + ".join(["'a'"] * 3000) + ")",
        "x = " + "-" * 3000 + "1",
        "x" + ".y()" * 900,
        "if x: pass\n" + "".join(f"elif x == {n}: import a{n}\n" for n in range(150)),
        "open('a\\0b')",
        "open('" + "a" * 5000 + "')",
        "open('~nobody_at_all/a')",
        "open(*names)\nnp.load(**options)\n(lambda: 1)()\nf()()",
        "!\n%%\n",
        "%%writefile\nx",
        "import a.b.c as d, e\nfrom .f import g\nfrom . import *",
    ],
)
def test_odd_code_is_no_trouble(found, source):
    found(source, python=sys.executable)
    found(("x = 1", {"metadata": {"tags": ["parameters"]}}), source)
    found((source, {"metadata": {"tags": ["parameters"]}}), "x = 1")
