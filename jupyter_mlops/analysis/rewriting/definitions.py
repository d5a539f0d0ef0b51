"""Functions in a form that a service can load: with a name, at the top of a cell, with the types of their arguments.

class Steps:                               class Steps:
    half = lambda v: v / 2  # halves  ─►       def half(v):  # halves
                                                   return v / 2

def make():                                def half(v):
    def half(v):                      ─►       return v / 2
        return v / 2
    return half                            def make():
                                               return half

def price(area=None): ...             ─►   def price(area: float | None = None): ...
"""

from __future__ import annotations

import ast
import builtins
import symtable
import textwrap
from collections.abc import Iterator

from jupyter_mlops.analysis.names import cell_uses
from jupyter_mlops.analysis.rewriting.names import words
from jupyter_mlops.analysis.rewriting.pieces import Piece, Rewriting, Twin, end, start
from jupyter_mlops.analysis.served import Function

_STEP = "    "


def with_hint(source: str, function: str, argument: str, hint: str) -> str | None:
    """The source with a type for an argument of a function at its top that has none; None where that has no place."""
    cell = Rewriting.of(source)
    for statement in reversed(cell.cell.tree.body):
        if isinstance(statement, Function) and statement.name == function:
            return _hinted(cell, statement, argument, hint)
    return None


def _hinted(cell: Rewriting, function: Function, argument: str, hint: str) -> str | None:
    given = function.args
    found = [each for each in (*given.posonlyargs, *given.args, *given.kwonlyargs) if each.arg == argument]
    if not found or found[0].annotation is not None:
        return None
    line, column = end(found[0])
    # with a type, blanks stand around the default's sign
    sign = "=" if cell.rest_of_line((line, column)).startswith("=") else ""
    piece = Piece((line, column), (line, column + len(sign)), f": {hint}" + (" = " if sign else ""))
    twin = Twin(cell.cell.tree)
    twin.of(found[0]).annotation = ast.parse(hint, mode="eval").body
    return cell.replaced([piece], twin.tree)


def with_method(source: str, line: int) -> str | None:
    """The source with `name = lambda …` in a class as a method of that name; `line` is the lambda's.

    None where the lambda is no such statement by itself, or goes over several lines.
    """
    cell = Rewriting.of(source)
    for block in _classes(cell.cell.tree):
        for position, statement in enumerate(block.body):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as value):
                    if (start(statement)[0], start(value)[0], end(value)[0]) == (line, line, line):
                        return _as_method(cell, block, position, name, value)
                case _:
                    pass
    return None


def _classes(within: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef]:
    """The classes of a cell that no function makes."""
    for statement in within.body:
        if isinstance(statement, ast.ClassDef):
            yield statement
            yield from _classes(statement)


def _as_method(cell: Rewriting, block: ast.ClassDef, position: int, name: str, value: ast.Lambda) -> str | None:
    statement = block.body[position]
    line, column = start(statement)
    indentation = cell.segment((line, 0), (line, column))
    text = cell.segment(start(value), end(value))
    rest = cell.rest_of_line((line, column))
    after = cell.rest_of_line(end(statement))
    if indentation is None or indentation.strip() or text is None or after.strip()[:1] not in ("", "#"):
        return None
    # where the arguments hold a colon themselves, what is made here is no Python
    arguments, _, body = text.removeprefix("lambda").partition(":")
    made = f"def {name}({arguments.strip()}):{after.rstrip()}{cell.newline}{indentation}{_STEP}return {body.strip()}"
    twin = Twin(cell.cell.tree)
    twin.of(block).body[position] = ast.FunctionDef(
        name=name, args=twin.of(value).args, body=[ast.Return(twin.of(value).body)], decorator_list=[], returns=None
    )
    return cell.replaced([Piece((line, column), (line, column + len(rest.encode())), made)], twin.tree)


def at_the_top(source: str, line: int, others: list[str]) -> str | None:
    """The source with a function that another one defines as a function of the cell, above that one.

    None where it keeps values of the other function, or its name means something else in the cell or in `others`, the
    sources of the other cells.
    """
    cell = Rewriting.of(source)
    for position, outer in enumerate(cell.cell.tree.body):
        if isinstance(outer, ast.FunctionDef):
            for inner in outer.body[:-1]:
                if isinstance(inner, ast.FunctionDef) and inner.lineno == line and not inner.decorator_list:
                    free = inner.name not in words(others) and _stands_alone(cell, outer, inner)
                    return _moved(cell, position, outer, inner) if free else None
    return None


def _stands_alone(cell: Rewriting, outer: ast.FunctionDef, inner: ast.FunctionDef) -> bool:
    """Whether a function means the same outside of the one that defines it."""
    names = [node for node in ast.walk(cell.cell.tree) if isinstance(node, ast.Name) and node.id == inner.name]
    handed_on = _handed_on(outer)
    if hasattr(builtins, inner.name) or any(id(node) not in handed_on for node in names):
        return False
    arguments = {node.arg for node in ast.walk(cell.cell.tree) if isinstance(node, ast.arg)}
    definitions = [
        node
        for node in ast.walk(cell.cell.tree)
        if isinstance(node, Function | ast.ClassDef) and node.name == inner.name
    ]
    hides = any(use.kind in ("star", "hide") for _, uses in cell_uses(cell.cell) for use in uses)
    if len(definitions) != 1 or inner.name in arguments or hides or cell.cell.opaque:
        return False
    if any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(outer)):
        return False
    defaults = [*inner.args.defaults, *(each for each in inner.args.kw_defaults if each is not None)]
    if not all(isinstance(each, ast.Constant) for each in defaults):
        return False
    try:
        module = symtable.symtable(ast.unparse(outer), "<cell>", "exec")
    except (SyntaxError, ValueError):
        return False
    tables = [each for each in module.get_children() if each.get_name() == outer.name]
    own = [each for table in tables for each in table.get_children() if each.get_name() == inner.name]
    return len(own) == 1 and not any(symbol.is_free() for symbol in own[0].get_symbols())


def _handed_on(function: ast.FunctionDef) -> set[int]:
    """The expressions that a function returns, calls, or hands to a class: nobody changes them there."""
    found: set[int] = set()
    for node in ast.walk(function):
        match node:
            case ast.Return(value=ast.expr() as value):
                found.add(id(value))
            case ast.Call(func=called, args=given, keywords=named):
                found.add(id(called))
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                if str(name)[:1].isupper():
                    found |= {id(each) for each in (*given, *(keyword.value for keyword in named))}
            case _:
                pass
    return found


def _moved(cell: Rewriting, position: int, outer: ast.FunctionDef, inner: ast.FunctionDef) -> str | None:
    first, last = inner.lineno, end(inner)[0]
    text = cell.segment((first, 0), (last, end(inner)[1]))
    if text is None or text[: inner.col_offset].strip() or cell.rest_of_line(end(inner)).strip():
        return None
    top = min([outer.lineno, *(each.lineno for each in outer.decorator_list)])
    if cell.segment((top, 0), (top, outer.col_offset)) != "":
        return None
    pieces = [
        Piece((top, 0), (top, 0), textwrap.dedent(text) + 3 * cell.newline),
        Piece((first, 0), (last + 1, 0), ""),
    ]
    twin = Twin(cell.cell.tree)
    twin.of(outer).body.remove(twin.of(inner))
    twin.tree.body.insert(position, twin.of(inner))
    return cell.replaced(pieces, twin.tree)
