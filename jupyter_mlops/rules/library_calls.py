"""The calls of a notebook under the full names of what they call, in the order of the text.

    import pandas as pd
    from sklearn.model_selection import train_test_split as split
    df = pd.read_csv("a.csv")      # pandas.read_csv
    split(df)                      # sklearn.model_selection.train_test_split
    open("a.csv")                  # builtins.open
    df.to_csv("b.csv")             # .to_csv: a method of something
    clean(df)                      # clean: a function of the notebook

Magics and shell lines are calls too, of `magic:name` and `magic:!`.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_mlops.analysis import syntax
from jupyter_mlops.analysis.code import ParsedCell
from jupyter_mlops.analysis.magics import MagicCall, magic_call

_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match, ast.IfExp, ast.ExceptHandler)
_BODIES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True)
class LibraryCall:
    """One call. It is `sure` where no branch, loop or function may leave it out; `within` a function it runs when that
    is called. `magic` is what a magic's call stands for."""

    name: str
    node: ast.Call
    sure: bool
    within: bool = False
    magic: MagicCall | None = None

    @property
    def line(self) -> int:
        """The line in the cell, from 1."""
        return self.node.lineno

    @property
    def last(self) -> str:
        """The name without its module."""
        return self.name.rpartition(".")[2]

    @property
    def receiver(self) -> ast.expr | None:
        """What a method is called on."""
        return self.node.func.value if isinstance(self.node.func, ast.Attribute) else None

    def argument(self, position: int | None, *keywords: str) -> ast.expr | None:
        """An argument by position or by one of its keywords."""
        if position is not None and len(self.node.args) > position:
            found = self.node.args[position]
            return None if any(isinstance(each, ast.Starred) for each in self.node.args[: position + 1]) else found
        return next((each.value for each in self.node.keywords if each.arg in keywords), None)

    @property
    def opens(self) -> bool:
        """Whether `**options` may hold any keyword."""
        return any(each.arg is None for each in self.node.keywords)


def library_calls(cells: Sequence[ParsedCell]) -> list[tuple[LibraryCall, ...]]:
    """The calls of each cell; names are followed through the imports of the cells above."""
    imports: dict[str, str] = {}
    with syntax.deep():
        return [tuple(_calls(cell.tree, imports, sure=True, within=False)) for cell in cells]


def imported_names(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """What an import binds, each name with what it stands for."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield alias.asname or top, alias.name if alias.asname else top
    elif not node.level:
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _calls(node: ast.AST, imports: dict[str, str], *, sure: bool, within: bool) -> Iterator[LibraryCall]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        imports.update(imported_names(node))
        return
    body = isinstance(node, _BODIES)
    sure = sure and not body and not isinstance(node, _BRANCHES)
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, imports, sure=sure, within=within or body)
    if isinstance(node, ast.Call):
        magic = magic_call(node)
        name = f"magic:{magic.name}" if magic else called(node.func, imports)
        yield LibraryCall(name, node, sure, within, magic)


def called(node: ast.expr, imports: dict[str, str]) -> str:
    """The full name of what a call calls; empty for what has none."""
    match node:
        case ast.Name(id=name):
            if name in imports:
                return imports[name]
            return f"builtins.{name}" if hasattr(builtins, name) else name
        case ast.Attribute(value=value, attr=attribute):
            above = _dotted(value, imports)
            return f"{above}.{attribute}"
        case _:
            return ""


def _dotted(node: ast.expr, imports: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return imports.get(name, "")
        case ast.Attribute(value=value, attr=attribute):
            above = _dotted(value, imports)
            return f"{above}.{attribute}" if above else ""
        case _:
            return ""
