"""Answers of `estimator`, a sklearn.pipeline.Pipeline, from houses.ipynb.

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

from . import notebook  # noqa: F401  (what the values are made of)
from .answers import plain
from .decoding import Schema
from .loading import load

VALUES = Path(__file__).parent / "values"
MAX_ROWS = 100_000

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """One row: the columns that `estimator` was fitted on.

    All of them are required, and no others are admitted.
    """

    district: Literal["Harbour", "Hillside", "Meadows", "Old Town", "Riverside", "Station"]
    area: float
    rooms: Int64
    year_built: Int64
    condition: Literal["good", "needs work", "renovated"]
    garden: bool
    centre_km: float


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """A request: `{"rows": [...]}`."""

    rows: Annotated[list[Row], msgspec.Meta(min_length=1, max_length=MAX_ROWS)]


SCHEMA = Schema(Body, fields=7)

_loaded: dict[str, Any] = {}
_loading = threading.Lock()


def model() -> Any:
    """`estimator` of the notebook, read from its file once."""
    with _loading:
        if "model" not in _loaded:
            _loaded["model"] = load(VALUES, "estimator")
        return _loaded["model"]


def decode(body: bytes) -> list[Row]:
    """The rows of a request's body; raises `RefusedError`."""
    return SCHEMA.rows(body)


def frame(rows: list[Row]) -> pd.DataFrame:
    """The rows as a data frame, as `estimator` was fitted on."""
    return pd.DataFrame(
        {
            "district": pd.array([row.district for row in rows], dtype="str"),
            "area": np.array([row.area for row in rows], dtype="float64"),
            "rooms": np.array([row.rooms for row in rows], dtype="int64"),
            "year_built": np.array([row.year_built for row in rows], dtype="int64"),
            "condition": pd.array([row.condition for row in rows], dtype="str"),
            "garden": np.array([row.garden for row in rows], dtype="bool"),
            "centre_km": np.array([row.centre_km for row in rows], dtype="float64"),
        }
    )


def predict(rows: list[Row]) -> list[float]:
    """One answer a row: what `estimator.predict` gives."""
    return plain(model().predict(frame(rows)), len(rows))


ENDPOINTS: dict[str, Callable[[list[Row]], list[Any]]] = {
    "predict": predict,
}


def answer(endpoint: str, body: bytes) -> list[Any]:
    """What an endpoint answers to a body; raises `RefusedError` or `NotFiniteError`."""
    return ENDPOINTS[endpoint](decode(body))
