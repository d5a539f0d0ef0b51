"""Names that only a cell further down defines; told once, apart from names that nobody defines."""

import pytest

from jupyter_mlops.rules.check import check


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["print(x)", "x = 1"], [("used-before-definition", "error", 1, 1)]),
        (["def f(): return X", "f()", "X = 1"], [("used-before-definition", "error", 2, 1)]),
        (["x = 1\nif x: y", "y = 1"], [("used-before-definition", "warning", 1, 2)]),
        (["exec('1')\ny", "y = 1"], [("opaque-cell", "info", 1, 1), ("used-before-definition", "info", 1, 2)]),
        (["x = 1\ndel x\nx", "x = 1"], [("undefined-name", "error", 1, 3)]),
        (["x"], [("undefined-name", "error", 1, 1)]),
    ],
)
def test_which_of_the_two_it_is(found, sources, expected):
    assert found(*sources) == expected


@pytest.mark.parametrize(
    "sources",
    [
        ["x = 1", "x", "x = 2"],
        ["def f(): return X", "X = 1", "f()"],
        ["if 'x' not in globals(): x = 0", "x = 1"],
        ["try:\n    x\nexcept NameError:\n    x = 0", "x = 1"],
        ["for i in range(3):\n    if i: print(last)\n    last = i"],
    ],
)
def test_nothing_is_found(found, sources):
    assert found(*sources) == []


def test_the_message_names_the_way_out(notebook):
    (finding,) = check(notebook("print(rate)", "rate = 1"), None).findings
    assert finding.message == "`rate` is not bound on a clean run: only a cell further down binds it"
    assert finding.fix.text == "bind `rate` in a cell above this one"
