"""Numbers that come out of scoring calls, and what they are called."""

from __future__ import annotations

import math

import pytest

ANY = pytest.approx(0.9, abs=0.1)
CROSSED = pytest.approx(0.85, abs=0.15)
SMALL = pytest.approx(0.1, abs=0.1)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("acc = accuracy_score(y, p)", {"acc": ANY}),
        ("acc: float = accuracy_score(y, p)", {"acc": ANY}),
        ("acc = m.score(X, y)", {"acc": ANY}),
        ("acc = first = metrics.accuracy_score(y, p)", {"acc": ANY}),
        ("import sklearn.metrics\nacc = sklearn.metrics.accuracy_score(y, p)", {"acc": ANY}),
        ("from sklearn.metrics import accuracy_score as good\nacc = good(y, p)", {"acc": ANY}),
        ("acc = metrics.get_scorer('accuracy')(m, X, y)", {"acc": ANY}),
        ("scorer = metrics.get_scorer('accuracy')\nacc = scorer(m, X, y)", {"acc": ANY}),
        ("acc = round(accuracy_score(y, p), 1)", {"acc": ANY}),
        ("acc = 100 * accuracy_score(y, p)", {"acc": pytest.approx(90, abs=10)}),
        ("rmse = mean_squared_error(y, p) ** 0.5", {"rmse": pytest.approx(0.2, abs=0.2)}),
        ("good = accuracy_score(y, p) > 0.5", {"accuracy_score(y, p)": ANY}),
        ("a, b = accuracy_score(y, p), mean_squared_error(y, p)", {"a": ANY, "b": SMALL}),
        (
            "a, _, f, n = metrics.precision_recall_fscore_support(y, p, average='macro')",
            {"a": ANY, "f": ANY},
        ),
        (
            "metrics.precision_recall_fscore_support(y, p, average='macro')[0]",
            {"metrics.precision_recall_fscore_support(y, p, average='macro')[0]": ANY},
        ),
        ("accuracy_score(y, p)", {"accuracy_score(y, p)": ANY}),
        ("print(accuracy_score(y, p))", {"accuracy_score(y, p)": ANY}),
        ("print(f'accuracy {accuracy_score(y, p):.2%}, {m.score(X, y)}')",
         {"accuracy_score(y, p)": ANY, "m.score(X, y)": ANY}),
        ("print('rmse', np.sqrt(mean_squared_error(y, p)))",
         {"np.sqrt(mean_squared_error(y, p))": pytest.approx(0.2, abs=0.2)}),
        ("print('%.2f' % accuracy_score(y, p))", {"accuracy_score(y, p)": ANY}),
        ("scores = {}\nscores['lr'] = m.score(X, y)", {"scores.lr": ANY}),
        ("scores = {}\nfor name in ('a', 'b'):\n    scores[name] = m.score(X, y)", {"scores.a": ANY, "scores.b": ANY}),
        ("scores = {}\nfor i in (1, 2):\n    scores['lr', i] = m.score(X, y)",
         {"scores.lr, 1": ANY, "scores.lr, 2": ANY}),
        ("class Result: pass\nr = Result()\nr.acc = m.score(X, y)", {"r.acc": ANY}),
        ("rows = []\nrows.append({'model': 'lr', 'n': 7, 'acc': m.score(X, y)})", {"acc": ANY}),
        ("row = {'model': 'lr', 'acc': m.score(X, y), 'rmse': mean_squared_error(y, p) ** 0.5}",
         {"row.acc": ANY, "row.rmse": pytest.approx(0.2, abs=0.2)}),
        ("row = dict(acc=m.score(X, y))", {"row.acc": ANY}),
        ("table = pd.DataFrame({'acc': [m.score(X, y)]})", {"acc": ANY}),
        ("scores = {name: m.score(X, y) for name in ('a', 'b')}", {"scores.a": ANY, "scores.b": ANY}),
        ("best = max(m.score(X, y) for _ in range(3))", {"best": ANY}),
        ("if (acc := m.score(X, y)) > 0.5: pass", {"acc": ANY}),
        ("def check(model):\n    return model.score(X, y)\nacc = check(m)", {"model.score(X, y)": ANY}),
        ("check = lambda model: model.score(X, y)\ncheck(m)", {"model.score(X, y)": ANY}),
        ("report = metrics.classification_report(y, p, output_dict=True)['macro avg']",
         {f"report.{name}": ANY for name in ("precision", "recall", "f1-score")} | {"report.support": 100}),
        ("text = metrics.classification_report(y, p)", {}),
        ("matrix = metrics.confusion_matrix(y, p)", {}),
        ("fpr, tpr, at = metrics.roc_curve(y, m.decision_function(X))\narea = metrics.auc(fpr, tpr)", {"area": ANY}),
        ("each = metrics.f1_score(y, p, average=None)", {}),
        ("near = metrics.pairwise.cosine_similarity(X[:1], X[:1])[0, 0]", {}),
        ("cv = model_selection.cross_val_score(m, X, y)", {"cv": CROSSED, "cv.std": SMALL}),
        ("cv = model_selection.cross_val_score(m, X, y).mean()", {"cv": CROSSED}),
        ("print(model_selection.cross_val_score(m, X, y))",
         {"model_selection.cross_val_score(m, X, y)": CROSSED, "model_selection.cross_val_score(m, X, y).std": SMALL}),
        (
            "cv = model_selection.cross_validate(m, X, y, scoring=['roc_auc', 'f1'])",
            {"cv.test_roc_auc": CROSSED, "cv.test_roc_auc.std": SMALL, "cv.test_f1": CROSSED, "cv.test_f1.std": SMALL},
        ),
        ("class Game:\n    def score(self): return 3\npoints = Game().score()", {}),
        ("def accuracy_score_of(a): return 0.3\nacc = accuracy_score_of(1)", {}),
        ("def accuracy_score_of(a): return 0.3\nacc = 2 * accuracy_score_of(1)", {}),
        ("def my_score(a): return 0.3\nfor i in range(300): my_score(i)\nacc = m.score(X, y)", {"acc": ANY}),
        ("print(*model_selection.cross_val_score(m, X, y))",
         {"model_selection.cross_val_score(m, X, y)": CROSSED, "model_selection.cross_val_score(m, X, y).std": SMALL}),
        ("table = pd.DataFrame(index=[0])\ntable.loc[:, 'acc'] = m.score(X, y)", {"table.loc[:, 'acc']": ANY}),
        ("%time acc = m.score(X, y)", {"acc": ANY}),
        ("%%time\nacc = m.score(X, y)", {"acc": ANY}),
        ("try:\n    acc = m.score(X[:, :1], y)\nexcept ValueError:\n    acc = m.score(X, y)", {"acc": ANY}),
        ("acc = 1 - m.score(X, 1 / 0)", {}),
    ],
)  # fmt: skip
def test_scores_are_named(sample, code, expected):
    assert sample(code).metrics == expected


