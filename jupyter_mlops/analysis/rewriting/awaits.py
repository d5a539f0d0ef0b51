"""An async function that awaits nothing as a plain one, and its calls without `await`.

    async def price(a): return 2 * a          def price(a): return 2 * a
    await price(3)                      ─►    price(3)

That is certain where every use of the name is a call that is awaited at once; `asyncio.gather(price(1), price(2))`
needs the function as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from jupyter_mlops.analysis.rewriting.names import only_definition
from jupyter_mlops.analysis.rewriting.pieces import Piece, Rewriting, Twin, start

_ASYNC = re.compile(r"async[ \t]+(?=def\b)")
_AWAIT = re.compile(r"await[ \t]+")


def without_async(sources: Sequence[str], name: str) -> Mapping[int, str] | None:
    """The sources that change, by their positions; None where the function awaits, or a use is no awaited call."""
    cells = [Rewriting.of(source) for source in sources]
    found = only_definition(cells, name)
    if found is None or not isinstance(found[1], ast.AsyncFunctionDef) or _awaits(found[1]):
        return None
    made: dict[int, str] = {}
    for position, cell in enumerate(cells):
        awaited = [node for node in ast.walk(cell.cell.tree) if isinstance(node, ast.Await) and _calls(node, name)]
        uses = [node for node in ast.walk(cell.cell.tree) if isinstance(node, ast.Name) and node.id == name]
        if len(uses) != len(awaited):
            return None
        definition = found[1] if position == found[0] else None
        if definition is None and not awaited:
            continue
        places = [_word(cell, _AWAIT, start(node)) for node in awaited]
        places += [_word(cell, _ASYNC, start(definition))] if definition else []
        pieces = [place for place in places if place is not None]
        if len(pieces) != len(places):
            return None
        twin = Twin(cell.cell.tree)
        expected = _Plain(
            {id(twin.of(node)) for node in awaited}, id(twin.of(definition)) if definition else None
        ).visit(twin.tree)
        source = cell.replaced(pieces, expected)
        if source is None:
            return None
        made[position] = source
    return made


class _Plain(ast.NodeTransformer):
    """Takes `await` off some expressions and `async` off a function."""

    def __init__(self, awaited: set[int], definition: int | None) -> None:
        self._awaited = awaited
        self._definition = definition

    def visit_Await(self, node: ast.Await) -> ast.AST:
        self.generic_visit(node)
        return node.value if id(node) in self._awaited else node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        if id(node) != self._definition:
            return node
        return ast.FunctionDef(**dict(ast.iter_fields(node)))


def _awaits(function: ast.AsyncFunctionDef) -> bool:
    """Whether anything in it is asynchronous, or it is a generator, which is another thing without `async`."""
    return any(
        isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith | ast.Yield) or bool(getattr(node, "is_async", 0))
        for statement in function.body
        for node in ast.walk(statement)
    )


def _calls(node: ast.Await, name: str) -> bool:
    match node.value:
        case ast.Call(func=ast.Name(id=called)):
            return called == name
        case _:
            return False


def _word(cell: Rewriting, word: re.Pattern[str], place: tuple[int, int]) -> Piece | None:
    """The piece that takes a word away from a place."""
    match = word.match(cell.rest_of_line(place))
    return Piece(place, (place[0], place[1] + match.end()), "") if match else None
