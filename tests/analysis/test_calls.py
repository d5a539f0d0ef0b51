"""What calls of the notebook's own functions do to its names, and what of it is sure."""

import pytest

from jupyter_mlops.analysis.calls import followed
from jupyter_mlops.analysis.code import parse_cell


def reached(*sources):
    """`kind:name<through` of each use in the last cell to which calls lead, a `?` where it is not sure."""
    *_, last = followed([parse_cell(source) for source in sources])
    return " ".join(
        f"{use.kind}:{use.name}<{'.'.join(use.through)}{'' if use.sure else '?'}"
        for _, uses in last
        for use in uses
        if use.through
    )


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        # functions, lambdas, what they do
        (["def f(): return X", "f()"], "read:X<f"),
        (["f = lambda: X", "f()"], "read:X<f"),
        (["def f():\n    global X\n    X = Y", "f()"], "read:Y<f bind:X<f"),
        (["def f():\n    global X\n    del X", "f()"], "delete:X<f"),
        (["def f(): X['a'] = 1", "f()"], "read:X<f change:X<f"),
        (["def f(X): return X", "f(1)"], ""),
        (["def f(x=X): pass", "f()"], ""),
        (["def f(): pass\ndef g(): return X", "f()"], ""),
        # functions that call functions
        (["def f(): return X", "def g(): return f()", "g()"], "read:f<g read:X<g.f"),
        (["def g(): return f()", "def f(): return X", "g()"], "read:f<g read:X<g.f"),
        (["def f(): return f(), X", "f()"], "read:f<f read:X<f"),
        (["def f(): g()", "def g(): f(); X", "f()"], "read:g<f read:f<f.g read:X<f.g"),
        # branches, on either side
        (["def f():\n    if a: X", "f()"], "read:a<f read:X<f?"),
        (["def f():\n    if a: return\n    X", "f()"], "read:a<f read:X<f?"),
        (["def f():\n    for i in a:\n        if i: return\n    X", "f()"], "read:a<f read:X<f?"),
        (["def f():\n    try: X\n    except E: pass", "f()"], "read:X<f? read:E<f?"),
        (["def f(): return a and X", "f()"], "read:a<f read:X<f?"),
        (["def f():\n    exit()\n    X", "f()"], "read:exit<f read:X<f?"),
        (["def f():\n    with a: X", "f()"], "read:a<f read:X<f"),
        (["def f(): return X", "if a: f()"], "read:X<f?"),
        (["def f(): return X", "[f() for i in a]"], "read:X<f?"),
        (["if a:\n    def f(): return X", "f()"], "read:X<f?"),
        # handed on, decorated, put off
        (["def f(): return X", "map(f, a)"], "read:X<f?"),
        (["def f(): return X", "g = f"], "read:X<f?"),
        (["@d\ndef f(): return X", "f()"], "read:X<f?"),
        (["@d\ndef f(): return X"], "read:X<f?"),
        (["async def f(): return X", "await f()"], "read:X<f?"),
        (["def f(): yield X", "f()"], "read:X<f?"),
        (["def f(): return lambda: X", "f()"], "read:X<f? read:X<f.lambda?"),
        (["def f():\n    def g(): return X\n    return g()", "f()"], "read:X<f? read:X<f.g?"),
        (["def f():\n    def g():\n        global X\n        del X\n    g()", "f()"], "delete:X<f.g?"),
        (["def f():\n    def g(): h()\n    g()", "def h(): return X", "f()"], "read:h<f? read:h<f.g? read:X<f.h?"),
        # classes
        (["class A:\n    def __init__(self): self.x = X", "A()"], "read:X<A read:X<A?"),
        (["class A(B):\n    def __init__(self): self.x = X", "A()"], "read:X<A?"),
        (["class A:\n    def f(self): return X", "A()"], "read:X<A?"),
        (["class A:\n    def f(self): return X", "A().f()"], "read:X<A?"),
        (["class A:\n    def f(self): return X\n    y = f(1)"], "read:X<f?"),
        (["class A:\n    def f(): X.y = 1\n    f()"], "read:X<f? change:X<f?"),
        # names that stand for something else by then
        (["def f(): return X", "f = g", "f()"], ""),
        (["def f(): return X", "del f", "f()"], ""),
        (["def f(): return X", "def f(): return Y", "f()"], "read:Y<f"),
        (["def f(): return X", "if a:\n    def f(): return Y", "f()"], "read:Y<f? read:X<f?"),
        (["def f(): return X", "if a: f = g", "f()"], "read:X<f?"),
        (["def f(): return X", "from m import *", "f()"], "read:X<f?"),
        (["def f(): return X", "%run other.py", "f()"], "read:X<f?"),
        (["def f(): return X", "def g():\n    global f\n    f = 1", "g(); f()"], "bind:f<g"),
        (["f()", "def f(): return X"], ""),
        # magics
        (["def f(): return X", "%time y = f()"], "read:X<f"),
        (["def f(): return X", "%timeit f()"], "read:X<f"),
    ],
)
def test_followed(sources, expected):
    assert reached(*sources) == expected


def test_a_call_stands_in_its_place():
    (statements,) = followed([parse_cell("def f():\n    global X\n    X = Y\nY = 1; f(); X")])
    shown = [f"{use.kind}:{use.name}" for _, uses in statements for use in uses]
    assert shown == ["later:Y", "bind:X", "bind:f", "bind:Y", "read:f", "read:Y", "bind:X", "read:X"]
    assert {use.line for _, uses in statements[1:] for use in uses} == {4}


def test_functions_that_call_each_other_many_times_end():
    source = "\n".join(f"def f{i}(): return f{i + 1}() + f{i + 1}() + f{i}()" for i in range(60))
    assert reached(source, "f0()").count("<") < 10_000
