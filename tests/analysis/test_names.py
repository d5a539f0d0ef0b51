"""Which names a statement reads, binds, deletes and changes: a table of constructs.

`test_names_observed.py` holds the same analysis against generated cells that run.
"""

import sys

import pytest

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.names import cell_uses


def uses(source, **options):
    return [use for _, part in cell_uses(parse_cell(source), **options) for use in part]


def shown(source, **options):
    return " ".join(f"{use.kind}:{use.name}" for use in uses(source, **options))


SINCE_3_12 = [
    ("type X = list[int]", "later:int later:list bind:X"),
    ("type X[T] = dict[T, V]", "later:V later:dict bind:X"),
    ("def f[T](x: T) -> list[T]: return y", "later:y read:list bind:f"),
    ("def f[T: Bound](x: T = d): pass", "read:d later:Bound bind:f"),
    ("def f[*Ts, **P](*x: *Ts): pass", "bind:f"),
    ("class A[T](B[T]):\n    x: T", "read:B bind:A"),
    ("class A[T]:\n    def f[S](self, x: T, y: S) -> U: return T, z", "later:z read:U bind:A"),
    ("class A:\n    x = int\n    def f[T](self, a: x): pass", "read:int bind:A"),
    ("f'{x['a']!r:>{w}}'", "read:x read:w"),
    ("def f():\n    [x for x in a]\n    return lambda: x", "later:a later:x bind:f"),
]
if sys.version_info < (3, 12):
    SINCE_3_12.clear()
