"""Repairs of the code that serves, as edits of the notebook's cells."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.analysis.rewriting.definitions import at_the_top, with_method
from jupyter_mlops.analysis.rewriting.statements import without_displays
from jupyter_mlops.errors import Edit
from jupyter_mlops.notebook import Cell
from jupyter_mlops.rules.edits import edit_of


def named(cell: Cell | None, line: int | None, cells: Sequence[Cell]) -> tuple[Edit, ...]:
    """A name for the function of a line that no service could load: of a lambda, or of one inside another."""
    if cell is None or line is None:
        return ()
    others = [each.source for each in cells if each.id != cell.id]
    return edit_of(cell, with_method(cell.source, line) or at_the_top(cell.source, line, others))


def without(name: str, cell: Cell | None, line: int | None) -> tuple[Edit, ...]:
    """The code around a line without a name that only a notebook has; of `display` alone that is sure to do nothing."""
    if cell is None or line is None or name != "display":
        return ()
    return edit_of(cell, without_displays(cell.source, line))
