"""Other values of parameters that are arguments: which are tried, and that the notebook is left as it was."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field

from jupyter_mlops.kernel.calls import Call
from jupyter_mlops.kernel.functions import FunctionLog, evidence

NAMESPACE: dict[str, Any] = {"Annotated": Annotated, "Field": Field, "Literal": Literal}


def asked(source: str, parameters: dict[str, str], values: dict[str, Any], *given: Any) -> tuple[dict[str, Any], Any]:
    """The evidence on a function `f` of a notebook after calls with one argument each, and the notebook's names."""
    namespace = {**NAMESPACE, **values}
    exec(compile(source, "<cell>", "exec"), namespace)  # noqa: S102  (as a kernel does)
    log = FunctionLog(namespace, {"f": parameters})
    for value in given:
        call = Call(0, "f", namespace["f"], given={0: value})
        call.kept = log.keep_arguments(call)
        log.answered(call, namespace["f"](value))
    return evidence(log, namespace, "f"), namespace


def test_the_value_at_the_call_and_others_are_examples():
    found, namespace = asked("def f(x): return x > limit", {"limit": "float"}, {"limit": 2.0}, 1.5, 2.5)
    assert found["calls"] == [
        {"arguments": {"x": 1.5, "limit": 2.0}, "answer": False},
        {"arguments": {"x": 2.5, "limit": 2.0}, "answer": True},
        {"arguments": {"x": 1.5, "limit": 1.0}, "answer": True},
        {"arguments": {"x": 2.5, "limit": 3.0}, "answer": False},
    ]
    assert [(each["name"], each["required"]) for each in found["parameters"]] == [("x", True), ("limit", False)]
    assert found["unvaried"] == []
    assert namespace["limit"] == 2.0


def test_values_that_the_hint_refuses_are_not_tried():
    hint = "Annotated[int, Field(ge=1, le=1)]"
    found, _ = asked("def f(x): return x * n", {"n": hint}, {"n": 1}, 1, 2)
    assert [each["arguments"]["n"] for each in found["calls"]] == [1, 1]
    assert found["unvaried"] == ["n"]
    text, _ = asked("def f(x): return word", {"word": "str"}, {"word": "a"}, 1)
    assert text["unvaried"] == ["word"]
    chosen, _ = asked("def f(x): return word", {"word": "Literal['a', 'b', 'c']"}, {"word": "b"}, 1, 2)
    assert [each["answer"] for each in chosen["calls"]] == ["b", "b", "a", "c"]


def test_a_function_that_refuses_or_changes_what_it_is_given():
    frame = pd.DataFrame({"a": [1.0, 2.0]})
    source = (
        "def f(rows):\n    rows *= 2\n    if limit > 2:\n        raise ValueError\n    return list(rows['a'] > limit)"
    )
    found, namespace = asked(source, {"limit": "float"}, {"limit": 2.0}, frame, frame.copy())
    varied = [each for each in found["calls"] if each["arguments"]["limit"] != 2.0]
    assert varied == [{"arguments": {"rows": [{"a": 1.0}, {"a": 2.0}], "limit": 1.0}, "answer": [True, True]}]
    assert namespace["limit"] == 2.0


def test_a_parameter_that_the_notebook_varies_itself_gives_no_contradiction():
    namespace: dict[str, Any] = {**NAMESPACE}
    exec("def f(x): return x > limit", namespace)  # noqa: S102  (as a kernel does)
    log = FunctionLog(namespace, {"f": {"limit": "float"}})
    for limit in (0.5, 1.5):
        namespace["limit"] = limit
        call = Call(0, "f", namespace["f"], given={0: 1.0})
        call.kept = log.keep_arguments(call)
        log.answered(call, namespace["f"](1.0))
    found = evidence(log, namespace, "f")
    assert found["changing"] is None
    assert [each["answer"] for each in found["calls"][:2]] == [True, False]
