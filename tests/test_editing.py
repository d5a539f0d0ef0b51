"""Edits of findings: put together where they go together, and written with every other byte as it was."""

import json
import os
import stat

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.editing import Edited, put_together, with_both, write_edits
from jupyter_mlops.errors import Edit, Finding, Fix, NotebookError
from jupyter_mlops.notebook import read_notebook


@pytest.mark.parametrize(
    ("before", "one", "other", "both"),
    [
        ("a\nb\nc", "a\nB\nc", "a\nb\nC", "a\nB\nC"),
        ("a\nb\nc", "b\nc", "a\nb\n", "b\n"),
        ("a\nb", "a\nx\nb", "a\nb\ny", None),
        ("a\nb\nc\n", "x\na\nb\nc\n", "a\nb\nc\ny\n", "x\na\nb\nc\ny\n"),
        ("a b", "A b", "a B", None),
        ("a\nb", "A\nb", "A\nb", "A\nb"),
        ("a\nb", "a\nb", "A\nb", "A\nb"),
        ("a\nb\n", "a\nx\nb\n", "a\ny\nb\n", None),
        ("a\r\nb\r\nc\r\n", "A\r\nb\r\nc\r\n", "a\r\nb\r\nC\r\n", "A\r\nb\r\nC\r\n"),
    ],
)
def test_two_changes_of_a_text(before, one, other, both):
    assert with_both(before, one, other) == both
    assert with_both(before, other, one) == both


@given(st.lists(st.sampled_from(["+", "1", "2", ""]), min_size=1, max_size=8))
def test_changes_of_different_lines_go_together(kinds):
    lines = [f"line {i}\n" for i in range(len(kinds))]
    one = [line.upper() if kind == "1" else line for line, kind in zip(lines, kinds, strict=True)]
    other = [line.upper() if kind == "2" else line for line, kind in zip(lines, kinds, strict=True)]
    expected = [line.upper() if kind in "12" and kind else line for line, kind in zip(lines, kinds, strict=True)]
    assert with_both("".join(lines), "".join(one), "".join(other)) == "".join(expected)


@pytest.fixture
def notebook(tmp_path):
    cells = [
        nbformat.v4.new_code_cell("a\nb\nc", id="one", metadata={"tags": ["data"]}),
        nbformat.v4.new_code_cell("d", id="two"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    return read_notebook(tmp_path / "a.ipynb")


def finding(*edits):
    return Finding(code="x", message="m", fix=Fix(text="t", edits=edits))


def test_edits_of_one_finding_are_put_together(notebook):
    both = finding(Edit(cell="one", source="A\nb\nc"), Edit(cell="one", source="a\nb\nC"))
    assert put_together(notebook, [both]) == Edited({"one": "A\nb\nC"}, {}, (both,))


def test_findings_are_fixed_whole_or_not_at_all(notebook):
    first = finding(Edit(cell="one", source="A\nb\nc"), Edit(cell="two", source="D"))
    fits = finding(Edit(cell="one", source="a\nb\nC", tags=("data", "serve")))
    clashes = finding(Edit(cell="one", source="a\nB\nc"), Edit(cell="two", source="E"))
    gone = finding(Edit(cell="nowhere", source=""))
    untags = finding(Edit(cell="one", tags=()))
    words = Finding(code="x", message="m", fix=Fix(text="t"))
    edited = put_together(notebook, [words, first, fits, clashes, gone, untags, finding(), first])
    assert edited.sources == {"one": "A\nb\nC", "two": "D"}
    assert edited.tags == {"one": ("serve",)}
    assert edited.fixed == (first, fits, first)
    write_edits(notebook, edited)
    after = read_notebook(notebook.path)
    assert [cell.source for cell in after.cells] == ["A\nb\nC", "D"]
    assert after.node.cells[0].metadata["tags"] == ["data", "serve"]
    assert after.node.cells[1].metadata == {}


METADATA = [{}, {"tags": ["hide-input"]}, {}, {}]


def document(minor=5):
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": metadata,
            "outputs": [],
            "source": [f"x = '{index}'"],
        }
        | ({"id": f"c{index}"} if minor >= 5 else {})
        for index, metadata in enumerate(METADATA)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}


def write(notebook, sources=None, tags=None):
    write_edits(notebook, Edited(sources or {}, tags or {}))


def test_notebooks_without_ids(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(document(4), indent=1), encoding="utf-8")
    notebook = read_notebook(path)
    write(notebook, {notebook.cells[2].id: "é = 1\n%cd x"})
    expected = document(4)
    expected["cells"][2]["source"] = ["é = 1\n", "%cd x"]
    assert path.read_text(encoding="utf-8") == json.dumps(expected, indent=1, ensure_ascii=False)


def written(tmp_path, layout=None):
    path = tmp_path / "a.ipynb"
    path.write_bytes((json.dumps(document(), **(layout or {"indent": 1})) + "\n").replace("\n", "\r\n").encode())
    return path


def test_the_file_keeps_its_line_ends_mode_and_link(tmp_path):
    path = written(tmp_path)
    path.chmod(0o600)
    link = tmp_path / "link.ipynb"
    link.symlink_to(path)
    before = path.read_bytes()
    write(read_notebook(link), tags={"c0": ("data",)}, sources={"c2": "y\n2"})
    after = path.read_bytes()
    assert after == before.replace(
        b'"metadata": {},',
        b'"metadata": {\r\n    "tags": [\r\n     "data"\r\n    ]\r\n   },',
        1,
    ).replace(b"\"x = '2'\"", b'"y\\n",\r\n    "2"')
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert link.is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.ipynb", "link.ipynb"]
    assert read_notebook(path).cells[0].role == "data"


def test_outputs_that_changed_meanwhile_are_kept(tmp_path):
    path = written(tmp_path)
    notebook = read_notebook(path)
    path.write_bytes(path.read_bytes().replace(b'"execution_count": null', b'"execution_count": 7'))
    write(notebook, tags={"c0": ("data",)})
    assert path.read_bytes().count(b'"execution_count": 7') == len(METADATA)
    assert read_notebook(path).cells[0].role == "data"


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(path.read_bytes().replace(b"'2'", b"'22'")),
        lambda path: path.write_bytes(path.read_bytes().replace(b"hide-input", b"train")),
        lambda path: path.write_bytes(b"\xff"),
        os.remove,
    ],
)
def test_a_file_with_other_cells_is_not_touched(tmp_path, change):
    path = written(tmp_path)
    notebook = read_notebook(path)
    change(path)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(NotebookError) as error:
        write(notebook, tags={"c0": ("data",)})
    assert error.value.findings[0].code == "notebook-changed"
    assert (path.read_bytes() if path.exists() else None) == before
