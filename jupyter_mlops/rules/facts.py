"""What rules look at: the notebook, its cells parsed, what the newest run of the same code showed, and what lies around
the notebook.

`gather` only reads the notebook's text; `surroundings.look` adds what has to be looked up on this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_mlops.analysis.calls import followed
from jupyter_mlops.analysis.code import ParsedCell, parse_cell
from jupyter_mlops.analysis.names import Use
from jupyter_mlops.documents import RunFacts
from jupyter_mlops.notebook import Cell, Notebook
from jupyter_mlops.rules.library_calls import LibraryCall, library_calls
from jupyter_mlops.rules.paths import constants
from jupyter_mlops.rules.surroundings.known import Surroundings


@dataclass(frozen=True)
class CellFacts:
    """A code cell of a clean run, parsed. `uses` are its uses of names in order; `followed` has those among them
    to which calls of the notebook's functions lead; `calls` are all calls in its text."""

    cell: Cell
    parsed: ParsedCell
    uses: tuple[Use, ...]
    followed: tuple[Use, ...]
    calls: tuple[LibraryCall, ...] = ()


@dataclass(frozen=True)
class Facts:
    """All that a rule may know; it reads nothing else. `constants` are the names that stand for one text or path."""

    notebook: Notebook
    cells: tuple[CellFacts, ...]
    run: RunFacts | None
    constants: Mapping[str, str] = field(default_factory=dict[str, str])
    around: Surroundings = field(default_factory=Surroundings)


def gather(notebook: Notebook, run: RunFacts | None) -> Facts:
    """Parse every code cell once."""
    parsed = [parse_cell(cell.source) for cell in notebook.code_cells]
    cells: list[CellFacts] = []
    calls = library_calls(parsed)
    for cell, each, statements, called in zip(notebook.code_cells, parsed, followed(parsed), calls, strict=True):
        uses = tuple(use for _, part in statements for use in part)
        cells.append(CellFacts(cell, each, tuple(use for use in uses if not use.through), uses, called))
    return Facts(notebook, tuple(cells), run, constants((each.parsed, each.uses) for each in cells))
