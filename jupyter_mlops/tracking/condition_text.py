"""The text of a condition read by sqlglot, by the grammar of SQLite's conditions.

    auc > 0.83 and f(x)      refused: `f(x)` is not admitted in a condition

Of its tree comparisons, `and`, `or`, `not`, `in`, `like`, `between` and `is null` over columns and literals are taken
over as data of ours; anything else is refused, with the part that it is. Nothing of the text itself goes on to a store.
"""

from __future__ import annotations

from typing import Any

from sqlglot import Dialect, TokenType, exp, tokenize
from sqlglot.errors import ParseError, SqlglotError

from jupyter_mlops.errors import ConditionError
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

_ADMITTED = "comparisons, and, or, not, in, like, between and is null are admitted, over columns, numbers and 'texts'"
_EXAMPLE = "write it like auc > 0.83 and cut_by = 'cost'"
# keeps SQLite's and our own recursion far from their ends
_MOST_CHARACTERS = 5_000
_MOST_NESTED = 50
_MOST_TERMS = 500
_MOST_SHOWN = 100
_OPERATORS: dict[type[Any], Operator] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


def parse(text: str) -> Condition:
    """Read a condition.

    Raises ConditionError, with the part that is not admitted or the place that is not understood.
    """
    _check_size(text)
    try:
        found = Dialect.get_or_raise("sqlite").parse_into(exp.Condition, text)
    except ParseError as error:
        # the place of the last character of what was not expected
        first = error.errors[0] if error.errors else {}
        raise _not_understood(text, first.get("line"), first.get("col")) from None
    except SqlglotError:
        raise _not_understood(text, None, None) from None
    except RecursionError:
        raise _too_much() from None
    trees = [each for each in found if each is not None]
    if len(trees) != 1:
        raise ConditionError.of("bad-condition", "the condition is empty", reason=_ADMITTED, fix=_EXAMPLE)
    return _Reader(text).condition(trees[0])


def _check_size(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConditionError.of("bad-condition", "the condition is no text in Unicode", fix=_EXAMPLE) from None
    if len(text) > _MOST_CHARACTERS:
        raise _too_much()
    try:
        tokens = tokenize(text, read="sqlite")
    except SqlglotError:
        raise _not_understood(text, None, None) from None
    depth, negations, terms = 0, 0, 0
    for token in tokens:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        negations += token.token_type == TokenType.NOT
        terms += token.token_type in (TokenType.AND, TokenType.OR, TokenType.COMMA)
        if depth > _MOST_NESTED or negations > _MOST_NESTED or terms > _MOST_TERMS:
            raise _too_much()


def _too_much() -> ConditionError:
    return ConditionError.of(
        "bad-condition", "the condition is too long or nested too deeply", fix="ask for less at once"
    )


def _not_understood(text: str, line: int | None, column: int | None) -> ConditionError:
    if line is None or column is None:
        return ConditionError.of(
            "bad-condition", "the condition is not understood", reason=f"a quote does not end: {text}", fix=_EXAMPLE
        )
    before = sum(len(each) for each in text.splitlines(keepends=True)[: line - 1])
    at = min(before + column, len(text))
    return ConditionError.of(
        "bad-condition",
        f"the condition is not understood at character {at}",
        reason=f"up to there it is: {text[:at]}",
        fix=f'{_EXAMPLE}; a column whose name is no plain word stands in double quotes: "f1 score" > 0.8',
    )


class _Reader:
    """Takes over the admitted parts of sqlglot's tree."""

    def __init__(self, text: str) -> None:
        self._text = text

    def condition(self, node: Any) -> Condition:
        match node:
            case exp.Paren():
                return self.condition(node.this)
            case exp.Not():
                return Not(self.condition(node.this))
            case exp.And():
                return All(tuple(self.condition(each) for each in node.flatten()))
            case exp.Or():
                return Some(tuple(self.condition(each) for each in node.flatten()))
            case exp.Between() if not node.args.get("symmetric"):
                value = self._operand(node.this)
                low, high = self._operand(node.args["low"]), self._operand(node.args["high"])
                return All((Compare(">=", value, low), Compare("<=", value, high)))
            case exp.In() if node.expressions and not node.args.get("query"):
                value = self._operand(node.this)
                return Some(tuple(Compare("=", value, self._operand(each)) for each in node.expressions))
            case exp.Like(this=this, expression=exp.Literal(is_string=True) as pattern):
                like = Like(self._name(this), pattern.this)
                return Not(like) if node.args.get("negate") else like
            case exp.Is(this=this, expression=exp.Null()):
                return Missing(self._name(this))
            case _ if type(node) in _OPERATORS:
                left, right = self._operand(node.this), self._operand(node.expression)
                return Compare(_OPERATORS[type(node)], left, right)
            case exp.Column() | exp.Dot():
                column = self._name(node).text
                raise ConditionError.of(
                    "bad-condition",
                    f"`{column}` alone is no condition",
                    reason=_ADMITTED,
                    fix=f"compare it: {column} = true, or {column} is not null",
                )
            case _:
                raise self._refused(node)

    def _operand(self, node: Any) -> Operand:
        match node:
            case exp.Paren():
                return self._operand(node.this)
            case exp.Column() | exp.Dot():
                return self._name(node)
            case exp.Literal(is_string=True):
                return Value(str(node.this))
            case exp.Literal():
                return Value(self._number(node))
            case exp.Neg(this=exp.Literal(is_string=False) as number):
                return Value(-self._number(number))
            case exp.Boolean():
                return Value(int(node.this))
            case exp.Null():
                raise ConditionError.of(
                    "bad-condition",
                    "nothing is equal to null",
                    reason=f"in {self._text}",
                    fix="write `is null` or `is not null`",
                )
            case _:
                raise self._refused(node)

    def _name(self, node: Any) -> Name:
        """A column with all its points: `LogisticRegression.C`."""
        match node:
            case exp.Paren():
                return self._name(node.this)
            case exp.Dot(this=this, expression=exp.Identifier() as last):
                before = self._name(this)
                return Name(f"{before.text}.{last.this}", before.at)
            case exp.Column() if all(isinstance(part, exp.Identifier) for part in node.parts):
                parts: list[exp.Identifier] = node.parts  # pyright: ignore[reportAssignmentType]
                return Name(".".join(part.this for part in parts), parts[0].meta.get("start", 0) + 1)
            case _:
                raise self._refused(node)

    def _number(self, node: Any) -> float:
        text = str(node.this)
        try:
            # SQLite's whole numbers have 64 bits
            return int(text) if node.is_int and abs(int(text)) < 2**63 else float(text)
        except ValueError:
            raise self._refused(node) from None

    def _refused(self, node: Any) -> ConditionError:

        try:
            part = node.sql(dialect="sqlite", normalize_functions=False)
        except (SqlglotError, ValueError, RecursionError):
            part = self._text
        if len(part) > _MOST_SHOWN:
            part = f"{part[:_MOST_SHOWN]}…"
        return ConditionError.of(
            "bad-condition", f"`{part}` is not admitted in a condition", reason=f"only {_ADMITTED}", fix=_EXAMPLE
        )
