"""Notebook files of every kind that turn up: what is read from them, and what is said about those that are not."""

import copy
import json

import pytest

from jupyter_mlops.errors import NotebookError
from jupyter_mlops.notebook import read_notebook


def cell(source, *tags, kind="code", **more):
    metadata = {"tags": list(tags)} if tags else {}
    outputs = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": metadata, "source": source, **outputs, **more}


def notebook(*cells, minor=4, metadata=None):
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": metadata or {}, "cells": list(cells)}


@pytest.fixture
def read(tmp_path):
    def written(content, name="a.ipynb"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return read_notebook(path)

    return written


@pytest.mark.parametrize("minor", [0, 1, 2, 3, 4])
def test_old_notebooks_get_ids_in_memory_only(tmp_path, minor):
    path = tmp_path / "a.ipynb"
    content = json.dumps(notebook(cell("x = 1"), cell(["y = 2\n", "z = 3"]), minor=minor)).encode()
    path.write_bytes(content)
    first, again = read_notebook(path), read_notebook(path)
    assert [each.id for each in first.cells] == [each.id for each in again.cells]
    assert len({each.id for each in first.cells}) == 2
    assert first.cells[1].source == "y = 2\nz = 3"
    assert path.read_bytes() == content


def test_ids_of_the_file_are_kept(read):
    found = read(notebook(cell("x", id="one"), cell("y", id="two"), minor=5))
    assert [each.id for each in found.cells] == ["one", "two"]
    assert found.cell("two").index == 2
    assert found.cell("three") is None


def test_a_doubled_id_is_given_up_for_the_second_cell(read):
    content = notebook(cell("x", id="one"), cell("x", id="one"), cell("x", id="one"), minor=5)
    ids = [each.id for each in read(content).cells]
    assert ids[0] == "one"
    assert len(set(ids)) == 3
    assert ids == [each.id for each in read(content).cells]


@pytest.mark.parametrize(
    ("tags", "role"),
    [
        ((), None),
        (("mine",), None),
        (("mine", "serve"), "serve"),
        (("parameters",), "parameters"),
        (("injected-parameters",), "injected-parameters"),
        (("data",), "data"),
        (("train",), "train"),
        (("evaluate",), "evaluate"),
        (("skip-execution",), None),
    ],
)
def test_roles(read, tags, role):
    assert read(notebook(cell("x", *tags), cell("y"))).cells[0].role == role


def test_cells_of_a_clean_run(read):
    found = read(
        notebook(cell("# a", kind="markdown"), cell("x"), cell("  \n"), cell("y", "skip-execution"), cell("z"))
    )
    assert [each.source for each in found.code_cells] == ["x", "z"]
    assert [each.index for each in found.code_cells] == [2, 5]


X, Y = cell("x = 1"), cell("y = 2")


@pytest.mark.parametrize(
    "cells",
    [
        [X, cell("text", kind="markdown"), Y],
        [X, cell(""), Y],
        [X, cell("raise Exception", "skip-execution"), Y],
        [cell("x=1  # one", "train"), Y],
        [cell("x = 1", execution_count=7), Y],
    ],
)
def test_code_hash_ignores_what_does_not_run(read, cells):
    assert read(notebook(*cells)).code_hash == read(notebook(X, Y)).code_hash


@pytest.mark.parametrize("cells", [[Y, X], [X], [X, cell("y = 3")], [X, Y, Y], [cell("x = 1\ny = 2")]])
def test_code_hash_counts_what_runs(read, cells):
    assert read(notebook(*cells)).code_hash != read(notebook(X, Y)).code_hash


R = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
JULIA = {"language_info": {"name": "julia"}}
GOOD = notebook(cell("x", id="one"), minor=5)


def broken(*path, to):
    """GOOD with one place of it changed; `to` Ellipsis takes the field out."""
    content = copy.deepcopy(GOOD)
    part = content
    for key in path[:-1]:
        part = part[key]
    if to is ...:
        del part[path[-1]]
    else:
        part[path[-1]] = to
    return content


@pytest.mark.parametrize(
    ("content", "code", "message", "fix"),
    [
        (b"", "not-a-notebook", "empty", "restore"),
        (b" \n", "not-a-notebook", "empty", "restore"),
        (b"{\n<<<<<<< HEAD\n", "not-a-notebook", "not JSON", "merge conflict"),
        (b"[" * 100_000, "not-a-notebook", "not JSON", "restore"),
        (b"\xff\xfe\x00", "not-a-notebook", "UTF-8", "name a notebook"),
        ([], "not-a-notebook", "no notebook", "name a notebook"),
        ({"cells": []}, "not-a-notebook", "no notebook", "name a notebook"),
        ({"nbformat": 3, "nbformat_minor": 0, "worksheets": []}, "notebook-version", "format 3.0", "nbconvert"),
        ({"nbformat": 5}, "notebook-version", "format 5.0", "upgrade"),
        ({"nbformat": "4"}, "notebook-version", "format 4.0", "upgrade"),
        (notebook(X, minor=9), "notebook-version", "format 4.9", "upgrade"),
        (broken("cells", to=...), "invalid-notebook", "`cells`", "JupyterLab"),
        (broken("cells", to={}), "invalid-notebook", "`cells`", "JupyterLab"),
        (broken("metadata", to=...), "invalid-notebook", "`metadata`", "JupyterLab"),
        (broken("cells", 0, to=3), "invalid-notebook", "broken", "JupyterLab"),
        (broken("cells", 0, "source", to=...), "invalid-notebook", "`source`", "JupyterLab"),
        (broken("cells", 0, "source", to=[1]), "invalid-notebook", "broken", "JupyterLab"),
        (broken("cells", 0, "outputs", to=...), "invalid-notebook", "broken", "JupyterLab"),
        (broken("cells", 0, "outputs", to=None), "invalid-notebook", "broken", "JupyterLab"),
        (broken("cells", 0, "outputs", to=["x"]), "invalid-notebook", "broken", "JupyterLab"),
        (broken("cells", 0, "cell_type", to="heading"), "invalid-notebook", "broken", "JupyterLab"),
        (broken("cells", 0, "metadata", to={"tags": "train"}), "invalid-notebook", "tags", "JupyterLab"),
        (broken("cells", 0, "metadata", to={"tags": [1]}), "invalid-notebook", "tags", "JupyterLab"),
        (broken("cells", 0, "id", to=[]), "invalid-notebook", "`id`", "JupyterLab"),
        (broken("cells", 0, "id", to=7), "invalid-notebook", "`id`", "JupyterLab"),
        (broken("metadata", to={"kernelspec": "python3"}), "invalid-notebook", "kernelspec", "JupyterLab"),
        (notebook(X, metadata=R), "not-python", "written in R", "kernel"),
        (notebook(X, metadata=JULIA), "not-python", "written in julia", "kernel"),
        (notebook(), "no-code", "no code", "add a code cell"),
        (notebook(cell("a", kind="markdown"), cell(" ")), "no-code", "no code", "add a code cell"),
        (notebook(cell("x", "skip-execution")), "no-code", "no code", "add a code cell"),
    ],
)
def test_bad_files_are_told_plainly(read, content, code, message, fix):
    with pytest.raises(NotebookError) as caught:
        read(content)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert message in finding.message
    assert fix in finding.fix.text
    assert finding.notebook == "a.ipynb"


def test_places_are_named(read):
    with pytest.raises(NotebookError) as caught:
        read(b'{\n "cells": [\n  }\n')
    assert caught.value.findings[0].line == 3
    with pytest.raises(NotebookError) as caught:
        read(notebook(X, cell("y", "a", "a")))
    assert caught.value.findings[0].index == 2


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(NotebookError, match="there is no file") as caught:
        read_notebook(tmp_path / "none.ipynb")
    assert caught.value.findings[0].code == "no-such-notebook"
    with pytest.raises(NotebookError, match="is a folder") as caught:
        read_notebook(tmp_path)
    assert caught.value.findings[0].fix.text == "name a notebook file (.ipynb)"


def test_unknown_metadata_is_no_fault(read):
    more = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "widgets": {"a": {}}, "my": [1]}
    found = read(notebook(cell("x", collapsed=True), metadata=more))
    assert found.kernel == "python3"
