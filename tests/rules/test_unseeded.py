"""Random numbers without a seed that a fit hangs on, and all those that are none of its business."""

import pytest

from jupyter_mlops.rules.check import check

IMPORTS = """
import random
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import KFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import shuffle
import lightgbm as lgb
df = pd.DataFrame({'a': range(100)})
X, y = df, df['a'] > 5
"""


def unseeded(findings):
    return [each[2:] for each in findings if each[0] == "unseeded-randomness"]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("A, B, c, d = train_test_split(X, y)\nLinearRegression().fit(A, c)", 1),
        ("A, B, c, d = train_test_split(X, y, random_state=None)\nLinearRegression().fit(A, c)", 1),
        ("model = RandomForestClassifier(n_estimators=5)\nmodel.fit(X, y)", 1),
        ("model = make_pipeline(\n    StandardScaler(),\n    SGDClassifier(),\n)\nmodel.fit(X, y)", 3),
        ("cross_val_score(RandomForestClassifier(), X, y)", 1),
        ("cross_val_score(LinearRegression(), X, y, cv=KFold(5, shuffle=True))", 1),
        ("labels = KMeans(3).fit_predict(X)", 1),
        ("noise = np.random.normal(size=100)\nLinearRegression().fit(X + noise, y)", 1),
        ("rng = np.random.default_rng()\nA = rng.normal(size=(100, 1))\nLinearRegression().fit(A, y)", 1),
        ("rng = np.random.RandomState()\nA = rng.normal(size=(100, 1))\nLinearRegression().fit(A, y)", 1),
        ("rows = list(range(100))\nrandom.shuffle(rows)\nLinearRegression().fit(X.iloc[rows], y)", 2),
        ("A = df.sample(frac=0.5)\nLinearRegression().fit(A, A['a'])", 1),
        ("A, b = shuffle(X, y)\nLinearRegression().fit(A, b)", 1),
        ("A, b = make_blobs()\nLinearRegression().fit(A, b)", 1),
        ("def train(X, y):\n    return RandomForestClassifier().fit(X, y)\nmodel = train(X, y)", 2),
        ("def rows():\n    return np.random.rand(100, 1)\nLinearRegression().fit(rows(), y)", 2),
        ("for n in [1, 2]:\n    RandomForestClassifier(n).fit(X, y)", 2),
        ("model = GradientBoostingClassifier(subsample=0.5)\nmodel.fit(X, y)", 1),
        ("np.random.seed()\nA = np.random.rand(100, 1)\nLinearRegression().fit(A, y)", 2),
        ("random.seed(1)\nA = np.random.rand(100, 1)\nLinearRegression().fit(A, y)", 2),
        ("A = np.random.rand(100, 1)\nnp.random.seed(0)\nLinearRegression().fit(A, y)", 1),
        ("np.random.seed(0)\nrng = np.random.default_rng()\nLinearRegression().fit(rng.normal(size=(9, 1)), y)", 2),
    ],
)
def test_found(found, source, line):
    assert unseeded(found(IMPORTS, source)) == [(2, line)]


@pytest.mark.parametrize(
    "source",
    [
        "train_test_split(X, y, random_state=0)\nLinearRegression().fit(X, y)",
        "A, B, c, d = train_test_split(X, y, random_state=0)\nLinearRegression().fit(A, c)",
        "A, B, c, d = train_test_split(X, y, shuffle=False)\nLinearRegression().fit(A, c)",
        "np.random.seed(0)\nA, B, c, d = train_test_split(X, y)\nLinearRegression().fit(A, c)",
        "def seed_everything(n): ...\nseed_everything(1)\nRandomForestClassifier().fit(X, y)",
        "options = {'random_state': 0}\nRandomForestClassifier(**options).fit(X, y)",
        "SEED = 7\nRandomForestClassifier(random_state=SEED).fit(X, y)",
        "model = RandomForestClassifier().set_params(random_state=0)\nmodel.fit(X, y)",
        # what draws for nothing, for ties only, or with a seed of its own
        "LinearRegression().fit(X, y)",
        "LogisticRegression().fit(X, y)",
        "SVC().fit(X, y)",
        "DecisionTreeClassifier().fit(X, y)",
        "GradientBoostingClassifier().fit(X, y)",
        "lgb.LGBMClassifier().fit(X, y)",
        "cross_val_score(LinearRegression(), X, y, cv=KFold(5))",
        # what no fit hangs on
        "jitter = np.random.rand(100)\nplt.scatter(df['a'], jitter)\nLinearRegression().fit(X, y)",
        "df.sample(5)\nLinearRegression().fit(X, y)",
        "df.sample(n=5)\nLinearRegression().fit(X, y)",
        "model = LinearRegression().fit(X, y)\nnew = np.random.rand(3, 1)\nmodel.predict(new)",
        "A = np.random.rand(100, 1)\nA = X\nLinearRegression().fit(A, y)",
        "print(random.choice([1, 2]))\nLinearRegression().fit(X, y)",
        "def unused(): return RandomForestClassifier()\nLinearRegression().fit(X, y)",
        # no fit at all
        "A = np.random.rand(3)\nprint(A.mean())",
        "A, B = train_test_split(X)",
        # others' names
        "from mylib import train_test_split\nA, B = train_test_split(X)\nLinearRegression().fit(A, y)",
        "class KMeans:\n    def fit(self, X): ...\nimport mylib\nmylib.RandomForestClassifier().fit(X, y)",
        "rng = np.random.default_rng(0)\nLinearRegression().fit(rng.normal(size=(100, 1)), y)",
        "rng = np.random.default_rng(seed=0)\nLinearRegression().fit(rng.normal(size=(100, 1)), y)",
        "rng = random.Random(3)\nrows = rng.sample(range(100), 5)\nLinearRegression().fit(X.iloc[rows], y)",
    ],
)
def test_left_alone(found, source):
    assert unseeded(found(IMPORTS, source)) == []


def test_a_seed_in_a_cell_above_counts(found):
    assert unseeded(found(IMPORTS, "np.random.seed(0)", "KMeans(3).fit(X)")) == []
    assert unseeded(found(IMPORTS, "KMeans(3).fit(X)", "np.random.seed(0)")) == [(2, 1)]


def test_each_function_once_a_cell(found):
    source = "a = RandomForestClassifier().fit(X, y)\nb = RandomForestClassifier(5).fit(X, y)"
    assert unseeded(found(IMPORTS, source)) == [(2, 1)]


@pytest.mark.parametrize(
    ("source", "fix"),
    [
        ("KMeans(3).fit(X)", "pass random_state=0: KMeans(…, random_state=0)"),
        ("rng = np.random.default_rng()\nKMeans(3, random_state=rng).fit(rng.normal(size=(9, 1)))", "give it a seed"),
        ("LinearRegression().fit(np.random.rand(9, 1), y)", "np.random.seed(0) in a cell above"),
        ("LinearRegression().fit([[random.random()]], y)", "write random.seed(0) in a cell above"),
    ],
)
def test_the_fix(notebook, source, fix):
    finding = next(
        each for each in check(notebook(IMPORTS, source), None).findings if each.code == "unseeded-randomness"
    )
    assert fix in finding.fix.text
    assert "the fit in cell 2 hangs on them" in finding.reason
