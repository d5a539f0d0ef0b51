"""Answers of a function for other values of the parameters that its endpoint takes as arguments.

The notebook called `decide(0.6)` with its `threshold` of 0.5 only. So the function is asked again here, in the kernel
of the notebook, with the name bound to other values that its hint admits:

    {"score": 0.6, "threshold": 0.5} -> true      seen in the run
    {"score": 0.6, "threshold": 0.75} -> false    asked afterwards

Values are a Literal's others, the other truth, and numbers on both sides; of anything else none is known.
"""

# Hints and values may be any object, so their parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import copy
import inspect
import time
import typing
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_mlops.exporting.runtime import forms

_LONGEST_SECONDS = 5.0


@dataclass(frozen=True)
class Sample:
    """A call as it was made: its arguments copied, the values that the parameters had, and both as JSON."""

    bound: inspect.BoundArguments
    parameters: Mapping[str, Any]
    arguments: Mapping[str, Any]


def sampled(
    bound: inspect.BoundArguments, parameters: Mapping[str, Any], arguments: Mapping[str, Any]
) -> Sample | None:
    """A copy of a call that is about to be made; None where its arguments cannot be copied."""
    try:
        return Sample(copy.deepcopy(bound), copy.deepcopy(parameters), arguments)
    except Exception:  # noqa: BLE001  (copying asks the user's classes, which may raise anything)
        return None


def varied(
    function: Callable[..., Any],
    samples: Sequence[Sample],
    parameters: Mapping[str, Any],
    namespace: MutableMapping[str, Any],
) -> tuple[list[dict[str, Any]], list[str]]:
    """Further examples (`arguments` and `answer`, as JSON), and the parameters that none could be had for.

    `parameters` are the names with their types. The namespace is left as it was.
    """
    from pydantic import TypeAdapter, ValidationError

    stop = time.monotonic() + _LONGEST_SECONDS
    found: list[dict[str, Any]] = []
    without: list[str] = []
    for name, kind in parameters.items():
        reader = TypeAdapter(kind)
        before = len(found)
        for position, sample in enumerate(samples):
            others = others_than(sample.parameters[name], kind)
            # each call gets one of them, so that all are had without asking for every pair
            for value in others[position % len(others) :][:1] if others else ():
                try:
                    reader.validate_python(value, strict=True)
                except ValidationError:
                    continue
                answer = _asked(function, sample, {**sample.parameters, name: value}, namespace)
                if answer is not None:
                    found.append({"arguments": {**sample.arguments, name: value}, "answer": answer[0]})
            if time.monotonic() > stop:
                break
        if len(found) == before:
            without.append(name)
    return found, without


def others_than(value: Any, kind: Any) -> list[Any]:
    """Other values of a type than one.

    >>> others_than(0.5, float), others_than(3, int), others_than(True, bool), others_than("a", str)
    ([0.25, 0.75], [2, 4], [False], [])
    >>> others_than("a", Literal["a", "b", "c"])
    ['b', 'c']
    """
    while typing.get_origin(kind) is typing.Annotated:
        kind = typing.get_args(kind)[0]
    if typing.get_origin(kind) is Literal:
        return [each for each in typing.get_args(kind) if each != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value - 1, value + 1]
    if isinstance(value, float):
        return [value / 2, value * 1.5] if value else [-1.0, 1.0]
    return []


def _asked(
    function: Callable[..., Any], sample: Sample, values: Mapping[str, Any], namespace: MutableMapping[str, Any]
) -> tuple[Any] | None:
    """The answer under some values of the parameters, as JSON; None where there is none that can be sent."""
    before = {name: namespace[name] for name in values}
    bound = copy.deepcopy(sample.bound)
    namespace.update(values)
    try:
        return (forms.plain(function(*bound.args, **bound.kwargs), at="the answer"),)
    except Exception:  # noqa: BLE001  (the user's function may refuse a value that only we chose)
        return None
    finally:
        namespace.update(before)
