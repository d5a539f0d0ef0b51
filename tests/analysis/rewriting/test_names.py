"""A function gets another name only where every bare use of the name surely means it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.analysis.rewriting.names import renamed

DEFINITION = "def close(a: int):  # close\n    return a"
RENAMED = DEFINITION.replace("def close", "def close_of")


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([DEFINITION], [RENAMED]),
        ([DEFINITION, "file.close(); f(close=close(2))"], [RENAMED, "file.close(); f(close=close_of(2))"]),
        ([DEFINITION, "x = 1"], [RENAMED, "x = 1"]),
        ([DEFINITION, "%cd x\r\nclose(1)\r\n"], [RENAMED, "%cd x\r\nclose_of(1)\r\n"]),
        ([DEFINITION, "%%time\nclose(1)"], [RENAMED, "%%time\nclose_of(1)"]),
        (["@keep\n@also(1)\n" + DEFINITION], ["@keep\n@also(1)\n" + RENAMED]),
        (["async  def close(a): return close"], ["async  def close_of(a): return close_of"]),
        (['def close(a):\n    """What close does."""'], ['def close_of(a):\n    """What close does."""']),
        (["g = lambda: close(1)", DEFINITION], ["g = lambda: close_of(1)", RENAMED]),
        ([DEFINITION, "[close(i) for i in close.rows]"], [RENAMED, "[close_of(i) for i in close_of.rows]"]),
        ([DEFINITION, "'größe', close(1)"], [RENAMED, "'größe', close_of(1)"]),
    ],
)
def test_renamed(sources, expected):
    made = renamed(sources, "close", "close_of")
    assert made is not None
    assert [made.get(at, source) for at, source in enumerate(sources)] == expected


@pytest.mark.parametrize(
    "other",
    [
        "close = 1",
        "def close(a): ...",
        "class A:\n    def close(self): ...\n",
        "class close: ...",
        "from os import close",
        "import close.path",
        "import x as close",
        "def f(close): return close",
        "for close in range(3): ...",
        "[close for close in x]",
        "def f():\n    global close\n    close = 1",
        "try: ...\nexcept E as close: ...",
        "match x:\n    case {**close}: ...",
        "del close",
        "(close := 1)",
        "frame.eval('close(a)')",
        "f'{x} to close'",
        "%timeit close(1)",
        "%time y = close(1)",
        "close?",
        "%%bash\nclose",
        "!close",
        "from os import *",
        "exec(code)",
        "%run other.py",
        "close_of = 1",
        "x = (",
        "# close_of",
    ],
)
def test_not_certain(other):
    assert renamed([DEFINITION, other], "close", "close_of") is None
    assert renamed([other, DEFINITION], "close", "close_of") is None


def test_what_python_has_may_be_meant_above():
    assert renamed(["sum([1])", "def sum(a): ...", "sum(2)"], "sum", "sum_of") is None
    assert renamed(["def sum(a): ...", "sum(2)"], "sum", "sum_of") == {0: "def sum_of(a): ...", 1: "sum_of(2)"}
    assert renamed(["def sum(a, b=sum([1])): ..."], "sum", "sum_of") is None
    assert renamed(["def sum(a):\n    return sum(a)"], "sum", "sum_of") == {0: "def sum_of(a):\n    return sum_of(a)"}
    assert renamed(["x = 1"], "sum", "sum_of") is None


STATEMENTS = st.sampled_from(
    [
        "close(1)",
        "x = [close(i)  for i in range(3)]  # close é",
        "file.close()",
        "f(close=2)",
        "%matplotlib inline",
        "if close:\n    y = close.name",
        "",
        "# close",
        "def g():\n    return close(2)",
        "größe = close(1)",
    ]
)


@given(st.lists(st.lists(STATEMENTS, min_size=1, max_size=4), max_size=3), st.sampled_from(["\n", "\r\n"]))
def test_the_rest_of_any_notebook_stays(cells, end):
    sources = [source.replace("\n", end) for source in [DEFINITION, *map("\n".join, cells)]]
    made = renamed(sources, "close", "close_of")
    assert made is not None
    assert all(source.replace("close_of", "close") == sources[at] for at, source in made.items())
