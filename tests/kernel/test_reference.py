"""Which of a notebook's values are rows for a model, and what they add to its schema and examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression

from jupyter_mlops.kernel.calls import Call
from jupyter_mlops.kernel.examples import CallLog, gathered
from jupyter_mlops.kernel.reference import references

X = np.random.default_rng(0).normal(size=(60, 2))
FRAME = pd.DataFrame(X, columns=["a", "b"]).assign(c=1.0, target=X[:, 0])


def found(model: Any, namespace: dict[str, Any], *methods: str) -> list[str]:
    return [name for name, _ in references(model, methods or ("predict",), namespace, list(namespace))]


def test_frames_with_the_fitted_columns_and_arrays_of_their_number():
    of_frame = LinearRegression().fit(FRAME[["b", "a"]], X[:, 0])
    names: dict[str, Any] = {
        "whole": FRAME,
        "other": FRAME.rename(columns={"a": "x"}),
        "empty": FRAME[:0],
        "array": X,
        "nulls": FRAME.assign(a=np.nan),
        "text": "a",
        "gone": None,
    }
    assert found(of_frame, names) == ["whole"]
    (_, kept), *_ = references(of_frame, ["predict"], names, ["whole"])
    assert [column["name"] for column in kept.profile["columns"]] == ["b", "a"]
    of_array = LinearRegression().fit(X, X[:, 0])
    assert found(of_array, {"wide": FRAME.to_numpy(), "array": X, "flat": X[:, 0]}) == ["array"]
    assert found(of_array, {"array": X}, "predict", "predict_proba") == []


def test_nulls_of_the_reference_rows_are_admitted_and_shown():
    frame = FRAME.copy()
    frame.loc[50, "a"] = np.nan
    fitted_on = frame.dropna()[["a", "b"]]
    model = HistGradientBoostingRegressor(random_state=0).fit(fitted_on, fitted_on["a"])
    log = CallLog()
    call = Call(0, "fit", model)
    call.kept = log.keep_rows(model, "fit", fitted_on)
    log.finished(call, model)
    alone = gathered(log, model, ["predict"])
    assert [column["nulls"] for column in alone["profile"]["columns"]] == [False, False]
    kept = [each for _, each in references(model, ["predict"], {"frame": frame}, ["frame"])]
    wider = gathered(log, model, ["predict"], kept)
    assert [column["nulls"] for column in wider["profile"]["columns"]] == [True, False]
    assert any(row["a"] is None for row in wider["endpoints"]["predict"]["rows"])


def test_rows_of_another_kind_do_not_change_the_schema():
    model = LinearRegression().fit(FRAME[["a", "b"]], X[:, 0])
    log = CallLog()
    call = Call(0, "fit", model)
    call.kept = log.keep_rows(model, "fit", FRAME[["a", "b"]])
    log.finished(call, model)
    whole = FRAME.assign(a=FRAME["a"] > 0)
    kept = [each for _, each in references(model, ["predict"], {"frame": whole}, ["frame"])]
    assert len(kept) == 1, "the model answers to them"
    profile = gathered(log, model, ["predict"], kept)["profile"]
    assert [column["dtype"] for column in profile["columns"]] == ["float64", "float64"]
