"""What was recorded as frames of pandas."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import jupyter_mlops
from jupyter_mlops.errors import ConditionError
from jupyter_mlops.kernel.record import Captured, MetricRow, ParameterRow
from jupyter_mlops.tracking.indexing import index_runs


def parameter(name, value):
    return ParameterRow(name, type(value).__name__, repr(value), float(value) if value != "f1" else None, "cell")


@pytest.fixture
def project(store, record_session, run_record, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    curve = [
        MetricRow("loss", value, repr(value), "float", "logged", step=step, final=step == 2)
        for step, value in enumerate([math.inf, math.nan, 0.25])
    ]
    record_session(
        {
            "text": "x",
            "cell": "a",
            "captured": Captured(
                [
                    parameter("n", 1),
                    parameter("cut", "f1"),
                    parameter("b", True),
                    parameter("rate", 1),
                    parameter("t", 1),
                ],
                [*curve, MetricRow("auc", 1, "1", "int", "score"), MetricRow("bad", math.nan, "nan", "float", "score")],
            ),
        },
        {"text": "y", "seconds": None},
        {"text": "z", "captured": Captured([parameter("rate", 0.5), parameter("t", "f1"), parameter("n", 2**70)])},
    )
    record_session({"text": "r", "captured": Captured(metrics=curve)}, run="r1")
    index_runs(store, [run_record("r1", parameters={})])


def test_types(project):
    frame = jupyter_mlops.runs(sort="id")
    assert list(frame["id"]) == ["1", "2", "3", "r1"]
    assert list(frame["kind"]) == ["execution"] * 3 + ["run"]
    assert frame["started"].dt.tz is not None
    assert frame["started"][0] == pd.Timestamp(1e9 + 1, unit="s", tz="UTC")
    assert frame["seconds"].dtype == "float64"
    assert math.isnan(frame["seconds"][1])
    assert (frame["auc"].dtype, frame["auc"][0]) == ("float64", 1.0)
    assert frame["loss"].tolist()[::3] == [0.25, 0.25]
    assert frame["bad"].dtype == "float64"
    assert frame["b"].dtype == "boolean"
    assert frame["rate"].dtype == "float64"
    assert list(frame["t"])[:3:2] == [1, "f1"]
    assert list(frame["n"])[:3:2] == [1, 2**70]
    assert frame["cut"][0] == "f1"
    assert frame["cut"].isna().tolist() == [False, True, True, True]


def test_types_without_holes(project):
    frame = jupyter_mlops.runs("auc = 1")
    assert (frame["n"].dtype, frame["b"].dtype) == ("int64", "bool")


def test_conditions_and_limits(project):
    assert list(jupyter_mlops.runs("loss < 1 and kind = 'run'")["id"]) == ["r1"]
    assert len(jupyter_mlops.runs(limit=2)) == 2
    assert len(jupyter_mlops.runs(notebook="other.ipynb")) == 0
    with pytest.raises(ConditionError, match="unknown column"):
        jupyter_mlops.runs("lost < 1")


def test_curves(project):
    frame = jupyter_mlops.metrics("loss", where="kind = 'execution'")
    assert list(frame["step"]) == [0, 1, 2]
    assert frame["value"][0] == math.inf
    assert math.isnan(frame["value"][1])
    assert frame["value"][2] == 0.25
    assert set(jupyter_mlops.metrics()["name"]) == {"loss", "auc", "bad"}
    assert sorted(jupyter_mlops.metrics("loss")["id"].unique()) == ["1", "r1"]


def test_without_a_store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert list(jupyter_mlops.runs().columns)[:3] == ["id", "kind", "notebook"]
    assert len(jupyter_mlops.metrics()) == 0
    assert not (tmp_path / ".jupyter_mlops").exists()


def test_other_names_are_errors():
    with pytest.raises(AttributeError, match="no attribute 'rums'"):
        jupyter_mlops.rums  # noqa: B018
