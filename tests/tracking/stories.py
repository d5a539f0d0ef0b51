"""What happened to a small notebook, told line by line, and what it leaves: a document and recorded executions.

a: x = 1                 a cell at the end of the document; ` / ` begins another line
b: y = x + 1 / print(y)
run a b                  executed one after the other, in one kernel; `run all`
edit a: x = 2
insert c above b: x = 0
move a below b
delete a
rename a d               another id for the same cell
skip a                   tagged skip-execution
restart                  a new kernel
clean                    a clean run of the document, in a kernel of its own
clean with x = 3         the same with an injected cell first
console: x = 5           code that no cell holds, in the same kernel
start a                  an execution that has not ended
die a                    the kernel was killed while the cell ran
idle a                   a table says that the draws of the cell decide nothing
untraced a               what the cell did when it ran last is not recorded
unseen a                 nobody saw what the cell showed
completed a x            what was big was looked at whole after the last execution of the cell
anonymous                nobody said which cells were executed
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from mini_kernel import MiniKernel

from jupyter_mlops.documents import CellVerdict
from jupyter_mlops.kernel.record import Trace
from jupyter_mlops.tracking.state import DocumentCell, Execution, History, code, verdicts


@dataclass
class Story:
    """The document and the executions so far."""

    cells: list[DocumentCell] = field(default_factory=list[DocumentCell])
    executions: list[Execution] = field(default_factory=list[Execution])
    kernel: MiniKernel = field(default_factory=MiniKernel)
    sessions: Iterator[int] = field(default_factory=lambda: itertools.count(11))
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    idle_draws: set[str] = field(default_factory=set[str])
    session: str = "s10"
    ran: str | None = None

    def tell(self, text: str) -> Story:
        """Let happen what a text says, line by line."""
        for line in text.strip().splitlines():
            self._happen(line.strip())
            self.cells = [replace(cell, index=index) for index, cell in enumerate(self.cells, 1)]
        return self

    def _happen(self, line: str) -> None:
        head, told, text = (line + " ").partition(": ")
        match head.split():
            case [cell] if told and cell != "console":
                self.insert(len(self.cells), cell, text)
            case ["edit", cell]:
                self.change(cell, code=_code(text))
            case ["insert", cell, where, other]:
                self.insert(self.place(other) + (where == "below"), cell, text)
            case ["move", cell, where, other]:
                moved = self.cells.pop(self.place(cell))
                self.cells.insert(self.place(other) + (where == "below"), moved)
            case ["console"]:
                self.execute(None, _code(text).text)
            case ["clean", *_]:
                self.clean(line.partition("with ")[2])
            case [verb, *words]:
                getattr(self, verb)(*words)
            case _:
                raise ValueError(line)

    # --- the document

    def place(self, cell: str) -> int:
        """Where a cell stands."""
        return next(place for place, each in enumerate(self.cells) if each.id == cell)

    def insert(self, place: int, cell: str, text: str) -> None:
        """A new cell."""
        self.cells.insert(place, DocumentCell(cell, 0, _code(text)))

    def change(self, cell: str, **fields: Any) -> None:
        """Something else about a cell."""
        place = self.place(cell)
        self.cells[place] = replace(self.cells[place], **fields)

    def rename(self, cell: str, other: str) -> None:
        self.change(cell, id=other)

    def skip(self, cell: str) -> None:
        self.change(cell, skipped=True)

    def markdown(self, cell: str) -> None:
        self.change(cell, is_code=False)

    def delete(self, *cells: str) -> None:
        self.cells = [each for each in self.cells if each.id not in cells]

    # --- executions

    def loose(self) -> None:
        self.kernel.loose = True

    def restart(self) -> None:
        self.kernel, self.session = MiniKernel(), f"s{next(self.sessions)}"

    def run(self, *cells: str) -> None:
        for cell in [each.id for each in self.cells] if cells == ("all",) else cells:
            self.execute(cell, self.cells[self.place(cell)].code.text)

    def clean(self, given: str) -> None:
        before = self.kernel, self.session
        self.restart()
        self.ran = self.session
        if given:
            self.execute("injected-parameters", given)
        for cell in self.cells:
            if cell.takes_part:
                self.execute(cell.id, cell.code.text)
        self.ran = None
        self.kernel, self.session = before

    def execute(self, cell: str | None, source: str) -> None:
        """Execute a source as a cell, and record it."""
        status, trace = self.kernel.execute(source, idle_draw=cell in self.idle_draws)
        self._record(cell, source, status, trace)

    def _record(self, cell: str | None, source: str, status: Any, trace: Trace | None) -> None:
        count = 1 + sum(each.session == self.session for each in self.executions)
        number = next(self.numbers)
        self.executions.append(
            Execution(
                number, self.session, self.ran, cell, code(source), number, status, count, trace, self.kernel.missing
            )
        )

    def start(self, cell: str) -> None:
        self._record(cell, self.cells[self.place(cell)].code.text, "running", None)

    def die(self, cell: str) -> None:
        self._record(cell, self.cells[self.place(cell)].code.text, "died", None)
        self.restart()

    # --- what is known of them

    def idle(self, cell: str) -> None:
        self.idle_draws.add(cell)

    def anonymous(self) -> None:
        self.executions = [replace(each, cell=None) for each in self.executions]

    def untraced(self, cell: str) -> None:
        self._revise(cell, trace=None)

    def unseen(self, cell: str) -> None:
        for each in self.executions:
            if each.cell == cell and each.trace is not None:
                self._put(each, trace=replace(each.trace, outputs=None))

    def completed(self, cell: str, name: str) -> None:
        last = self._last(cell)
        assert isinstance(last.trace, Trace)
        writes = {**last.trace.writes, name: self.kernel.look_again(name)}
        self._put(last, trace=replace(last.trace, writes=writes))

    def _last(self, cell: str) -> Execution:
        return next(each for each in reversed(self.executions) if each.cell == cell)

    def _revise(self, cell: str, **fields: Any) -> None:
        self._put(self._last(cell), **fields)

    def _put(self, execution: Execution, **fields: Any) -> None:
        self.executions[self.executions.index(execution)] = replace(execution, **fields)

    # --- what follows

    @property
    def history(self) -> tuple[History, dict[str, str]]:
        """The history, and what the kernel holds now."""
        newest = max((each.session for each in self.executions if each.run is None), default=None)
        history = History(self.executions, newest)
        return history, history.live(newest) if newest == self.session else {}

    @property
    def verdicts(self) -> dict[str, CellVerdict]:
        """The verdicts by cell."""
        history, live = self.history
        return {each.id: each for each in verdicts(self.cells, history, live)}


def _code(text: str) -> Any:
    return code(text.strip().replace(" / ", "\n").replace("|", "    "))
