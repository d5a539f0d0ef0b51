"""Which of many rows make good examples.

rows     1.5  2.5  null  2.5  …      two answers among a thousand
chosen   the first of some equal ones, spread evenly; one with the null; one for each answer
"""

# Rows and answers are JSON of any shape, so their parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from typing import Any

from jupyter_mlops.kernel import rows as row_forms

WANTED = 20
MOST_EXAMPLES = 60
_MOST_LOOKED_AT = 2000


def chosen(rows: Any, answers: list[Any], profile: dict[str, Any]) -> list[int]:
    """Positions of good examples: different rows, spread evenly, every null and category, and at least two
    different answers."""
    count = min(len(rows), len(answers))
    looked_at = range(0, count, max(1, -(-count // _MOST_LOOKED_AT)))
    sample = row_forms.as_json(row_forms.taken(rows, list(looked_at)))
    different: dict[str, int] = {}
    for position, row in zip(looked_at, sample, strict=True):
        different.setdefault(json.dumps(row), position)
    firsts = sorted(different.values())
    step = max(1, len(firsts) // WANTED)
    picked: dict[int, None] = dict.fromkeys(firsts[::step][:WANTED])
    marks: set[tuple[Any, Any]] = set()
    few = {
        column["label"]
        for column in profile.get("columns", ())
        if column["categories"] or column["values"] == "boolean"
    }
    for position, row in zip(looked_at, sample, strict=True):
        new = _marks(row, few) - marks
        if new:
            marks |= new
            picked[position] = None
    distinct: set[str] = set()
    for position, answer in enumerate(answers[:count]):
        if isinstance(answer, list):
            break
        if repr(answer) not in distinct and len(distinct) < WANTED:
            distinct.add(repr(answer))
            if len(distinct) <= 10:
                picked[position] = None
    return sorted(list(picked)[:MOST_EXAMPLES])


def _marks(row: Any, few: Container[Any]) -> set[tuple[Any, Any]]:
    """What an example should show of a row: its nulls, and its values in the columns that have few.

    Of nested numbers it is how many are missing, since series of different lengths are padded so.
    """
    if isinstance(row, list) and row and isinstance(row[0], list):
        return {("nulls", missing)} if (missing := _missing(row)) else set()
    places: Iterable[tuple[Any, Any]] = [("", row)]
    if isinstance(row, dict):
        places = row.items()
    elif isinstance(row, list):
        places = enumerate(row)
    marks: set[tuple[Any, Any]] = set()
    for name, value in places:
        if isinstance(value, list):
            marks |= {(name, missing)} if (missing := _missing(value)) else set()
        elif value is None or name in few:
            marks.add((name, value))
    return marks


def _missing(values: list[Any]) -> int:
    return sum(_missing(value) if isinstance(value, list) else value is None for value in values)
