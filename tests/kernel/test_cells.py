"""Cells that are sequences of numbers: what they have in common, and what keeps them from being rows."""

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.kernel.cells import difference, merged, sequences


def fact(container, dtype="float64", values="number", length=2, nulls=False):
    return {"container": container, "dtype": dtype, "values": values, "length": length, "nulls": nulls}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([pd.Series([1.0, 2.0]), pd.Series([3.0, 4.0])], fact("series")),
        ([pd.Series([1.0, np.nan]), pd.Series([3.0])], fact("series", length=None, nulls=True)),
        ([pd.Series([1, 2], dtype="uint8")], fact("series", "uint8", "integer")),
        ([pd.Series([True, False])], fact("series", "bool", "boolean")),
        ([np.array([1.0, 2.0], "float32")], fact("array", "float32")),
        ([np.array([1, 2])] * 3, fact("array", "int64", "integer")),
        ([[1.5, 2], [3, 4]], fact("list")),
        ([[1, 2]], fact("list", "int64", "integer")),
        ([[float("nan"), 2]], fact("list", nulls=True)),
        ([[True, False]], fact("list", "bool", "boolean")),
    ],
)
def test_alike(cells, expected):
    assert sequences(cells) == expected


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([pd.Series([1.0], index=[3])], "Series with another index"),
        ([pd.Series([1.0], index=pd.date_range("2020", periods=1))], "Series with another index"),
        ([pd.Series([1.0]), pd.Series([1.0], index=pd.RangeIndex(1, 2))], "Series with another index"),
        ([pd.Series([1.0], name="x")], "Series with a name"),
        ([pd.Series([1.0]), pd.Series([1])], "Series of float64 and int64"),
        ([pd.Series(["a"], dtype=object)], "Series of object"),
        ([pd.Series([1, None], dtype="Int64")], "Series of Int64"),
        ([pd.Series([], dtype=float)], "Series without elements"),
        ([np.ones(2), np.ones((2, 2))], "ndarray of 2 dimensions"),
        ([np.array([1], "uint64")], "ndarray of uint64"),
        ([np.array([1j])], "ndarray of complex128"),
        ([np.array([1.0], ">f8")], "ndarray of >f8"),
        ([[1.0], []], "list without elements"),
    ],
)
def test_not_alike(cells, words):
    assert sequences(cells).startswith(words)


@pytest.mark.parametrize(
    "cells",
    [[], [1.0, 2.0], ["a"], [pd.Series([1.0]), None], [[1.0], np.ones(1)], [["a"]], [[[1]]], [[True, 1]], [(1, 2)]],
)
def test_no_sequences(cells):
    assert sequences(cells) is None


def test_cells_of_several_calls():
    one, longer, holed = fact("array"), fact("array", length=3), fact("array", nulls=True)
    assert merged(one, [one]) == one
    assert merged(one, [longer, holed]) == fact("array", length=None, nulls=True)
    assert difference(None, None) is None
    assert difference(one, longer) is None
    assert difference(one, fact("series")) == "a series of float64, not an array of float64"
    assert difference(one, fact("array", "int64")) == "an array of int64, not an array of float64"
    assert difference(None, one) == "an array of float64, not a number or text"