SINCE_3_13 = [("class A[T = d]: pass", "later:d bind:A")] if sys.version_info >= (3, 13) else []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # assignments
        ("x = y", "read:y bind:x"),
        ("x = x + 1", "read:x bind:x"),
        ("x, (y, *z) = a", "read:a bind:x bind:y bind:z"),
        ("[x, y] = a", "read:a bind:x bind:y"),
        ("x = y = a", "read:a bind:x bind:y"),
        ("x = x.y = a", "read:a bind:x read:x change:x"),
        ("x: int = a", "read:a bind:x read:int"),
        ("x: x = a", "read:a bind:x read:x"),
        ("x: int", "read:int"),
        ("(x): int", "read:int"),
        ("x.y: int = a", "read:a read:x change:x read:int"),
        ("x[i]: int", "read:x read:i read:int"),
        ("x += a", "read:x read:a change:x bind:x"),
        ("x.y = a", "read:a read:x change:x"),
        ("x[i] = a", "read:a read:x read:i change:x"),
        ("x[i:j, ...] = a", "read:a read:x read:i read:j change:x"),
        ("x.y[0].z += a", "read:x read:a change:x"),
        ("x[i] += a", "read:x read:i read:a change:x"),
        ("x[i] += (x := a)", "read:x read:i read:a bind:x change:x"),
        ("x.y, b = a", "read:a read:x change:x bind:b"),
        ("x.y, x = a", "read:a read:x change:x bind:x"),
        ("x, x[0] = a", "read:a bind:x read:x change:x"),
        ("f().y = a", "read:a read:f"),
        ("del x", "delete:x"),
        ("del (x, [y])", "delete:x delete:y"),
        ("del x[0], y.z", "read:x change:x read:y change:y"),
        ("del x[i][j]", "read:x read:i read:j change:x"),
        ("print(x := a)", "read:print read:a bind:x"),
        ("f(x := a, x)", "read:f read:a bind:x read:x"),
        ("x; y", "read:x read:y"),
        ("global x\nx = 1", "bind:x"),
        # expressions
        ("f'{x:{y}} {z!r}'", "read:x read:y read:z"),
        ("f(*x, **y, k=z)", "read:f read:x read:y read:z"),
        ("x[y:z].w", "read:x read:y read:z"),
        ("x if y else z", "read:y read:x read:z"),
        ("x < y < z", "read:x read:y read:z"),
        ("{x: y, **z}", "read:x read:y read:z"),
        ("{a: (x := b), x: c}", "read:a read:b bind:x read:x read:c"),
        ("await f()", "read:f"),
        # comprehensions
        ("[x for x in a]", "read:a"),
        ("[x + y for x in a if z]", "read:a read:z read:y"),
        ("[y for x in a for y in x]", "read:a"),
        ("[y for x in a for y in b]", "read:a read:b"),
        ("[x for y in a for x in x]", "read:a"),
        ("[x for x in x]", "read:x"),
        ("{k: v for k, v in a}", "read:a"),
        ("{x for x in a}, (y for y in b)", "read:a read:b"),
        ("[last := x for x in a]", "read:a bind:last"),
        ("[[seen := y for y in x] for x in a]", "read:a bind:seen"),
        ("[x async for x in a]", "read:a"),
        ("[0 for t.x in a]", "read:a read:t change:t"),
        ("[[x + y for y in b] for x in a]", "read:a read:b"),
        # loops, blocks
        ("for i in a:\n    b = i\nelse:\n    c", "read:a bind:i read:i bind:b read:c"),
        ("for x.y in a: pass", "read:a read:x change:x"),
        ("for i, (j, *k) in a: pass", "read:a bind:i bind:j bind:k"),
        ("async for i in a: pass", "read:a bind:i"),
        ("while a: b = 1", "read:a bind:b"),
        ("while a: pass\nelse: b", "read:a read:b"),
        ("with a as b, c: d", "read:a bind:b read:c read:d"),
        ("with a as (b, c): pass", "read:a bind:b bind:c"),
        ("with a as b.c, d as e[0]: pass", "read:a read:b change:b read:d read:e change:e"),
        ("async with a as b: pass", "read:a bind:b"),
        ("if a: b = 1\nelse: c = 1", "read:a bind:b bind:c"),
        ("try: a\nexcept E as e: e\nfinally: f", "read:a read:E borrow:e read:e expire:e read:f"),
        ("try: a\nexcept E: b\nelse: c", "read:a read:E read:b read:c"),
        ("try: a\nexcept* E: b", "read:a read:E read:b"),
        ("try: a\nexcept* E as e: b", "read:a read:E borrow:e read:b expire:e"),
        ("raise a from b", "read:a read:b"),
        ("assert a, b", "read:a read:b"),
        # match
        ("match a:\n    case [x, *y]: x", "read:a bind:x bind:y read:x"),
        ("match a:\n    case {'k': v, **rest}: pass", "read:a bind:v bind:rest"),
        ("match a:\n    case C(x, k=y) as z if g: pass", "read:a read:C bind:x bind:y bind:z read:g"),
        ("match a:\n    case m.X | None: pass\n    case _: b", "read:a read:m read:b"),
        ("match a:\n    case [m, m.X]: pass", "read:a read:m bind:m"),
        ("match a:\n    case {m.K: x}: pass", "read:a read:m bind:x"),
        # imports
        ("import a.b, c as d", "bind:a bind:d"),
        ("import a.b as c", "bind:c"),
        ("from a import b, c as d", "bind:b bind:d"),
        ("from . import a", "bind:a"),
        ("from a.b import *", "star:a.b"),
        ("from .. import *", "star:.."),
        # functions
        ("def f(x, y=d): return x + y + z", "read:d later:z bind:f"),
        ("def f(x: A, *v: B, **k: C) -> D: pass", "read:A read:B read:C read:D bind:f"),
        ("def f(*, k=d): pass", "read:d bind:f"),
        ("def f(a, /, b, *c, d, **e): return a, b, c, d, e", "bind:f"),
        ("@d(a)\n@e\ndef f(): return z", "read:d read:a read:e later:z bind:f"),
        ("def f():\n    x = 1\n    return x", "bind:f"),
        ("def f():\n    if a: x = 1\n    return x", "later:a bind:f"),
        ("def f():\n    x: T = 1", "bind:f"),
        ("def f(): return x\nx = 1", "later:x bind:f bind:x"),
        ("def f():\n    global x\n    x = y", "later:y bind:x bind:f"),
        ("def f():\n    global x\n    x += y", "later:x later:y bind:x bind:f"),
        ("def f():\n    global x\n    return [x for i in y]", "later:x later:y bind:f"),
        ("def f():\n    global np\n    import numpy as np", "bind:np bind:f"),
        ("def f():\n    global x\n    for x in a: pass", "later:a bind:x bind:f"),
        ("def f():\n    global x\n    del x", "bind:f"),
        ("def f():\n    global g\n    def g(): pass", "bind:g bind:f"),
        ("def f():\n    global x\n    def g(): return x\n    return g", "later:x bind:f"),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = z\n    return g", "later:z bind:f"),
        ("def f(x):\n    def g(): return x + y\n    return g", "later:y bind:f"),
        ("def f(x):\n    def g():\n        global x\n        x = 1\n    return x", "bind:x bind:f"),
        ("def f(): return f()", "later:f bind:f"),
        ("def f(rows): return [r + y for r in rows if (z := r)]", "later:y bind:f"),
        ("def f(): [x for x in a]; return x", "later:a later:x bind:f"),
        ("def f(): return [(lambda: x) for x in a], x", "later:a later:x bind:f"),
        ("def f():\n    try: pass\n    except E as e: return e", "later:E bind:f"),
        ("def f(m):\n    match m:\n        case [x, *y]: return x, y, z", "later:z bind:f"),
        ("def f(): yield x", "later:x bind:f"),
        ("async def f(): return await g()", "later:g bind:f"),
        ("async def f():\n    async for i in a: i\n    async with b as c: c", "later:a later:b bind:f"),
        ("x = lambda a, b=c: a + b + d", "read:c later:d bind:x"),
        ("x = lambda: (y := z, y)", "later:z bind:x"),
        ("[lambda: x + y for x in a]", "read:a later:y"),
        ("lambda x: lambda y: x + y + z", "later:z"),
        ("f = lambda x: y; g = lambda y: x", "later:y bind:f later:x bind:g"),
        ("def f():\n    class A:\n        x = y\n    return A", "later:y bind:f"),
        ("def f(x):\n    class A:\n        x = x\n    return A", "later:x bind:f"),
        ("def f():\n    import numpy as np\n    return np", "bind:f"),
        # classes
        ("class A(B, metaclass=M): pass", "read:B read:M bind:A"),
        ("@d\nclass A: pass", "read:d bind:A"),
        ("class A:\n    x = 1\n    y = x + z", "read:z bind:A"),
        ("class A:\n    x = x", "read:x bind:A"),
        ("class A:\n    x += [1]", "read:x change:x bind:A"),
        ("class A:\n    x += f(x := a)", "read:x read:f read:a change:x bind:A"),
        ("class A:\n    x: T = 1", "read:T bind:A"),
        ("class A:\n    def f(self): return x + A", "later:A later:x bind:A"),
        ("class A:\n    def f(self): return super().f(), __class__", "later:super bind:A"),
        ("class A:\n    x = 1\n    def f(self): return x", "later:x bind:A"),
        ("class A:\n    class B: x = y", "read:y bind:A"),
        ("class A:\n    for i in a: pass\n    del i", "read:a bind:A"),
        ("class A:\n    x = 1\n    del x\n    x", "read:x bind:A"),
        ("class A:\n    if a: x = 1\n    x", "read:a read:x bind:A"),
        ("class A:\n    x = 1\n    if a: del x\n    x", "read:a read:x bind:A"),
        ("class A:\n    global x\n    x = 1\n    x", "bind:x read:x bind:A"),
        ("class A:\n    x = 1\n    y = [x for i in x]", "read:x bind:A"),
        ("class A:\n    x = 1\n    class B: y = x", "read:x bind:A"),
        ("class A:\n    x = 1\n    y = lambda: x", "later:x bind:A"),
        ("class A:\n    x = 1\n    x.y = 2", "bind:A"),
        ("class A:\n    try: a\n    except E as e: e\n    e", "read:a read:E read:e bind:A"),
        ("class A:\n    __x = 1\n    def f(self): return __y, __x", "later:_A__x later:_A__y bind:A"),
        ("class A:\n    x = (y := z)", "read:z bind:A"),
        # hiding
        ("exec(a)", "read:exec read:a hide:exec"),
        ("globals()['x'] = 1", "read:globals hide:globals"),
        ("vars(a)", "read:vars read:a"),
        ("vars()['x'] = 1", "read:vars hide:vars"),
        ("globals().update(a)", "read:globals hide:globals read:a"),
        ("del globals()['x']", "read:globals hide:globals"),
        ("'x' in globals()", "read:x read:globals"),
        ("globals()['x']", "read:x read:globals"),
        ("locals().get('x')", "read:locals"),
        ("def f(): globals()['x'] = 1", "later:globals hide:globals bind:f"),
        ("def f(): exec(a); return locals()", "later:a later:exec later:locals bind:f"),
        ("class A:\n    x = locals()", "read:locals bind:A"),
        # magics
        ("files = !ls {a.b}", "read:get_ipython read:a bind:files"),
        ("files = %sx ls $a $$b '$c'", "read:get_ipython read:a bind:files"),
        ("!awk '{print $1}' $HOME", "read:get_ipython"),
        ("if a:\n    !ls {b}\n    %time c = d", "read:a read:get_ipython read:b read:d bind:c"),
        ("%time x = f()", "read:f bind:x"),
        ("y = %time f()", "read:get_ipython read:f bind:y"),
        ("%prun -l 5 x = f()", "read:f bind:x"),
        ("%timeit -n 3 x = f(y)", "read:get_ipython read:f read:y"),
        ("%timeit x[0] = y", "read:get_ipython read:y read:x change:x"),
        ("%timeit -v took -q f()", "read:get_ipython read:f bind:took"),
        ("%%timeit s = setup()\nt = s + a", "read:get_ipython read:setup read:a"),
        ("%%time\nx = f()", "read:f bind:x"),
        ("%%capture out\nx = f()\nout", "read:f bind:x read:out bind:out"),
        ("%%capture out\nx = f();", "read:f bind:x"),
        ("%%bash --out x --err=y\nls", "read:get_ipython bind:x bind:y"),
        ("%%script bash --proc p --bg\nls", "read:get_ipython bind:p"),
        ("%%writefile {name}.txt\nx = 1", "read:get_ipython read:name"),
        ("%env X=1", "read:get_ipython"),
        ("%store x", "read:get_ipython read:x"),
        ("%store -r x y", "read:get_ipython bind:x bind:y"),
        ("%xdel x", "read:get_ipython delete:x"),
        ("%aimport a.b, c as d, -e", "read:get_ipython bind:a bind:d"),
        ("%sql rows << SELECT 1", "read:get_ipython bind:rows"),
        ("df.head?", "read:get_ipython read:df"),
        (
            "def f(path):\n    !ls {path} {y}\n    %time x = path\n    return x",
            "later:get_ipython later:x later:y bind:f",
        ),
        *SINCE_3_12,
        *SINCE_3_13,
    ],
)
def test_uses(source, expected):
    assert shown(source) == expected


