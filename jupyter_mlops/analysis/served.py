"""The functions that a cell defines for others to call: those that become endpoints.

def price(area): ...       # is one
def _round(x): ...         # is the cell's own
class Offer: ...           # is none
"""

from __future__ import annotations

import ast

from jupyter_mlops.analysis.code import ParsedCell

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(cell: ParsedCell) -> list[Function]:
    """The public functions that a cell defines at its top level, in their order; of two of a name the last."""
    found: dict[str, Function] = {}
    for statement in cell.tree.body:
        if isinstance(statement, Function) and not statement.name.startswith("_"):
            found[statement.name] = statement
    return list(found.values())


def is_generator(function: Function) -> bool:
    """Whether a function has a `yield` of its own, not only one of a function inside it."""
    rest: list[ast.AST] = list(function.body)
    while rest:
        node = rest.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            rest += ast.iter_child_nodes(node)
    return False
