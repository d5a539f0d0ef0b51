"""What the kernel says of functions that are served: parameters, and calls as examples."""

from __future__ import annotations

import dataclasses
import itertools
import random
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.kernel.calls import Call
from jupyter_mlops.kernel.functions import FunctionLog, evidence
from jupyter_mlops.kernel.hints import NoSchemaError, kind_of, of_answers, of_values, written_out


@dataclasses.dataclass
class House:
    area: float
    hidden: int = dataclasses.field(default=0, init=False)


def asked(function: Any, *calls: tuple[Any, ...] | dict[str, Any]) -> dict[str, Any]:
    """The evidence after some calls, made as the hook sees them."""
    log = FunctionLog()
    for given in calls:
        call = Call(0, function.__name__, function)
        call.given = dict(given) if isinstance(given, dict) else dict(enumerate(given))
        call.kept = log.keep_arguments(call)
        positional = [value for slot, value in call.given.items() if isinstance(slot, int)]
        named = {slot: value for slot, value in call.given.items() if isinstance(slot, str)}
        log.answered(call, function(*positional, **named))
    return evidence(log, {function.__name__: function}, function.__name__)


def price(area: float, kind: Literal["a", "b"] = "a", *, rooms: int = 2):
    return area * rooms


def test_arguments_get_their_names_and_defaults():
    found = asked(price, (1.5,), (2, "b"), {0: 2.0, "rooms": 3})
    assert [each["arguments"] for each in found["calls"]] == [
        {"area": 1.5},
        {"area": 2, "kind": "b"},
        {"area": 2.0, "rooms": 3},
    ]
    assert [each["answer"] for each in found["calls"]] == [3.0, 4, 6.0]
    assert [(each["name"], each["required"], each["default"]) for each in found["parameters"]] == [
        ("area", True, None),
        ("kind", False, "'a'"),
        ("rooms", False, "2"),
    ]
    assert found["answers"] == "float"
    assert found["left_out"] == []


def test_calls_that_the_service_would_refuse_are_no_examples():
    found = asked(price, (1.5,), (float("nan"),), {0: 1.0, "rooms": 2.0}, {0: 1.0, "kind": "c"}, ("a",))
    assert [each["arguments"] for each in found["calls"]] == [{"area": 1.5}]
    assert len(found["left_out"]) == 4
    assert any("NaN" in text for text in found["left_out"])


def test_the_same_call_is_one_example_and_a_changing_answer_is_told():
    def draws(n: int):
        return random.random()

    assert len(asked(price, (1.0,), (1.0,))["calls"]) == 1
    changing = asked(draws, (1,), (1,))["changing"]
    assert changing["arguments"] == {"n": 1}
    assert changing["first"] != changing["then"]


def test_many_calls_are_kept_evenly_and_with_two_answers():
    def late(n: int):
        return n > 4990

    found = asked(late, *((n,) for n in range(5000)))
    numbers = [each["arguments"]["n"] for each in found["calls"]]
    assert 30 <= len(numbers) <= 60
    assert max(b - a for a, b in itertools.pairwise(numbers)) < 500
    assert found["made"] == 5000

    def rarely(n: int):
        return n == 77

    few = asked(rarely, *((n,) for n in range(100)))
    assert {each["answer"] for each in few["calls"]} == {False, True}


def test_arguments_without_hints_get_the_type_of_the_calls_and_the_default():
    def loose(a, b=None, c=1.5, d="x", e=(1, 2)):
        return 1

    types = {each["name"]: each["type"] for each in asked(loose, (1, 2.5, 2), (2, None), {0: 3, "d": 4})["parameters"]}
    assert types == {"a": "int", "b": "float | None", "c": "float", "d": None, "e": "list[int]"}


