"""The choice of examples among rows."""

# ruff: noqa: N806

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.kernel import rows as row_forms
from jupyter_mlops.kernel.choosing import MOST_EXAMPLES, chosen


def frame(count=100, **more):
    return pd.DataFrame({"a": np.arange(float(count)), "b": np.arange(count) % 7, **more})


def positions(rows, answers):
    return chosen(rows, list(answers), row_forms.profile(rows))


@pytest.mark.parametrize("count", [0, 1, 5, 19, 20, 21, 39, 40, 1000])
def test_spread_evenly(count):
    found = positions(frame(count), [0] * count)
    assert len(found) == min(count, 20)
    assert found == sorted(set(found))
    assert count < 20 or found[-1] >= 0.45 * count


def test_every_answer_category_and_null_is_shown():
    X = frame(1000, c=pd.Series(["x"] * 1000, dtype=object))
    X.loc[991, "c"] = "rare"
    X.loc[993, "a"] = None
    X.loc[995, "c"] = None
    answers = [0] * 1000
    answers[997] = 1
    assert {991, 993, 995, 997} <= set(positions(X, answers))


def test_rows_with_holes_are_shown():
    flat, deep = np.arange(2000.0).reshape(1000, 2), np.arange(8000.0).reshape(1000, 4, 2)
    flat[991, 0] = flat[993, 1] = np.nan
    deep[991, 3:] = deep[993, 2:] = deep[995, 1, :] = np.nan
    assert {991, 993} <= set(positions(flat, [0] * 1000))
    assert set(positions(deep, [0] * 1000)) >= {991, 993}
    assert 995 not in positions(deep, [0] * 1000)
    cells = pd.DataFrame({"x": [np.array([i, np.nan if i == 997 else 1]) for i in range(1000)]})
    assert 997 in positions(cells, [0] * 1000)


def test_never_too_many():
    X = pd.DataFrame({f"c{i}": np.where(np.arange(1000) == i, None, 1.0) for i in range(200)})
    assert len(positions(X, range(1000))) <= MOST_EXAMPLES
