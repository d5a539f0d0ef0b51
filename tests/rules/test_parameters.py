"""Parameters cells that compute, and parameters that nothing reads."""

import pytest

from jupyter_mlops.rules.check import check


def parameters(source):
    return source, {"metadata": {"tags": ["parameters"]}}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("n = 10\nhalf = n // 2", ("warning", 2)),
        ("name = 'a'\npath = f'{name}.csv'", ("warning", 2)),
        ("n = 10\nrows: int = n", ("warning", 2)),
        ("import os\nn = os.cpu_count()", ("info", 2)),
        ("n = 1\nprint(n)", ("info", 2)),
        ("n = [x for x in range(3)]", ("info", 1)),
        ("n = 1\ndef f(): pass", ("info", 2)),
    ],
)
def test_computes(found, source, expected):
    findings = found(parameters(source), "n")
    assert [each[1:] for each in findings if each[0] == "parameters-cell-computes"] == [(expected[0], 1, expected[1])]


@pytest.mark.parametrize(
    "source",
    [
        "n = 10",
        "'''Settings'''\nn: int = 10  # rows",
        "n = -1.5\nn = 60 * 60",
        "n = [1, 2]\nn = {'a': None, 'b': (True, 'c')}",
        "from datetime import date\nn = date(2024, 1, 1)",
        "from pathlib import Path\nn = Path('data')",
        "n: int",
        "n = m = 1",
        "from typing import Literal\nn: Literal['a', 'b'] = 'a'",
        "pass\nn = 1",
    ],
)
def test_plain(found, source):
    assert [each for each in found(parameters(source), "n") if each[0] == "parameters-cell-computes"] == []


def test_other_cells_may_compute(found):
    assert found("n = 1\nhalf = n / 2") == []


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([parameters("n = 1"), "x = 2"], [("parameter-never-read", "warning", 1, 1)]),
        ([parameters("x = 1\nn = 1"), "x"], [("parameter-never-read", "warning", 1, 2)]),
        ([parameters("n = 1"), "y = 1\nn = 2", "n"], [("parameter-overwritten", "warning", 2, 2)]),
        (
            ["n", parameters("n = 1")],
            [("used-before-definition", "error", 1, 1), ("parameter-never-read", "warning", 2, 1)],
        ),
    ],
)
def test_unread(found, sources, expected):
    assert found(*sources) == expected


@pytest.mark.parametrize(
    "sources",
    [
        [parameters("n = 1"), "print(n)"],
        [parameters("n = 1"), "def f(): return n", "f()"],
        [parameters("n = 1"), "n = n + 1"],
        [parameters("n = 1"), "n += 1"],
        [parameters("n = 1"), "!echo {n}"],
        [parameters("n = 1"), "df = 1\ndf.query('a > @n')"],
        [parameters("n = 1"), "x = (", "n = 2"],
        [parameters("n = 1"), "if n: n = 2"],
        ["n = 1"],
    ],
)
def test_read(found, sources):
    assert [each for each in found(*sources) if each[0].startswith("parameter-")] == []


def test_the_messages_name_the_names(notebook):
    (first,) = check(notebook(parameters("n = 10\nhalf = n // 2"), "n, half"), None).findings
    assert first.message == "`half` is computed from `n` in the parameters cell"
    assert first.reason == "a value given for `n` comes after this cell, so `half` keeps the default's"
    (second,) = check(notebook(parameters("rate = 1"), "x = 1"), None).findings
    assert second.message == "no cell below reads `rate`"
