"""A condition over columns, such as `--where` has it, as data.

auc > 0.83 and cut_by in ('cost', 'f1')

All(Compare(">", Name("auc"), Value(0.83)), Some(Compare("=", Name("cut_by"), Value("cost")), Compare(…, "f1")))
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Operator = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Name:
    """A column as it is written, without its quotes; `at` is the place of its first character from 1."""

    text: str
    at: int


@dataclass(frozen=True)
class Value:
    """A literal. True and False are the numbers 1 and 0, as in Python."""

    value: float | str


Operand = Name | Value


@dataclass(frozen=True)
class Compare:
    """A comparison of two operands."""

    operator: Operator
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Like:
    """A text that looks like a pattern of `%` and `_`."""

    name: Name
    pattern: str


@dataclass(frozen=True)
class Missing:
    """A column without a value."""

    name: Name


@dataclass(frozen=True)
class Not:
    """A condition that does not hold."""

    term: Condition


@dataclass(frozen=True)
class All:
    """Conditions that hold together."""

    terms: tuple[Condition, ...]


@dataclass(frozen=True)
class Some:
    """Conditions of which one holds."""

    terms: tuple[Condition, ...]


Condition = Compare | Like | Missing | Not | All | Some


def names(condition: Condition) -> Iterator[Name]:
    """The columns that a condition speaks of, in order."""
    match condition:
        case Compare(left=left, right=right):
            yield from (each for each in (left, right) if isinstance(each, Name))
        case Like(name=name) | Missing(name=name):
            yield name
        case Not(term=term):
            yield from names(term)
        case All(terms=terms) | Some(terms=terms):
            for term in terms:
                yield from names(term)
