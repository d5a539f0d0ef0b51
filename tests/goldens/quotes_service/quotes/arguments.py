# ruff: noqa: E501
"""A request's body as the arguments of a function, and what the function returns as JSON.

    {"house": {"area": "70"}}   is refused with 422, at `$.house.area`

The body has to be strict JSON throughout before its types count. Those are checked by pydantic as
the notebook's hints have them, without any conversion: `"1"`, `1.0` and `true` are no integers, `1`
is a number, and a field that no type names is refused at any depth.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from pydantic import BaseModel, ValidationError

from .answers import NotFiniteError
from .decoding import RefusedError, look_closely
from .forms import InfiniteError, plain

Request = TypeVar("Request", bound=BaseModel)
Row = TypeVar("Row")

# only such numbers can be beyond the range of a float
_LONG_NUMBER = re.compile(rb"[eE]\+?\d{3}|\d{300}")
_MISSING = "missing"


def read(request: type[Request], body: bytes) -> Request:
    """The arguments of a body as it came over the wire; raises `RefusedError`."""
    look_closely(body)
    try:
        if _LONG_NUMBER.search(body):
            _check_finite(json.loads(body, parse_int=float), "$")
        return request.model_validate_json(body, strict=True, extra="forbid")
    except ValidationError as error:
        raise _refused(error, body) from None
    except RecursionError:
        raise RefusedError("not-json", "it is nested too deeply") from None


def rows_of(decode: Callable[[bytes], list[Row]], argument: str, given: list[Any]) -> list[Row]:
    """The rows of an argument that is a frame; raises `RefusedError` with the argument's path."""
    try:
        return decode(json.dumps({"rows": given}).encode())
    except RefusedError as refused:
        path = (refused.path or "$.rows").replace("$.rows", f"$.{argument}", 1)
        raise RefusedError(refused.code, refused.message, path) from None


def array_of(argument: str, given: list[Any], dtype: str) -> Any:
    """An argument that is an array, null as NaN; raises `RefusedError` for lists of unequal lengths."""
    try:
        return np.asarray(given, dtype=dtype)
    except ValueError:
        text = "The lists inside have to be of one length"
        raise RefusedError("schema", text, f"$.{argument}") from None


def default_of(function: Callable[..., Any], argument: str) -> Any:
    """The default of an argument, as the function has it."""
    return inspect.signature(function).parameters[argument].default


def answered(value: Any) -> Any:
    """What a function returned, as JSON has it; raises `NotFiniteError`."""
    try:
        return plain(value, at="the answer")
    except InfiniteError as error:
        raise NotFiniteError(str(error)) from None


def _check_finite(value: Any, path: str) -> None:
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise RefusedError("schema", "Input should be a finite number", path)
    if isinstance(value, dict):
        for name, part in cast("dict[str, Any]", value).items():
            _check_finite(part, f"{path}.{name}")
    elif isinstance(value, list):
        for position, part in enumerate(cast("list[Any]", value)):
            _check_finite(part, f"{path}[{position}]")


def _refused(error: ValidationError, body: bytes) -> RefusedError:
    """The first fault with its path; of a union all that is said of the same place."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        return RefusedError("not-json", faults[0]["msg"])
    data = json.loads(body, parse_int=float)
    paths = [
        _path(fault["loc"], data, missing=fault["type"].startswith(_MISSING)) for fault in faults
    ]
    said = [fault["msg"] for fault, path in zip(faults, paths, strict=True) if path == paths[0]]
    return RefusedError("schema", ", or: ".join(dict.fromkeys(said)), paths[0])


def _path(location: tuple[int | str, ...], data: Any, *, missing: bool) -> str:
    """A place as in `$.rows[3].age`. What names a branch of a union is no part of the data, and left out."""
    path, value = "$", data
    for position, part in enumerate(location):
        last = position == len(location) - 1
        if (
            isinstance(part, str)
            and isinstance(value, dict)
            and (part in value or (missing and last))
        ):
            path, value = f"{path}.{part}", cast("dict[str, Any]", value).get(part)
        elif (
            isinstance(part, int)
            and isinstance(value, list)
            and part < len(cast("list[Any]", value))
        ):
            path, value = f"{path}[{part}]", cast("list[Any]", value)[part]
    return path
