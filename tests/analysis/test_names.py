"""Which names a statement reads, binds, deletes and changes: a table of constructs, and programs that run."""

import contextlib
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.names import cell_uses


def uses(source):
    return [use for _, part in cell_uses(parse_cell(source)) for use in part]


def shown(source):
    return " ".join(f"{use.kind}:{use.name}" for use in uses(source))


SINCE_3_12 = [
    ("type X = list[int]", "bind:X"),
    ("def f[T](x: T) -> list[T]: return y", "later:list later:y read:list bind:f"),
    ("class A[T](B[T]):\n    x: T", "read:B bind:A"),
]
if sys.version_info < (3, 12):
    SINCE_3_12.clear()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # assignments
        ("x = y", "read:y bind:x"),
        ("x = x + 1", "read:x bind:x"),
        ("x, (y, *z) = a", "read:a bind:x bind:y bind:z"),
        ("x = y = a", "read:a bind:x bind:y"),
        ("x: int = a", "read:a read:int bind:x"),
        ("x: int", "read:int"),
        ("x += a", "read:x read:a change:x bind:x"),
        ("x.y = a", "read:a read:x change:x"),
        ("x[i] = a", "read:a read:x read:i change:x"),
        ("x.y[0].z += a", "read:a read:x change:x"),
        ("x.y, b = a", "read:a read:x bind:b change:x"),
        ("f().y = a", "read:a read:f"),
        ("del x", "delete:x"),
        ("del x[0], y.z", "read:x change:x read:y change:y"),
        ("print(x := a)", "read:print read:a bind:x"),
        ("x; y", "read:x read:y"),
        ("f'{x:{y}} {z!r}'", "read:x read:y read:z"),
        # comprehensions
        ("[x for x in a]", "read:a"),
        ("[x + y for x in a if z]", "read:a read:z read:y"),
        ("[y for x in a for y in x]", "read:a"),
        ("[y for x in a for y in b]", "read:a read:b"),
        ("[x for x in x]", "read:x"),
        ("{k: v for k, v in a}", "read:a"),
        ("{x for x in a}, (y for y in b)", "read:a read:b"),
        ("[last := x for x in a]", "read:a bind:last"),
        ("[[seen := y for y in x] for x in a]", "read:a bind:seen"),
        ("[x async for x in a]", "read:a"),
        # loops, blocks
        ("for i in a:\n    b = i\nelse:\n    c", "read:a bind:i read:i bind:b read:c"),
        ("for x.y in a: pass", "read:a read:x change:x"),
        ("async for i in a: pass", "read:a bind:i"),
        ("while a: b = 1", "read:a bind:b"),
        ("with a as b, c: d", "read:a bind:b read:c read:d"),
        ("with a as (b, c): pass", "read:a bind:b bind:c"),
        ("async with a as b: pass", "read:a bind:b"),
        ("if a: b = 1\nelse: c = 1", "read:a bind:b bind:c"),
        ("try: a\nexcept E as e: e\nfinally: f", "read:a read:E borrow:e read:e expire:e read:f"),
        ("try: a\nexcept* E: b", "read:a read:E read:b"),
        ("raise a from b", "read:a read:b"),
        ("assert a, b", "read:a read:b"),
        # match
        ("match a:\n    case [x, *y]: x", "read:a bind:x bind:y read:x"),
        ("match a:\n    case {'k': v, **rest}: pass", "read:a bind:v bind:rest"),
        ("match a:\n    case C(x, k=y) as z if g: pass", "read:a read:C bind:x bind:y bind:z read:g"),
        ("match a:\n    case m.X | None: pass\n    case _: b", "read:a read:m read:b"),
        # imports
        ("import a.b, c as d", "bind:a bind:d"),
        ("import a.b as c", "bind:c"),
        ("from a import b, c as d", "bind:b bind:d"),
        ("from a.b import *", "star:a.b"),
        # functions
        ("def f(x, y=d): return x + y + z", "read:d later:z bind:f"),
        ("def f(x: A, *v: B, **k: C) -> D: pass", "read:A read:B read:C read:D bind:f"),
        ("def f(*, k=d): pass", "read:d bind:f"),
        ("@d(a)\n@e\ndef f(): return z", "read:d read:a read:e later:z bind:f"),
        ("def f():\n    x = 1\n    return x", "bind:f"),
        ("def f(): return x\nx = 1", "later:x bind:f bind:x"),
        ("def f():\n    global x\n    x = y", "later:y bind:x bind:f"),
        ("def f():\n    global x\n    x += y", "later:x later:y bind:x bind:f"),
        ("def f():\n    global x\n    return [x for i in y]", "later:x later:y bind:f"),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = z\n    return g", "later:z bind:f"),
        ("def f(x):\n    def g(): return x + y\n    return g", "later:y bind:f"),
        ("def f(): return f()", "later:f bind:f"),
        ("def f(rows): return [r + y for r in rows if (z := r)]", "later:y bind:f"),
        ("async def f(): return await g()", "later:g bind:f"),
        ("x = lambda a, b=c: a + b + d", "read:c later:d bind:x"),
        ("[lambda: x + y for x in a]", "read:a later:y"),
        ("def f():\n    class A:\n        x = y\n    return A", "later:y bind:f"),
        ("def f():\n    import numpy as np\n    return np", "bind:f"),
        # classes
        ("class A(B, metaclass=M): pass", "read:B read:M bind:A"),
        ("@d\nclass A: pass", "read:d bind:A"),
        ("class A:\n    x = 1\n    y = x + z", "read:z bind:A"),
        ("class A:\n    x = x", "read:x bind:A"),
        ("class A:\n    x: T = 1", "read:T bind:A"),
        ("class A:\n    def f(self): return x + A", "later:A later:x bind:A"),
        ("class A:\n    x = 1\n    def f(self): return x", "later:x bind:A"),
        ("class A:\n    class B: x = y", "read:y bind:A"),
        ("class A:\n    for i in a: pass\n    del i", "read:a bind:A"),
        ("class A:\n    x = 1\n    y = [x for i in x]", "read:x bind:A"),
        ("class A:\n    x = 1\n    class B: y = x", "read:x bind:A"),
        # hiding
        ("exec(a)", "read:exec read:a hide:exec"),
        ("globals()['x'] = 1", "read:globals hide:globals"),
        ("vars(a)", "read:vars read:a"),
        ("vars()['x'] = 1", "read:vars hide:vars"),
        *SINCE_3_12,
    ],
)
def test_uses(source, expected):
    assert shown(source) == expected


