"""JSON: what `application/json`, Vega and Plotly outputs hold, part by part.

    saved   {"mark": "bar", "y": [1, 2.5]}     now   {"mark": "bar", "y": [1, 2.6]}     differs at y[1]: 2.5 → 2.6

Keys and lengths must match, texts by the rules of `text`, numbers by value: 1 and 1.0 are one number in JSON,
and JupyterLab writes the second as the first. Numbers that Plotly packs into base64 are unpacked. Altair names a
set of rows by their hash: sets get the number of their first mention instead, and their rows are compared.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from array import array
from collections.abc import Iterator
from typing import Any, cast

from jupyter_mlops.running.comparing.difflines import capped, change, clipped, counted, shortened
from jupyter_mlops.running.comparing.terms import Terms, Unlike
from jupyter_mlops.running.comparing.text import same_text, same_value

_HASHED = re.compile(r"data-[0-9a-f]{32}")
_MENTIONED = re.compile(r': "(data-[0-9a-f]{32})"')
# A script that has so many openings of something else is a library.
_MOST_FAILURES = 1000
_OPENING = re.compile(r'[\[{](?=\s*["\[{\d-])')
_PACKED = {
    "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "f4": "f", "f8": "d",
}  # fmt: skip
_ABSENT = object()

_Place = tuple[str, Any, Any]


def unlike_structures(saved: Any, now: Any, terms: Terms) -> Unlike | None:
    """How two JSON values differ by the rules; None where they do not."""
    places = list(_unlike(_hashes_replaced(saved), _hashes_replaced(now), "", terms))
    if not places:
        return None
    where, before, after = places[0]
    numbers = all(_is_number(one) and _is_number(other) for _, one, other in places)
    first = f"{where or 'the value'}: {shortened(_short(before))} → {shortened(_short(after))}"
    marked: list[str] = []
    for path, one, other in places:
        marked.append(clipped(f"- {path}: {_short(one)}" if one is not _ABSENT else f"- {path} is not there"))
        marked.append(clipped(f"+ {path}: {_short(other)}" if other is not _ABSENT else f"+ {path} is not there"))
        if _is_number(one) and _is_number(other):
            marked.append(f"? {change(_real(one), _real(other))}")
    return Unlike(
        kind="number" if numbers else "text",
        message=first if len(places) == 1 else f"{counted(len(places), 'value')} differ, the first at {first}",
        saved=_short(before),
        now=_short(after),
        diff=tuple(capped(marked)),
    )


def values_in(script: str) -> list[Any]:
    """The JSON objects and lists that stand in a script: charts in HTML keep their data there."""
    decoder = json.JSONDecoder()
    values: list[Any] = []
    end = failures = 0
    for found in _OPENING.finditer(script):
        if found.start() < end:
            continue
        try:
            value, end = decoder.raw_decode(script, found.start())
        except (ValueError, RecursionError):
            failures += 1
            if failures == _MOST_FAILURES:
                break
            continue
        values.append(value)
    return values


def _unlike(saved: Any, now: Any, path: str, terms: Terms) -> Iterator[_Place]:
    if isinstance(saved, dict) and isinstance(now, dict):
        before, after = _unpacked(cast("dict[str, Any]", saved)), _unpacked(cast("dict[str, Any]", now))
        if isinstance(before, list) or isinstance(after, list):
            yield from _unlike(before, after, path, terms)
            return
        for key in sorted({*before, *after}):
            part, partner = before.get(key, _ABSENT), after.get(key, _ABSENT)
            yield from _unlike(part, partner, f"{path}.{key}".lstrip("."), terms)
    elif isinstance(saved, list) and isinstance(now, list):
        first, second = cast("list[Any]", saved), cast("list[Any]", now)
        if len(first) != len(second):
            yield f"{path}.length".lstrip("."), len(first), len(second)
            return
        for index, (left, right) in enumerate(zip(first, second, strict=True)):
            yield from _unlike(left, right, f"{path}[{index}]", terms)
    elif not _same_leaf(saved, now, terms):
        yield path, saved, now


def _same_leaf(saved: Any, now: Any, terms: Terms) -> bool:
    if _is_number(saved) and _is_number(now):
        if _is_whole(saved) and _is_whole(now):
            return saved == now or (terms.span is not None and terms.span.explains_number(saved, now))
        return same_value(_real(saved), _real(now), terms)
    if isinstance(saved, str) and isinstance(now, str):
        return same_text(saved, now, terms)
    return type(saved) is type(now) and saved == now


def _hashes_replaced(value: Any) -> Any:
    text = json.dumps(value, sort_keys=True)
    mentioned = dict.fromkeys(_MENTIONED.findall(text))
    if not mentioned:
        return value
    names = {name: f"data-{number}" for number, name in enumerate(mentioned, start=1)}
    return json.loads(_HASHED.sub(lambda found: names.get(found.group(), found.group()), text))


def _unpacked(value: dict[str, Any]) -> dict[str, Any] | list[Any]:
    """The numbers of Plotly's `{"dtype": "f8", "bdata": "…"}`; any other object as it is."""
    kind, packed = value.get("dtype"), value.get("bdata")
    if not isinstance(kind, str) or not isinstance(packed, str) or kind not in _PACKED:
        return value
    numbers: array[Any] = array(_PACKED[kind])
    try:
        numbers.frombytes(base64.b64decode(packed))
    except (binascii.Error, ValueError):
        return value
    return [numbers.tolist(), value.get("shape")]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(number: float) -> bool:
    return isinstance(number, int) or number.is_integer()


def _real(number: float) -> float:
    """A number as a float; an integer that is too large for one is infinite."""
    return float(number) if -1e308 < number < 1e308 else math.inf if number > 0 else -math.inf


def _short(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    return clipped(json.dumps(value, ensure_ascii=False))
