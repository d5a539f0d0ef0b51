"""Pieces of a cell's text replaced where the syntax tree says they stand; every other character stays.

    %matplotlib inline                       %matplotlib inline
    def close(a):  # what it asks     ─►     def close_of(a):  # what it asks

Positions are those of the text that IPython makes of a cell, so a piece is only replaced on lines that IPython left as
they are. What comes out is parsed again: the caller says what tree it expects, and any other is no rewriting.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from jupyter_mlops.analysis import syntax
from jupyter_mlops.analysis.code import ParsedCell, canonical, parse_cell

_Node = TypeVar("_Node", bound=ast.AST)

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


@dataclass(frozen=True)
class Piece:
    """A stretch of text from `first` up to `last`, each a line from 1 and a column in bytes, and what stands there
    instead."""

    first: tuple[int, int]
    last: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Rewriting:
    """A cell's source with its tree, in which pieces are to be replaced."""

    source: str
    cell: ParsedCell

    @classmethod
    def of(cls, source: str) -> Rewriting:
        """Parse a source."""
        return cls(source, parse_cell(source))

    @property
    def newline(self) -> str:
        """How the lines of the source end."""
        return "\r\n" if "\r\n" in self.source else "\n"

    def at(self, node: ast.expr | ast.stmt | ast.arg, text: str) -> Piece:
        """The piece where a node stands."""
        return Piece(start(node), end(node), text)

    def segment(self, first: tuple[int, int], last: tuple[int, int]) -> str | None:
        """The source from one place to another; None where IPython changed a line of it."""
        stretch = self._stretch(first, last)
        return None if stretch is None else self.source.encode()[slice(*stretch)].decode(errors="replace")

    def rest_of_line(self, place: tuple[int, int]) -> str:
        """The source from a place to the end of its line; empty where IPython changed the line."""
        shown = lines(self.cell.text)
        width = len(shown[place[0] - 1].rstrip("\r\n").encode()) if place[0] <= len(shown) else 0
        return self.segment(place, (place[0], width)) or ""

    def replaced(self, pieces: Sequence[Piece], expected: ast.Module) -> str | None:
        """The source with other pieces, None where it would not be parsed as `expected`."""
        data = self.source.encode(errors="replace")
        before = len(data)
        for piece in sorted(pieces, key=lambda each: each.first, reverse=True):
            stretch = self._stretch(piece.first, piece.last)
            if stretch is None or stretch[1] > before:
                return None
            before = stretch[0]
            data = data[:before] + piece.text.encode() + data[stretch[1] :]
        made = data.decode(errors="replace")
        parsed = parse_cell(made)
        with syntax.deep():
            same = parsed.fault is None and canonical(parsed.tree) == canonical(expected)
        return made if same else None

    def _stretch(self, first: tuple[int, int], last: tuple[int, int]) -> tuple[int, int] | None:
        """A stretch of the source in bytes."""
        own, shown = lines(self.source), lines(self.cell.text)
        if not 1 <= first[0] <= last[0] <= min(len(own), len(shown)):
            return None
        touched = range(first[0] - 1, last[0] if last[1] else last[0] - 1)
        if any(own[i].rstrip("\r\n") != shown[i].rstrip("\r\n") for i in touched):
            return None
        starts = [0]
        for line in own:
            starts.append(starts[-1] + len(line.encode(errors="replace")))
        return starts[first[0] - 1] + first[1], starts[last[0] - 1] + last[1]


def lines(text: str) -> list[str]:
    """The lines of a text as Python counts them, with their ends."""
    return [match.group() for match in _LINE.finditer(text)]


def start(node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
    """Where a node begins."""
    return node.lineno, node.col_offset


def end(node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
    """Where a node ends."""
    return node.end_lineno or node.lineno, node.end_col_offset or 0


class Twin:
    """A copy of a tree, to be changed into the one that is expected."""

    def __init__(self, tree: ast.Module) -> None:
        copies: dict[int, Any] = {}
        with syntax.deep():
            self.tree = copy.deepcopy(tree, copies)
        self._copies = copies

    def of(self, node: _Node) -> _Node:
        """The copy of a node."""
        return cast("_Node", self._copies[id(node)])
