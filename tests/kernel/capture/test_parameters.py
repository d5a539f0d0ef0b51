"""Parameters of the notebook and of estimators."""

from __future__ import annotations

import pytest

LR = "sklearn.linear_model.LogisticRegression"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("LogisticRegression().fit(X, y)", {"LogisticRegression": LR}),
        ("LogisticRegression(C=1).fit(X, y)", {"LogisticRegression": LR}),
        (
            "LogisticRegression(C=np.float64(0.5), solver='liblinear').fit(X, y)",
            {"LogisticRegression": LR, "LogisticRegression.C": "0.5", "LogisticRegression.solver": "'liblinear'"},
        ),
        (
            "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
            "make_pipeline(StandardScaler(with_mean=False), None, LogisticRegression(C=2)).fit(X, y)",
            {
                "Pipeline": "sklearn.pipeline.Pipeline",
                "Pipeline.standardscaler": "sklearn.preprocessing.StandardScaler",
                "Pipeline.standardscaler.with_mean": "False",
                "Pipeline.nonetype": "None",
                "Pipeline.logisticregression": LR,
                "Pipeline.logisticregression.C": "2",
            },
        ),
        (
            "from sklearn.compose import ColumnTransformer\nfrom sklearn.preprocessing import StandardScaler\n"
            "ColumnTransformer([('num', StandardScaler(), [0]), ('rest', 'passthrough', [1])]).fit_transform(X)",
            {
                "ColumnTransformer": "sklearn.compose.ColumnTransformer",
                "ColumnTransformer.num": "sklearn.preprocessing.StandardScaler",
                "ColumnTransformer.rest": "'passthrough'",
            },
        ),
        (
            "model_selection.GridSearchCV(LogisticRegression(C=3), {'C': [1, 2]}, cv=2).fit(X, y)",
            {
                "GridSearchCV": "sklearn.model_selection.GridSearchCV",
                "GridSearchCV.estimator": LR,
                "GridSearchCV.estimator.C": "3",
                "GridSearchCV.param_grid": "{'C': [1, 2]}",
                "GridSearchCV.cv": "2",
                "GridSearchCV.best_params_.C": ...,
            },
        ),
        (
            "for C in (2, 3):\n    LogisticRegression(C=C).fit(X, y)",
            {
                "LogisticRegression": LR,
                "LogisticRegression.C": "2",
                "LogisticRegression[2]": LR,
                "LogisticRegression[2].C": "3",
            },
        ),
        ("for _ in range(9):\n    LogisticRegression(C=2).fit(X, y)",
         {"LogisticRegression": LR, "LogisticRegression.C": "2"}),
        ("from sklearn.cluster import KMeans\nKMeans(3, random_state=0).fit_predict(X)", {
            "KMeans": "sklearn.cluster.KMeans", "KMeans.n_clusters": "3", "KMeans.random_state": "0"}),
        ("LogisticRegression(random_state=np.random.RandomState(0)).fit(X, y)", {
            "LogisticRegression": LR, "LogisticRegression.random_state": "<numpy.random.RandomState>"}),
        ("from sklearn.linear_model import SGDClassifier\nfor i in range(3): SGDClassifier().partial_fit(X, y, [0, 1])",
         {"SGDClassifier": "sklearn.linear_model.SGDClassifier"}),
        ("import lightgbm\nlightgbm.LGBMClassifier(n_estimators=2, num_leaves=4, verbose=-1, extra=1).fit(X, y)", {
            "LGBMClassifier": "lightgbm.LGBMClassifier", "LGBMClassifier.n_estimators": "2",
            "LGBMClassifier.num_leaves": "4", "LGBMClassifier.verbose": "-1", "LGBMClassifier.extra": "1"}),
        ("from sklearn.ensemble import VotingClassifier\n"
         "VotingClassifier([('a', LogisticRegression(C=2)), ('b', 'drop')]).fit(X, y)", {
            "VotingClassifier": "sklearn.ensemble.VotingClassifier", "VotingClassifier.a": LR,
            "VotingClassifier.a.C": "2", "VotingClassifier.b": "'drop'"}),
        ("from sklearn.preprocessing import FunctionTransformer\nFunctionTransformer(np.log1p).fit(abs(X))", {
            "FunctionTransformer": "sklearn.preprocessing.FunctionTransformer",
            "FunctionTransformer.func": "numpy.log1p"}),
        ("from sklearn.svm import SVC\nfrom sklearn.base import BaseEstimator\n"
         "class Mine(BaseEstimator):\n"
         "    def __init__(self, a=1, b=2): self.a, self.b = a, b\n"
         "    def fit(self, X): return self\n"
         "    @property\n    def c(self): print('seen')\n"
         "Mine(b=3).fit(X)", {"Mine": "__main__.Mine", "Mine.b": "3"}),
        ("class NoEstimator:\n    def fit(self, X): return self\nNoEstimator().fit(X)", {}),
        ("LogisticRegression(C=2).predict", {}),
        ("try:\n    LogisticRegression(C=-1).fit(X, y)\nexcept ValueError: pass", {}),
    ],
)  # fmt: skip
def test_parameters_of_what_was_fitted(sample, code, expected):
    seen = sample(code)
    assert seen.result.success
    # whatever the search found
    found = {name: ... if "best_params_" in name else text for name, text in seen.parameters.items()}
    assert found == expected


