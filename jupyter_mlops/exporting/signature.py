"""Types of requests and answers, from what the run's rows and answers showed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

from jupyter_mlops.documents import Answer, ArrayInput, Cells, Column, FrameInput, ItemType, Signature, TextInput
from jupyter_mlops.errors import Finding, Fix

_ITEM_TYPES: dict[str, ItemType] = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "string": "string",
    "datetime": "datetime",
}
# 32-bit floats have about seven digits, and long sums of them, whose order may change, lose one or two
SINGLE_TOLERANCE = 1e-5
NAME_THE_COLUMNS = "give every column a name: frame.columns = frame.columns.astype(str)"
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
        nested = fact["cells"]
        kind = _ITEM_TYPES.get(nested["values"] if nested else fact["values"])
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
                    cells=Cells(**{key: nested[key] for key in ("container", "dtype", "length")}) if nested else None,
                )
            )
    findings: list[Finding] = []
    if unnamed:
        reason = f"{_listed(unnamed)} {'has' if len(unnamed) == 1 else 'have'} no text for a name"
        findings.append(_refused(model, reason, NAME_THE_COLUMNS))
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
    if values.startswith("Series with"):
        return f"{column} = {column}.map(lambda cell: pd.Series(cell.to_numpy()))"
    if values.partition(" ")[0] in ("list", "tuple", "dict", "set", "ndarray", "Series"):
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
    shape = tuple(profile["shape"])
    return ArrayInput(shape=shape, dtype=dtype, type=_ARRAY_KINDS[kind], nullable=profile["nulls"]), []


def _refused(model: str, reason: str, fix: str) -> Finding:
    return Finding(
        code="rows-have-no-schema",
        message=f"no strict schema can be made for the rows of `{model}`: {reason}",
        reason="a service refuses what its schema does not admit, so there has to be one",
        fix=Fix(text=fix),
    )


def answer_type(
    answers: Sequence[Any], columns: list[str] | None, *, single: bool = False, by_output: bool = False
) -> Answer:
    """The type of one answer, from the answers that the notebook gave; `single` says that its floats have 32 bits, and
    `by_output` that the method gives an array for each output of the model instead of one for each row.

    Raises ValueError where they have no type in common.
    """
    if columns is not None:
        fields = [value for answer in answers for value in answer.values()]
        return Answer(type=_scalar_type(fields), columns=columns, nullable=None in fields, single=single)
    shape: list[int] = []
    values: list[Any] = list(answers)
    while values and any(isinstance(value, list) for value in values):
        lengths = {len(cast("list[Any]", value)) if isinstance(value, list) else None for value in values}
        if len(lengths) > 1:
            raise ValueError("the answers are lists of different lengths")
        shape.append(len(values[0]))
        values = [item for value in values for item in value]
    kind = _scalar_type(values)
    return Answer(type=kind, shape=tuple(shape), nullable=None in values, single=single, by_output=by_output)


def tolerance_of(answer: Answer | None, tolerance: float) -> float:
    """The relative tolerance for the floats of an endpoint: floats of 32 bits are sure to fewer digits."""
    return max(tolerance, SINGLE_TOLERANCE) if answer is not None and answer.single else tolerance


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