def test_lines_are_those_of_the_cell():
    found = uses("%%time\n\nx = a\n@d\ndef f():\n    return (\n        z)")
    assert [(use.name, use.line) for use in found] == [("a", 3), ("x", 3), ("d", 4), ("z", 5), ("f", 5)]
    assert [(use.name, use.line) for use in uses("%%timeit a\nb\n\nc") if use.name in "abc"] == [
        ("a", 1),
        ("b", 2),
        ("c", 4),
    ]


def test_a_cell_with_return_at_the_top_is_no_fault_of_ours():
    assert shown("return x") == "read:x"
    assert shown("def f(): return y\nx = 1\nglobal x") == "later:y bind:f bind:x"


@pytest.mark.parametrize("source", ["x: T = 1", "def f(x: T) -> T: pass", "class A:\n    x: T = 1"])
def test_annotations_of_the_future_are_not_evaluated(source):
    future = "from __future__ import annotations"
    assert "read:T" in shown(source)
    assert "T" not in {use.name for use in uses(f"{future}\n{source}")}
    assert "T" not in {use.name for use in uses(source, lazy_annotations=True)}


def unsure(source):
    return " ".join(f"{use.kind}:{use.name}" for use in uses(source) if not use.sure)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if a: b = 1\nelse: b = 2", "bind:b bind:b"),
        ("for i in a: b = i", "bind:i read:i bind:b"),
        ("while a: b = 1", "bind:b"),
        ("try: b = a\nexcept E: b = 1\nelse: c\nfinally: d", "read:a bind:b read:E bind:b read:c"),
        ("with a as b: c = b", ""),
        ("with suppress(E): c = b", "read:b bind:c"),
        ("a and b, c if d else e", "read:b read:c read:e"),
        ("a < b < c", "read:c"),
        ("assert a, b", "read:b"),
        ("[b for x in a]", "read:b"),
        ("match a:\n    case x: b", "bind:x read:b"),
        ("def f():\n    global x\n    x = 1", "bind:x"),
        ("for i in a:\n    if i: continue\n    b", "bind:i read:i read:b"),
        ("class A:\n    if a: x = 1\n    x", "read:x"),
        ("x = lambda: y", ""),
    ],
)
def test_what_may_be_left_out_is_not_sure(source, expected):
    assert unsure(source) == expected


