"""What a model was fitted on and asked, and the examples that come of it."""

# ruff: noqa: ARG002, ARG005, N803, N806

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from jupyter_mlops.kernel import rows as row_forms
from jupyter_mlops.kernel.calls import Call
from jupyter_mlops.kernel.examples import CallLog, gathered


class Watched:
    """Calls as the kernel's hook would report them."""

    def __init__(self):
        self.log = CallLog()

    def call(self, receiver, method, X, *more, **named):
        kept = self.log.keep_rows(receiver, method, X)
        result = getattr(receiver, method)(X, *more, **named)
        self.log.finished(Call(0, method, receiver, kept, alone=not (more or named)), result)
        return result


@pytest.fixture
def watched():
    return Watched()


def frame(count=100, **more):
    return pd.DataFrame({"a": np.arange(float(count)), "b": np.arange(count) % 7, **more})


LABELS = (np.arange(100) >= 15).astype(int)


def test_answers_are_those_that_the_notebook_got(watched):
    model, X = LogisticRegression(), frame()
    watched.call(model, "fit", X, LABELS)
    given = watched.call(model, "predict", X[:30])
    model.coef_[:] = 0  # what the model would say now does not count
    found = gathered(watched.log, model, ["predict"])["endpoints"]["predict"]
    assert len(found["rows"]) >= 20
    position = {row["a"]: answer for row, answer in zip(found["rows"], found["answers"], strict=True)}
    assert all(given[int(a)] == answer for a, answer in position.items())


def test_without_calls_rows_of_the_fit_are_asked(watched):
    model, X = LogisticRegression(), frame()
    watched.call(model, "fit", X, LABELS)
    found = gathered(watched.log, model, ["predict", "predict_proba"])
    predicted, probable = found["endpoints"]["predict"], found["endpoints"]["predict_proba"]
    assert len(predicted["rows"]) >= 20
    assert len(set(predicted["answers"])) == 2
    assert (predicted["classes"], probable["classes"]) == (None, [0, 1])
    assert found["profile"]["kind"] == "frame"
    assert found["faults"] == []


def test_a_later_fit_drops_the_answers_of_the_earlier(watched):
    model, X = LinearRegression(), frame()
    watched.call(model, "fit", X, np.zeros(100))
    watched.call(model, "predict", X)
    watched.call(model, "fit", X, np.ones(100))
    found = gathered(watched.log, model, ["predict"])["endpoints"]["predict"]
    assert found["answers"] == pytest.approx([1.0] * len(found["answers"]))


def test_a_fit_of_another_schema_rules(watched):
    model = LinearRegression()
    watched.call(model, "fit", frame(), LABELS)
    watched.call(model, "fit", frame()[["b"]], LABELS)
    profile = gathered(watched.log, model, ["predict"])["profile"]
    assert [column["name"] for column in profile["columns"]] == ["b"]


def test_nulls_and_categories_of_any_call_are_admitted(watched):
    model = LinearRegression()
    X = frame(c=pd.Series(["x", "y"] * 50, dtype=object))
    asked = frame(c=pd.Series(["x", "z"] * 50, dtype=object))
    asked.loc[3, "a"] = None
    model.predict = lambda rows: np.arange(len(rows))
    model.fit = lambda rows, y: model
    watched.call(model, "fit", X, LABELS)
    watched.call(model, "predict", asked)
    found = gathered(watched.log, model, ["predict"])
    a, _, c = found["profile"]["columns"]
    assert a["nulls"]
    assert not c["nulls"]
    assert c["categories"] == ["x", "y", "z"]
    rows = found["endpoints"]["predict"]["rows"]
    assert {row["c"] for row in rows} == {"x", "z"}
    assert None in [row["a"] for row in rows]


def answering(model):
    model.predict = lambda rows: np.arange(len(rows))
    model.fit = lambda rows, y: model
    return model


