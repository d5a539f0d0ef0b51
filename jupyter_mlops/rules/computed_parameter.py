"""A parameters cell that does more than assign plain values.

n = 10
half = n // 2        # a given `n` comes after this cell: `half` keeps the default's
start = today()      # told as a note: the default hangs on the day
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.parameters.declarations import declarations, parameters_cell
from jupyter_mlops.rules.facts import Facts

CODE = "parameters-cell-computes"

_MAKERS = frozenset(
    {"Path", "PurePath", "date", "datetime", "time", "timedelta", "Decimal", "Fraction", "dict", "set", "tuple"}
)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each statement."""
    cell = parameters_cell(facts.notebook)
    each = next((each for each in facts.cells if cell is not None and each.cell.id == cell.id), None)
    if each is None:
        return
    declared = declarations(each.cell)
    for statement in each.parsed.tree.body:
        if _is_plain(statement):
            continue
        read = [
            node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        ]
        above = next((name for name in read if name in declared and declared[name].line < statement.lineno), None)
        bound = next((name for name, each in declared.items() if each.line == statement.lineno), None)
        what = f"`{bound}`" if bound else "a line of the parameters cell"
        derived = above is not None and bound is not None
        yield Finding(
            code=CODE,
            severity="warning" if derived else "info",
            message=f"{what} is computed from `{above}` in the parameters cell"
            if derived
            else f"{what} is computed in the parameters cell"
            if bound
            else f"{what} does more than assign a plain value",
            cell=each.cell.id,
            index=each.cell.index,
            line=statement.lineno,
            reason=f"a value given for `{above}` comes after this cell, so {what} keeps the default's"
            if derived
            else "a given value comes after this cell, which runs all the same",
            fix=Fix(text="compute it in a cell below" if bound else "move the line to another cell"),
        )


def _is_plain(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(value=value, targets=targets):
            return all(isinstance(target, ast.Name) for target in targets) and _is_value(value)
        case ast.AnnAssign(value=None):
            return True
        case ast.AnnAssign(value=ast.expr() as value):
            return _is_value(value)
        case _:
            return False


def _is_value(node: ast.expr) -> bool:
    """A literal, arithmetic of literals (`60 * 60`), or a simple object of literals (`date(2024, 1, 1)`)."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return _is_value(operand)
        case ast.BinOp(left=left, right=right):
            return _is_value(left) and _is_value(right)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return all(map(_is_value, parts))
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and _is_value(key) for key in keys) and all(map(_is_value, values))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments, keywords=keywords):
            return name in _MAKERS and all(map(_is_value, [*arguments, *(each.value for each in keywords)]))
        case _:
            return False
