"""The rows that a notebook gave to its models, kept at the call, and examples made of them.

Kept are, for each receiver, the rows of its last `fit` with the profile of all of them, and what it was asked
since with what it answered. A later `fit` drops the answers: they were another model's.
"""

from __future__ import annotations

import json
import re
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.kernel import cells as cell_forms
from jupyter_mlops.kernel import rows as row_forms
from jupyter_mlops.kernel.calls import ANSWER_METHODS, FIT_METHODS, Call
from jupyter_mlops.kernel.choosing import MOST_EXAMPLES, WANTED, chosen
from jupyter_mlops.kernel.namespace import is_like_an_estimator

_MOST_CALLS = 64
_LONGEST_TOGETHER = 8 * 1024 * 1024
_COMPARED = 20


@dataclass(eq=False)
class Kept:
    """Rows copied at a call, with the profile of all rows of it."""

    rows: Any
    profile: dict[str, Any]


@dataclass
class Asked:
    """One answered call: the rows given and the answers, cut to as many; `alone` where it was given nothing else."""

    method: str
    kept: Kept
    answers: Any
    alone: bool = True


@dataclass
class Seen:
    """What is known of one receiver."""

    receiver: weakref.ReferenceType[Any]
    fitted_on: Kept | None = None
    asked: list[Asked] = field(default_factory=list[Asked])


class CallLog:
    """Everything that watched calls showed, by receiver, in the order of their first call."""

    def __init__(self) -> None:
        self._seen: dict[int, Seen] = {}
        self.faults: list[str] = []

    def report_fault(self, fault: BaseException) -> None:
        """Called when looking at a call failed; the user's code goes on."""
        self.faults.append(f"{type(fault).__name__}: {fault}")

    def keep_rows(self, receiver: object, method: str, rows: object) -> Kept | None:
        """Copy what is given to a receiver of scikit-learn's protocol, or much like it."""
        if isinstance(receiver, type) or not (hasattr(receiver, "get_params") or is_like_an_estimator(receiver)):
            return None
        seen = self._seen.get(id(receiver))
        if method in ANSWER_METHODS and seen is not None and self._enough(seen, method):
            return None
        return Kept(row_forms.copied(rows), row_forms.profile(rows))

    def _enough(self, seen: Seen, method: str) -> bool:
        calls = [asked for asked in seen.asked if asked.method == method]
        return len(calls) >= _MOST_CALLS or sum(len(asked.kept.rows) for asked in calls) >= row_forms.MOST_ROWS

    def finished(self, call: Call, result: Any) -> None:
        """Called when a watched call returned."""
        kept: Kept | None = call.kept
        if kept is None:
            return
        seen = self._of(call.receiver)
        if call.method in FIT_METHODS:
            seen.fitted_on, seen.asked = kept, []
        elif kept.rows is not None:
            # of a tuple, such as that of `predict(X, return_std=True)`, only the first part can be an answer
            several = isinstance(result, tuple) and not call.alone
            answered = row_forms.by_row(call.receiver, call.method, result[0] if several else result)
            answers = row_forms.taken(answered, list(range(len(kept.rows))))
            copied = answers.copy() if hasattr(answers, "copy") else answers
            seen.asked.append(Asked(call.method, kept, copied, call.alone))

    def _of(self, receiver: object) -> Seen:
        identity = id(receiver)
        seen = self._seen.get(identity)
        if seen is None or seen.receiver() is not receiver:
            seen = Seen(weakref.ref(receiver))
            self._seen[identity] = seen
        return seen

    def has_rows(self, receiver: object) -> bool:
        """Whether it was fitted on, or asked about, rows of a known kind."""
        seen = self._seen.get(id(receiver))
        if seen is None or seen.receiver() is not receiver:
            return False
        return any(kept.rows is not None for kept in (seen.fitted_on, *(each.kept for each in seen.asked)) if kept)

    def evidence(self, model: Any) -> tuple[Kept | None, list[Asked]]:
        """The rows that a model was fitted on and what it was asked since.

        Where its own `fit` was not seen (a search object fitted it), the rows of another receiver of the same
        columns stand in.
        """
        seen = self._seen.get(id(model))
        if seen is not None and seen.receiver() is model:
            fitted_on = seen.fitted_on or self._lent(model)
            return fitted_on, seen.asked
        return self._lent(model), []

    def _lent(self, model: Any) -> Kept | None:
        names = getattr(model, "feature_names_in_", None)
        width = getattr(model, "n_features_in_", None)
        for seen in reversed(list(self._seen.values())):
            kept = seen.fitted_on
            if kept is None or kept.rows is None:
                continue
            if names is not None and kept.profile["kind"] == "frame":
                if [column["name"] for column in kept.profile["columns"]] == list(names):
                    return kept
            elif names is None and kept.profile["kind"] == "array" and kept.profile["shape"] == [width]:
                return kept
        return None