@pytest.mark.parametrize(
    ("fitted", "asked", "column"),
    [
        ([1, 2] * 10, [0.5, 2.0], ("float64", "number", False)),
        ([1, 2] * 10, [1, None], ("float64", "number", True)),
        ([1.5, 2] * 10, [1, 2], ("float64", "number", False)),
        (["x", "y"] * 10, ["z", "x"], ("object", "string", False)),
        (["x", "y"] * 10, [None, "x"], ("object", "string", True)),
    ],
)
def test_rows_of_a_wider_type_widen_the_schema(watched, fitted, asked, column):
    model = answering(LinearRegression())
    dtype = object if isinstance(fitted[0], str) else None
    watched.call(model, "fit", pd.DataFrame({"a": pd.Series(fitted, dtype=dtype)}), None)
    watched.call(model, "predict", pd.DataFrame({"a": pd.Series(asked, dtype=dtype)}))
    found = gathered(watched.log, model, ["predict"])
    (a,) = found["profile"]["columns"]
    assert (a["dtype"], a["values"], a["nulls"]) == column
    assert found["left_out"] == []
    assert {None if pd.isna(value) else value for value in asked} <= {
        row["a"] for row in found["endpoints"]["predict"]["rows"]
    }
    assert a["categories"] is None or set(a["categories"]) >= {value for value in asked if value is not None}


def test_too_many_texts_to_list(watched):
    model = answering(LinearRegression())
    watched.call(model, "fit", pd.DataFrame({"a": ["x", "y"] * 10}), None)
    watched.call(model, "predict", pd.DataFrame({"a": [f"t{i}" for i in range(50)]}))
    assert gathered(watched.log, model, ["predict"])["profile"]["columns"][0]["categories"] is None


@pytest.mark.parametrize(
    ("fitted", "asked", "words"),
    [
        (pd.Series([1.5] * 20, dtype="float32"), [0.1], "`a` was float64, not float32"),
        ([True, False] * 10, [1, 2], "`a` was int64, not bool"),
        ([True, False] * 10, pd.Series([True, None], dtype=object), "`a` was object, not bool"),
        (pd.Categorical(["x", "y"] * 10), pd.Categorical(["x", "z"]), "`a` had other categories: z"),
        (["x", "y"] * 10, [1, 2], "`a` was int64"),
    ],
)
def test_rows_of_another_type_are_left_out(watched, fitted, asked, words):
    model = answering(LinearRegression())
    watched.call(model, "fit", pd.DataFrame({"a": fitted}), None)
    watched.call(model, "predict", pd.DataFrame({"a": asked}))
    found = gathered(watched.log, model, ["predict"])
    (left_out,) = found["left_out"]
    assert words in left_out
    assert found["profile"]["columns"][0]["nulls"] is False
    assert len(found["endpoints"]["predict"]["rows"]) <= 2


def test_arrays_of_another_type(watched):
    model = answering(LinearRegression())
    watched.call(model, "fit", [[1, 2], [3, 4]], None)
    watched.call(model, "predict", [[0.5, 1]])
    found = gathered(watched.log, model, ["predict"])
    assert (found["profile"]["dtype"], found["left_out"]) == ("float64", [])
    watched.call(model, "fit", np.zeros((2, 2), "float32"), None)
    watched.call(model, "predict", np.zeros((2, 2)))
    found = gathered(watched.log, model, ["predict"])
    assert (found["profile"]["dtype"], found["left_out"]) == ("float32", ["they were float64, not float32"])


def test_a_search_lends_its_rows_to_the_estimator_it_fitted(watched):
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2)
    watched.call(search, "fit", frame(), LABELS)
    found = gathered(watched.log, search.best_estimator_, ["predict"])
    assert found["profile"]["rows"] == 100
    assert len(found["endpoints"]["predict"]["rows"]) >= 20


def test_rows_of_other_columns_are_not_lent(watched):
    watched.call(StandardScaler(), "fit", frame())
    model = LinearRegression().fit(frame()[["b"]], LABELS)
    assert gathered(watched.log, model, ["predict"])["profile"] is None


def test_arrays_and_texts(watched):
    model = KMeans(2, n_init=1, random_state=0)
    watched.call(model, "fit", np.arange(40.0).reshape(20, 2))
    found = gathered(watched.log, model, ["predict", "transform"])
    assert found["profile"]["shape"] == [2]
    assert len(found["endpoints"]["predict"]["rows"]) == 20
    assert len(found["endpoints"]["transform"]["answers"][0]) == 2
    assert found["endpoints"]["transform"]["columns"] is None


