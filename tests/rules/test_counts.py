"""Recorded execution counts: backwards and twice are warnings, gaps are notes."""

import pytest

from jupyter_mlops.rules.check import check


def counted(*counts):
    return [(f"x{number} = 1", {"execution_count": count}) for number, count in enumerate(counts)]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((1, 3, 2), [("counts-out-of-order", "warning", 3, None)]),
        ((1, 1), [("counts-out-of-order", "warning", 2, None)]),
        ((4, None, 2), [("counts-out-of-order", "warning", 3, None)]),
        ((5, 4, 3), [("counts-out-of-order", "warning", 2, None)]),
        ((1, 2, 5), [("counts-with-gaps", "info", 3, None)]),
        ((7, 8, 9), [("counts-with-gaps", "info", 1, None)]),
    ],
)
def test_found(found, counts, expected):
    assert found(*counted(*counts)) == expected


@pytest.mark.parametrize("counts", [(None, None), (1, 2, 3), (1, None, 2), (), (None, 1)])
def test_nothing_is_found(found, counts):
    assert found(*counted(*counts), "y = 1") == []


def test_the_message_names_both_cells(notebook):
    (finding,) = check(notebook(*counted(2, 5, 3, 1)), None).findings
    assert finding.message == "cell 3 [3] was run before cell 2 [5] above it; so do 1 more"


def test_skipped_cells_do_not_count(found):
    skipped = ("y = 1", {"execution_count": 9, "metadata": {"tags": ["skip-execution"]}})
    assert found(*counted(1), skipped, ("x = 1", {"execution_count": 2})) == []