def test_lines_are_those_of_the_cell():
    found = uses("%%time\n\nx = a\n@d\ndef f():\n    return (\n        z)")
    assert [(use.name, use.line) for use in found] == [("a", 3), ("x", 3), ("d", 4), ("z", 5), ("f", 5)]


def test_a_cell_with_return_at_the_top_is_no_fault_of_ours():
    assert shown("return x") == "read:x"


# --- programs that run

NAMES = st.sampled_from(["a", "b", "c", "d"])


def indented(lines):
    return ["    " + line for line in lines]


def expressions():
    simple = NAMES | st.sampled_from(["1", "2"])
    return st.one_of(
        simple,
        st.builds("({} + {})".format, simple, simple),
        st.builds("sum([{1} for {0} in range(2)])".format, NAMES, simple),
        st.builds("sum([({0} := i) for i in range(2)])".format, NAMES),
        st.builds("(lambda {0}: {1})(1)".format, NAMES, simple),
        st.builds("[{0} for {0} in [{1}]][0]".format, NAMES, simple),
    )


@st.composite
def statements(draw, depth=0):
    kind = draw(st.integers(0, 3 if depth > 1 else 9))
    name, value = draw(NAMES), draw(expressions())
    body = indented(draw(blocks(depth + 1))) if kind > 3 else []
    match kind:
        case 0 | 1:
            return [f"{name} = {value}"]
        case 2:
            return [f"{name} += {value}"]
        case 3:
            return [f"{name}, {draw(NAMES)} = {value}, 1"]
        case 4:
            return [f"for {name} in range(2):", *body]
        case 5:
            return [f"def f({name}=1):", *body, f"f({value})"]
        case 6:
            return ["def f():", f"    global {name}", *body, "f()"]
        case 7:
            return ["class A:", *body]
        case 8:
            return ["try:", f"    raise ValueError({value})", f"except ValueError as {name}:", *body]
        case _:
            return [f"if {value}:", *body, "else:", f"    {name} = 0"]


def blocks(depth=0):
    return st.lists(statements(depth), min_size=1, max_size=3).map(lambda parts: [line for p in parts for line in p])


class Recording(dict):
    """A namespace that notes which names the running code asked for."""

    def __init__(self):
        super().__init__()
        self.read = set()

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)


@settings(max_examples=120, deadline=None)
@given(blocks())
def test_static_uses_cover_what_a_run_does(lines):
    source = "\n".join(lines)
    try:
        code = compile(source, "<program>", "exec")
    except SyntaxError:  # a parameter that is declared global
        return
    namespace = Recording()
    with contextlib.suppress(NameError, TypeError):
        exec(code, namespace)  # noqa: S102
    static = uses(source)
    bound = {use.name for use in static if use.kind == "bind"}
    read = {use.name for use in static if use.kind in ("read", "later")}
    assert set(namespace) - {"__builtins__", "__annotations__"} <= bound
    assert namespace.read & {"a", "b", "c", "d", "f", "A"} <= read