def test_a_transform_to_a_frame_has_columns(watched):
    model = StandardScaler().set_output(transform="pandas")
    watched.call(model, "fit_transform", frame())
    found = gathered(watched.log, model, ["transform"])["endpoints"]["transform"]
    assert found["columns"] == ["a", "b"]
    assert set(found["answers"][0]) == {"a", "b"}


def test_a_model_that_raises_is_a_problem_not_a_fault(watched):
    model = LinearRegression()
    watched.call(model, "fit", frame(), LABELS)
    model.predict = lambda rows: 1 / 0
    problem = gathered(watched.log, model, ["predict"])["endpoints"]["predict"]["problem"]
    assert problem == "ZeroDivisionError: division by zero"


def test_infinite_numbers_are_told_apart(watched):
    model = answering(LinearRegression())
    watched.call(model, "fit", pd.DataFrame({"a": [1.0, np.inf]}), None)
    problem = gathered(watched.log, model, ["predict"])["endpoints"]["predict"]["problem"]
    assert (
        problem == "ValueError: a row that it was given cannot be sent: the value is infinite, which JSON cannot carry"
    )
    watched.call(model, "fit", frame(), None)
    model.predict = lambda rows: np.full(len(rows), np.inf)
    problem = gathered(watched.log, model, ["predict"])["endpoints"]["predict"]["problem"]
    assert problem == "ValueError: the value is infinite, which JSON cannot carry"


def test_a_changed_frame_does_not_change_what_was_kept(watched):
    model, X = LinearRegression(), frame()
    watched.call(model, "fit", X, LABELS)
    X["a"] = -1.0
    rows = gathered(watched.log, model, ["predict"])["endpoints"]["predict"]["rows"]
    assert min(row["a"] for row in rows) >= 0


def test_at_most_so_many_rows_and_calls_are_kept(watched, monkeypatch):
    monkeypatch.setattr(row_forms, "MOST_ROWS", 50)
    model = LinearRegression()
    watched.call(model, "fit", frame(), LABELS)
    for _ in range(5):
        watched.call(model, "predict", frame())
    fitted_on, asked = watched.log.evidence(model)
    assert (len(fitted_on.rows), fitted_on.profile["rows"]) == (50, 100)
    assert [len(each.kept.rows) for each in asked] == [50]
    assert len(asked[0].answers) == 50


def test_other_objects_are_not_looked_at(watched):
    class Other:
        def fit(self, X):
            return self

    watched.call(Other(), "fit", frame())
    assert watched.log.keep_rows(LinearRegression, "fit", frame()) is None
    assert gathered(watched.log, LinearRegression(), ["predict"])["profile"] is None


class Conformal:
    """Learns and answers as an estimator does, without its `get_params`."""

    def conformalize(self, X, y):
        self.limit = float(np.mean(y))
        return self

    def predict(self, X, level=None):
        answers = X[:, 0] > self.limit
        return answers if level is None else (answers, np.zeros((len(X), 2, 1)))


def test_what_only_resembles_an_estimator_is_heard(watched):
    model, X = Conformal(), np.arange(60.0).reshape(30, 2)
    assert not watched.log.has_rows(model)
    watched.call(model, "conformalize", X, X[:, 0])
    assert watched.log.has_rows(model)
    found = gathered(watched.log, model, ["predict"])
    assert found["profile"]["shape"] == [2]
    assert set(found["endpoints"]["predict"]["answers"]) == {True, False}
    other = Conformal()
    watched.call(other, "conformalize", {"no": "rows"}, [0])
    assert not watched.log.has_rows(other)


def test_answers_to_more_than_rows_are_asked_anew(watched):
    model, X = Conformal(), np.arange(60.0).reshape(30, 2)
    watched.call(model, "conformalize", X, X[:, 0])
    watched.call(model, "predict", X[:25] + 0.5, level=0.1)
    watched.call(model, "predict", X[:2], level=None)
    found = gathered(watched.log, model, ["predict"])["endpoints"]["predict"]
    assert watched.log.faults == []
    assert not found["differs"]
    assert found["rows"][0] == [0.5, 1.5]
    assert found["answers"] == [row[0] > model.limit for row in found["rows"]]