def gathered(log: CallLog, model: Any, methods: list[str], reference: Sequence[Kept] = ()) -> dict[str, Any]:
    """The evidence for one model: its profile, and for each method examples with the notebook's answers.

    Answers that the notebook got are taken as they were given then. Other methods, and rows of the `fit` where
    there were too few, are asked of the model now, in the kernel that fitted it. `reference` are rows that it answers
    to: what they have beyond the rows of its calls, such as nulls, is admitted and shown too.
    """
    fitted_on, asked = log.evidence(model)
    source = next((each for each in (fitted_on, *(each.kept for each in asked), *reference) if each is not None), None)
    if source is None:
        return {"profile": None, "endpoints": {}, "faults": log.faults, "left_out": []}
    alike = [each for each in asked if same_schema(each.kept.profile, source.profile)]
    left_out = [text for each in alike if (text := difference(source.profile, each.kept.profile))]
    usable = [each for each in alike if difference(source.profile, each.kept.profile) is None]
    further = [
        each
        for each in reference
        if same_schema(each.profile, source.profile) and difference(source.profile, each.profile) is None
    ]
    profiles = [each.profile for each in (*(each.kept for each in usable), *further)]
    result: dict[str, Any] = {"profile": merged(source.profile, profiles)}
    result["faults"] = log.faults
    result["left_out"] = list(dict.fromkeys(left_out))
    endpoints: dict[str, Any] = {}
    for method in methods:
        try:
            endpoints[method] = _endpoint(model, method, source, usable, further)
        except Exception as error:  # noqa: BLE001  (the user's model decides what it raises; the plan says so)
            endpoints[method] = {"problem": f"{type(error).__name__}: {error}"}
    result["endpoints"] = endpoints
    return result


def _endpoint(model: Any, method: str, source: Kept, asked: list[Asked], reference: Sequence[Kept]) -> dict[str, Any]:
    rows: list[Any] = []
    answers: list[Any] = []
    single = False
    observed = [each for each in asked if each.method == method and each.alone]
    for each in observed:
        given = row_forms.answers_as_json(each.answers)
        single |= row_forms.is_single(each.answers)
        positions = chosen(each.kept.rows, given, each.kept.profile)
        rows += row_forms.as_json(row_forms.taken(each.kept.rows, positions))
        answers += [given[position] for position in positions]
        if len(rows) >= MOST_EXAMPLES:
            break
    pools = [each.kept for each in asked] if not observed else []
    for kept in [*pools, source, *reference]:
        enough = len(rows) >= WANTED and len({repr(answer) for answer in answers}) > 1
        if (enough and kept not in reference) or kept.rows is None or len(kept.rows) == 0:
            continue
        probe = row_forms.taken(kept.rows, list(range(min(len(kept.rows), 2000))))
        answered = _answered(model, method, probe)
        given = row_forms.answers_as_json(answered)
        single |= row_forms.is_single(answered)
        positions = chosen(probe, given, kept.profile)
        part = row_forms.taken(probe, positions)
        rows += row_forms.as_json(part)
        answers += row_forms.answers_as_json(_answered(model, method, part))
    different = {json.dumps(row): position for position, row in reversed(list(enumerate(rows)))}
    # all of them have to fit into one request
    step = 1 + sum(map(len, different)) // _LONGEST_TOGETHER
    positions = sorted(different.values())[::step][:MOST_EXAMPLES]
    rows, answers = [rows[i] for i in positions], [answers[i] for i in positions]
    return {
        "rows": rows,
        "answers": answers,
        "single": single,
        "by_output": _is_by_output(model, method, source),
        "differs": any(_differs(model, each) for each in asked if each.method == method and not each.alone),
        "classes": _classes(model, method),
        "columns": _answer_columns(model, method, source),
    }


def _answered(model: Any, method: str, rows: Any) -> Any:
    return row_forms.by_row(model, method, getattr(model, method)(rows))


def _is_by_output(model: Any, method: str, source: Kept) -> bool:
    if source.rows is None or not row_forms.may_be_by_output(model, method):
        return False
    return isinstance(getattr(model, method)(row_forms.taken(source.rows, [0])), list)


def _differs(model: Any, asked: Asked) -> bool:
    """Whether a call that was given more than rows was answered otherwise than the rows alone are."""
    first = list(range(min(len(asked.kept.rows), _COMPARED)))
    now = _answered(model, asked.method, row_forms.taken(asked.kept.rows, first))
    try:
        given = row_forms.answers_as_json(row_forms.taken(asked.answers, first))
    except ValueError:
        return True
    return _rounded(row_forms.answers_as_json(now)) != _rounded(given)


