"""What a finished run left bound."""

# ruff: noqa: ARG002, N803

import math
import os
import sys
import types

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_mlops.kernel.calls import HOOK
from jupyter_mlops.kernel.namespace import bound_names, describe, estimators, numbers, under_true_names


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


class Conformal:
    def __init__(self, estimator=None):
        self._inner = [estimator]

    def fit_conformalize(self, X, y):
        return self

    def predict(self, X):
        return X


class Fitted:
    def fit(self, X):
        return self


def test_what_only_resembles_an_estimator_counts_where_it_was_given_rows():
    base = LinearRegression().fit(ROWS, LABELS)
    names = {"base": base, "heard": Conformal(base), "unheard": Conformal(), "mute": Fitted(), "kind": Conformal}
    facts = estimators(names, list(names), lambda value: value is not names["unheard"])
    assert [(fact["name"], fact["fitted"], fact["part_of"]) for fact in facts] == [
        ("base", True, "heard"),
        ("heard", True, None),
    ]
    assert facts[1]["methods"] == ["predict"]
    assert [fact["name"] for fact in estimators(names, list(names))] == ["base"]


def test_classes_of_the_notebook_follow_the_protocol_or_inherit_from_a_library():
    methods = {name: vars(Conformal)[name] for name in ("__init__", "fit_conformalize", "predict")}
    own = type("Own", (), {**methods, "__module__": "__main__"})()
    heir = type("Heir", (Conformal,), {"__module__": "__main__"})()
    facts = estimators({"own": own, "heir": heir}, ["own", "heir"], lambda _: True)
    assert [fact["name"] for fact in facts] == ["heir"]


def test_a_module_under_a_second_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "_second_name", sys.modules["sklearn.linear_model._base"])
    names = ["_second_name:LinearRegression", "builtins:list", "not_loaded.at_all:Thing"]
    assert under_true_names(names) == [
        "builtins:list",
        "not_loaded.at_all:Thing",
        "sklearn.linear_model._base:LinearRegression",
    ]


def test_numbers_are_told_as_pythons_own():
    bound = {
        "one": 1,
        "half": np.float32(0.5),
        "many": np.int64(3),
        "right": True,
        "sure": np.bool_(True),
        "text": "1",
        "row": np.array([1.0]),
        "lost": float("nan"),
    }
    found = numbers(bound, [*bound, "not there"])
    assert found == {"one": 1, "half": 0.5, "many": 3, "lost": None}
    assert [type(found[name]) for name in ("one", "half", "many")] == [int, float, int]


@pytest.mark.parametrize(("says", "fitted"), [(True, True), (False, False), (1, False), (lambda: True, False)])
def test_an_estimator_that_says_itself_whether_it_is_fitted(says, fitted):
    model = LinearRegression()
    model.is_fitted = says
    assert found(model=model)["model"]["fitted"] == fitted


def test_one_that_scikit_learn_does_not_know_may_say_so_too():
    class Own:
        is_fitted = True

        def get_params(self):
            return {}

        def fit(self, X):
            return self

    assert found(own=Own())["own"]["fitted"]
