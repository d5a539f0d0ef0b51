"""The hash of a cell's code and what IPython's syntax becomes. The goldens hold on Python 3.11 to 3.13."""

import ast
import json
from pathlib import Path

import pytest

from jupyter_mlops.analysis.code import code_hash, notebook_hash, parse_cell

GOLDENS = Path(__file__).parent / "goldens" / "code_hashes.json"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1  # one", "x=1"),
        ("# above\nx = 1", "x = 1"),
        ("x = 'a'", 'x = "a"'),
        ("x = 'a'", "x = '''a'''"),
        ("x = 'a' 'b'", "x = 'ab'"),
        ("x = u'a'", "x = 'a'"),
        ("x = 1\n\n\ny = 2\n", "x = 1\ny = 2"),
        ("x = 1; y = 2", "x = 1\ny = 2"),
        ("f(a,\n  b,\n)", "f(a, b)"),
        ("x = (1)", "x = 1"),
        ("x = 0x10", "x = 16"),
        ("if a:\n    b()", "if a:\n  b()"),
        ("f'{x}'", 'f"{x}"'),
    ],
)
def test_layout_does_not_count(one, other):
    assert code_hash(one) == code_hash(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 2"),
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = 0.0", "x = -0.0"),
        ("x = 'a'", "x = b'a'"),
        ("x = None", "x = ..."),
        ("x = ['']", "x = []"),
        ("x = ['', '']", "x = ['']"),
        ("return_ = None", "return_ = ''"),
        ("x = 1\ny = 2", "y = 2\nx = 1"),
        ("x = 1", "y = 1"),
        ("f(a, b)", "f(b, a)"),
        ("f(a)", "f(*a)"),
        ("f(a=b)", "f(**b)"),
        ("x: int = 1", "x = 1"),
        ("async def f(): pass", "def f(): pass"),
        ("import a.b", "from a import b"),
        ("from . import b", "from .. import b"),
        ("f'{x}'", "f'{x!r}'"),
        ("f'{x}'", "f'{x:>3}'"),
        ("f'{x}{y}'", "f'{y}{x}'"),
        ("f'a{x}'", "f'{x}a'"),
        ("def f(a, /): pass", "def f(a): pass"),
        ("def f(a=1): pass", "def f(*, a=1): pass"),
        ("def f(*, a): pass", "def f(*, a=None): pass"),
        ("def f(): pass", "def f(): return"),
        ("x = (1,)", "x = [1]"),
        ("{**a}", "{None: a}"),
        ("!ls", "!ls -l"),
        ("%time x", "%timeit x"),
    ],
)
def test_meaning_counts(one, other):
    assert code_hash(one) != code_hash(other)


def test_text_that_does_not_parse_counts_as_it_stands():
    assert code_hash("x = (") == code_hash("x = (")
    assert code_hash("x = (") != code_hash("x =  (")
    assert code_hash("x = '\0'") != code_hash("x = '\0' ")


def test_every_text_has_a_hash():
    for source in ["", " ", "\ud800", "x = '\ud800'", "(" * 5000, "x" + ".a" * 5000, "1 +" * 5000 + "1"]:
        assert len(code_hash(source)) == 64


@pytest.mark.parametrize(("source", "expected"), json.loads(GOLDENS.read_text(encoding="utf-8")).items())
def test_hashes_are_those_of_every_python(source, expected):
    assert code_hash(source) == expected


def test_order_of_cells_counts():
    assert notebook_hash(["a", "b"]) != notebook_hash(["b", "a"])
    assert notebook_hash(["a", "b"]) != notebook_hash(["ab"])


# --- parse_cell


def bound(source):
    """Names stored at the top level, with their lines."""
    tree = parse_cell(source).tree
    return {n.id: n.lineno for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("%%time\nx = f()", {"x": 2}),
        ("%%time\n\n\nx = f()\ny = 1", {"x": 4, "y": 5}),
        ("\n%%time\nx = f()", {"x": 3}),
        ("\n  \nx = f()", {"x": 3}),
        ("%%capture out\nx = 1", {"x": 2}),
        ("%%capture --no-stderr\nx = 1", {"x": 2}),
        ("%time x = f()", {"x": 1}),
        ("a = 1\n%time x, y = f()\nb = 2", {"a": 1, "x": 2, "y": 2, "b": 3}),
        ("files = !ls", {"files": 1}),
        ("here = %pwd", {"here": 1}),
        ("x = await f()", {"x": 1}),
        ("async with a as x:\n    pass", {"x": 1}),
    ],
)
def test_names_are_seen_through_magics(source, names):
    found = bound(source)
    assert {name: found.get(name) for name in names} == names
    assert parse_cell(source).fault is None


def test_capture_binds_its_name():
    assert set(bound("%%capture out\nx = 1")) == {"x", "out"}


@pytest.mark.parametrize(
    ("source", "opaque"),
    [
        ("x = 1", []),
        ("!ls", []),
        ("%matplotlib inline", []),
        ("%pip install numpy", []),
        ("%load_ext autoreload\n%autoreload 2", []),
        ("%time f()", []),
        ("%%bash --out listing\nls", ["%%bash"]),
        ("%prun x = f()", ["%prun"]),
        ("a = 1\n%run other.py", ["%run"]),
        ("%store -r", ["%store"]),
        ("%%bash\nls", []),
        ("%%writefile a.txt\nx", []),
        ("%%cython\ncdef int x", ["%%cython"]),
        ("%%time\n%run other.py", ["%run"]),
    ],
)
def test_magics_that_may_bind_names(source, opaque):
    assert [part.what for part in parse_cell(source).opaque] == opaque


def test_a_magic_has_its_line():
    assert parse_cell("a = 1\n\n%run other.py").opaque[0].line == 3


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = (", 1),
        ("a = 1\nb = = 2", 2),
        ("%%time\na = 1\nb = = 2", 3),
        ("\n\nb = = 2", 3),
        ("if a:\nb = 1", 2),
        ("a = 1\n  b = 2", 2),
        ("print 'a'", 1),
        ("a = 1\n\nb = 'open", 3),
    ],
)
def test_a_fault_has_its_line(source, line):
    parsed = parse_cell(source)
    assert parsed.fault is not None
    assert parsed.fault.line == line
    assert parsed.fault.message
    assert not parsed.tree.body


def test_strange_texts_are_faults_not_exceptions():
    for source in ["\0", "x = '\0'", "(" * 5000, "\ud800", "1 +" * 20000 + "1"]:
        parsed = parse_cell(source)
        assert parsed.fault is not None