def test_their_types_and_numbers(sample):
    [kind, rate] = sample("LogisticRegression(C=0.25).fit(X, y)").rows["parameter"]
    assert (kind["type"], kind["value"], kind["origin"]) == ("estimator", None, "estimator")
    assert (rate["type"], rate["value"], rate["origin"]) == ("float", 0.25, "estimator")


def test_users_code_is_not_run_for_its_parameters(sample, capsys):
    seen = sample(
        "class Loud:\n"
        "    def __repr__(self): print('asked'); return 'x' * 10**9\n"
        "    def __eq__(self, other): print('asked'); return True\n"
        "    def __getattr__(self, name): print('asked', name); raise RuntimeError\n"
        "from sklearn.base import BaseEstimator\n"
        "class Mine(BaseEstimator):\n"
        "    def __init__(self, a=None): self.a = a\n"
        "    def fit(self, X): return self\n"
        "    def get_params(self, deep=True): print('asked'); return {}\n"
        "fitted = Mine(Loud()).fit(X)"
    )
    assert seen.result.success
    assert seen.parameters == {"Mine": "__main__.Mine", "Mine.a": "<__main__.Loud>"}
    assert "asked" not in capsys.readouterr().out


def test_long_values_are_cut(sample):
    seen = sample(
        "import pandas as pd\n"
        "LogisticRegression(class_weight={i: i for i in range(100_000)} | {0: 1, 1: 1}, solver='x' * 0 or 'lbfgs',"
        " random_state=None).fit(X, y)"
    )
    assert len(seen.parameters["LogisticRegression.class_weight"]) <= 500


# --- of the notebook


def test_parameters_in_force_come_with_what_was_made(cell):
    cell("seed = 3\nrate: float = 0.5\nnames = ['a']\nlimits = None", "parameters")
    assert cell("x = 1").parameters == {}
    seen = cell("from jupyter_mlops import log_metric\nlog_metric('x', 1)")
    assert seen.parameters == {"seed": "3", "rate": "0.5", "names": "['a']", "limits": "None"}
    assert {row["origin"] for row in seen.rows["parameter"]} == {"cell"}
    cell("rate = 0.7", "injected-parameters")
    assert cell("log_metric('x', 1)").parameters["rate"] == "0.7"
    cell("seed = 4", "parameters")
    assert cell("log_metric('x', 1)").parameters == {"seed": "4"}
    cell("del seed")
    assert cell("log_metric('x', 1)").parameters == {}


def test_files_that_are_only_read_bring_no_parameters(cell):
    cell("seed = 3", "parameters")
    assert cell("open('a.txt', 'w').write('a')").parameters == {"seed": "3"}
    assert cell("open('a.txt').read()").parameters == {}
