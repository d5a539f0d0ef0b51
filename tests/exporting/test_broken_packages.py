"""The proof is worth something: a good package is broken in one place, and the proof says so each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from breakages import Good, changed_model, edited

from jupyter_mlops.errors import ExportError, ProofError
from jupyter_mlops.exporting.verify import FROM_BENTO, IN_PROCESS, OVER_HTTP

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def churn(tmp_path_factory) -> Good:
    return Good("churn", tmp_path_factory.mktemp("churn"))


@pytest.fixture(scope="module")
def houses(tmp_path_factory) -> Good:
    return Good("houses", tmp_path_factory.mktemp("houses"))


@pytest.fixture(scope="module")
def quotes(tmp_path_factory) -> Good:
    return Good("quotes", tmp_path_factory.mktemp("quotes"))


def another_imputation(model: Any) -> None:
    imputer = model.steps[0][1].named_transformers_
    numeric = next(part for part in imputer.values() if hasattr(part, "steps"))
    numeric.steps[0][1].statistics_[:] += 25


def dropped_scaler(model: Any) -> None:
    parts = model.steps[0][1].named_transformers_
    numeric = next(part for part in parts.values() if hasattr(part, "steps"))
    position = next(i for i, (_, step) in enumerate(numeric.steps) if type(step).__name__ == "StandardScaler")
    numeric.steps[position] = (numeric.steps[position][0], "passthrough")


def older_model(model: Any) -> None:
    model.steps[-1][1].coef_ *= 0.9


def classes_swapped(model: Any) -> None:
    model.steps[-1][1].classes_ = model.steps[-1][1].classes_[::-1]


PREDICTION, CODE = "churn/prediction.py", "houses/notebook.py"

CHURN = {
    "two columns swapped": edited(PREDICTION, r"(row\.)tenure (.*row\.)support_calls ", r"\1support_calls \2tenure "),
    "nulls filled with zero": edited(PREDICTION, r"row\.monthly_charge for", "row.monthly_charge or 0 for"),
    "a boolean turned round": edited(PREDICTION, r"row\.autopay for", "not row.autopay for"),
    "another imputation value": changed_model("model.pkl", another_imputation),
    "a transformer dropped": changed_model("model.pkl", dropped_scaler),
    "an older model": changed_model("model.pkl", older_model),
    "classes in another order": changed_model("model.pkl", classes_swapped),
    "probabilities rounded": edited(PREDICTION, r"(predict_proba\(frame\(rows\)\))", r"\1.round(3)"),
    "another method answers": edited(PREDICTION, r"model\(\)\.predict\(", "model().decision_function("),
    "labels as texts": edited(PREDICTION, r"(model\(\)\.predict\(frame\(rows\)\))", r"\1.astype(str)"),
    "rows answered in reverse": edited(
        PREDICTION, r"\n    return pd\.DataFrame", "\n    rows.reverse()\n    return pd.DataFrame"
    ),
    "a stricter schema than the data": edited(PREDICTION, r"monthly_charge: float \| None", "monthly_charge: float"),
}

HOUSES = {
    "a wrong constant": edited(CODE, r"REFERENCE_YEAR = 2024", "REFERENCE_YEAR = 1990"),
    "a wrong default": edited(CODE, r'"renovated": 2', '"renovated": 0'),
    "a wrong learned table": changed_model("MEDIAN_BY_DISTRICT.pkl", lambda table: dict.fromkeys(table, 1.0)),
    "a feature left out": edited(CODE, r'    frame\["area_value"\][^\n]*\n', '    frame["area_value"] = 0.0\n'),
    "a class of another version": edited(CODE, r"clip\(lower=low, upper=high\)", "clip(upper=high * 0.5)"),
}

MODULE, REQUESTS = "quotes/notebook.py", "quotes/prediction.py"


def models_swapped(folder: Path) -> None:
    """Each of the two models has the other's file, and the manifest fits."""
    values = folder / "quotes" / "values"
    manifest = json.loads((values / "values.json").read_text())
    one, other = manifest["hours_model"], manifest["risk_model"]
    manifest["hours_model"], manifest["risk_model"] = other, one
    (values / "values.json").write_text(json.dumps(manifest))


QUOTES = {
    "another threshold": changed_model("risk_limit.pkl", lambda limit: limit * 3),
    "models swapped": models_swapped,
    "another vocabulary": changed_model("WORD_HOURS.pkl", lambda words: dict.fromkeys(words, 0.5)),
    "an older model": changed_model("hours_model.pkl", older_model),
    "another frozen parameter": edited(MODULE, r"hourly_rate = 62\.0", "hourly_rate = 61.0"),
    "an argument not passed on": edited(REQUESTS, r", crew=request\.crew", ""),
    "arguments mixed up": edited(REQUESTS, r"express=request\.express", "express=not request.express"),
    "another default": edited(REQUESTS, r'"weekday"(?=\n    express)', '"sunday"'),
    "columns in another order": edited(REQUESTS, r"(array_of\([^)]*\))", r"\1[:, ::-1]"),
    "another function answers": edited(REQUESTS, r'"words": words,', '"words": surcharge,'),
    "an array of another type": edited(REQUESTS, r'"float64"', '"int64"'),
}


