"""What an engine's run showed: the cells in order, what each raised, and how it ended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nbformat import NotebookNode

from jupyter_mlops.documents import CellFault, CellRecord, CellStatus, RunVerdict

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(r"Cell In\[(\d+)\], line (\d+)")


@dataclass
class CellOutcome:
    """What became of one code cell of the executed document."""

    id: str
    source: str
    status: CellStatus = "not-run"
    execution_count: int | None = None
    started: str | None = None
    seconds: float | None = None
    error: CellFault | None = None

    def record(self, code_hash: str) -> CellRecord:
        """The outcome as the run record keeps it."""
        return CellRecord(
            id=self.id,
            code_hash=code_hash,
            status=self.status,
            execution_count=self.execution_count,
            started=self.started,
            seconds=self.seconds,
            error=self.error,
        )


@dataclass
class Observation:
    """Everything an engine's run showed: the cells in order and how it ended."""

    cells: list[CellOutcome] = field(default_factory=list[CellOutcome])
    verdict: RunVerdict = "interrupted"
    reason: str = "the run did not end"


def without_colours(text: str) -> str:
    """A text of a terminal without its escape sequences for colours."""
    return _ANSI.sub("", text)


def fault_of(cell: NotebookNode) -> CellFault | None:
    """The error among a cell's outputs, with the line of this cell that raised it."""
    error = next((output for output in cell.outputs if output.output_type == "error"), None)
    if error is None:
        return None
    text = without_colours("\n".join(error.get("traceback", [])))
    count = cell.get("execution_count")
    lines = [int(line) for number, line in _PLACE.findall(text) if count is None or int(number) == count]
    # of a chain of calls, the first line of this cell
    return CellFault(name=error.ename, message=without_colours(error.evalue), line=lines[0] if lines else None)
