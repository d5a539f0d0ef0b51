"""Paths of one machine in a notebook's texts, as paths from the notebook's folder.

    pd.read_csv("/home/ana/shop/data/prices.csv")    ─►    pd.read_csv("data/prices.csv")
    HERE = Path("/home/ana/shop")                    ─►    HERE = Path(".")

The text has to stand by itself, not within an f-string, and no cell may change the working folder.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from jupyter_mlops.analysis.rewriting.pieces import Piece, Rewriting, Twin, end, start

_MOVES = re.compile(r"\bchdir\b|^\s*%?(?:cd|pushd|popd)\b", re.MULTILINE)


def relative_paths(sources: Sequence[str], opened: PurePath, folder: PurePath) -> Mapping[int, str] | None:
    """The sources in which texts name a file, or a folder above it that is `folder` or below, by a path from `folder`.

    None where no text does, or the working folder may be another one.
    """
    if any(_MOVES.search(source) for source in sources):
        return None
    made: dict[int, str] = {}
    for position, text in enumerate(sources):
        cell = Rewriting.of(text)
        parts = {id(part) for node in ast.walk(cell.cell.tree) if isinstance(node, ast.JoinedStr)
                 for part in ast.walk(node)}  # fmt: skip
        twin = Twin(cell.cell.tree)
        pieces: list[Piece] = []
        for node in ast.walk(cell.cell.tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in parts:
                continue
            short = _from(folder, opened, node.value)
            written = cell.segment(start(node), end(node))
            if short is None or written is None or written.count(node.value) != 1:
                continue
            pieces.append(Piece(start(node), end(node), written.replace(node.value, short)))
            twin.of(node).value = short
        source = cell.replaced(pieces, twin.tree) if pieces else None
        if pieces and source is None:
            return None
        if source is not None:
            made[position] = source
    return made or None


def _from(folder: PurePath, opened: PurePath, text: str) -> str | None:
    """A path as seen from a folder; None of a text that does not lead to what was opened."""
    path = PurePath(text)
    if not path.is_absolute() or ".." in path.parts or not path.is_relative_to(folder):
        return None
    if opened != path and path not in opened.parents:
        return None
    short = path.relative_to(folder).as_posix()
    return f"{short}/" if text.endswith("/") else short
