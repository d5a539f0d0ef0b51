"""What a model returns, as the package answers it."""

import math

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.exporting.runtime.answers import NotFiniteError, by_row, plain
from jupyter_mlops.kernel.rows import answers_as_json


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (np.array([1.5, np.nan]), [1.5, None]),
        (np.array([[1, 2], [3, 4]], "uint8"), [[1, 2], [3, 4]]),
        (np.array([[[1.5, 2], [np.nan, 4]]]), [[[1.5, 2.0], [None, 4.0]]]),
        (np.zeros((1, 2, 1, 2), bool), [[[[False, False]], [[False, False]]]]),
        ([np.ones((2, 1))], [[[1.0], [1.0]]]),
        ([[(1, "a")]], [[[1, "a"]]]),
        (pd.DataFrame({"a": [1], "b": ["x"]}), [{"a": 1, "b": "x"}]),
    ],
)
def test_as_the_notebooks_answers_were_written_down(result, expected):
    assert plain(result, len(expected)) == expected
    assert answers_as_json(result) == expected


@pytest.mark.parametrize("result", [np.array(1.5), np.zeros((3, 2)), None])
def test_no_answer_for_each_row(result):
    with pytest.raises((ValueError, TypeError)):
        plain(result, 2)


def test_an_infinite_number_deep_in_an_answer():
    with pytest.raises(NotFiniteError):
        plain(np.array([[[1.0], [math.inf]]]), 1)


def test_several_outputs_become_rows():
    outputs = [np.array([[0.1, 0.9], [0.4, 0.6]]), np.array([[0.2, 0.8], [1.0, 0.0]])]
    assert plain(by_row(outputs), 2) == [[[0.1, 0.9], [0.2, 0.8]], [[0.4, 0.6], [1.0, 0.0]]]
