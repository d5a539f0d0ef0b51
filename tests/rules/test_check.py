"""All rules together: in document order, with the notebook's name."""


def test_document_order(found):
    assert found("from math import *", "x = (", "a\nglobals()['z'] = 1\nb") == [
        ("hides-names", "warning", 1, 1),
        ("syntax-error", "error", 2, 1),
        ("undefined-name", "warning", 3, 1),
        ("hides-names", "warning", 3, 2),
        ("undefined-name", "warning", 3, 3),
    ]


def test_skipped_cells_are_not_looked_at(tmp_path):
    import nbformat

    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.rules.check import check

    cells = [nbformat.v4.new_code_cell("x = (", metadata={"tags": ["skip-execution"]}), nbformat.v4.new_code_cell("1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    assert check(read_notebook(tmp_path / "a.ipynb"), None).findings == []
