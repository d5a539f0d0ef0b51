"""The verdict on every cell of a notebook as it is now, from what was recorded; pure functions over these records.

    codes        what the code of a cell says before it runs
    history      the executions in order
    simulation   the clean run of the document, simulated from their results
    blame        why a cell is not fresh: variable, cell, fix
    fixes        which cells to run for it

The design was measured before it was built: values are recorded, and a clean run is simulated from them; no order of
executions is reasoned about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_mlops.documents import CellVerdict, VerdictEntry
from jupyter_mlops.tracking.state.blame import Blame
from jupyter_mlops.tracking.state.codes import Code, code
from jupyter_mlops.tracking.state.history import DocumentCell, Execution, History
from jupyter_mlops.tracking.state.simulation import Step, simulate
from jupyter_mlops.tracking.state.wording import shown_count

__all__ = ["Code", "DocumentCell", "Execution", "History", "code", "verdicts"]


def verdicts(cells: Sequence[DocumentCell], history: History, live: Mapping[str, str]) -> list[CellVerdict]:
    """The verdicts on the code cells, in document order; `live` is what the kernel's namespace holds now."""
    steps = simulate(cells, history)
    blame = Blame(steps, history, live)
    return [_verdict(step, blame.entries(step)) for step in steps if step.cell.is_code]


def _verdict(step: Step, entries: list[VerdictEntry]) -> CellVerdict:
    return CellVerdict(
        id=step.cell.id,
        index=step.cell.index,
        execution_count=shown_count(step.last),
        verdict=entries[0].verdict if entries else "fresh",
        verdicts=entries,
    )
