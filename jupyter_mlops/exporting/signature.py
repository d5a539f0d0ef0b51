"""Types of requests and answers, from what the run's rows and answers showed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from jupyter_mlops.documents import Answer, ArrayInput, Column, FrameInput, ItemType, Signature, TextInput
from jupyter_mlops.errors import Finding, Fix

_ITEM_TYPES: dict[str, ItemType] = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "string": "string",
    "datetime": "datetime",
}
_MOST_LISTED = 5
_ARRAY_KINDS: dict[str, ItemType] = {"i": "integer", "u": "integer", "f": "number", "b": "boolean"}


def signature(profile: dict[str, Any], model: str) -> tuple[Signature | None, list[Finding]]:
    """The signature that a profile of rows allows, or the findings that say why there is none."""
    match profile["kind"]:
        case "frame":
            return _frame(profile, model)
        case "array":
            return _array(profile, model)
        case "text" if not profile["nulls"]:
            return TextInput(container=profile["container"], dtype=profile["dtype"], name=profile["name"]), []
        case "text":
            return None, [_refused(model, "some of the texts are missing", "drop or fill them before the fit")]
        case _:
            return None, [
                _refused(
                    model,
                    f"it was fitted on {profile['type']}, which no JSON request can carry as rows",
                    "put what makes these values and the model into one pipeline, and fit that on the raw rows "
                    "(sklearn.pipeline.make_pipeline)",
                )
            ]


def _frame(profile: dict[str, Any], model: str) -> tuple[Signature | None, list[Finding]]:
    labels = Counter(column["label"] for column in profile["columns"])
    columns: list[Column] = []
    unnamed: list[str] = []
    twice: list[str] = []
    others: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for fact in profile["columns"]:
        label = fact["label"]
        kind = _ITEM_TYPES.get(fact["values"])
        if fact["name"] is None:
            unnamed.append(label)
        elif labels[label] > 1:
            twice.append(f"`{label}`")
        elif kind is None:
            others.setdefault((fact["dtype"], fact["values"]), []).append(fact)
        else:
            columns.append(
                Column(
                    name=label,
                    dtype=fact["dtype"],
                    type=kind,
                    nullable=fact["nulls"],
                    categories=fact["categories"],
                    aware=fact["aware"],
                    ordered=fact["ordered"],
                    null=fact["null"] if fact["dtype"] == "object" else "none",
                )
            )
    findings: list[Finding] = []
    if unnamed:
        reason = f"{_listed(unnamed)} {'has' if len(unnamed) == 1 else 'have'} no text for a name"
        findings.append(_refused(model, reason, "give every column a name: frame.columns = frame.columns.astype(str)"))
    if twice:
        different = list(dict.fromkeys(twice))
        reason = f"{_listed(different)} {'is' if len(different) == 1 else 'are'} there twice"
        findings.append(_refused(model, reason, "give every column a name of its own: frame.columns = [...]"))
    for what, facts in others.items():
        names = _listed([f"`{fact['label']}`" for fact in facts])
        held = "holds" if len(facts) == 1 else "hold"
        reason = f"{names} ({what[0]}) {held} {what[1]}"
        findings.append(_refused(model, reason, f"convert before the fit: {_conversion(facts[0])}"))
    return (None if findings else FrameInput(columns=columns)), findings


def _listed(labels: Sequence[str]) -> str:
    """`the column a`; of many only the first few."""
    shown = ", ".join(labels[:_MOST_LISTED])
    more = f" and {len(labels) - _MOST_LISTED} more" if len(labels) > _MOST_LISTED else ""
    return f"the column{'s' if len(labels) > 1 else ''} {shown}{more}"


def _conversion(fact: dict[str, Any]) -> str:
    """How a column can be made of numbers, texts, booleans or dates."""
    column, values = f"frame[{fact['label']!r}]", str(fact["values"])
    if values in ("date", "Timestamp", "datetime"):
        return f"{column} = pd.to_datetime({column})"
    if values.startswith("timedelta64"):
        return f"{column} = {column}.dt.total_seconds()"
    if values == "Decimal":
        return f"{column} = {column}.astype(float)"
    if values in ("list", "tuple", "dict", "set", "ndarray", "Series"):
        return f"take the parts of {column} that the model needs into columns of their own"
    return f"{column} = {column}.astype(str)"


def _array(profile: dict[str, Any], model: str) -> tuple[Signature | None, list[Finding]]:
    dtype = profile["dtype"]
    kind = {"int": "i", "uint": "u", "float": "f", "bool": "b"}.get(re.sub(r"\d+$", "", dtype))
    if kind is None:
        return None, [
            _refused(
                model,
                f"the array has the type {dtype}",
                "fit on numbers (array.astype(float)), or on a data frame where columns differ in type",
            )
        ]
    return ArrayInput(width=profile["width"], dtype=dtype, type=_ARRAY_KINDS[kind], nullable=profile["nulls"]), []


def _refused(model: str, reason: str, fix: str) -> Finding:
    return Finding(
        code="rows-have-no-schema",
        message=f"no strict schema can be made for the rows of `{model}`: {reason}",
        reason="a service refuses what its schema does not admit, so there has to be one",
        fix=Fix(text=fix),
    )


def answer_type(answers: Sequence[Any], columns: list[str] | None) -> Answer:
    """The type of one answer, from the answers that the notebook gave.

    Raises ValueError where they have no type in common.
    """
    first = answers[0]
    if columns is not None:
        values = [value for answer in answers for value in answer.values()]
        return Answer(type=_scalar_type(values), columns=columns, nullable=None in values)
    if isinstance(first, list):
        widths = {len(answer) for answer in answers}
        if len(widths) > 1:
            raise ValueError("the answers are lists of different lengths")
        values = [value for answer in answers for value in answer]
        return Answer(type=_scalar_type(values), width=widths.pop(), nullable=None in values)
    return Answer(type=_scalar_type(answers), nullable=None in answers)


def _scalar_type(values: Sequence[Any]) -> ItemType:
    names = {type(value).__name__ for value in values if value is not None}
    if names <= {"bool"} and names:
        return "boolean"
    if names == {"int"}:
        return "integer"
    if names <= {"int", "float"}:
        return "number"
    if names == {"str"}:
        return "string"
    raise ValueError("the answers are of different types: " + ", ".join(sorted(names)))
