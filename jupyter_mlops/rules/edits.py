"""Repairs of a notebook's code as edits of its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from jupyter_mlops.errors import Edit
from jupyter_mlops.notebook import Cell


def edits_of(cells: Sequence[Cell], sources: Mapping[int, str] | None) -> tuple[Edit, ...]:
    """Edits that give some cells, by their positions, other sources; none where there is no repair."""
    return tuple(Edit(cell=cells[at].id, source=source) for at, source in sorted((sources or {}).items()))


def edit_of(cell: Cell, source: str | None) -> tuple[Edit, ...]:
    """The edit that gives one cell another source; none where there is no repair."""
    return edits_of([cell], None if source is None else {0: source})


def concerned(cells: Sequence[Cell], name: str) -> list[Cell]:
    """The code that a repair has to look at: all that a clean run executes, and other cells that have the name."""
    has_name = re.compile(rf"\b{re.escape(name)}\b")
    return [cell for cell in cells if cell.counts or (cell.kind == "code" and has_name.search(cell.source))]
