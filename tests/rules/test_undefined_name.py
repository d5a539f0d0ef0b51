"""Names that nobody binds, or that are bound only further down."""

import pytest


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
    ],
)
def test_names_that_a_clean_run_lacks(found, sources, places):
    assert found(*sources) == [("undefined-name", "error", *place) for place in places]


def test_the_message_says_where_it_is_bound(notebook):
    from jupyter_mlops.rules.check import check

    below = check(notebook("x", "x = 1"), None).findings[0]
    nowhere = check(notebook("x"), None).findings[0]
    assert "further down" in below.message
    assert "no cell" in nowhere.message
    assert "`x`" in nowhere.fix.text


@pytest.mark.parametrize("hiding", ["from math import *", "exec('x = 1')", "%run other.py", "%store -r"])
def test_behind_hiding_code_it_is_only_a_warning(found, hiding):
    assert ("undefined-name", "warning", 2, 1) in found(hiding, "x")
    assert ("undefined-name", "error", 1, 1) in found("x", hiding)
