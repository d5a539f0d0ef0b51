"""Which lambda of a text a code object was compiled from.

    scale, shift = lambda x: x / 2, lambda x: x + 1

Both start on line 1; the instructions of the first lie within `x / 2`, those of the second within `x + 1`. Of nested
lambdas the innermost that holds all instructions is meant.
"""

from __future__ import annotations

import ast
import types

Span = tuple[tuple[int, int], tuple[int, int]]


def node_of(code: types.CodeType, tree: ast.AST) -> ast.Lambda | None:
    """The lambda, None where the text has none that fits, or several that cannot be told apart.

    `tree` is parsed from the text that was compiled, with the same lines.
    """
    spans = _spans(code)
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda)
        and node.lineno == code.co_firstlineno
        and all(_holds(_span(node.body), span) for span in spans)
    ]
    if not spans and len(found) > 1:
        return None
    return min(found, key=lambda node: _size(_span(node)), default=None)


def _spans(code: types.CodeType) -> list[Span]:
    """Where the instructions come from; those that stand for no text are left out."""
    found: list[Span] = []
    for line, end_line, column, end_column in code.co_positions():
        if line is None or end_line is None or column is None or end_column is None:
            continue
        if (line, column) != (end_line, end_column):
            found.append(((line, column), (end_line, end_column)))
    return found


def _span(node: ast.expr) -> Span:
    end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return (node.lineno, node.col_offset), end


def _holds(outer: Span, inner: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _size(span: Span) -> tuple[int, int]:
    (line, column), (end_line, end_column) = span
    return end_line - line, end_column - column
