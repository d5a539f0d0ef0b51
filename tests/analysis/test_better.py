"""Which way metrics are better."""

from __future__ import annotations

import pytest
from sklearn import metrics

from jupyter_mlops.analysis.better import WordsError, better, parsed

HIGHER = [
    "auc", "AUC", "test_roc_auc", "rocAuc", "R2", "f1", "report.macro avg.f1-score", "accuracy.train", "m.score(X, y)",
    "roc_auc_score(y, m.predict_proba(X)[:, 1])", "cross_val_score(m, X, y).mean()", "cv.test_neg_log_loss",
    "neg_mean_squared_error", "search.best_score_", "d2_log_loss_score", "log_likelihood",
]  # fmt: skip
LOWER = [
    "val_loss", "testRMSE", "rmse", "np.sqrt(mean_squared_error(y, p))", "mean_absolute_error(y, p)", "error_rate",
    "brier_score", "negative_log_likelihood", "fpr", "fit_time",
]  # fmt: skip
NOBODY_KNOWS = [
    "", "total", "x", "n", "cv.std", "accuracy.std", "report.0.support", "1 - accuracy_score(y, p)", "-log_loss(y, p)",
    "cross_val_score(m, X, y).std", "threshold",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "way"),
    [*((name, "higher") for name in HIGHER), *((name, "lower") for name in LOWER), *((n, None) for n in NOBODY_KNOWS)],
)
def test_better(name, way):
    assert better(name) == way


def test_scikit_learns_scorers_are_all_better_when_higher():
    """By their own convention."""
    assert [name for name in metrics.get_scorer_names() if better(name) != "higher"] == []


def test_scikit_learns_functions_follow_their_names():
    """`…_score` is better when higher, `…_error` and `…_loss` when lower, but for one."""
    ways = {name: better(name) for name in metrics.__all__ if name.endswith(("_score", "_error", "_loss"))}
    assert {name for name, way in ways.items() if way != ("higher" if name.endswith("_score") else "lower")} == {
        "davies_bouldin_score"
    }


WORDS = 'higher = ["auc"]\nlower = ["loss"]\nturning = []\nneither = []\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WORDS.replace("turning", "turn"), "no others"),
        (WORDS.replace('"loss"', '"auc"'), "twice"),
        (WORDS.replace('"loss"', "7"), "a list of texts"),
        (WORDS.replace('"loss"', '"Loss"'), "small letters"),
    ],
)
def test_the_words_are_checked(text, message):
    assert parsed(WORDS)
    with pytest.raises(WordsError, match=message):
        parsed(text)
