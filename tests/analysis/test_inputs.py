"""What a cell takes from the namespace, by its code."""

from __future__ import annotations

import pytest
from cell_observer import compiles, observe
from cell_programs import programs
from hypothesis import HealthCheck, given, settings

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.inputs import Touch, cell_inputs


def inputs(text):
    return cell_inputs(parse_cell(text))


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("x = 1", ""),
        ("y = x + 1", "x"),
        ("x = 1\ny = x", ""),
        ("x += 1", "x"),
        ("rows.append(1)", "rows"),
        ("a.b.c[0] = d", "a d"),
        # what is only defined reads nothing; what is called does
        ("def f(): return w", ""),
        ("f = lambda: w", ""),
        ("def f(): return w\nf()", "w"),
        ("w = 1\ndef f(): return w\nf()", ""),
        ("def f(x=d): return x", "d"),
        ("@deco\ndef f(): return w", "deco w"),
        ("class A(Base):\n    x = y\n    def m(self): return z", "Base y"),
        ("df.apply(lambda r: r * w)", "df w"),
        ("map(f, rows)", "f rows map"),
        # names of their own
        ("[i for i in r]", "r"),
        ("def f(X): return X\nf(1)", ""),
        ("sum(x for x in rows if x > limit)", "sum rows limit"),
        # what is bound on every way is no input
        ("if c:\n    x = 1\nelse:\n    x = 2\nx", "c"),
        ("if c:\n    x = 1\nx", "c x"),
        ("if c:\n    x = 1\n    x", "c"),
        ("for i in range(3):\n    i", "range"),
        ("for i in rows:\n    t = i\nt", "rows"),
        ("while go():\n    t = 1\nt", "go"),
        ("with open(p) as f:\n    f.read()\nf", "open p"),
        ("try:\n    import fast\nexcept ImportError:\n    fast = None\nfast", "ImportError"),
        ("try:\n    pass\nexcept ValueError as e:\n    e", "ValueError"),
        ("for a, (b, c) in rows:\n    a, b, c", "rows"),
        ("x = x.dropna()", "x"),
        ("del x\nx", "x"),
        ("(y := x) + y", "x"),
        ("%time y = x", "x"),
        ("f'{x:{w}}'", "x w"),
    ],
)
def test_reads(text, reads):
    assert inputs(text).reads == set(reads.split())


@pytest.mark.parametrize(
    ("text", "binds", "changes", "anything"),
    [
        ("x, (y, *z) = r", "x y z", "", False),
        ("if c: x = 1", "x", "", False),
        ("import a.b, c as d\nfrom e import f", "a d f", "", False),
        ("del x", "x", "", False),
        ("a[0] = 1\nb.c = 2\nd += 1", "d", "a b d", False),
        ("exec(code)", "", "", True),
        ("from m import *", "", "", True),
        ("%run other.py", "", "", True),
        ("def f():\n    global g\n    g = 1\nf()", "f g", "", False),
        ("def f():\n    global g\n    g = 1", "f", "", False),
    ],
)
def test_what_it_leaves(text, binds, changes, anything):
    found = inputs(text)
    assert (found.binds, found.changes, found.anything) == (set(binds.split()), set(changes.split()), anything)


@pytest.mark.parametrize(
    ("text", "seeds", "unseeded", "calls"),
    [
        ("np.random.seed(7)", "np.random.seed", False, "seed"),
        ("np.random.seed()", "", False, "seed"),
        ("def f(): np.random.seed(7)", "", False, ""),
        ("def f(): np.random.seed(7)\nf()", "np.random.seed", False, "f seed"),
        ("np.random.seed(None)", "", False, "seed"),
        ("set_all_seeds(1)", "set_all_seeds", False, "set_all_seeds"),
        ("rng = np.random.default_rng()", "", True, "default_rng"),
        ("rng = np.random.default_rng(3)", "", False, "default_rng"),
        ("rng = default_rng(seed=None)", "", True, "default_rng"),
        ("uuid.uuid4()", "", True, "uuid4"),
        ("split(X, random_state=1)", "", False, ""),
        ("split(X, random_state=None)", "", False, "split"),
    ],
)
def test_randomness(text, seeds, unseeded, calls):
    found = inputs(text)
    assert (found.seeds, found.unseeded, found.calls) == (set(seeds.split()), unseeded, set(calls.split()))


def test_calls_before_the_seed():
    found = inputs("x = np.random.normal()\nsplit(x, random_state=1)\nnp.random.seed(7)\nnp.random.rand()")
    assert found.early == {"np.random.normal"}
    assert not inputs("np.random.rand()").early


def test_touches():
    found = inputs("df.a.drop(x, inplace=True)\nshuffle(rows[0], *more)\ndef f(): other.drop()").touches
    assert sorted(found, key=lambda touch: (touch.by, touch.name)) == [
        Touch("df", "drop", receiver=True),
        Touch("x", "drop", receiver=False),
        Touch("more", "shuffle", receiver=False),
        Touch("rows", "shuffle", receiver=False),
    ]


def test_what_is_awaited():
    assert inputs("await f()").awaits
    assert not inputs("f()").awaits


@pytest.mark.parametrize("cell", ["x = f(1)", "for a in f():\n    b[a] = 1", "def g(): print(1)", ""])
def test_quiet(cell):
    assert inputs(cell).quiet


@pytest.mark.parametrize(
    "cell", ["x", "1", "f(1)", "x = [print(a) for a in b]", "if x:\n    y", "%matplotlib inline", "x = display"]
)
def test_not_quiet(cell):
    assert not inputs(cell).quiet


def test_a_cell_that_is_no_python_has_no_facts():
    assert inputs("x = (").reads == set()


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(programs(straight=True))
def test_every_name_that_a_run_asks_for_before_it_binds_it_is_told(source):
    if not compiles(source):
        return
    told = inputs(source)
    bound = set()
    for statement in observe(source):
        for kind, name in statement.events:
            if kind == "read" and name not in bound and not name.startswith("__"):
                assert name in told.reads
            elif kind == "bind":
                bound.add(name)
                assert name in told.binds or name.startswith("__")
            elif kind == "delete":
                bound.discard(name)
        if statement.error is not None:
            break
