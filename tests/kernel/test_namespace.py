"""What a finished run left bound."""

# ruff: noqa: ARG002, N803

import math
import os
import types

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_mlops.kernel.calls import HOOK
from jupyter_mlops.kernel.namespace import bound_names, describe, estimators


def test_the_notebooks_own_names():
    hidden = {"tool": math, "quit": exit}
    namespace = {
        "x": 1,
        "_private": 2,
        "_1": 3,
        "_i": "",
        "_i7": "",
        "_ii": "",
        "__": 4,
        "In": [],
        "Out": {},
        "tool": math,
        HOOK: None,
        "i1": 5,
        "_i_am": 6,
    }
    assert set(bound_names(namespace, hidden)) - {"_i", "_ii"} == {"x", "_private", "i1", "_i_am"}
    assert bound_names({"tool": 1}, hidden) == ["tool"]


@pytest.mark.parametrize(
    "value",
    [1, -1.5, 1j, True, None, "a", b"a", [1, "a"], (1,), (), {1}, {"a": [1, {"b": None}]}, [], {}],
)
def test_literals(value):
    fact = describe("x", value)
    assert fact["kind"] == "value"
    assert eval(fact["literal"]) == value  # noqa: S307


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, [math.nan], {"a": -math.inf}, set(), np.float64(1), np.arange(3), object(), "a" * 30_000],
)
def test_no_literals(value):
    assert describe("x", value)["literal"] is None


def helper():
    pass


@pytest.mark.parametrize(
    ("value", "kind", "module", "qualname"),
    [
        (math, "module", "math", None),
        (os.path, "module", os.path.__name__, None),
        (LinearRegression, "class", "sklearn.linear_model._base", "LinearRegression"),
        (types.SimpleNamespace, "class", "types", "SimpleNamespace"),
        (helper, "function", __name__, "helper"),
        (math.sqrt, "function", "math", "sqrt"),
        (len, "function", "builtins", "len"),
    ],
)
def test_where_things_come_from(value, kind, module, qualname):
    fact = describe("x", value)
    assert (fact["kind"], fact["module"], fact.get("qualname")) == (kind, module, qualname)


def found(**names):
    return {fact["name"]: fact for fact in estimators(names, list(names))}


ROWS, LABELS = np.arange(20.0).reshape(10, 2), np.arange(10) % 2


def test_fitted_or_not():
    facts = found(raw=LinearRegression(), model=LinearRegression().fit(ROWS, LABELS), x=1, kind=LinearRegression)
    assert {name: fact["fitted"] for name, fact in facts.items()} == {"raw": False, "model": True}
    assert facts["model"]["class"] == "sklearn.linear_model._base.LinearRegression"
    assert facts["model"]["methods"] == ["predict"]


def test_methods_that_a_model_has():
    facts = found(model=LogisticRegression().fit(ROWS, LABELS), scaler=StandardScaler().fit(ROWS))
    assert facts["model"]["methods"] == ["decision_function", "predict", "predict_proba"]
    assert facts["scaler"]["methods"] == ["transform"]


def test_one_object_with_two_names():
    model = LinearRegression()
    assert found(model=model, best=model)["model"]["also"] == ["best"]


def test_parts_of_another():
    scaler, model = StandardScaler(), LogisticRegression()
    pipe = make_pipeline(scaler, model).fit(ROWS, LABELS)
    facts = found(scaler=scaler, model=model, pipe=pipe)
    assert {name: fact["part_of"] for name, fact in facts.items()} == {"scaler": "pipe", "model": "pipe", "pipe": None}


def test_what_a_search_found_is_part_of_it():
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2).fit(ROWS, LABELS)
    facts = found(search=search, best=search.best_estimator_)
    assert (facts["best"]["part_of"], facts["search"]["part_of"]) == ("search", None)


def test_own_estimators_without_a_base():
    class Own:
        def get_params(self):
            return {}

        def fit(self, X):
            self.mean_ = 1
            return self

        def predict(self, X):
            return X

        @property
        def transform(self):
            raise RuntimeError

    facts = found(own=Own(), fitted=Own().fit(1))
    assert {name: fact["fitted"] for name, fact in facts.items()} == {"own": False, "fitted": True}
    assert facts["own"]["methods"] == ["predict"]


def test_an_estimator_that_holds_itself():
    model = LinearRegression()
    model.loop = [model]
    assert found(model=model)["model"]["part_of"] is None
