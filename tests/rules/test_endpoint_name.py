"""Names of functions that BentoML, Python or the package owns."""

from __future__ import annotations

import attrs
import nbformat
import pytest
from _bentoml_impl.client.proxy import RemoteProxy
from bentoml import AsyncHTTPClient, SyncHTTPClient

from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.rules import endpoint_name
from jupyter_mlops.rules.check import check


@pytest.mark.parametrize(
    ("name", "free"),
    [
        ("price", True),
        ("predict", True),
        ("price_of_house_2", True),
        ("match", False),
        ("sum", False),
        ("healthz", False),
        ("metrics", False),
        ("close", False),
        ("notebook", False),
        ("wire", False),
        ("größe", False),
    ],
)
def test_owners(name, free):
    assert (endpoint_name.owner(name) is None) == free


def test_the_lists_are_those_of_the_installed_bentoml():
    owned = {name for kind in (SyncHTTPClient, AsyncHTTPClient, RemoteProxy) for name in dir(kind)}
    owned |= {field.name for kind in (SyncHTTPClient, AsyncHTTPClient) for field in attrs.fields(kind)}
    assert {name for name in owned if not name.startswith("_")} <= endpoint_name.CLIENT


def test_only_functions_of_serve_cells_are_looked_at(tmp_path):
    cells = [("def sum(a): ...", []), ("\ndef _livez(): ...\n\ndef close(a): ...\nclass url: ...", ["serve"])]
    node = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, metadata={"tags": tags}) for source, tags in cells]
    )
    nbformat.write(node, tmp_path / "a.ipynb")
    findings = [
        each for each in check(read_notebook(tmp_path / "a.ipynb"), None).findings if each.code == "endpoint-name"
    ]
    assert [(each.index, each.line, each.severity) for each in findings] == [(2, 4, "error")]
    assert findings[0].fix is not None
    assert "close_of" in findings[0].fix.text
    assert [edit.cell for edit in findings[0].fix.edits] == [findings[0].cell]
    assert findings[0].fix.edits[0].source == cells[1][0].replace("def close(", "def close_of(")


@pytest.mark.parametrize(
    ("name", "sources", "offered", "new"),
    [
        ("sum", ["def sum(a): ...", "sum_of = 1"], "`sum_of` or `get_sum`", "get_sum"),
        ("sum", ["def sum(a): ...", "sum_of = get_sum = 1"], "`sum_of` or `get_sum`", None),
        ("höhe", ["def höhe(a): ...", "höhe(1)"], "`hohe` or `hohe_of` or `get_hohe`", "hohe"),
        ("値", ["def 値(a): ...", "値(1)"], "`answer_of` or `get_answer`", "answer_of"),
    ],
)
def test_a_free_name_is_offered(tmp_path, name, sources, offered, new):
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    nbformat.write(node, tmp_path / "a.ipynb")
    fix = endpoint_name.renaming(name, read_notebook(tmp_path / "a.ipynb").cells)
    assert fix.text == f"rename the function, such as {offered}"
    assert (fix.edits[0].source if fix.edits else None) == (f"def {new}(a): ..." if new else None)


def test_cells_that_a_clean_run_skips_are_renamed_too(tmp_path):
    cells = [
        nbformat.v4.new_code_cell("def close(a): ..."),
        nbformat.v4.new_code_cell("close(2)", metadata={"tags": ["skip-execution"]}),
        nbformat.v4.new_code_cell("x = (", metadata={"tags": ["skip-execution"]}),
        nbformat.v4.new_markdown_cell("`close`"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    fix = endpoint_name.renaming("close", read_notebook(tmp_path / "a.ipynb").cells)
    assert [edit.source for edit in fix.edits] == ["def close_of(a): ...", "close_of(2)"]
