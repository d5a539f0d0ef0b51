"""Names that nobody binds, or that are bound only further down."""

import pytest

from jupyter_mlops.rules.check import check


@pytest.mark.parametrize(
    "sources",
    [
        ["x = 1", "print(x)"],
        ["def f(): return later_on", "later_on = 1", "f()"],
        ["class A:\n    def f(self): return helper()", "def helper(): pass"],
        ["import numpy as np", "np.array([1])"],
        ["print(_, __, _3, In, Out, display, get_ipython(), __name__)"],
        ["for i in range(3): pass", "i"],
        ["%time x = 1", "x"],
        ["%%capture out\nx = 1", "out, x"],
        ["files = !ls", "files"],
        ["df = 1", "df?"],
        ["[y := x for x in [1]]", "y"],
        ["try:\n    import a\nexcept ImportError:\n    a = None", "a"],
        ["x = 1\ndel x\nx = 2", "x"],
        ["vars(int)"],
        ["print(_i3, _exit_code)"],
        # a name that need not be there
        ["try:\n    model\nexcept NameError:\n    model = 1", "model"],
        ["if 'x' not in globals(): x = 1", "x"],
        ["!echo $HOME {nothing}", "ls", "df?"],
        ["for i in [1, 2]:\n    if i > 1: print(last)\n    last = i"],
        ["x = 1\nif x: del x", "x"],
        ["rows = (y for x in [1])", "y = 1", "list(rows)"],
        ["x: x = int"],
        ["from __future__ import annotations", "def f(x: Nobody) -> Nobody: y: Nobody = 1"],
        ["class A:\n    try: x = 1\n    finally: pass\n    y = x"],
        ["class A:\n    if 1: x = 1\n    y = x"],
        # magics that bind
        ["%%bash --out listing\nls", "listing"],
        ["%timeit -o -v took 1", "took"],
        # calls that find what they need, or that may
        ["def f(): return X", "X = 1", "f()"],
        ["def f(): return X", "def f(): return 1", "f()", "X = 1"],
        ["def f():\n    if 0: return X", "f()", "X = 1"],
        ["def f():\n    try: return X\n    except NameError: return 1", "f()", "X = 1"],
        ["def f(x):\n    if x: return\n    X", "f(1)", "X = 1"],
        ["def f(): return X", "if 0: f()", "X = 1"],
        ["def f(): return X", "try: f()\nexcept NameError: pass", "X = 1"],
        ["def f(): return X", "g = map(f, [1])", "X = 1", "list(g)"],
        ["def f(): yield X", "g = f()", "X = 1", "list(g)"],
        ["async def f(): return X", "g = f()", "X = 1", "await g"],
        ["def set_up():\n    global X\n    X = 1", "def f(): return X", "set_up(); f()", "X = 2"],
        ["class A:\n    def f(self): return X", "a = A()", "X = 1", "a.f()"],
        ["import functools", "@functools.cache\ndef f(): return X", "f", "X = 1", "f()"],
        ["def f(X): return X", "f(1)", "X = 1"],
        ["f = lambda: X", "X = 1", "f()"],
    ],
)
def test_nothing_is_found(found, sources):
    assert found(*sources) == []


@pytest.mark.parametrize(
    ("sources", "places"),
    [
        (["frame.head()"], [(1, 1)]),
        (["x = 1", "\ny = x\nz = w"], [(2, 3)]),
        (["print(x)", "x = 1"], [(1, 1)]),
        (["x = x + 1"], [(1, 1)]),
        (["x += 1"], [(1, 1)]),
        (["x, x, x", "x"], [(1, 1), (2, 1)]),
        (["x = 1\ndel x", "x"], [(2, 1)]),
        (["try:\n    pass\nexcept OSError as e:\n    pass", "e"], [(2, 1)]),
        (["e = 1\ntry:\n    pass\nexcept OSError as e:\n    pass", "e"], []),
        (["def f(): return nowhere", "f()"], [(1, 1)]),
        (["class A(Base): pass"], [(1, 1)]),
        (["[x for x in rows]", "x"], [(1, 1), (2, 1)]),
        (["def f(a=default): pass"], [(1, 1)]),
        (["table['a'] = 1"], [(1, 1)]),
        (["__file__"], [(1, 1)]),
        (["try: x\nexcept OSError: pass"], [(1, 1)]),
        (["x = 1\n%xdel x", "x"], [(2, 1)]),
        # what a call surely reads
        (["def f(): return X", "f()", "X = 1"], [(2, 1)]),
        (["def f(): return X", "y = 1\nprint(f())", "X = 1"], [(2, 2)]),
        (["def f(): return X\ndef g(): return f()", "g()", "X = 1"], [(2, 1)]),
        (["f = lambda: X", "f()", "X = 1"], [(2, 1)]),
        (["class A:\n    def __init__(self): self.x = X", "A()", "X = 1"], [(2, 1)]),
        (["X = 1\ndef f(): return X", "del X", "f()"], [(3, 1)]),
        (["def f(): return X", "%time y = f()", "X = 1"], [(2, 1)]),
        (["def f(): return X", "f(); X = 1"], [(2, 1)]),
        (["def f():\n    with open('a'): return X", "f()", "X = 1"], [(2, 1)]),
    ],
)
def test_names_that_a_clean_run_lacks(found, sources, places):
    findings = found(*sources)
    assert [each[1:] for each in findings] == [("error", *place) for place in places]
    assert {each[0] for each in findings} <= {"undefined-name", "used-before-definition"}


def test_the_message_says_where_it_is_bound(notebook):
    below = check(notebook("x", "x = 1"), None).findings[0]
    nowhere = check(notebook("x"), None).findings[0]
    assert "further down" in below.message
    assert "no cell" in nowhere.message
    assert "`x`" in nowhere.fix.text


def test_the_message_says_which_call_reads_it(notebook):
    sources = ["def f(): return X\ndef g(): return f()", "f()", "g()", "X = 1", "del X", "f()"]
    one, two, three = check(notebook(*sources), None).findings
    assert one.message == "`f` called here reads `X`, and only a cell further down binds it"
    assert two.message == "`g` called here leads to `f`, which reads `X`, and only a cell further down binds it"
    assert three.message == "`f` called here reads `X`, and a line above deletes it"
    assert "move the call below the cell that binds it" in one.fix.text


def test_what_a_branch_may_leave_out_is_only_a_warning(found):
    assert found("x = 1\nif x: y", "y = 1") == [("used-before-definition", "warning", 1, 2)]
    assert found("for x in []: y", "y = 1") == [("used-before-definition", "warning", 1, 1)]
    assert found("x = 1\nif x: nowhere") == [("undefined-name", "error", 1, 2)]


@pytest.mark.parametrize("hiding", ["from math import *", "exec('x = 1')", "%run other.py", "%store -r"])
def test_behind_hiding_code_it_is_only_a_note(found, hiding):
    assert ("undefined-name", "info", 2, 1) in found(hiding, "x")
    assert ("undefined-name", "error", 1, 1) in found("x", hiding)
