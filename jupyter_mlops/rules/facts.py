"""What rules look at: the notebook, its cells parsed, and what the newest run of the same code showed."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_mlops.analysis.calls import followed
from jupyter_mlops.analysis.code import ParsedCell, parse_cell
from jupyter_mlops.analysis.names import Use
from jupyter_mlops.documents import RunFacts
from jupyter_mlops.notebook import Cell, Notebook


@dataclass(frozen=True)
class CellFacts:
    """A code cell of a clean run, parsed. `uses` are its uses of names in order; `followed` has those among them
    to which calls of the notebook's functions lead."""

    cell: Cell
    parsed: ParsedCell
    uses: tuple[Use, ...]
    followed: tuple[Use, ...]


@dataclass(frozen=True)
class Facts:
    """All that a rule may know; it reads nothing else."""

    notebook: Notebook
    cells: tuple[CellFacts, ...]
    run: RunFacts | None


def gather(notebook: Notebook, run: RunFacts | None) -> Facts:
    """Parse every code cell once."""
    parsed = [parse_cell(cell.source) for cell in notebook.code_cells]
    cells: list[CellFacts] = []
    for cell, each, statements in zip(notebook.code_cells, parsed, followed(parsed), strict=True):
        uses = tuple(use for _, part in statements for use in part)
        cells.append(CellFacts(cell, each, tuple(use for use in uses if not use.through), uses))
    return Facts(notebook, tuple(cells), run)
