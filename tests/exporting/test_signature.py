"""Types of requests and answers from what a run showed."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.documents import Answer, ArrayInput, Cells, Column, FrameInput, TextInput
from jupyter_mlops.exporting.signature import answer_type, signature, tolerance_of
from jupyter_mlops.kernel.rows import profile


def nested(values, **more):
    """A frame with one cell, which is a Series."""
    return pd.DataFrame({"a": pd.Series([pd.Series(values, **more)], dtype=object)})


def test_a_frame():
    frame = pd.DataFrame(
        {
            "n": [1, 2, 3],
            "x": [1.5, None, 2],
            "flag": [True, False, True],
            "kind": pd.Categorical(["a", "b", None]),
            "at": pd.to_datetime(["2020-01-01"] * 3).tz_localize("UTC"),
            "text": pd.Series(["p", "q", "r"], dtype=object),
        }
    )
    found, findings = signature(profile(frame), "model")
    assert findings == []
    assert found == FrameInput(
        columns=[
            Column(name="n", dtype="int64", type="integer", nullable=False),
            Column(name="x", dtype="float64", type="number", nullable=True),
            Column(name="flag", dtype="bool", type="boolean", nullable=False),
            Column(name="kind", dtype="category", type="string", nullable=True, categories=["a", "b"]),
            Column(name="at", dtype=str(frame["at"].dtype), type="datetime", nullable=False, aware=True),
            Column(name="text", dtype="object", type="string", nullable=False),
        ]
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (np.zeros((2, 3)), ArrayInput(shape=(3,), dtype="float64", type="number", nullable=False)),
        (np.array([[np.nan]]), ArrayInput(shape=(1,), dtype="float64", type="number", nullable=True)),
        (np.zeros((2, 3), "uint8"), ArrayInput(shape=(3,), dtype="uint8", type="integer", nullable=False)),
        (np.zeros((2, 3), bool), ArrayInput(shape=(3,), dtype="bool", type="boolean", nullable=False)),
        ([[1, 2]], ArrayInput(shape=(2,), dtype="int64", type="integer", nullable=False)),
        (np.zeros(3), ArrayInput(shape=(), dtype="float64", type="number", nullable=False)),
        ([1, 2], ArrayInput(shape=(), dtype="int64", type="integer", nullable=False)),
        (np.array([[[np.nan], [1]]]), ArrayInput(shape=(2, 1), dtype="float64", type="number", nullable=True)),
        (np.zeros((2, 3, 4, 5), "f4"), ArrayInput(shape=(3, 4, 5), dtype="float32", type="number", nullable=False)),
        (["a"], TextInput(container="list")),
        (np.array(["a"]), TextInput(container="array", dtype="str")),
        (pd.Series(["a"], dtype=object, name="t"), TextInput(container="series", dtype="object", name="t")),
    ],
)
def test_arrays_and_texts(rows, expected):
    assert signature(profile(rows), "model") == (expected, [])


@pytest.mark.parametrize(
    ("cells", "kind", "nullable", "expected"),
    [
        ([pd.Series([1.0, 2])] * 2, "number", False, Cells(container="series", dtype="float64", length=2)),
        ([pd.Series([1, 2], dtype="int8")], "integer", False, Cells(container="series", dtype="int8", length=2)),
        ([np.array([1.0, np.nan]), np.ones(3)], "number", True, Cells(container="array", dtype="float64", length=None)),
        ([np.array([True])], "boolean", False, Cells(container="array", dtype="bool", length=1)),
        ([[1, 2], [3, 4]], "integer", False, Cells(container="list", dtype="int64", length=2)),
        ([[1, 2.5], [3]], "number", False, Cells(container="list", dtype="float64", length=None)),
    ],
)
def test_cells_that_are_sequences(cells, kind, nullable, expected):
    found, findings = signature(profile(pd.DataFrame({"a": pd.Series(cells, dtype=object)})), "model")
    assert findings == []
    assert found == FrameInput(columns=[Column(name="a", dtype="object", type=kind, nullable=nullable, cells=expected)])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ["`model`", "a", "twice"]),
        (pd.DataFrame([[1, 2]], columns=["a", 0]), ["column 0", "no text for a name"]),
        (pd.DataFrame({"a": pd.Series([1, "x"], dtype=object)}), ["`a`", "int and str"]),
        (pd.DataFrame({"a": pd.Series([["x"]], dtype=object)}), ["`a`", "list"]),
        (nested([1.0], index=[5]), ["`a`", "Series with another index"]),
        (nested([1.0], name="x"), ["`a`", "Series with a name"]),
        (nested(["x"]), ["`a`", "Series of "]),
        (nested([]), ["`a`", "Series "]),
        (nested([1, 2], dtype="Int64"), ["`a`", "Series of Int64"]),
        (pd.DataFrame({"a": [1 + 2j]}), ["`a`", "complex128"]),
        (np.array([["a", 1]], dtype=object), ["type object"]),
        (np.zeros((1, 1), complex), ["type complex128"]),
        (pd.Series([1]), ["pandas.Series"]),
        (np.zeros((1, 2, 3, 4, 5)), ["5-dimensional"]),
        ({"a": 1}, ["builtins.dict"]),
        (["a"] * 1500 + [None], ["texts are missing"]),
    ],
)
def test_rows_without_a_schema(rows, words):
    found, findings = signature(profile(rows), "model")
    assert found is None
    for finding in findings:
        assert finding.code == "rows-have-no-schema"
        assert finding.severity == "error"
        assert finding.fix.text
    assert all(word in findings[0].message for word in words)


def test_every_bad_column_is_told():
    frame = pd.DataFrame({"a": pd.Series([["x"]], dtype=object), "b": [1], "c": pd.Series([{}], dtype=object)})
    assert len(signature(profile(frame), "model")[1]) == 2


def test_many_bad_columns_of_a_kind_are_told_at_once():
    (finding,) = signature(profile(pd.DataFrame(np.zeros((2, 200)))), "model")[1]
    assert "the columns 0, 1, 2, 3, 4 and 195 more have no text for a name" in finding.message
    frame = pd.DataFrame({name: pd.to_timedelta([1]) for name in ("a", "b")})
    (finding,) = signature(profile(frame), "model")[1]
    assert "the columns `a`, `b` (timedelta64[" in finding.message
    assert "hold timedelta64[" in finding.message


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        ([dt.date(2024, 1, 1)], "frame['a'] = pd.to_datetime(frame['a'])"),
        (pd.to_timedelta([1]), "frame['a'] = frame['a'].dt.total_seconds()"),
        ([decimal.Decimal(1)], "frame['a'] = frame['a'].astype(float)"),
        ([["x"]], "columns of their own"),
        ([pd.Series([1.0], index=[5])], "pd.Series(cell.to_numpy())"),
        ([1, "a"], "frame['a'] = frame['a'].astype(str)"),
    ],
)
def test_how_a_column_can_be_converted(values, fix):
    (finding,) = signature(profile(pd.DataFrame({"a": values})), "model")[1]
    assert fix in finding.fix.text


@pytest.mark.parametrize(
    ("answers", "columns", "expected"),
    [
        ([1, 0], None, Answer(type="integer")),
        ([1, 0.5], None, Answer(type="number")),
        ([0.5, None], None, Answer(type="number", nullable=True)),
        ([None], None, Answer(type="number", nullable=True)),
        ([True], None, Answer(type="boolean")),
        (["a", "b"], None, Answer(type="string")),
        ([[0.25, 0.75]], None, Answer(type="number", shape=(2,))),
        ([[]], None, Answer(type="number", shape=(0,))),
        ([[[0.25, None]], [[1, 2]]], None, Answer(type="number", shape=(1, 2), nullable=True)),
        ([{"a": 1, "b": 0.5}], ["a", "b"], Answer(type="number", columns=["a", "b"])),
    ],
)
def test_answers(answers, columns, expected):
    assert answer_type(answers, columns) == expected


@pytest.mark.parametrize(
    ("answers", "columns"),
    [
        ([1, "a"], None),
        ([True, 1], None),
        ([[1], [1, 2]], None),
        ([[[1], [1, 2]]], None),
        ([[[1], 2]], None),
        ([[1], 2], None),
        ([{"a": 1, "b": "x"}], ["a", "b"]),
        ([[1, "a"]], None),
    ],
)
def test_answers_of_no_one_type(answers, columns):
    with pytest.raises(ValueError, match="different"):
        answer_type(answers, columns)


def test_floats_of_32_bits_are_sure_to_fewer_digits():
    single = answer_type([0.5], None, single=True)
    assert single == Answer(type="number", single=True)
    assert (tolerance_of(single, 1e-9), tolerance_of(single, 1e-3)) == (1e-5, 1e-3)
    assert tolerance_of(answer_type([0.5], None), 1e-9) == tolerance_of(None, 1e-9) == 1e-9
