"""The hash of a cell's code and what IPython's syntax becomes. The goldens hold on Python 3.11 to 3.13."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core import inputtransformer2

from jupyter_mlops.analysis.code import code_hash, notebook_hash, parse_cell, refused_statement
from jupyter_mlops.analysis.names import cell_uses

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
        ("%%capture out\n%%time\nx = f()", {"x": 3, "out": 1}),
        ("\n%%capture out\n\n%%time\n\nx = f()", {"x": 6, "out": 2}),
        ("%%prun -l 5 x = f()\ny = 1", {"x": 1, "y": 2}),
        ("%prun -l 5 x = f()", {"x": 1}),
        ("%%debug\nx = f()", {"x": 2}),
        ("if a:\n    %time x = f()\ny = 1", {"x": 2, "y": 3}),
        ("class A:\n    %time x = f()", {"x": 2}),
        ("!echo \\\n  a \\\n  b\nx = 1", {"x": 4}),
        ("if a:\n    !echo \\\n      b\n    x = 1\ny = 1", {"x": 4, "y": 5}),
        ("files = !ls \\\n  -l\nx = 1", {"files": 1, "x": 3}),
        ("time x = f()", {"x": 1}),
        ("\n time x = f()\n", {"x": 2}),
        ("In [1]: x = 1\n   ...: y = 2", {"x": 1, "y": 2}),
        (">>> x = 1\n>>> y = 2", {"x": 1, "y": 2}),
    ],
)
def test_names_are_seen_through_magics(source, names):
    found = bound(source)
    assert {name: found.get(name) for name in names} == names
    assert parse_cell(source).fault is None


def test_capture_binds_its_name():
    assert set(bound("%%capture out\nx = 1")) == {"x", "out"}
    assert set(bound("%%capture out\nx = 1;  # nothing is kept")) == {"x"}
    assert set(bound("%%capture --no-stdout")) == set()


@pytest.mark.parametrize("source", ["def f():\n    %time x = 1", "%timeit x = 1", "%%timeit\nx = 1"])
def test_what_a_magic_binds_in_a_function_is_not_bound_in_the_cell(source):
    assert bound(source) == {}


@pytest.mark.parametrize(
    ("source", "one_word"),
    [
        *[(each, True) for each in ("ls", "pwd", " who ", "ls -l", "history # all")],
        *[
            (each, False)
            for each in ("x", "ls = 1", "ls, x = 1, 2", "ls.x", "ls(x)", "ls[0]", "ls\nx", "python", "%ls")
        ],
    ],
)
def test_one_line_may_be_a_magic_or_a_name(source, one_word):
    parsed = parse_cell(source)
    assert parsed.fault is None
    assert parsed.one_word is one_word


@pytest.mark.parametrize("source", ["pip install numpy", "cd ..", "ls *.py", "run other.py", "conda list", "time f()"])
def test_one_line_that_is_no_python_may_be_a_magic(source):
    assert parse_cell(source).fault is None
    assert parse_cell(f"x = 1\n{source}").fault is not None


@pytest.mark.parametrize("source", ["python train.py", "bash x", "print x", "pip3 install numpy", "x y"])
def test_one_line_that_is_no_magic_is_a_fault(source):
    assert parse_cell(source).fault is not None


@pytest.mark.parametrize(
    ("source", "opaque"),
    [
        ("x = 1", []),
        ("!ls", []),
        ("%matplotlib inline", []),
        ("%pip install numpy", []),
        ("%load_ext autoreload\n%autoreload 2", []),
        ("%time f()", []),
        ("%%bash --out listing\nls", []),
        ("%prun x = f()", []),
        ("%lprun x = f()", ["%lprun"]),
        ("%%time", []),
        ("a = 1\n%run other.py", ["%run"]),
        ("%store -r", ["%store"]),
        ("%%bash\nls", []),
        ("%%writefile a.txt\nx", []),
        ("%%cython\ncdef int x", ["%%cython"]),
        ("%%time\n%run other.py", ["%run"]),
        ("%%timeit\n%run other.py", ["%run"]),
        ("%time %run other.py", ["%run"]),
        ("if a:\n    %run other.py", ["%run"]),
        ("x = %run other.py", ["%run"]),
        ("run other.py", ["%run"]),
        ("%load other.py", ["%load"]),
        ("%reset -f", ["%reset"]),
        ("%pylab", ["%pylab"]),
        ("%store -r x", []),
        ("%store x", []),
        ("%env X=1", []),
        ("%%sql\nSELECT 1", []),
        ("%%html\n<b>", []),
        ("x?", []),
        ("get_ipython().run_cell('x = 1')", ["get_ipython().run_cell"]),
        ("get_ipython().user_ns['x'] = 1", ["get_ipython().user_ns"]),
        ("get_ipython().magic('run a')", ["get_ipython().magic"]),
        ("get_ipython().run_line_magic(name, '')", ["get_ipython().run_line_magic"]),
        ("get_ipython().run_line_magic('matplotlib', 'inline')", []),
        ("get_ipython().system(command)", []),
    ],
)
def test_magics_that_may_bind_names(source, opaque):
    assert [part.what for part in parse_cell(source).opaque] == opaque


def test_a_magic_has_its_line():
    assert parse_cell("a = 1\n\n%run other.py").opaque[0].line == 3
    assert parse_cell("!echo \\\n a\n%run other.py").opaque[0].line == 3
    assert parse_cell("%%timeit\n\n%run other.py").opaque[0].line == 3


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
        ("!echo \\\n  a\nb = = 2", 3),
        ("%%capture\n%%time\n\nb = = 2", 4),
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
        assert len(code_hash(source)) == 64


def test_more_magics_than_ipython_transforms_are_a_fault(monkeypatch):
    monkeypatch.setattr(inputtransformer2, "TRANSFORM_LOOP_LIMIT", 5)
    assert parse_cell("!ls\n" * 8).fault is not None
    assert len(code_hash("!ls\n" * 8)) == 64


def test_code_that_is_nested_deeply_is_read():
    branches = "if a == 0: pass\n" + "".join(f"elif a == {i}: b{i} = {i}\n" for i in range(300))
    for source, name in [("y = x" + " + 1" * 900, "y"), (branches, "b299")]:
        parsed = parse_cell(source)
        assert parsed.fault is None
        assert name in {use.name for _, uses in cell_uses(parsed) for use in uses}


@pytest.mark.parametrize(
    ("source", "line"),
    [
        *[("return x", 1), ("x = 1\nbreak", 2), ("def f(a, a): pass", 1), ("nonlocal x", 1), ("x = 1\nreturn", 2)],
        *[("def f():\n    x = 1\n    global x", 3), ("[x := 1 for x in y]", 1), ("f() = 1", 1)],
    ],
)
def test_what_only_the_compiler_refuses_has_its_line(source, line):
    fault = parse_cell(source).fault or refused_statement(parse_cell(source))
    assert fault is not None
    assert fault.line == line


@pytest.mark.parametrize(
    "source", ["await f()", "async with a: pass", "x = 1\nglobal x", "%time await f()", "lambda: (yield)"]
)
def test_what_ipython_runs_is_not_refused(source):
    assert refused_statement(parse_cell(source)) is None


PIECES = [
    *("%", "%%", "!", "!!", "?", "time", "timeit", "capture", "prun", "bash", "run", "--out", "-n", "$x", "{x}", "pip"),
    *("install", "for", "if a:", "x", "=", "f", "'", '"', '"""', "{", "}", "[", "]", "(", ")", ":", "#", ";", ",", "."),
    *("\\", "\n", "\n", "\n", "    ", "\t", "\r", "\x0c", "é", "type", "class", "def f(): return", "lambda", "await"),
    *("match x:", "case", ">>>", "In [1]:", "...:", "@", "*", "except", "import", "global", "0"),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(["", " "]))
def test_no_text_is_too_strange(pieces, between):
    source = between.join(pieces)
    parsed = parse_cell(source)
    lines = len(source.splitlines()) + 1
    assert parsed.fault is None or not parsed.tree.body
    assert all(1 <= use.line <= lines for _, uses in cell_uses(parsed) for use in uses)
    assert len(code_hash(source)) == 64
