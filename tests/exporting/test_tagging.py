"""Tags written into a file: the tags of those cells change, and no other byte."""

import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.errors import NotebookError
from jupyter_mlops.exporting.roles.tagging import with_tags, write_tags
from jupyter_mlops.notebook import read_notebook

METADATA = [
    {},
    {"scrolled": True},
    {"tags": []},
    {"tags": ["hide-input"]},
    {"collapsed": False, "tags": ["hide-input", "später"], "vscode": {"languageId": "python"}},
    {"zzz": [1, 2], "aaa": {}},
]
SOURCES = [["x = 'é \\u2028 \"tags\": []'\n", 'y = {"metadata": {}}'], "z = '😀'", [], "1", "2", "3"]


def document(minor=5):
    cells = []
    for index, (metadata, source) in enumerate(zip(METADATA, SOURCES, strict=True)):
        cell = {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": source}
        if minor >= 5:
            cell["id"] = f"c{index}"
        cells.append(cell)
    cells.insert(1, {"cell_type": "markdown", "metadata": {}, "source": ["# a"]} | ({"id": "m"} if minor >= 5 else {}))
    return {"cells": cells, "metadata": {"tags": ["not a cell's"]}, "nbformat": 4, "nbformat_minor": minor}


def tagged(data, added):
    data = json.loads(json.dumps(data))
    for position, tag in added.items():
        data["cells"][position - 1]["metadata"].setdefault("tags", []).append(tag)
    return data


LAYOUTS = [
    {"indent": 1, "ensure_ascii": False},
    {"indent": 1},
    {"indent": 2, "ensure_ascii": False},
    {"indent": 4},
    {"indent": "\t"},
    {"indent": 0},
    {"indent": 1, "separators": (",", ":")},
    {"indent": 2, "sort_keys": True},
    {},
    {"separators": (",", ":"), "ensure_ascii": False},
]
ALL = {1: "data", 3: "train", 4: "evaluate", 5: "serve", 6: "data", 7: "train"}


@pytest.mark.parametrize("added", [{}, {3: "train"}, {4: "data", 6: "evaluate"}, ALL])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("end", ["\n", "", "\n\n"])
@pytest.mark.parametrize("minor", [2, 5])
def test_the_text_is_as_if_it_had_been_written_with_the_tags(added, layout, end, minor):
    data = document(minor)
    text = json.dumps(data, **layout) + end
    # a file with sorted keys keeps them so where the new key comes last, as it does here but for one cell
    if layout.get("sort_keys"):
        added = {position: tag for position, tag in added.items() if position != 7}
    assert with_tags(text, added) == json.dumps(tagged(data, added), **layout) + end
    windows = text.replace("\n", "\r\n")
    assert with_tags(windows, added) == with_tags(text, added).replace("\n", "\r\n")


def test_a_list_in_one_line_stays_in_one_line():
    text = json.dumps(document(), indent=1)
    by_hand = text.replace('"tags": [\n     "hide-input"\n    ]', '"tags": ["hide-input"]')
    assert by_hand != text
    assert with_tags(by_hand, {5: "data"}) == by_hand.replace('["hide-input"]', '["hide-input", "data"]')
    in_line = text.replace('"metadata": {\n    "scrolled": true\n   }', '"metadata": { "scrolled": true }')
    assert in_line != text
    assert with_tags(in_line, {3: "data"}) == in_line.replace(
        '{ "scrolled": true }', '{ "scrolled": true, "tags":["data"] }'.replace('"tags":[', '"tags": [')
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
CELLS = st.builds(
    lambda source, metadata, tags: {"cell_type": "code", "metadata": metadata | tags, "source": source},
    st.text(),
    st.dictionaries(st.text(), VALUES, max_size=3),
    st.just({}) | st.builds(lambda words: {"tags": words}, st.lists(st.text(), max_size=2)),
)


@given(
    st.lists(CELLS, min_size=1, max_size=4),
    st.sampled_from([None, 0, 1, 3, "\t"]),
    st.booleans(),
    st.sampled_from([None, (",", ":"), (" , ", " : ")]),
    st.data(),
)
def test_any_notebook_has_the_tags_and_nothing_else_changed(cells, indent, ascii_only, separators, data):
    if indent is not None and separators is not None:
        separators = (",", separators[1])
    source = {"cells": [{**cell, "metadata": {**cell["metadata"]}} for cell in cells], "metadata": {}, "nbformat": 4}
    for cell in source["cells"]:
        if not isinstance(cell["metadata"].get("tags", []), list):
            del cell["metadata"]["tags"]
    added = data.draw(st.dictionaries(st.integers(1, len(cells)), st.sampled_from(["data", "train"])))
    text = json.dumps(source, indent=indent, ensure_ascii=ascii_only, separators=separators)
    expected = json.dumps(tagged(source, added), indent=indent, ensure_ascii=ascii_only, separators=separators)
    assert with_tags(text, added) == expected


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
    write_tags(read_notebook(link), {1: "data"})
    after = path.read_bytes()
    assert after == before.replace(
        b'"metadata": {},',
        b'"metadata": {\r\n    "tags": [\r\n     "data"\r\n    ]\r\n   },',
        1,
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert link.is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.ipynb", "link.ipynb"]
    assert read_notebook(path).cells[0].role == "data"


def test_outputs_that_changed_meanwhile_are_kept(tmp_path):
    path = written(tmp_path)
    notebook = read_notebook(path)
    path.write_bytes(path.read_bytes().replace(b'"execution_count": null', b'"execution_count": 7'))
    write_tags(notebook, {1: "data"})
    assert path.read_bytes().count(b'"execution_count": 7') == len(METADATA)
    assert read_notebook(path).cells[0].role == "data"


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(path.read_bytes().replace(b'"2"', b'"22"')),
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
        write_tags(notebook, {1: "data"})
    assert error.value.findings[0].code == "notebook-changed"
    assert (path.read_bytes() if path.exists() else None) == before
