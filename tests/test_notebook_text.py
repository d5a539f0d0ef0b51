"""Sources and tags written into the text of a notebook's file: they change, and no other byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.notebook_text import with_sources, with_tags

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
    for position, tags in added.items():
        data["cells"][position - 1]["metadata"].setdefault("tags", []).extend(tags)
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
ALL = {1: ["data"], 3: ["train"], 4: ["evaluate"], 5: ["serve"], 6: ["data"], 7: ["train"]}


@pytest.mark.parametrize("added", [{}, {3: ["train"]}, {4: ["data"], 6: ["evaluate", "a"]}, ALL])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("end", ["\n", "", "\n\n"])
@pytest.mark.parametrize("minor", [2, 5])
def test_the_text_is_as_if_it_had_been_written_with_the_tags(added, layout, end, minor):
    data = document(minor)
    text = json.dumps(data, **layout) + end
    # a file with sorted keys keeps them so where the new key comes last, as it does here but for one cell
    if layout.get("sort_keys"):
        added = {position: tags for position, tags in added.items() if position != 7}
    assert with_tags(text, added) == json.dumps(tagged(data, added), **layout) + end
    windows = text.replace("\n", "\r\n")
    assert with_tags(windows, added) == with_tags(text, added).replace("\n", "\r\n")


def test_a_list_in_one_line_stays_in_one_line():
    text = json.dumps(document(), indent=1)
    by_hand = text.replace('"tags": [\n     "hide-input"\n    ]', '"tags": ["hide-input"]')
    assert by_hand != text
    assert with_tags(by_hand, {5: ["data"]}) == by_hand.replace('["hide-input"]', '["hide-input", "data"]')
    in_line = text.replace('"metadata": {\n    "scrolled": true\n   }', '"metadata": { "scrolled": true }')
    assert in_line != text
    assert with_tags(in_line, {3: ["data"]}) == in_line.replace(
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
    added = data.draw(
        st.dictionaries(
            st.integers(1, len(cells)), st.lists(st.sampled_from(["data", "train"]), min_size=1, max_size=2)
        )
    )
    text = json.dumps(source, indent=indent, ensure_ascii=ascii_only, separators=separators)
    expected = json.dumps(tagged(source, added), indent=indent, ensure_ascii=ascii_only, separators=separators)
    assert with_tags(text, added) == expected


def resourced(data, sources, *, as_lines=True):
    data = json.loads(json.dumps(data))
    for position, source in sources.items():
        data["cells"][position - 1]["source"] = source.splitlines(keepends=True) if as_lines else source
    return data


LONG = ["# é\n", "%matplotlib inline\n", "def f(a):\r\n", "    return 'a\\tb'\n", "\n", "f(1)"]
MADE = "# é\n%matplotlib inline\ndef größe(a):\r\n    return 'a\\tb'\n\ngröße(1)  # \"😀\""


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("minor", [2, 5])
@pytest.mark.parametrize("lines", [[*LONG], [LONG[0]], []])
def test_the_text_is_as_if_it_had_been_written_with_the_sources(layout, end, minor, lines):
    data = document(minor)
    data["cells"][3]["source"] = lines
    sources = {1: "x = 1\n", 4: MADE, 5: "", 6: "a\nb"}
    expected = resourced(resourced(data, {1: sources[1], 4: MADE}), {5: "", 6: "a\nb"}, as_lines=False)
    text = json.dumps(data, **layout) + end
    made = with_sources(text, sources)
    assert made == json.dumps(expected, **layout) + end
    assert with_sources(text.replace("\n", "\r\n"), sources) == made.replace("\n", "\r\n")


def test_lines_that_stay_keep_their_escapes():
    text = json.dumps(document(), indent=1, ensure_ascii=False)
    by_hand = text.replace('"y = {', '"\\u0079 \\u003d {')
    made = with_sources(by_hand, {1: "x = 2\n" + 'y = {"metadata": {}}'})
    assert json.loads(made) == resourced(document(), {1: "x = 2\n" + 'y = {"metadata": {}}'})
    assert '"\\u0079 \\u003d {' in made
    assert with_sources(by_hand, {}) == by_hand


@given(
    st.lists(st.text(), min_size=1, max_size=4),
    st.lists(st.text(), min_size=1, max_size=4),
    st.sampled_from([None, 0, 1, "\t"]),
    st.booleans(),
    st.booleans(),
)
def test_any_source_is_written_and_nothing_else_changes(before, after, indent, ascii_only, as_lines):
    after = after[: len(before)]
    cells = [{"source": text.splitlines(keepends=True) if as_lines else text, "x": text} for text in before]
    text = json.dumps({"cells": cells, "nbformat": 4}, indent=indent, ensure_ascii=ascii_only)
    made = with_sources(text, dict(enumerate(after, start=1)))
    expected = resourced(json.loads(text), dict(enumerate(after, start=1)), as_lines=as_lines)
    assert json.loads(made) == expected
    if ascii_only:
        assert json.dumps(json.loads(made)) == json.dumps(expected)
    else:
        assert made == json.dumps(expected, indent=indent, ensure_ascii=False)
