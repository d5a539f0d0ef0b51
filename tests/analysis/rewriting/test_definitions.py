"""Functions written so that a service can load them."""

import pytest

from jupyter_mlops.analysis.rewriting.definitions import at_the_top, with_hint, with_method


@pytest.mark.parametrize(
    ("source", "argument", "expected"),
    [
        ("def f(a): return a", "a", "def f(a: int | str): return a"),
        ("def f(a, b=1,  c = 2): ...  # a", "b", "def f(a, b: int | str = 1,  c = 2): ...  # a"),
        ("def f(a, b=1,  c = 2): ...", "c", "def f(a, b=1,  c: int | str = 2): ..."),
        ("def f(größe, /, *, ä): ...", "ä", "def f(größe, /, *, ä: int | str): ..."),
        (
            "%cd x\r\n@d\r\ndef f(\r\n  a,  # é\r\n): ...",
            "a",
            "%cd x\r\n@d\r\ndef f(\r\n  a: int | str,  # é\r\n): ...",
        ),
        ("def f(a): ...\ndef f(a): ...", "a", "def f(a): ...\ndef f(a: int | str): ..."),
        ("def f(a: int): ...", "a", None),
        ("def f(a): ...", "b", None),
        ("def g(a): ...", "a", None),
        (">>> def f(a): ...", "a", None),
    ],
)
def test_hints(source, argument, expected):
    assert with_hint(source, "f", argument, "int | str") == expected


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        (
            "class A:\n    half = lambda v: v / 2  # é\n    x = 1",
            2,
            "class A:\n    def half(v):  # é\n        return v / 2\n    x = 1",
        ),
        ("class A:\n\thalf = lambda: (1)", 2, "class A:\n\tdef half():\n\t    return (1)"),
        (
            "class A:\r\n  class B:\r\n    half = lambda v, *, k=2: v / k",
            3,
            "class A:\r\n  class B:\r\n    def half(v, *, k=2):\r\n        return v / k",
        ),
        ("class A:\n    half = lambda v, k={1: 2}: v", 2, None),
        ("class A:\n    half = lambda v: (\n        v)", 2, None),
        ("class A:\n    half = lambda v: v; x = 1", 2, None),
        ("class A:\n    half = other = lambda v: v", 2, None),
        ("class A:\n    half = staticmethod(lambda v: v)", 2, None),
        ("half = lambda v: v", 1, None),
        ("def f():\n    class A:\n        half = lambda v: v", 3, None),
    ],
)
def test_methods(source, line, expected):
    assert with_method(source, line) == expected


MAKE = "def make():  # é\n    def half(v):\n        # halves\n        return v / 2\n\n    return half\nx = make()"
MADE = "def half(v):\n    # halves\n    return v / 2\n\n\ndef make():  # é\n\n    return half\nx = make()"


def test_at_the_top():
    assert at_the_top(MAKE, 2, ["y = 1"]) == MADE
    assert at_the_top(MAKE.replace("\n", "\r\n"), 2, []) == MADE.replace("\n", "\r\n")
    handed_on = MAKE.replace("return half", "return FunctionTransformer(half)")
    assert at_the_top(handed_on, 2, []) == MADE.replace("return half", "return FunctionTransformer(half)")
    decorated = MADE.replace("def make", "@keep\ndef make")
    assert at_the_top("%cd x\n@keep\n" + MAKE, 4, []) == "%cd x\n" + decorated


@pytest.mark.parametrize(
    ("source", "others"),
    [
        (MAKE, ["half = 1"]),
        (MAKE.replace("make():", "make(k):").replace("/ 2", "/ k"), []),
        (MAKE + "\nhalf = 2", []),
        (MAKE + "\nprint(half)", []),
        (MAKE + "\ndef other(half): ...", []),
        (MAKE + "\nclass half: ...", []),
        (MAKE + "\nexec('half')", []),
        (MAKE.replace("half(v)", "half(v, k=y)"), []),
        (MAKE.replace("half", "len"), []),
        (MAKE.replace("    def", "    @keep\n    def"), []),
        (MAKE.replace("# halves", 'x = """a\n        b"""'), []),
        (MAKE.replace("    return half", "    half = 2\n    return half"), []),
        (MAKE.replace("def make", "async def make"), []),
        (MAKE.replace("    return half", "    half.k = 1\n    return half"), []),
        (MAKE.replace("    return half", "    setattr(half, 'k', 1)\n    return half"), []),
        (MAKE.replace("/ 2", "/ half(v)"), []),
    ],
)
def test_stays_inside(source, others):
    assert at_the_top(source, 2, others) is None
