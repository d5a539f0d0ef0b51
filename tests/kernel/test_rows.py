"""Rows as they are given to models: their kind, their schema, and the same as JSON."""

import datetime
import json
import math

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.kernel import rows as subject
from jupyter_mlops.kernel.rows import answers_as_json, as_json, copied, is_single, kind_of, profile, taken


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (pd.DataFrame({"a": [1]}), "frame"),
        (pd.DataFrame({"a": []}), "frame"),
        (np.zeros((2, 3)), "array"),
        ([[1, 2], [3, 4]], "array"),
        ([(1, 2)], "array"),
        (["a", "b"], "text"),
        (np.array(["a", "b"]), "text"),
        (np.array(["a", "b"], dtype=object), "text"),
        (pd.Series(["a", "b"]), "text"),
        (pd.Series(["a", "b"], dtype="string"), "text"),
        (pd.Series([1, 2]), "pandas.Series"),
        (np.zeros(3), "array"),
        (np.zeros((1, 2, 3)), "array"),
        (np.zeros((1, 2, 3, 4)), "array"),
        (np.zeros((1, 2, 3, 4, 5)), "a 5-dimensional numpy.ndarray"),
        (np.float64(1) * np.ones(()), "numpy.float64"),
        (np.zeros((2, 0, 3)), "a 3-dimensional numpy.ndarray"),
        (np.array([1, "a"], dtype=object), "a 1-dimensional numpy.ndarray of mixed values"),
        ([[[1], [2]], [[3], [4]]], "array"),
        ([[[1], [2]], [[3]]], "a ragged list"),
        ([], "builtins.list"),
        ([1, 2], "array"),
        ([np.float64(1), 2], "array"),
        ([1, None], "builtins.list"),
        ([[1], [1, 2]], "a ragged list"),
        ("text", "builtins.str"),
        (None, "builtins.NoneType"),
        ({"a": 1}, "builtins.dict"),
        (iter([1]), "builtins.list_iterator"),
    ],
)
def test_kinds(rows, kind):
    assert kind_of(rows) == kind
    known = kind in ("frame", "array", "text")
    assert (copied(rows) is not None) == known
    assert (profile(rows)["kind"] == "other") == (not known)


def many(*values):
    return list(values) * 10


@pytest.mark.parametrize(
    ("values", "dtype", "kind", "nulls", "categories"),
    [
        ([1, 2], "int64", "integer", False, None),
        (np.array([1, 2], dtype="uint8"), "uint8", "integer", False, None),
        ([1.0, math.nan], "float64", "number", True, None),
        (np.array([1, 2], dtype="float32"), "float32", "number", False, None),
        ([1.0, math.inf], "float64", "number", False, None),
        ([True, False], "bool", "boolean", False, None),
        (pd.array([True, None], dtype="boolean"), "boolean", "boolean", True, None),
        (pd.array([1, None], dtype="Int64"), "Int64", "integer", True, None),
        (pd.array([1, None], dtype="Float32"), "Float32", "number", True, None),
        (pd.array(["a", None], dtype="string"), "string", "string", True, None),
        (pd.Series(["a", "b"], dtype=object), "object", "string", False, None),
        (pd.Series(["a", None], dtype=object), "object", "string", True, None),
        (pd.Series([True, None], dtype=object), "object", "boolean", True, None),
        (pd.Series([1, None], dtype=object), "object", "integer", True, None),
        (pd.Series([1, 2.5], dtype=object), "object", "number", False, None),
        (pd.Series([1, "a"], dtype=object), "object", "int and str", False, None),
        (pd.Series([True, 1], dtype=object), "object", "bool and int", False, None),
        (pd.Series([["a"], ["b"]], dtype=object), "object", "list", False, None),
        (pd.Series([[1], [2]], dtype=object), "object", "sequence", False, None),
        (pd.Series([[1.5, math.nan], [2]], dtype=object), "object", "sequence", True, None),
        (pd.Series([[1], None], dtype=object), "object", "list", True, None),
        (pd.Series(many("b", "a")), None, "string", False, ["a", "b"]),
        (pd.Series(many("b", None), dtype=object), "object", "string", True, ["b"]),
        (pd.Series([str(i) for i in range(30)] * 10), None, "string", False, None),
        (pd.Series(["a", "b", "a"]).astype("category"), "category", "string", False, ["a", "b"]),
        (pd.Series(pd.Categorical(["a", None], categories=["b", "a"])), "category", "string", True, ["b", "a"]),
        (pd.Series(pd.Categorical([1, 2])), "category", "integer", False, [1, 2]),
        (pd.Series(pd.Categorical([1.5, 2])), "category", "number", False, [1.5, 2.0]),
        (pd.to_timedelta(["1s", "2s"]), None, "timedelta64", False, None),
        (pd.Series([1 + 2j]), "complex128", "complex128", False, None),
        (pd.period_range("2020", periods=2, freq="D"), "period[D]", "Period", False, None),
    ],
)
def test_columns(values, dtype, kind, nulls, categories):
    (fact,) = profile(pd.DataFrame({"a": values}))["columns"]
    assert dtype is None or fact["dtype"] == dtype
    assert fact["values"].startswith(kind)
    assert (fact["nulls"], fact["categories"]) == (nulls, categories)