def soft(source):
    return {use.name for use in uses(source) if use.soft}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("try: x\nexcept NameError: y", {"x"}),
        ("try: x\nexcept (OSError, Exception): y", {"x"}),
        ("try: x\nexcept: y", {"x"}),
        ("try: x\nexcept OSError: y", set()),
        ("def f():\n    try: x\n    except NameError: pass", {"x"}),
        ("def f():\n    try: x\n    except NameError: pass\n    x", set()),
        ("with suppress(NameError): x", {"x"}),
        ("!echo $x {y}", {"x", "y"}),
        ("x?", {"x"}),
        ("ls", {"ls"}),
        ("ls -l", {"ls", "l"}),
        ("ls.x", set()),
        ("ls = 1", set()),
        ("'x' in globals()", {"x"}),
        ("class A:\n    if a: x = 1\n    x", {"x"}),
        ("rows = (x for y in z)", {"x"}),
        ("sum(x for y in z)", set()),
        # the round before binds it
        ("for i in a:\n    if i: last\n    last = i", {"last"}),
        ("for i in a:\n    last\n    last = i", set()),
        ("while a:\n    b and last\n    last = 1", {"last"}),
        ("for i in a:\n    if i: last", set()),
    ],
)
def test_reads_that_do_no_harm_where_nobody_binds_the_name(source, expected):
    assert soft(source) == expected
