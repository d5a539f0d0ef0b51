"""The top-level modules that a notebook imports, with where, for the rules that tell of them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_mlops.rules.facts import CellFacts, Facts


@dataclass(frozen=True)
class Imported:
    """An import of a top-level module; not `sure` in a branch or function, `guarded` where a `try` is around it."""

    name: str
    each: CellFacts
    line: int
    sure: bool
    guarded: bool


def imported(facts: Facts) -> Iterator[Imported]:
    """The imports of libraries, each module once: the first that is surely executed, else the first."""
    found: dict[str, Imported] = {}
    for each in facts.cells:
        for node, sure, guarded in _imports(each.parsed.tree, sure=True, guarded=False):
            for name in _tops(node):
                if name in sys.stdlib_module_names or name == "__main__":
                    continue
                before = found.get(name)
                if before is None or (sure and not guarded and not (before.sure and not before.guarded)):
                    found[name] = Imported(name, each, node.lineno, sure, guarded)
    yield from found.values()


def _tops(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif node.module and not node.level:
        yield node.module.partition(".")[0]


def _imports(node: ast.AST, *, sure: bool, guarded: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, sure, guarded
        return
    inner = isinstance(
        node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.If | ast.For | ast.While | ast.Match
    )
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, sure=sure and not inner, guarded=guarded or isinstance(node, ast.Try | ast.With))