@pytest.mark.parametrize(("zone", "aware"), [(None, False), ("UTC", True), ("Europe/Berlin", True)])
def test_datetimes(zone, aware):
    frame = pd.DataFrame({"a": pd.to_datetime(["2020-01-01T12:00", None]).tz_localize(zone)})
    (fact,) = profile(frame)["columns"]
    assert (fact["values"], fact["nulls"], fact["aware"]) == ("datetime", True, aware)
    first, second = as_json(frame)
    assert pd.Timestamp(first["a"]) == frame["a"][0]
    assert second["a"] is None


def test_column_names():
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", 7, "a"])
    assert [(fact["name"], fact["label"]) for fact in profile(frame)["columns"]] == [
        ("a", "a"),
        (None, "7"),
        ("a", "a"),
    ]


@pytest.mark.parametrize(
    ("rows", "shape", "dtype", "nulls"),
    [
        (np.zeros((2, 3)), [3], "float64", False),
        (np.array([[1.0, math.nan]]), [2], "float64", True),
        (np.zeros((2, 3), dtype="float32"), [3], "float32", False),
        (np.zeros((2, 1), dtype=bool), [1], "bool", False),
        ([[1, 2]], [2], "int64", False),
        (np.array([["a", None]], dtype=object), [2], "object", False),
        (np.zeros(3), [], "float64", False),
        ([1, 2], [], "int64", False),
        (np.zeros((2, 5, 1)), [5, 1], "float64", False),
        (np.array([[[1.0], [math.nan]]]), [2, 1], "float64", True),
        (np.zeros((2, 3, 4, 5), "uint8"), [3, 4, 5], "uint8", False),
    ],
)
def test_arrays(rows, shape, dtype, nulls):
    found = profile(rows)
    assert (found["shape"], found["dtype"], found["nulls"]) == (shape, dtype, nulls)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (np.array([1.5, math.nan]), [1.5, None]),
        (np.array([3, 4], "uint8"), [3, 4]),
        (np.array([[[1.5], [math.nan]]]), [[[1.5], [None]]]),
        (np.array([[[True]]]), [[[True]]]),
        ([[[1], [2]]], [[[1], [2]]]),
    ],
)
def test_arrays_as_json(rows, expected):
    assert as_json(rows) == expected
    assert json.loads(json.dumps(expected)) == as_json(rows)


def test_an_infinite_number_deep_in_an_array():
    with pytest.raises(ValueError, match="infinite"):
        as_json(np.array([[[1.0], [math.inf]]]))


@pytest.mark.parametrize(
    ("rows", "container", "dtype", "name", "nulls"),
    [
        (["a"], "list", None, None, False),
        (["a"] * 1500 + [None], "list", None, None, True),
        (np.array(["a", "long"]), "array", "str", None, False),
        (np.array(["a"], dtype=object), "array", "object", None, False),
        (pd.Series(["a"], dtype=object, name="text"), "series", "object", "text", False),
        (pd.Series(["a"], dtype=object, name=0), "series", "object", None, False),
        (pd.Series(["a"] * 1500 + [None], dtype=object), "series", "object", None, True),
    ],
)
def test_texts(rows, container, dtype, name, nulls):
    found = profile(rows)
    assert (found["container"], found["dtype"], found["name"], found["nulls"]) == (container, dtype, name, nulls)