def test_arrays_have_the_shape_of_the_calls():
    def total(pixels: np.ndarray, weights):
        return float(np.nansum(pixels))

    def one(rows, dtype="float32"):
        return np.ones((rows, 3), dtype=dtype), np.array([1, 2])

    found = asked(total, one(1), one(2), (np.full((2, 3), np.nan, "float32"), np.array([1])), one(1, "float64"))
    pixels, weights = found["parameters"]
    assert pixels["profile"] == {"kind": "array", "dtype": "float32", "ndim": 2, "width": 3, "nulls": True}
    assert (weights["kind"], weights["profile"]["ndim"], weights["profile"]["width"]) == ("array", 1, None)
    assert len(found["calls"]) == 3
    assert "float64 of 2 dimensions, not float32 of 2" in found["left_out"][0]


def test_frames_have_the_columns_of_the_calls():
    def count(offers: pd.DataFrame):
        return len(offers)

    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    found = asked(
        count, (frame,), (frame.assign(a=[1.5, None]),), (frame.assign(c=1),), (frame.astype({"b": "category"}),)
    )
    (fact,) = found["parameters"]
    assert [(each["label"], each["dtype"]) for each in fact["profile"]["columns"]] == [("a", "float64"), ("b", "str")]
    assert [each["arguments"]["offers"] for each in found["calls"]] == [
        [{"a": 1, "b": "x"}, {"a": 2, "b": None}],
        [{"a": 1.5, "b": "x"}, {"a": None, "b": None}],
    ]
    assert len(found["left_out"]) == 2


def test_answers_that_json_cannot_carry_are_told():
    def odd(n: int):
        return [1, object(), float("inf")][n]

    found = asked(odd, (0,), (1,), (2,))
    assert len(found["calls"]) == 1
    assert found["left_out"] == [
        "the answer is builtins.object, which has no form in JSON",
        "the answer is infinite, which JSON cannot carry",
    ]


def test_a_function_that_is_gone_or_another():
    log = FunctionLog()
    assert evidence(log, {}, "price")["problem"] is not None
    assert evidence(log, {"price": 5}, "price")["problem"] is not None
    assert evidence(log, {"price": price}, "price")["made"] == 0


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (np.ndarray, "array"),
        (np.ndarray[Any, Any], "array"),
        (pd.DataFrame, "frame"),
        (float | None, "value"),
        (list[dict[str, tuple[int, ...]]], "value"),
        (dict, "value"),
        (Any, "value"),
        (dict[int, str], None),
        (House, None),
        (list[np.ndarray], None),
        (pd.Series, None),
        (bytes, None),
        (type(print), None),
        (np.ndarray | None, None),
    ],
)
def test_hints(hint: Any, kind: str | None) -> None:
    if kind is None:
        with pytest.raises(NoSchemaError):
            kind_of(hint)
    else:
        assert kind_of(hint) == kind


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1, "a"], "int | str"),
        ([1, True, None], "bool | int | None"),
        ([1, 2.5, None], "float | None"),
        ([[[1]], [[2.5, None]]], "list[list[float | None]]"),
        ([1, [1, "a"], {"a": [], "b": [True]}], "int | list[int | str] | dict[str, list[bool]]"),
        ([None, None], None),
        ([[], {}], None),
        ([1, []], None),
        ([], None),
    ],
)
def test_types_written_out(values: list[Any], text: str | None):
    assert written_out(values) == text


def test_arguments_of_several_types_get_a_union_for_their_hint():
    def either(a, b=None):
        return str(a)

    first, second = asked(either, (1,), ("x", 2))["parameters"]
    assert (first["type"], first["shared"]) == (None, "int | str")
    assert (second["type"], second["shared"]) == ("int | None", "int | None")


def test_types_of_values():
    assert of_values([1, True]) is None
    assert of_values([[], [1.5]]) == "list[float]"
    assert of_values([[]]) is None
    assert of_values([[[1]]]) is None
    assert of_values([{"a": None, "b": 1}]) == "dict[str, int | None]"
    assert of_answers([[1], ["a"]]) == "list[Any]"
    assert of_answers([]) == "Any"
