"""The calls that a notebook makes of the functions that it serves: what was given, what came back.

Arguments are written down as JSON before the call, since the function may change them, and the answer after it.
Kept are at most MOST_EXAMPLES different calls of each function, spread over all of them:

    price(House(70.5), 2)   in cell 9   ->   {"house": {"area": 70.5}, "floors": 2}, 312_000.0
"""

# What the user bound may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import inspect
import json
import sys
import types
import typing
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.exporting.runtime import forms
from jupyter_mlops.kernel import hints
from jupyter_mlops.kernel import rows as row_forms
from jupyter_mlops.kernel.calls import Call
from jupyter_mlops.kernel.choosing import MOST_EXAMPLES, WANTED
from jupyter_mlops.kernel.examples import difference, merged, same_schema
from jupyter_mlops.kernel.namespace import describe
from jupyter_mlops.kernel.variations import Sample, sampled, varied

_MOST_KEPT = 2 * MOST_EXAMPLES
_LOOKED_AT = 2000
_LONGEST = 2_000_000
_MOST_TOLD = 5


@dataclass
class Given:
    """The arguments of a call as JSON, with what arrays and frames among them looked like."""

    arguments: dict[str, Any]
    profiles: dict[str, dict[str, Any]]
    key: str
    sample: Sample | None = None


@dataclass
class Answered:
    """A call that returned, and the text of its answer."""

    given: Given
    answer: Any
    text: str


@dataclass
class _Seen:
    """What is known of one function object. `every` is how many calls there are to one that is looked at."""

    function: Any
    signature: inspect.Signature
    calls: int = 0
    every: int = 1
    looked_at: int = 0
    kept: dict[str, Answered] = field(default_factory=dict[str, Answered])
    faults: dict[str, None] = field(default_factory=dict[str, None])
    changing: tuple[Answered, Any] | None = None


