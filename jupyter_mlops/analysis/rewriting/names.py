"""A function of the notebook under another name, in its definition and wherever cells use it.

    def close(a): return a          def close_of(a): return a
    file.close(); close(2)    ─►    file.close(); close_of(2)

That is certain where one `def` at the top of a cell is all that binds the name, so that each bare `close` means it.
Where another scope binds it too, a text or a magic has the word, or a line may bind or read names out of sight, nothing
is renamed. What Python itself has under the name may be meant above the definition.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping, Sequence

from jupyter_mlops.analysis.names import cell_uses
from jupyter_mlops.analysis.rewriting.pieces import Piece, Rewriting, Twin, start
from jupyter_mlops.analysis.served import Function

_DEFINED = re.compile(r"(?:async[ \t]+)?def[ \t]+")


def renamed(sources: Sequence[str], old: str, new: str) -> Mapping[int, str] | None:
    """The sources that change, by their positions; None where it is not certain what the name means somewhere."""
    cells = [Rewriting.of(source) for source in sources]
    if new in words(sources):
        return None
    definition = only_definition(cells, old)
    if definition is None:
        return None
    made: dict[int, str] = {}
    for position, cell in enumerate(cells):
        if old not in words([cell.source]):
            continue
        names = _names(cell.cell.tree, old)
        pieces = [cell.at(name, new) for name in names]
        twin = Twin(cell.cell.tree)
        for name in names:
            twin.of(name).id = new
        if position == definition[0]:
            place = name_place(cell, definition[1])
            if place is None:
                return None
            pieces.append(Piece(*place, new))
            twin.of(definition[1]).name = new
        if not pieces:
            continue
        source = cell.replaced(pieces, twin.tree)
        if source is None:
            return None
        made[position] = source
    return made


def words(sources: Sequence[str]) -> set[str]:
    """All words of some sources."""
    return {word for source in sources for word in re.findall(r"\w+", source)}


def only_definition(cells: Sequence[Rewriting], name: str) -> tuple[int, Function] | None:
    """The function that each bare `name` in the cells means, with the position of its cell; None where that is not
    certain."""
    found: list[tuple[int, Function]] = []
    for position, cell in enumerate(cells):
        if cell.cell.fault is not None or cell.cell.opaque:
            return None
        if any(use.kind in ("star", "hide") for _, uses in cell_uses(cell.cell) for use in uses):
            return None
        found += [(position, each) for each in cell.cell.tree.body if isinstance(each, Function) and each.name == name]
        if _is_bound_otherwise(cell.cell.tree, name) or _is_written(cell.cell.tree, name):
            return None
    if len(found) != 1:
        return None
    position, definition = found[0]
    if hasattr(builtins, name) and _is_read_above(cells, position, definition, name):
        return None
    return found[0]


def name_place(cell: Rewriting, definition: Function) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Where the name of a function stands in its definition."""
    line, column = start(definition)
    text = cell.rest_of_line((line, column))
    match = _DEFINED.match(text)
    if match is None or not text[match.end() :].startswith(definition.name):
        return None
    first = column + match.end()
    return (line, first), (line, first + len(definition.name.encode()))


def _names(tree: ast.Module, name: str) -> list[ast.Name]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]


def _is_bound_otherwise(tree: ast.Module, name: str) -> bool:
    """Whether anything but a `def` at the top binds or deletes a name, in whatever scope."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=found, ctx=ast.Store() | ast.Del()) | ast.arg(arg=found):
                pass
            case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found) if node not in tree.body:
                pass
            case ast.ClassDef(name=found):
                pass
            case ast.alias(name=imported, asname=given):
                found = given or imported.partition(".")[0]
            case ast.Global(names=several) | ast.Nonlocal(names=several):
                found = name if name in several else None
            case ast.ExceptHandler(name=found) | ast.MatchAs(name=found) | ast.MatchStar(name=found):
                pass
            case ast.MatchMapping(rest=found):
                pass
            case _ if type(node).__name__ in ("TypeVar", "ParamSpec", "TypeVarTuple"):
                found = getattr(node, "name", None)
            case _:
                continue
        if found == name:
            return True
    return False


def _is_written(tree: ast.Module, name: str) -> bool:
    """Whether a text has the word, as the argument of a magic does; docstrings are for people."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in told
        and name in words([node.value])
        for node in ast.walk(tree)
    )


def _is_read_above(cells: Sequence[Rewriting], position: int, definition: Function, name: str) -> bool:
    """Whether a name is read above the body of its definition, in default values for example."""
    return any(
        (at, start(node)) < (position, start(definition.body[0]))
        for at, cell in enumerate(cells)
        for node in _names(cell.cell.tree, name)
    )
