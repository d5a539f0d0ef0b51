"""Values as JSON has them: every kind that a function may take or answer, and clear words for the rest."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.exporting.runtime.forms import FormError, InfiniteError, plain


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class House:
    area: float
    tags: list[Any]


class Offer(pydantic.BaseModel):
    price: float
    day: datetime.date = pydantic.Field(default=datetime.date(2024, 1, 2), alias="the day")


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (None, None),
        (True, True),
        (np.bool_(False), False),
        (np.int8(-3), -3),
        (2**70, 2**70),
        (np.float32(0.5), 0.5),
        (float("nan"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("NaT"), None),
        (np.str_("ü"), "ü"),
        ((1, [2.5, None]), [1, [2.5, None]]),
        ({"b", "a"}, ["a", "b"]),
        ({1: "a"}, FormError),
        ({np.str_("k"): {Colour.RED: Colour.RED}}, {"k": {"red": "red"}}),
        (House(np.float64(1.5), [Colour.RED]), {"area": 1.5, "tags": ["red"]}),
        (Offer(price=1.0), {"price": 1.0, "the day": "2024-01-02"}),
        (np.array([[1, 2], [3, 4]], dtype="uint8"), [[1, 2], [3, 4]]),
        (np.array([[1.5, np.nan]]), [[1.5, None]]),
        (np.array(["a", None], dtype=object), ["a", None]),
        (np.array(5.0), 5.0),
        (pd.Series([1, None]), [1.0, None]),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        (pd.DataFrame({"a": pd.Categorical(["x"])}), [{"a": "x"}]),
        (pd.Timestamp("2024-01-02T03:04:05Z"), "2024-01-02T03:04:05+00:00"),
        (np.datetime64("2024-01-02T03:04:05.123456789"), "2024-01-02T03:04:05.123456"),
        (datetime.date(2024, 1, 2), "2024-01-02"),
        (decimal.Decimal("1.50"), "1.50"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (float("inf"), InfiniteError),
        (np.array([1.0, -np.inf]), InfiniteError),
        (object(), FormError),
        (1j, FormError),
        (b"a", FormError),
        (House, FormError),
        (lambda: 1, FormError),
        (np.array([1j]), FormError),
        (datetime.timedelta(1), FormError),
    ],
)
def test_forms(value: Any, form: Any) -> None:
    if isinstance(form, type):
        with pytest.raises(form):
            plain(value)
        return
    got = plain(value)
    assert got == form
    assert type(got) is type(form)
    json.dumps(got, allow_nan=False)


def test_the_path_of_what_has_no_form_is_told() -> None:
    with pytest.raises(
        FormError, match=r"^the answer\.rows\[1\]\.area is builtins\.object, which has no form in JSON$"
    ):
        plain({"rows": [1, House(object(), [])]}, at="the answer")  # type: ignore[arg-type]


def test_arguments_have_no_form_for_nan() -> None:
    for value in (float("nan"), [np.nan], pd.NaT, {"a": pd.NA}):
        with pytest.raises(FormError, match="NaN"):
            plain(value, nan=False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_what_json_has_stays_as_it_is(value: Any) -> None:
    assert plain(value) == value
    assert plain(plain(value)) == plain(value)
