"""Made-up notebooks: some pieces of `blocks/`, with other values, shuffled into each other, and a sum at the end.

A block is a file of cells in order. Its first mark says which name it `gives` to the last cell of a notebook; the cell
that changes something in place is marked `change`, the one that draws without a seed `draw`:

    # %% gives basket_size
    basket = ["apple", "pear", "plum"]
    # %% change
    basket.append("fig")

Everything follows from a notebook's name by a seeded generator, so that one can be made again alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from . import edits
from .kinds import CHANGES, Notebook, steps_of
from .steps import Cell, History

BLOCKS = Path(__file__).with_name("blocks")
# A cell may be given other values than its file has, if the notebook still runs with them: most do.
_OTHER_VALUES = 0.4
_MARK = re.compile(r"^# %%(.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A piece of a notebook: its cells, the name that it gives, and the cell that changes or draws."""

    name: str
    cells: tuple[str, ...]
    gives: str
    marked: int | None
    draws: bool


@cache
def blocks() -> dict[str, Block]:
    """All blocks by name."""
    return {path.stem: _block(path.stem, path.read_text(encoding="utf-8")) for path in sorted(BLOCKS.glob("*.py"))}


def _block(name: str, text: str) -> Block:
    _, *parts = _MARK.split(text)
    marks, cells = parts[::2], tuple(part.strip("\n") for part in parts[1::2])
    words = marks[0].split()
    marked = next((index for index, mark in enumerate(marks) if mark.strip() in ("change", "draw")), None)
    return Block(name, cells, words[1], marked, "draw" in words)


def made_up(kind: str, number: int) -> History:
    """The history of a kind and number."""
    name = f"made-up/{kind}/{number}"
    rng = seeded(name)
    notebook = _notebook(kind, rng)
    return History(name, kind, notebook.cells, tuple(steps_of(kind, notebook, rng)))


def seeded(name: str) -> Random:
    """A generator that is the same for a name everywhere."""
    return Random(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))  # noqa: S311


def _notebook(kind: str, rng: Random) -> Notebook:
    known = blocks()
    first = [
        each for each in known.values() if (each.draws if kind == "randomness" else each.name.startswith(f"{kind}_"))
    ]
    others = [each for each in known.values() if not each.draws]
    chosen = [rng.choice(first)] if first else [rng.choice(others)]
    wanted = rng.randint(5, 11)
    while sum(len(each.cells) for each in chosen) < wanted:
        more = rng.choice(others)
        # of the libraries that take long to import at most one block
        heavy = more.name.startswith("model_") and any("sklearn" in each.cells[0] for each in chosen)
        if more not in chosen and not heavy:
            chosen.append(more)
    named = list[tuple[str, str]]()
    sources = [list(_told_apart(each, rng)) for each in chosen]
    places = [rng.random() for _ in chosen]
    while any(sources):
        # the block that is furthest behind goes on: they end up in each other
        index = max(
            range(len(chosen)), key=lambda each: len(sources[each]) / len(chosen[each].cells) + places[each] / 2
        )
        if not sources[index]:
            index = next(each for each in range(len(chosen)) if sources[each])
        position = len(chosen[index].cells) - len(sources[index])
        named.append((f"{chosen[index].name}-{position}", sources[index].pop(0)))
    if len(chosen) > 1:
        given = ", ".join(each.gives for each in chosen)
        named.append(("sum", f"everything = [{given}]\nprint(everything)"))
    cells = tuple(Cell(_valid(name), source) for name, source in named)
    marked = f"{chosen[0].name}-{chosen[0].marked}" if first and chosen[0].marked is not None else None
    return Notebook(cells, _valid(marked) if marked else None)


def _told_apart(block: Block, rng: Random) -> Sequence[str]:
    """The cells of a block, some with other values."""
    return [(rng.random() < _OTHER_VALUES and edits.another_value(cell, rng)) or cell for cell in block.cells]


def _valid(name: str) -> str:
    """A cell's id as nbformat admits it."""
    return name.replace("_", "-")


def kinds_with_blocks() -> list[str]:
    """The kinds of change in place that there are blocks for: a test holds them against the kinds."""
    return [kind for kind in CHANGES if any(name.startswith(f"{kind}_") for name in blocks())]
