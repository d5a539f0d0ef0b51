"""Pieces of a source replaced: every other character stays, and only what was meant comes out."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.analysis.rewriting.pieces import Piece, Rewriting, Twin, lines


def renamed(source, old, new):
    """A source with all names that are `old` as `new`."""
    cell = Rewriting.of(source)
    names = [node for node in ast.walk(cell.cell.tree) if isinstance(node, ast.Name) and node.id == old]
    twin = Twin(cell.cell.tree)
    for node in names:
        twin.of(node).id = new
    return cell.replaced([cell.at(node, new) for node in names], twin.tree)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a  +  b # a", "zz  +  b # a"),
        ("x = 'größe', a\r\ny = a\r\n", "x = 'größe', zz\r\ny = zz\r\n"),
        ("\n\n%matplotlib inline\na", "\n\n%matplotlib inline\nzz"),
        ("%%time\n# é\na + 1", "%%time\n# é\nzz + 1"),
        ("%%capture out\na", "%%capture out\nzz"),
        ("!ls \\\n  -l\na", "!ls \\\n  -l\nzz"),
        ("x = 'a'", "x = 'a'"),
        ("%time a", None),
        (">>> a", None),
        ("x = (a", None),
    ],
)
def test_only_lines_that_ipython_left_alone(source, expected):
    assert renamed(source, "a", "zz") == expected


def test_what_means_something_else_is_no_rewriting():
    cell = Rewriting.of("a + b")
    assert cell.replaced([Piece((1, 0), (1, 1), "(a")], cell.cell.tree) is None
    assert cell.replaced([Piece((1, 0), (1, 1), "c")], cell.cell.tree) is None
    assert cell.replaced([Piece((1, 0), (1, 1), "(a)")], cell.cell.tree) == "(a) + b"
    assert cell.replaced([Piece((1, 0), (1, 3), "a"), Piece((1, 2), (1, 5), "b")], cell.cell.tree) is None
    assert cell.replaced([Piece((7, 0), (7, 1), "a")], cell.cell.tree) is None


@given(st.text(alphabet="a \r\n\t\x0c\u2028é#", max_size=30))
def test_lines_are_the_text(text):
    assert "".join(lines(text)) == text


LINES = st.sampled_from(
    ["a = 1", "b = a  # a", "print('é', a)", "%matplotlib inline", "!ls", "# a", "", "if a:\n    b = a", "f = 'a'  "]
)


@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "%%time"]))
def test_undoing_a_rewriting_gives_the_source(parts, end, magic):
    source = "\n".join([*([magic] if magic else []), *parts]).replace("\n", end)
    made = renamed(source, "a", "zz")
    assert made is not None
    assert made.replace("zz", "a") == source
    assert renamed(made, "a", "b") == made