def test_copies_are_cut_and_apart(monkeypatch):
    frame = pd.DataFrame({"a": np.arange(subject.MOST_ROWS + 5)})
    frame.loc[subject.MOST_ROWS + 1, "a"] = -1
    kept = copied(frame)
    frame.loc[0, "a"] = 99
    assert (len(kept), kept["a"][0]) == (subject.MOST_ROWS, 0)
    assert profile(frame)["rows"] == subject.MOST_ROWS + 5
    monkeypatch.setattr(subject, "MOST_NUMBERS", 1000)
    assert copied(np.zeros((50, 10, 10))).shape == (10, 10, 10)
    assert copied(np.zeros((50, 2000, 1))).shape == (1, 2000, 1)
    array = np.zeros((2, 2))
    kept = copied(array)
    array[0, 0] = 9
    assert kept[0, 0] == 0
    words = ["a"]
    kept = copied(words)
    words[0] = "b"
    assert kept == ["a"]


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame({"a": [1, 2, 3]}, index=[7, 7, 7]),
        np.arange(6).reshape(3, 2),
        ["a", "b", "c"],
        pd.Series(list("abc")),
    ],
)
def test_taken(rows):
    part = taken(rows, [2, 0])
    assert type(part) is type(rows)
    assert as_json(part) == [as_json(rows)[2], as_json(rows)[0]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], [1, 2]),
        (np.array([1.5, np.nan]), [1.5, None]),
        (np.array([0.1], dtype="float32"), [0.10000000149011612]),
        (pd.array([1, None], dtype="Int64"), [1, None]),
        (pd.array([True, None], dtype="boolean"), [True, None]),
        (pd.Series(["a", None], dtype=object), ["a", None]),
        (pd.Series([True, None], dtype=object), [True, None]),
        (pd.Series(pd.Categorical(["a", None])), ["a", None]),
        (pd.Series([datetime.date(2020, 1, 2)], dtype=object), ["2020-01-02"]),
    ],
)
def test_frames_as_json(values, expected):
    rows = as_json(pd.DataFrame({"a": values}))
    assert [row["a"] for row in rows] == [pytest.approx(each) if isinstance(each, float) else each for each in expected]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1j, ["a", 1j], {"a": 1}, b"a", object()])
def test_what_json_cannot_carry(value):
    with pytest.raises(ValueError, match="JSON"):
        as_json(pd.DataFrame({"a": pd.Series([value], dtype=object)}))


class Sparse:
    def toarray(self):
        return np.array([[1, 0]])


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (np.array([1, 0]), [1, 0]),
        (np.array([True]), [True]),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array([0.5, np.nan]), [0.5, None]),
        (np.array([[0.25, 0.75]]), [[0.25, 0.75]]),
        ([1, 2], [1, 2]),
        ([(1, 2)], [[1, 2]]),
        (np.array([[[1.5, 2], [np.nan, 4]]]), [[[1.5, 2], [None, 4]]]),
        ([np.ones((2, 1), int)], [[[1], [1]]]),
        (pd.Series([1, 2], index=[5, 6]), [1, 2]),
        (pd.DataFrame({"a": [1], "b": ["x"]}), [{"a": 1, "b": "x"}]),
        (Sparse(), [[1, 0]]),
        ([], []),
    ],
)
def test_answers(answers, expected):
    assert answers_as_json(answers) == expected


@pytest.mark.parametrize("answers", [None, 1.0, "a", {"a": 1}, {1}, iter([1]), np.zeros((1,) * 5), [object()]])
def test_answers_that_are_none(answers):
    with pytest.raises(ValueError):  # noqa: PT011
        answers_as_json(answers)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (np.ones(2, "float32"), True),
        (np.ones((2, 2), "float16"), True),
        (np.ones(2), False),
        (np.ones(2, "int32"), False),
        (pd.Series([1.0], dtype="float32"), True),
        (pd.DataFrame({"a": [1], "b": np.ones(1, "float32")}), True),
        (pd.DataFrame({"a": [1.0], "b": pd.Categorical(["x"])}), False),
        ([1.0], False),
    ],
)
def test_floats_of_32_bits(answers, expected):
    assert is_single(answers) == expected
