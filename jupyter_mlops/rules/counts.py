"""Recorded execution counts that say the cells were not run from top to bottom, each once.

cell 1 [1], cell 3 [5], cell 4 [3]      cell 4 was run before cell 3: what is shown may hang on that order
cell 1 [1], cell 2 [1]                  two sessions: the outputs do not belong together
cell 1 [1], cell 2 [4]                  a gap: something ran in between that is not there, or no longer
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.notebook import Cell
from jupyter_mlops.rules.facts import Facts

CODE = "counts-out-of-order"
GAPS = "counts-with-gaps"

_FIX = "restart the kernel, run all cells and save; or take the executed notebook of jupyter mlops run"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for a notebook, at the first place. A notebook that was never run, or was cleared, has no counts."""
    nodes: Any = facts.notebook.node.cells
    counted: list[tuple[Cell, int]] = [
        (each.cell, count)
        for each in facts.cells
        if isinstance(count := nodes[each.cell.index - 1].get("execution_count"), int)
    ]
    backwards = [(above, below) for above, below in pairwise(counted) if below[1] <= above[1]]
    if backwards:
        (above, first), (below, second) = backwards[0]
        more = f"; so do {len(backwards) - 1} more" if len(backwards) > 1 else ""
        twice = first == second
        yield Finding(
            code=CODE,
            severity="warning",
            message=f"cell {below.index} [{second}] has the same count as cell {above.index} [{first}] above it{more}"
            if twice
            else f"cell {below.index} [{second}] was run before cell {above.index} [{first}] above it{more}",
            cell=below.id,
            index=below.index,
            reason="their outputs come from two sessions, and may not belong together"
            if twice
            else "the saved outputs may hang on that order; a clean run goes from top to bottom",
            fix=Fix(text=_FIX),
        )
    elif counted:
        gaps = [
            (cell, count) for (cell, count), at in zip(counted, range(1, len(counted) + 1), strict=True) if count != at
        ]
        if gaps:
            cell, count = gaps[0]
            yield Finding(
                code=GAPS,
                severity="info",
                message=f"cell {cell.index} has the count {count}, and is number {counted.index(gaps[0]) + 1} of those "
                "that were run",
                cell=cell.id,
                index=cell.index,
                reason="cells were run again, or ran and are gone; what they left may be in the saved outputs",
                fix=Fix(text=_FIX),
            )
