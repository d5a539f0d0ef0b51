"""Answers of `model`, a sklearn.pipeline.Pipeline, from churn.ipynb.

Rows come in as JSON and are checked, answers go out as plain lists. There is no web framework in
here: `service.py` puts this behind HTTP, and any other program can call `answer`.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import pandas as pd

from .answers import plain
from .decoding import Schema
from .loading import load

VALUES = Path(__file__).parent / "values"
MAX_ROWS = 100_000

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """One row: the columns that `model` was fitted on.

    All of them are required, and no others are admitted.
    """

    tenure: Int64
    monthly_charge: float | None
    support_calls: Int64
    plan: Literal["basic", "premium", "standard"]
    contract: Literal["monthly", "two-year", "yearly"]
    region: Literal["east", "north", "south", "west"] | None
    autopay: bool


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """A request: `{"rows": [...]}`."""

    rows: Annotated[list[Row], msgspec.Meta(min_length=1, max_length=MAX_ROWS)]


SCHEMA = Schema(Body, fields=7)

_loaded: dict[str, Any] = {}
_loading = threading.Lock()


def model() -> Any:
    """`model` of the notebook, read from its file once."""
    with _loading:
        if "model" not in _loaded:
            _loaded["model"] = load(VALUES, "model")
        return _loaded["model"]


def decode(body: bytes) -> list[Row]:
    """The rows of a request's body; raises `RefusedError`."""
    return SCHEMA.rows(body)


def frame(rows: list[Row]) -> pd.DataFrame:
    """The rows as a data frame, as `model` was fitted on."""
    return pd.DataFrame(
        {
            "tenure": np.array([row.tenure for row in rows], dtype="int64"),
            "monthly_charge": np.array([row.monthly_charge for row in rows], dtype="float64"),
            "support_calls": np.array([row.support_calls for row in rows], dtype="int64"),
            "plan": pd.array([row.plan for row in rows], dtype="str"),
            "contract": pd.array([row.contract for row in rows], dtype="str"),
            "region": pd.array([row.region for row in rows], dtype="str"),
            "autopay": np.array([row.autopay for row in rows], dtype="bool"),
        }
    )


def predict(rows: list[Row]) -> list[int]:
    """One answer a row: what `model.predict` gives."""
    return plain(model().predict(frame(rows)), len(rows))


def predict_proba(rows: list[Row]) -> list[list[float]]:
    """One answer a row: what `model.predict_proba` gives.

    The classes in their order are 0, 1.
    """
    return plain(model().predict_proba(frame(rows)), len(rows))


def decision_function(rows: list[Row]) -> list[float]:
    """One answer a row: what `model.decision_function` gives."""
    return plain(model().decision_function(frame(rows)), len(rows))


ENDPOINTS: dict[str, Callable[[list[Row]], list[Any]]] = {
    "predict": predict,
    "predict_proba": predict_proba,
    "decision_function": decision_function,
}


def answer(endpoint: str, body: bytes) -> list[Any]:
    """What an endpoint answers to a body; raises `RefusedError` or `NotFiniteError`."""
    return ENDPOINTS[endpoint](decode(body))
