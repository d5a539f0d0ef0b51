"""Which names of a notebook are constants: bound once to the same value anywhere, and never changed.

    WORDS = ["a", "b"]        # a constant, unless the run ended with another list
    PATTERN = re.compile("a") # a constant: the result hangs on its arguments alone
    rows = load()             # none

Their statements can be copied; of every other value only the run knows what it was.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlops.analysis.statements import Unit, is_constant_expression

Facts = Mapping[str, Mapping[str, Any]]

_READING_METHODS = frozenset(
    [
        "get",
        "items",
        "keys",
        "values",
        "index",
        "count",
        "copy",
        "split",
        "join",
        "format",
        "strip",
        "lower",
        "upper",
        "startswith",
        "endswith",
        "replace",
        "match",
        "search",
        "fullmatch",
        "sub",
        "findall",
        "finditer",
        "union",
        "intersection",
        "difference",
        "issubset",
        "encode",
        "decode",
        "isoformat",
    ]
)


def constant_names(
    statements: Sequence[Unit], binders: Mapping[str, Sequence[Unit]], facts: Facts, parameters: frozenset[str]
) -> frozenset[str]:
    """The constants among the names that some statements bind; imported names and parameters count as such.

    `facts` has the literal that each name ended with, where it has a short one.
    """
    found: set[str] = set(parameters)
    changed = {use.name for unit in statements for use in unit.uses if use.kind == "change"}
    changed |= {name for unit in statements for name in _called_upon(unit.statement)}
    for unit in statements:
        names = {name for name in unit.binds if len(binders[name]) == 1}
        if isinstance(unit.statement, ast.Import | ast.ImportFrom):
            found |= names
            continue
        for target, value in assignments(unit.statement):
            if target not in names or target in parameters or not is_constant_expression(value, frozenset(found)):
                continue
            still = ended_with(facts, target, value)
            if still or (still is None and target not in changed):
                found.add(target)
    return frozenset(found)


def ended_with(facts: Facts, name: str, value: ast.expr) -> bool | None:
    """Whether the run ended with the literal that a statement wrote; None where that cannot be told."""
    literal = facts.get(name, {}).get("literal")
    if literal is None:
        return None
    try:
        return bool(ast.literal_eval(value) == ast.literal_eval(literal))
    except (ValueError, SyntaxError, TypeError):
        return None


def assignments(statement: ast.stmt) -> list[tuple[str, ast.expr]]:
    """The names that a plain assignment binds, each with its expression: `a, b = 1, 2`, `a = b = 3`."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return [(name, value)]
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(values):
            pairs = list(zip(targets, values, strict=True))
        case ast.Assign(targets=targets, value=value):
            pairs = [(target, value) for target in targets]
        case _:
            return []
    named = [(target.id, value) for target, value in pairs if isinstance(target, ast.Name)]
    return named if len(named) == len(pairs) else []


def _called_upon(statement: ast.stmt) -> set[str]:
    """Names a method of which is called that may change them: `WORDS` in `WORDS.append(x)`."""
    return {
        node.func.value.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.attr not in _READING_METHODS
    }