def test_the_good_ones_pass(churn, houses, quotes, tmp_path):
    for good in (churn, houses, quotes):
        assert good.prove(good.copy(tmp_path / good.name)).passed


@pytest.mark.parametrize("breakage", CHURN)
def test_broken_churn_is_caught(churn, tmp_path, breakage):
    folder = churn.copy(tmp_path / "broken")
    CHURN[breakage](folder)
    proof = churn.prove(folder)
    assert not proof.passed
    assert proof.differences[0].expected != proof.differences[0].got


@pytest.mark.parametrize("breakage", HOUSES)
def test_broken_houses_is_caught(houses, tmp_path, breakage):
    folder = houses.copy(tmp_path / "broken")
    HOUSES[breakage](folder)
    assert not houses.prove(folder).passed


@pytest.mark.parametrize("breakage", QUOTES)
def test_broken_quotes_is_caught(quotes, tmp_path, breakage):
    folder = quotes.copy(tmp_path / "broken")
    QUOTES[breakage](folder)
    assert not quotes.prove(folder).passed


def test_a_stale_model_file_is_refused_before_it_is_loaded(churn, tmp_path):
    folder = churn.copy(tmp_path / "stale")
    file = folder / "churn" / "values" / "model.pkl"
    file.write_bytes(file.read_bytes() + b"\0")
    proof = churn.prove(folder)
    assert not proof.passed
    assert "is not the file that was exported" in json.dumps(proof.differences[0].got)


def test_a_package_that_cannot_be_imported_is_no_proof(churn, tmp_path):
    folder = churn.copy(tmp_path / "unimportable")
    (folder / "churn" / "prediction.py").write_text("import surely_not_there\n")
    with pytest.raises(ProofError) as caught:
        churn.prove(folder)
    assert caught.value.findings[0].code == "package-not-importable"
    assert "surely_not_there" in caught.value.findings[0].reason


def test_what_breaks_only_over_http_is_caught_there(churn, tmp_path):
    folder = churn.copy(tmp_path / "http")
    edited("service.py", r'prediction\.answer, "predict",', 'prediction.answer, "decision_function",')(folder)
    assert churn.prove(folder, (IN_PROCESS,)).passed
    proof = churn.prove(folder, (IN_PROCESS, OVER_HTTP))
    assert not proof.passed
    assert {difference.endpoint for difference in proof.differences} == {"predict"}


def test_what_the_bento_does_not_pack_is_caught_there(churn, tmp_path):
    folder = churn.copy(tmp_path / "packed")
    edited("bentofile.yaml", r'  - "churn/values/\*"\n', "")(folder)
    assert churn.prove(folder, (IN_PROCESS, OVER_HTTP)).passed
    with pytest.raises(ExportError) as caught:
        churn.prove(folder, (FROM_BENTO,))
    assert caught.value.findings[0].code == "service-did-not-start"
    assert "values.json cannot be read" in caught.value.findings[0].reason


def test_what_cannot_be_built_is_said(churn, tmp_path):
    folder = churn.copy(tmp_path / "unbuilt")
    (folder / "bentofile.yaml").write_text("service: 'service:Nobody'\n")
    with pytest.raises(ProofError) as caught:
        churn.prove(folder, (FROM_BENTO,))
    assert caught.value.findings[0].code == "bento-not-built"
    assert "Nobody" in caught.value.findings[0].reason


def test_an_answer_that_hangs_on_the_other_rows_fails_the_export(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "batch.ipynb",
        "import numpy as np\nfrom sklearn.base import BaseEstimator, TransformerMixin\n"
        "from sklearn.linear_model import LinearRegression\nfrom sklearn.pipeline import make_pipeline",
        "class Centre(TransformerMixin, BaseEstimator):\n"
        "    def fit(self, X, y=None):\n        self.n_features_in_ = X.shape[1]\n        return self\n"
        "    def transform(self, X):\n        return X - X.mean(axis=0)  # of this very request",
        "X = np.random.default_rng(0).normal(size=(60, 3))\ny = X @ [1.0, 2.0, 3.0]\n"
        "model = make_pipeline(Centre(), LinearRegression()).fit(X, y)\nmodel.predict(X)",
    )
    done = mlops("export", path)
    assert done.returncode == 1
    assert "[proof-failed]" in done.stderr
    assert "the notebook answered" in done.stderr
    assert not (tmp_path / "batch_service").exists()
    assert list(tmp_path.glob(".batch*")) == []
