"""Statements that only show something, taken out of a piece of code.

    def shown(v):                      def shown(v):
        display(v)  # for the eye  ─►      # for the eye
        return v                           return v

Where nothing else is left of a block, or the line holds another statement, `pass` stands instead. What is shown must do
nothing by itself: a name, a part of one, a text, or a look at a table such as `frame.head()`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlops.analysis.rewriting.pieces import Piece, Rewriting, Twin, end, start

_DISPLAY = "display"
_LOOKS = frozenset({"head", "tail", "describe"})


def without_displays(source: str, line: int) -> str | None:
    """The source with no `display` in the top-level statement around a line.

    None where it is used in another way than by such a statement, or what it shows may do something.
    """
    cell = Rewriting.of(source)
    statement = next((each for each in cell.cell.tree.body if each.lineno <= line <= end(each)[0]), None)
    if statement is None:
        return None
    calls = [(block, each) for block in _blocks(statement) for each in block if _shows(each)]
    uses = [node for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id == _DISPLAY]
    if not calls or len(calls) != len(uses):
        return None
    gone = {id(each) for _, each in calls}
    twin = Twin(cell.cell.tree)
    pieces: list[Piece] = []
    for block, each in calls:
        alone = all(id(other) in gone for other in block)
        if (alone and each is block[0]) or not _has_its_lines(cell, each):
            pieces.append(cell.at(each, "pass"))
            continue
        pieces.append(_with_its_lines(cell, each))
    for block in _blocks(statement):
        if any(id(each) in gone for each in block):
            kept: list[ast.stmt] = []
            for each in block:
                if id(each) not in gone:
                    kept.append(twin.of(each))
                elif any(piece.first == start(each) and piece.text == "pass" for piece in pieces):
                    kept.append(ast.Pass())
            _put(twin, statement, block, kept)
    return cell.replaced(pieces, twin.tree)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The lists of statements within a statement."""
    for node in ast.walk(statement):
        for _, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield value


def _put(twin: Twin, statement: ast.stmt, block: list[ast.stmt], kept: list[ast.stmt]) -> None:
    """Let the copy of a block have other statements."""
    for node in ast.walk(statement):
        for field, value in ast.iter_fields(node):
            if value is block:
                setattr(twin.of(node), field, kept)


def _shows(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id=called), args=given, keywords=[])) if called == _DISPLAY:
            return all(_does_nothing(each) for each in given)
        case _:
            return False


def _does_nothing(shown: ast.expr) -> bool:
    match shown:
        case ast.Name() | ast.Constant():
            return True
        case ast.Attribute(value=value):
            return _does_nothing(value)
        case ast.Subscript(value=value, slice=part):
            return _does_nothing(value) and _does_nothing(part)
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=given, keywords=[]) if method in _LOOKS:
            return _does_nothing(value) and all(isinstance(each, ast.Constant) for each in given)
        case ast.Slice(lower=lower, upper=upper, step=step):
            return all(_does_nothing(each) for each in (lower, upper, step) if each is not None)
        case ast.UnaryOp(operand=value):
            return _does_nothing(value)
        case ast.Tuple(elts=parts) | ast.JoinedStr(values=parts):
            return all(_does_nothing(each) for each in parts)
        case ast.FormattedValue(value=value, format_spec=None):
            return _does_nothing(value)
        case _:
            return False


def _has_its_lines(cell: Rewriting, statement: ast.stmt) -> bool:
    """Whether no other code stands on the lines of a statement."""
    line, column = start(statement)
    before = cell.segment((line, 0), (line, column))
    after = cell.rest_of_line(end(statement)).strip()
    return before is not None and not before.strip() and (not after or after.startswith("#"))


def _with_its_lines(cell: Rewriting, statement: ast.stmt) -> Piece:
    """The piece that takes a statement away with its lines; a comment behind it stays."""
    line, column = start(statement)
    rest = cell.rest_of_line(end(statement))
    if rest.strip():
        blank = len(rest) - len(rest.lstrip())
        return Piece((line, column), (end(statement)[0], end(statement)[1] + blank), "")
    return Piece((line, 0), (end(statement)[0] + 1, 0), "")