class FunctionLog:
    """Everything that calls of watched functions showed, by function object.

    `parameters` has, for the names of some functions, names of the namespace that count as arguments of theirs, each
    with the text of its hint.
    """

    def __init__(
        self, namespace: Mapping[str, Any] | None = None, parameters: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        self._namespace = namespace or {}
        self._parameters = parameters or {}
        self._seen: dict[int, _Seen] = {}

    def keep_arguments(self, call: Call) -> Given | None:
        """The arguments of a call that is about to be made; None where it is not to be kept."""
        if not callable(call.receiver) or isinstance(call.receiver, type):
            return None
        seen = self._of(call.receiver)
        seen.calls += 1
        if (seen.calls - 1) % seen.every:
            return None
        seen.looked_at += 1
        if seen.looked_at % _LOOKED_AT == 0:
            seen.every *= 2
        positional = [value for slot, value in call.given.items() if isinstance(slot, int)]
        named = {slot: value for slot, value in call.given.items() if isinstance(slot, str)}
        values = {name: self._namespace.get(name) for name in self._parameters.get(call.method, ())}
        try:
            bound = seen.signature.bind(*positional, **named)
            given = _given({**bound.arguments, **values})
        except TypeError:
            # the call itself is about to say so
            return None
        except ValueError as error:
            seen.faults[str(error)] = None
            return None
        if values and len(seen.kept) < WANTED:
            given.sample = sampled(bound, values, given.arguments)
        if len(given.key) > _LONGEST:
            seen.faults["the arguments of a call are more than two million characters of JSON"] = None
            return None
        return given

    def answered(self, call: Call, result: object) -> None:
        """Called when a watched function returned."""
        given: Given | None = call.kept
        if given is None:
            return
        seen = self._of(call.receiver)
        try:
            answer = forms.plain(result, at="the answer")
        except forms.FormError as error:
            seen.faults[str(error)] = None
            return
        text = json.dumps(answer)
        before = seen.kept.get(given.key)
        if before is None:
            seen.kept[given.key] = Answered(given, answer, text)
        elif before.text != text and seen.changing is None:
            seen.changing = before, answer
        if len(seen.kept) > _MOST_KEPT:
            seen.kept = dict(list(seen.kept.items())[::2])
            seen.every *= 2

    def _of(self, function: Any) -> _Seen:
        seen = self._seen.get(id(function))
        if seen is None or seen.function is not function:
            seen = _Seen(function, inspect.signature(function))
            self._seen[id(function)] = seen
        return seen

    def seen(self, function: Any) -> _Seen:
        """What is known of a function."""
        return self._of(function)

    def parameters(self, function: str) -> Mapping[str, str]:
        """The names that count as arguments of a function, with their hints."""
        return self._parameters.get(function, {})


def _given(bound: Mapping[str, Any]) -> Given:
    arguments: dict[str, Any] = {}
    profiles: dict[str, dict[str, Any]] = {}
    for name, value in bound.items():
        profile = _profile(value)
        if profile is not None:
            profiles[name] = profile
        if profile is not None and profile["kind"] == "frame":
            arguments[name] = row_forms.as_json_objects(value)
        else:
            arguments[name] = forms.plain(value, nan=profile is not None, at=f"`{name}`")
    # arrays of two types can look the same in JSON
    key = json.dumps([arguments, {name: _dtypes(each) for name, each in profiles.items()}], sort_keys=True)
    return Given(arguments, profiles, key)


def _dtypes(profile: dict[str, Any]) -> list[str]:
    return [column["dtype"] for column in profile["columns"]] if profile["kind"] == "frame" else [profile["dtype"]]


def _profile(value: Any) -> dict[str, Any] | None:
    """What an array or a frame looks like; None of anything else."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return row_forms.profile(value)
    if numpy is not None and isinstance(value, numpy.ndarray):
        nulls = value.dtype.kind == "f" and bool(numpy.isnan(value).any())
        width = value.shape[-1] if value.ndim == 2 else None
        return {"kind": "array", "dtype": str(value.dtype), "ndim": value.ndim, "width": width, "nulls": nulls}
    return None


# --- what the export asks at the end


def evidence(log: FunctionLog, namespace: MutableMapping[str, Any], name: str) -> dict[str, Any]:
    """The parameters of a function and examples of its calls, or `problem` where there is no such function.

    Of the names that count as its arguments `unvaried` has those for which no other value could be tried.
    """
    function = namespace.get(name)
    if not callable(function):
        return {"problem": "it is not a function any more at the end of the run"}
    seen = log.seen(function)
    calls = list(seen.kept.values())
    left_out: dict[str, None] = dict(seen.faults)
    try:
        resolved = typing.get_type_hints(inspect.unwrap(function), include_extras=True)
        also = _resolved(log.parameters(name), namespace)
    except Exception as error:  # noqa: BLE001  (evaluating the user's hints may raise anything; the plan says so)
        return {"problem": f"its type hints cannot be read: {type(error).__name__}: {error}"}
    parameters: list[dict[str, Any]] = []
    resolved |= also
    named = [inspect.Parameter(each, inspect.Parameter.KEYWORD_ONLY, default=namespace.get(each)) for each in also]
    for parameter in (*seen.signature.parameters.values(), *named):
        fact, calls = _parameter(parameter, resolved, calls, left_out)
        parameters.append(fact)
    calls = _admitted(parameters, resolved, calls, left_out)
    samples = [each.given.sample for each in calls if each.given.sample is not None]
    further, unvaried = varied(function, samples, also, namespace) if also else ([], [])
    chosen = _spread(calls)
    return {
        "problem": None,
        "parameters": parameters,
        "calls": [{"arguments": each.given.arguments, "answer": each.answer} for each in chosen] + further,
        "unvaried": unvaried,
        "made": seen.calls,
        "left_out": list(left_out)[:_MOST_TOLD],
        "changing": _changing(seen),
        "answers": hints.of_answers([each.answer for each in calls]),
    }


def _resolved(hints_of: Mapping[str, str], namespace: MutableMapping[str, Any]) -> dict[str, Any]:
    """The types that texts of hints mean in a notebook."""
    holder = types.SimpleNamespace(__annotations__=dict(hints_of))
    return typing.get_type_hints(holder, globalns=dict(namespace), include_extras=True)


def _parameter(
    parameter: inspect.Parameter, resolved: Mapping[str, Any], calls: list[Answered], left_out: dict[str, None]
) -> tuple[dict[str, Any], list[Answered]]:
    name = parameter.name
    fact: dict[str, Any] = {
        "name": name,
        "passing": parameter.kind.name.lower(),
        "annotated": name in resolved,
        "required": parameter.default is inspect.Parameter.empty,
        "default": None,
        "kind": "value",
        "type": None,
        "shared": None,
        "profile": None,
        "reason": None,
    }
    if not fact["required"]:
        fact["default"] = describe(name, parameter.default)["literal"]
    given = [each for each in calls if name in each.given.arguments]
    profiles = [each.given.profiles[name] for each in given if name in each.given.profiles]
    if name in resolved:
        try:
            fact["kind"] = hints.kind_of(resolved[name])
        except (hints.NoSchemaError, TypeError, NameError) as error:
            fact["reason"] = str(error)
            return fact, calls
    elif profiles:
        fact["kind"] = profiles[0]["kind"]
    else:
        try:
            default = [] if fact["required"] else [forms.plain(parameter.default, nan=False, at="its default")]
        except forms.FormError as error:
            fact["reason"] = str(error)
            return fact, calls
        values = [*(each.given.arguments[name] for each in given), *default]
        fact["type"], fact["shared"] = hints.of_values(values), hints.written_out(values)
    if fact["kind"] == "value":
        return fact, calls
    kept = [each for each in calls if each.given.profiles.get(name, {"kind": "none"})["kind"] == fact["kind"]]
    kept += [each for each in calls if name not in each.given.arguments]
    if len(kept) < len(calls):
        expected = "an array" if fact["kind"] == "array" else "a frame"
        left_out[f"`{name}` was given as something else than {expected}"] = None
    if not profiles:
        return fact, kept
    merge: Callable[..., Any] = _one_frame if fact["kind"] == "frame" else _one_array
    fact["profile"], usable = merge(name, profiles, left_out)
    return fact, [each for each in kept if name not in each.given.profiles or usable(each.given.profiles[name])]


def _one_frame(
    name: str, profiles: list[dict[str, Any]], left_out: dict[str, None]
) -> tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]:
    """The schema of all frames that fit the first one."""
    first = profiles[0]

    def fits(profile: dict[str, Any]) -> bool:
        return same_schema(profile, first) and difference(first, profile) is None

    for profile in profiles:
        if not same_schema(profile, first):
            left_out[f"`{name}` was given with other columns than in the first call"] = None
        elif (text := difference(first, profile)) is not None:
            left_out[f"`{name}`: {text}"] = None
    return merged(first, [each for each in profiles if fits(each)]), fits


def _one_array(
    name: str, profiles: list[dict[str, Any]], left_out: dict[str, None]
) -> tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]:
    """The shape and type of all arrays that have the first one's."""
    first = profiles[0]

    def fits(profile: dict[str, Any]) -> bool:
        return profile["ndim"] == first["ndim"] and profile["dtype"] == first["dtype"]

    same = [each for each in profiles if fits(each)]
    for profile in profiles:
        if not fits(profile):
            left_out[
                f"`{name}` was given as {profile['dtype']} of {profile['ndim']} dimensions, not {first['dtype']} "
                f"of {first['ndim']}"
            ] = None
    widths = {each["width"] for each in same}
    width = widths.pop() if len(widths) == 1 else None
    return {**first, "width": width, "nulls": any(each["nulls"] for each in same)}, fits


def _admitted(
    parameters: list[dict[str, Any]], resolved: Mapping[str, Any], calls: list[Answered], left_out: dict[str, None]
) -> list[Answered]:
    """The calls whose arguments the service would take: `n: int` that was given 2.0 is none."""
    checked = {each["name"] for each in parameters if each["kind"] == "value" and each["annotated"]}
    if not calls or not checked or any(each["reason"] for each in parameters):
        return calls
    from pydantic import TypeAdapter, ValidationError

    readers: dict[str, TypeAdapter[Any]] = {}
    for each in parameters:
        if each["name"] in checked:
            try:
                readers[each["name"]] = TypeAdapter(resolved[each["name"]])
            except Exception as error:  # noqa: BLE001  (pydantic asks the user's classes, which may raise anything)
                each["reason"] = str(error).splitlines()[0]
    kept: list[Answered] = []
    for call in calls:
        fault = None
        for name in readers.keys() & call.given.arguments.keys():
            try:
                readers[name].validate_json(json.dumps(call.given.arguments[name]), strict=True, extra="forbid")
            except ValidationError as error:
                fault = f"`{name}` was given what its hint does not admit: {error.errors()[0]['msg']}"
        if fault is None:
            kept.append(call)
        else:
            left_out[fault] = None
    return kept


def _spread(calls: list[Answered]) -> list[Answered]:
    """At most MOST_EXAMPLES of the calls, evenly, and with two different answers where there are any."""
    if len(calls) <= MOST_EXAMPLES:
        return calls
    step = len(calls) / MOST_EXAMPLES
    chosen = [calls[int(i * step)] for i in range(MOST_EXAMPLES)]
    if len({each.text for each in chosen}) == 1:
        other = next((each for each in calls if each.text != chosen[0].text), chosen[-1])
        chosen[-1] = other
    return chosen


def _changing(seen: _Seen) -> dict[str, Any] | None:
    if seen.changing is None:
        return None
    before, answer = seen.changing
    return {"arguments": before.given.arguments, "first": before.answer, "then": answer}
