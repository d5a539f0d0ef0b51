"""Conditions over columns as SQL; all that a user wrote is bound, never pasted.

    auc > 0.83 and cut_by != 'cost'

    ((SELECT value … AND name = :v1) > :v2 AND (SELECT CASE … END … AND name = :v3) != :v4)

`<` and its like look at numbers where they compare with a number and at texts where they compare with a text; all else
is unknown to them, as nothing is to SQL. `=` and `!=` know besides that a number is no text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from jupyter_mlops.errors import ConditionError
from jupyter_mlops.tracking.columns import Column
from jupyter_mlops.tracking.conditions import (
    All,
    Compare,
    Condition,
    Like,
    Missing,
    Name,
    Not,
    Operand,
    Operator,
    Some,
    Value,
)
from jupyter_mlops.tracking.row_kinds import LEADER, Part, RowKind, part_of

TURNED: dict[Operator, Operator] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EQUALITY = ("=", "!=")


def checked(condition: Condition, columns: Mapping[str, Column]) -> Condition:
    """A condition whose literals fit their columns, with times as seconds since 1970.

    Raises ConditionError, with the column, where one does not fit.
    """
    match condition:
        case Compare(operator, left, right):
            return Compare(operator, _fitting(left, right, columns), _fitting(right, left, columns))
        case Like(name=name) if columns[name.text].kind in ("number", "time"):
            raise _misfit(name.text, columns[name.text], "like compares texts")
        case Not(term):
            return Not(checked(term, columns))
        case All(terms):
            return All(tuple(checked(term, columns) for term in terms))
        case Some(terms):
            return Some(tuple(checked(term, columns) for term in terms))
        case _:
            return condition


def _fitting(operand: Operand, other: Operand, columns: Mapping[str, Column]) -> Operand:
    """A literal as the column that it is compared with has it."""
    if not isinstance(operand, Value) or not isinstance(other, Name):
        return operand
    column, value = columns[other.text], operand.value
    if column.kind == "number" and isinstance(value, str):
        raise _misfit(other.text, column, f"{value!r} is a text")
    if column.kind == "text" and not isinstance(value, str):
        raise _misfit(other.text, column, f"{value} is a number")
    if column.kind != "time":
        return operand
    try:
        return Value(datetime.fromisoformat(str(value)).timestamp())
    except (ValueError, OverflowError, OSError):
        raise _misfit(other.text, column, f"{value!r} is none") from None


def _misfit(written: str, column: Column, why: str) -> ConditionError:
    fix = {
        "time": f"write it like {written} > '2026-03-01 14:00', in your own zone",
        "text": f"write it in quotes: {written} = 'it'",
        "number": f"write it without quotes: {written} > 0.5",
        "any": "",
    }
    return ConditionError.of("bad-condition", f"`{written}` is a {column.kind}, and {why}", fix=fix[column.kind])


class Translation:
    """Conditions as SQL for one kind of rows, and the values that are bound to them.

    `leader` is the column whose own table leads to the rows, so that it need not be looked up.
    """

    def __init__(self, rows: RowKind, columns: Mapping[str, Column], leader: Column | None = None) -> None:
        self.values: dict[str, float | str | None] = {}
        self._rows = rows
        self._columns = columns
        self._leader = leader

    def bound(self, value: float | str | None) -> str:
        """The placeholder of a value."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def condition(self, condition: Condition) -> str:
        """The SQL of a condition."""
        match condition:
            case Compare(operator, left, right):
                return self._comparison(operator, left, right)
            case Like(name, pattern):
                return f"{self.part(self._columns[name.text], 'text')} LIKE {self.bound(pattern)}"
            case Missing(name):
                return f"{self.part(self._columns[name.text], 'any')} IS NULL"
            case Not(term):
                return f"NOT ({self.condition(term)})"
            case All(terms):
                return "(" + " AND ".join(self.condition(term) for term in terms) + ")"
            case Some(terms):
                return "(" + " OR ".join(self.condition(term) for term in terms) + ")"

    def part(self, column: Column, part: Part) -> str:
        """The SQL of a column's number, its text, or either."""
        if column.source == "base":
            return self._rows.base_part(column.name, part) or "NULL"
        if column == self._leader:
            return part_of(column, part, LEADER)
        return self._rows.value(column, part, self.bound(column.name))

    def _comparison(self, operator: Operator, left: Operand, right: Operand) -> str:
        if isinstance(left, Name):
            if isinstance(right, Name):
                return self._two_columns(operator, left, right)
            return self._with_literal(operator, left, right.value)
        if isinstance(right, Name):
            return self._with_literal(TURNED[operator], right, left.value)
        if isinstance(left.value, str) == isinstance(right.value, str):
            return f"{self.bound(left.value)} {operator} {self.bound(right.value)}"
        return {"=": "FALSE", "!=": "TRUE"}.get(operator, "NULL")

    def _with_literal(self, operator: Operator, name: Name, value: float | str) -> str:
        column = self._columns[name.text]
        part: Part = "text" if isinstance(value, str) else "number"
        if column.source == "base" and self._rows.base_part(column.name, part) is None:
            # an execution's id is a number, a run's a text
            return {"=": "FALSE", "!=": "TRUE"}.get(operator, "NULL")
        if column.source != "base" and operator in _EQUALITY:
            part = "any"
        return f"{self.part(column, part)} {operator} {self.bound(value)}"

    def _two_columns(self, operator: Operator, left: Name, right: Name) -> str:
        columns = self._columns[left.text], self._columns[right.text]

        def compared(part: Part) -> str:
            # a plus takes a column's affinity away, by which SQLite would take '1' for 1
            one, other = (f"+{self.part(column, part)}" for column in columns)
            return f"({one} {operator} {other})"

        if operator in _EQUALITY:
            return compared("any")
        return f"coalesce({compared('number')}, {compared('text')})"