def _rounded(answers: list[Any]) -> str:
    """Answers as text, their floats to the digits that do not hang on the number of rows."""
    return re.sub(r"-?\d+\.\d+(e[-+]?\d+)?", lambda found: f"{float(found[0]):.5g}", json.dumps(answers))


def _answer_columns(model: Any, method: str, source: Kept) -> list[str] | None:
    if method != "transform" or source.rows is None:
        return None
    answer = getattr(model, method)(row_forms.taken(source.rows, [0]))
    return [str(name) for name in answer.columns] if hasattr(answer, "columns") else None


def _classes(model: Any, method: str) -> list[Any] | None:
    classes = getattr(model, "classes_", None)
    if method not in ("predict_proba", "decision_function") or classes is None or isinstance(classes, list):
        return None
    return row_forms.answers_as_json(classes)


def same_schema(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if one["kind"] != other["kind"]:
        return False
    if one["kind"] == "frame":
        names = [column["label"] for column in one["columns"]]
        return names == [column["label"] for column in other["columns"]]
    if one["kind"] == "array":
        return one["shape"] == other["shape"]
    return one["kind"] == "text"


def difference(fitted: dict[str, Any], asked: dict[str, Any]) -> str | None:
    """Why rows that the model was asked about are no rows as it was fitted on; None where one schema fits both."""
    if fitted["kind"] == "array":
        dtypes = fitted["dtype"], asked["dtype"]
        fits = dtypes[0] == dtypes[1] or _widened(*dtypes) is not None
        return None if fits else f"they were {dtypes[1]}, not {dtypes[0]}"
    if fitted["kind"] != "frame":
        return None
    for one, other in zip(fitted["columns"], asked["columns"], strict=True):
        if (text := cell_forms.difference(one["cells"], other["cells"])) is not None:
            return f"a cell of `{one['label']}` was {text}"
        if one["cells"]:
            continue
        dtypes = one["dtype"], other["dtype"]
        unknown = set(other["categories"] or ()) - set(one["categories"] or ())
        if one["dtype"] == "category" and dtypes[0] == dtypes[1] and unknown:
            return f"`{one['label']}` had other categories: {', '.join(sorted(map(str, unknown)))}"
        if _widened(*dtypes) is not None:
            continue
        holds_null = one["nulls"] or not re.fullmatch(r"(u?int|bool)\d*", one["dtype"])
        narrower = re.fullmatch(r"[Ff]loat(16|32)", one["dtype"]) is not None and dtypes[0] != dtypes[1]
        if one["values"] != other["values"] and not (one["values"] == "number" and other["values"] == "integer"):
            return f"`{one['label']}` was {dtypes[1]}, not {dtypes[0]}"
        if narrower or (other["nulls"] and not holds_null) or ("category" in dtypes and dtypes[0] != dtypes[1]):
            return f"`{one['label']}` was {dtypes[1]}, not {dtypes[0]}"
    return None


def _widened(fitted: str, asked: str) -> str | None:
    """The type for a column that was fitted on as whole numbers and asked about with fractions or without a value."""
    return asked if re.fullmatch(r"u?int\d+", fitted) and asked == "float64" else None


def merged(profile: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, Any]:
    """The schema that all observed rows fit: nulls, fractions and categories of any of them are admitted."""
    result: dict[str, Any] = {**profile}
    if profile["kind"] == "other":
        return result
    if profile["kind"] != "frame":
        result["nulls"] = profile["nulls"] or any(other["nulls"] for other in others)
        if profile["kind"] == "array":
            result["dtype"] = _common_dtype(profile["dtype"], [other["dtype"] for other in others])
        return result
    columns: list[dict[str, Any]] = []
    for position, column in enumerate(profile["columns"]):
        same = [other["columns"][position] for other in others]
        if column["cells"]:
            nested = cell_forms.merged(column["cells"], [each["cells"] for each in same])
            columns.append({**column, "cells": nested, "nulls": nested["nulls"]})
            continue
        categories: list[Any] | None = column["categories"]
        if categories is not None and column["dtype"] != "category":
            listed = [each["distinct"] for each in same]
            several = {*categories, *(value for values in listed for value in values or ())}
            categories = None if None in listed or len(several) > row_forms.MOST_CATEGORIES else sorted(several)
        nulls = column["nulls"] or any(each["nulls"] for each in same)
        dtype = _common_dtype(column["dtype"], [each["dtype"] for each in same])
        values = column["values"] if dtype == column["dtype"] else "number"
        columns.append({**column, "dtype": dtype, "values": values, "nulls": nulls, "categories": categories})
    result["columns"] = columns
    return result


def _common_dtype(fitted: str, asked: list[str]) -> str:
    return next((wider for each in asked if (wider := _widened(fitted, each))), fitted)