def test_arguments_that_change_the_answers_are_told(watched):
    model = answering(LinearRegression())
    model.predict = lambda rows, scale=1.0: rows[:, 0] * scale
    X = np.arange(60.0).reshape(30, 2) / 7
    watched.call(model, "fit", X, None)
    watched.call(model, "predict", X, scale=1.0)
    assert not gathered(watched.log, model, ["predict"])["endpoints"]["predict"]["differs"]
    watched.call(model, "predict", X, scale=1.1)
    found = gathered(watched.log, model, ["predict"])["endpoints"]["predict"]
    assert found["differs"]
    assert found["answers"] == [row[0] for row in found["rows"]]


def test_rows_of_any_dimension(watched):
    flat, deep = answering(LinearRegression()), answering(LinearRegression())
    watched.call(flat, "fit", np.arange(30), None)
    found = gathered(watched.log, flat, ["predict"])
    assert (found["profile"]["shape"], found["endpoints"]["predict"]["rows"][:2]) == ([], [0, 1])
    deep.transform = lambda rows: rows[:, :, :1] * 2
    X = np.arange(120.0).reshape(20, 3, 2)
    watched.call(deep, "fit", X, None)
    watched.call(deep, "predict", np.zeros((2, 4, 2)))  # rows of another shape do not count
    found = gathered(watched.log, deep, ["predict", "transform"])
    assert found["profile"]["shape"] == [3, 2]
    assert found["endpoints"]["predict"]["rows"][1] == X[1].tolist()
    assert found["endpoints"]["transform"]["answers"][1] == (X[1, :, :1] * 2).tolist()


def test_examples_fit_into_one_request(watched):
    model = answering(LinearRegression())
    watched.call(model, "fit", np.arange(20 * 100_000.0).reshape(20, 1000, 100), None)
    rows = gathered(watched.log, model, ["predict"])["endpoints"]["predict"]["rows"]
    assert 2 <= len(rows) < 20
    assert len(json.dumps(rows)) <= 8 * 1024 * 1024


def nested(count, length, dtype="float64"):
    return pd.DataFrame({"x": [pd.Series(np.arange(length) + i, dtype=dtype) for i in range(count)]})


def test_cells_that_are_sequences(watched):
    model = answering(LinearRegression())
    watched.call(model, "fit", nested(30, 4), None)
    watched.call(model, "predict", nested(5, 6))
    watched.call(model, "predict", nested(5, 4, "int64"))
    found = gathered(watched.log, model, ["predict"])
    (x,) = found["profile"]["columns"]
    assert (x["cells"]["length"], x["cells"]["dtype"]) == (None, "float64")
    assert found["left_out"] == ["a cell of `x` was a series of int64, not a series of float64"]
    rows = found["endpoints"]["predict"]["rows"]
    assert rows[0] == {"x": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]}
    assert {"x": [7.0, 8.0, 9.0, 10.0]} in rows


def test_rows_that_repeat_still_give_all_different_ones(watched):
    model, X = LogisticRegression(), pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0] * 100})
    watched.call(model, "fit", X, LABELS.repeat(4))
    found = gathered(watched.log, model, ["predict_proba"])["endpoints"]["predict_proba"]
    assert [row["a"] for row in found["rows"]] == [0, 1, 2, 3]


def test_probabilities_of_several_outputs_are_answers_of_rows(watched):
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = MultiOutputClassifier(GaussianNB())
    watched.call(model, "fit", X, np.stack([X[:, 0] > 0, X[:, 1] > 0, X.sum(axis=1) > 0], axis=1))
    # as many rows as outputs, so that the list's length says nothing
    given = watched.call(model, "predict_proba", X[:3])
    found = gathered(watched.log, model, ["predict", "predict_proba"])["endpoints"]
    assert found["predict_proba"]["by_output"]
    assert not found["predict"]["by_output"]
    position = next(i for i, row in enumerate(found["predict_proba"]["rows"]) if row == X[1].tolist())
    assert found["predict_proba"]["answers"][position] == [part[1].tolist() for part in given]
    assert {np.shape(answer) for answer in found["predict_proba"]["answers"]} == {(3, 2)}
