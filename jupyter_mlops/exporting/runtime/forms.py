"""Values of Python as JSON has them: what a function is given and what it answers.

    House(area=70.5, rooms=np.int64(3))   becomes   {"area": 70.5, "rooms": 3}

Scalars, lists, tuples, sets, dicts with texts for keys, data classes, pydantic models, arrays,
frames (a list of objects), series, dates, times, decimals and enumerations have a form; NaN and its
kin are null. The notebook's answers were written down by this same module when the package was made.
"""

# What a function returns may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import math
import sys
import uuid
from typing import Any


class FormError(ValueError):
    """A value has no form in JSON; the text says which part of it and why."""


class InfiniteError(FormError):
    """A number is infinite, which JSON cannot carry."""


def plain(value: Any, *, nan: bool = True, at: str = "$") -> Any:
    """A value as JSON; `at` is its path for messages. Without `nan`, NaN is refused as well.

    Raises `FormError`, and `InfiniteError` for an infinite number.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic | numpy.ndarray):
        return _of_numpy(value, numpy, nan, at)
    if isinstance(value, enum.Enum):
        return plain(value.value, nan=nan, at=at)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | str):
        # a subclass, such as a text of NumPy's, becomes the plain type
        return int(value) if isinstance(value, int) else str(value)
    if isinstance(value, float):
        return _number(float(value), nan, at)
    if isinstance(value, dict):
        return {_key(key, at): plain(part, nan=nan, at=f"{at}.{key}") for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, nan=nan, at=f"{at}[{i}]") for i, part in enumerate(value)]
    if isinstance(value, set | frozenset):
        parts = [plain(part, nan=nan, at=at) for part in value]
        # a set has no order of its own, and that of texts differs from process to process
        return sorted(parts, key=lambda part: (type(part).__name__, repr(part) if _mixed(parts) else part))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [each.name for each in dataclasses.fields(value)]
        return {name: plain(getattr(value, name), nan=nan, at=f"{at}.{name}") for name in names}
    return _of_others(value, nan, at)


def _of_others(value: Any, nan: bool, at: str) -> Any:
    """What only some notebooks have: pydantic's models, pandas' tables, times."""
    pydantic, pandas = sys.modules.get("pydantic"), sys.modules.get("pandas")
    if pydantic is not None and isinstance(value, pydantic.BaseModel):
        return plain(value.model_dump(mode="json", by_alias=True), nan=nan, at=at)
    if pandas is not None and isinstance(value, pandas.DataFrame):
        names = [str(name) for name in value.columns]
        columns = [plain(value.iloc[:, i], nan=nan, at=f"{at}.{name}") for i, name in enumerate(names)]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    if pandas is not None and isinstance(value, pandas.Series | pandas.Index):
        return [plain(part, nan=nan, at=f"{at}[{i}]") for i, part in enumerate(value)]
    if type(value).__name__ in ("NaTType", "NAType"):
        return _number(math.nan, nan, at)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal | uuid.UUID):
        return str(value)
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    raise FormError(f"{at} is {kind}, which has no form in JSON")


def _of_numpy(value: Any, numpy: Any, nan: bool, at: str) -> Any:
    if isinstance(value, numpy.ndarray):
        if value.dtype.kind in "iub":
            return value.tolist()
        if value.ndim == 0:
            return plain(value[()], nan=nan, at=at)
        return [plain(part, nan=nan, at=f"{at}[{i}]") for i, part in enumerate(value)]
    if isinstance(value, numpy.datetime64):
        # NumPy gives a number for nanoseconds
        value = value.astype("datetime64[us]")
    item = float(value) if isinstance(value, numpy.floating) else value.item()
    if isinstance(item, numpy.generic):
        raise FormError(f"{at} is {type(value).__name__}, which has no form in JSON")
    return plain(item, nan=nan, at=at)


def _number(value: float, nan: bool, at: str) -> float | None:
    if math.isnan(value):
        if not nan:
            raise FormError(f"{at} is NaN, which JSON cannot carry")
        return None
    if math.isinf(value):
        raise InfiniteError(f"{at} is infinite, which JSON cannot carry")
    return value


def _key(key: Any, at: str) -> str:
    if isinstance(key, enum.Enum):
        key = key.value
    if not isinstance(key, str):
        kind = type(key).__qualname__
        raise FormError(f"{at} has a key of type {kind}; keys of JSON objects are texts")
    return str(key)


def _mixed(parts: list[Any]) -> bool:
    return len({type(part) for part in parts}) > 1 or any(isinstance(part, list | dict) for part in parts)
