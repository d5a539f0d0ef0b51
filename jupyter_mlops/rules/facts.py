"""What rules look at: the notebook, its cells parsed, and what the newest run of the same code showed."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_mlops.analysis.code import ParsedCell, parse_cell
from jupyter_mlops.analysis.names import Use, cell_uses
from jupyter_mlops.documents import RunFacts
from jupyter_mlops.notebook import Cell, Notebook


@dataclass(frozen=True)
class CellFacts:
    """A code cell of a clean run, parsed, with its uses of names in order."""

    cell: Cell
    parsed: ParsedCell
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Facts:
    """All that a rule may know; it reads nothing else."""

    notebook: Notebook
    cells: tuple[CellFacts, ...]
    run: RunFacts | None


def gather(notebook: Notebook, run: RunFacts | None) -> Facts:
    """Parse every code cell once."""
    cells: list[CellFacts] = []
    for cell in notebook.code_cells:
        parsed = parse_cell(cell.source)
        uses = tuple(use for _, part in cell_uses(parsed) for use in part)
        cells.append(CellFacts(cell, parsed, uses))
    return Facts(notebook, tuple(cells), run)
