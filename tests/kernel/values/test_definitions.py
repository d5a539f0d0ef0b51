"""What stands for functions and classes of a notebook, in a shell as the notebook has it."""

from __future__ import annotations

import warnings

import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_mlops.kernel.values.definitions import definition, looked_up
from jupyter_mlops.kernel.values.looking import Limit, look

AMPLE = Limit(1_000_000, 10_000)


@pytest.fixture
def run():
    """Run cells in a shell; gives its namespace."""
    shell = InteractiveShell()
    shell.history_manager.enabled = False

    def run_cells(*cells):
        for cell in cells:
            shell.run_cell(cell).raise_error()
        return shell.user_ns

    return run_cells


def whole(value):
    return look(value, AMPLE).whole


SAME = [
    ("def f(x): return x + 1", "def f(x):\n    # a comment\n    return (x+1)"),
    ("f = lambda x: x", "g = 1\nf = (lambda x:\n    x)"),
    (
        "class f:\n    n = 1\n    def m(self): return 2",
        "class f:\n    n=1\n\n    def m(self):\n        return 2  # two",
    ),
]
COUNTER = """
def counter():
    n = 0
    def count():
        nonlocal n
        n += 1
        return n
    return count
"""
WRAPPER = """
import functools
def d(g):
    @functools.wraps(g)
    def h(*a): return g(*a)
    return h
"""
OTHER = [
    ("def f(x): return x + 1", "def f(x): return x + 2"),
    ("def f(x, y=1): return x", "def f(x, y=2): return x"),
    ("d = 1\ndef f(x, y=d): return x", "d = 2\ndef f(x, y=d): return x"),
    ("def f(x, *, y=1): return x", "def f(x, *, y=2): return x"),
    ("f, g = lambda x: x, lambda x: -x", "g, f = lambda x: x, lambda x: -x"),
    (
        "def outer(n):\n    return lambda x: x + n\nf = outer(1)",
        "def outer(n):\n    return lambda x: x + n\nf = outer(2)",
    ),
    ("class f:\n    n = 1", "class f:\n    n = 2"),
    ("class f:\n    def m(self): return 1", "class f:\n    def m(self): return 2"),
    ("class f(list): pass", "class f(dict): pass"),
    ("class f:\n    @property\n    def p(self): return 1", "class f:\n    @property\n    def p(self): return 2"),
    ("class f:\n    @staticmethod\n    def p(): return 1", "class f:\n    @staticmethod\n    def p(): return 2"),
    ("class B:\n    n = 1\nclass f(B): pass", "class B:\n    n = 2\nclass f(B): pass"),
    ("class C:\n    n = 1\nf = C()", "class C:\n    n = 2\nf = C()"),
    (
        "import functools\n@functools.lru_cache\ndef f(x): return 1",
        "import functools\n@functools.lru_cache\ndef f(x): return 2",
    ),
    (f"{WRAPPER}@d\ndef f(): return 1", f"{WRAPPER}@d\ndef f(): return 2"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_layout_does_not_count(run, one, other):
    first = whole(run(one)["f"])
    assert whole(run(other)["f"]) == first is not None


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_makes_another_function(run, one, other):
    first = whole(run(one)["f"])
    second = whole(run(other)["f"])
    assert None not in (first, second)
    assert first != second
    assert whole(run(one)["f"]) == first


def test_a_counter_in_a_closure_and_a_default_that_changes_are_state(run):
    names = run(COUNTER, "count = counter()\ndef keep(x, box=[]):\n    box.append(x)")
    before = whole(names["count"]), whole(names["keep"])
    run("count()", "keep(1)")
    after = whole(names["count"]), whole(names["keep"])
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_which_names_a_function_looks_up(run):
    names = run("def f(x):\n    def g():\n        return rate * len(x)\n    return g() + other.attribute\n")
    assert set(looked_up(names["f"].__code__)) == {"rate", "len", "other"}


def test_a_function_tells_that_it_seeds_or_makes_generators(run):
    seeding, unseeded = "def f():\n    np.random.seed(1)", "def g():\n    return np.random.default_rng()"
    names = run(seeding, unseeded, "def h():\n    return default_rng(1)")
    found = [definition(names[each].__code__) for each in "fgh"]
    assert [(each.seeds, each.unseeded) for each in found] == [(True, False), (False, True), (False, False)]


def test_without_its_text_the_bytecode_stands_for_it(run):
    names = run("exec('def f(): return 1')", "exec('def g(): return 2')")
    assert whole(names["f"]) != whole(names["g"])


def test_the_users_warnings_are_left_alone(run):
    """A change of the filters would make Python forget which warnings it has shown."""
    names = run("def f(): return 'a\\n'", "def g(): return 'a\\ d'")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        for name, remembered in (("f", True), ("g", False)):
            registry: dict[object, object] = {}
            warnings.warn_explicit("shown", UserWarning, "f.py", 1, registry=registry)
            before = registry["version"]
            definition(names[name].__code__)
            warnings.warn_explicit("again", UserWarning, "f.py", 2, registry=registry)
            assert (registry["version"] == before) is remembered