def test_a_name_that_gets_several_numbers_is_a_curve(sample):
    seen = sample("for n in (10, 50, 100):\n    acc = m.score(X[:n], y[:n])")
    assert [step for step, _ in seen.curve("acc")] == [0, 1, 2]
    assert list(seen.metrics) == ["acc"]


def test_a_search_tells_its_best_and_its_candidates(sample):
    seen = sample("s = model_selection.GridSearchCV(LogisticRegression(), {'C': [1, 1e-9]})\ns.fit(X, y)")
    assert set(seen.metrics) == {"s.best_score_", "s.mean_test_score"}
    (first, one), (second, other) = seen.curve("s.mean_test_score")
    assert (first, second) == (0, 1)
    best = max(one, other)
    assert seen.metrics == {"s.best_score_": best, "s.mean_test_score": best}
    chained = sample("t = model_selection.GridSearchCV(LogisticRegression(), {'C': [1]}).fit(X, y)")
    assert set(chained.metrics) == {"t.best_score_", "t.mean_test_score"}
    nameless = sample("model_selection.GridSearchCV(LogisticRegression(), {'C': [1]}).fit(X, y)")
    assert "GridSearchCV.best_score_" in nameless.metrics


def test_cells_that_evaluate_tell_all_their_numbers(cell):
    seen = cell(
        "import numpy as np\nauc = 0.83\nn = np.int64(7)\nnothing = float('nan')\nworst = -float('inf')\n"
        "yes = True\nname = 'lr'\nmany = [1, 2]\n_hidden = 3\nfor i in range(3): total = i\n"
        "report = {'accuracy': 0.9, 'macro': {'f1': 0.7}, 'name': 'x'}\ndef f():\n    inner = 1\n0.5 + 0.25",
        "evaluate",
    )
    assert seen.metrics == {
        "auc": 0.83,
        "n": 7,
        "nothing": None,
        "worst": -math.inf,
        "total": 2,
        "report.accuracy": 0.9,
        "report.macro.f1": 0.7,
        "0.5 + 0.25": 0.75,
    }
    rows = {row["name"]: (row["text"], row["type"], row["origin"]) for row in seen.rows["metric"]}
    assert rows["nothing"] == ("nan", "float", "evaluate")
    assert rows["worst"] == ("-inf", "float", "evaluate")
    assert rows["n"] == ("7", "int64", "evaluate")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pd.DataFrame({'auc': [0.8], 'name': ['x'], 'n': [3]})", {"auc": 0.8, "n": 3}),
        ("summary = pd.DataFrame({'auc': [0.8]})\nsummary", {"summary.auc": 0.8}),
        ("pd.DataFrame({'auc': [0.8, 0.9]})", {}),
        ("{'auc': 0.8}", {"auc": 0.8}),
        ("summary = pd.Series({'auc': 0.8, 'f1': 0.5})", {"summary.auc": 0.8, "summary.f1": 0.5}),
        ("auc = 0.8\nauc;", {"auc": 0.8}),
        ("m.score(X, y)", {"m.score(X, y)": ANY}),
        ("mse = mean_squared_error(y, p)\nmse = 17", {"mse": 17}),
        ("big = {i: i for i in range(100_000)}", {}),
        ("huge = 10 ** 5000", {"huge": math.inf}),
        ("%%time\nauc = 0.8", {"auc": 0.8}),
        ("auc = 0.8\n1 / 0", {"auc": 0.8}),
        ("auc = 0.8\ndel auc", {}),
    ],
)
def test_values_of_cells_that_evaluate(sample, code, expected):
    assert sample(code, "evaluate").metrics == expected


def test_a_call_that_runs_in_a_later_cell_counts_there(sample):
    assert sample("def check(): return m.score(X, y)").metrics == {}
    assert sample("check()").metrics == {"m.score(X, y)": ANY}
    assert sample("x = 1").metrics == {}


def test_a_cell_in_a_cell_has_numbers_of_its_own(sample):
    inner = "inner = m.score(X, y)"
    outer = f"before = m.score(X, y)\nget_ipython().run_cell({inner!r})\nafter = m.score(X, y)"
    assert set(sample(outer).metrics) == {"inner"}
    assert set(sample.read(outer).metrics) == {"before", "after"}


def test_threads_of_a_cell_count_for_it(sample):
    seen = sample(
        "import threading\ndef work():\n    global acc\n    acc = m.score(X, y)\n"
        "t = threading.Thread(target=work); t.start(); t.join()"
    )
    assert seen.metrics == {"acc": ANY}
