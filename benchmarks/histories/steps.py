"""What a user does to a notebook, as data: a document and steps that change it or run its cells.

    History("made-up/edited/3", "edited", cells=(a: "x = 1", b: "x + 1"), steps=(RunAll(), Edit("a", "x = 2")))

leaves a document whose cells show what they should not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Cell:
    """A code cell."""

    id: str
    source: str


@dataclass(frozen=True)
class Run:
    """Run a cell of the document as it is then."""

    cell: str


@dataclass(frozen=True)
class RunAll:
    """Run every cell, top to bottom."""


@dataclass(frozen=True)
class Restart:
    """A new kernel; what cells show stays."""


@dataclass(frozen=True)
class Edit:
    """Give a cell another source."""

    cell: str
    source: str


@dataclass(frozen=True)
class Delete:
    """Take a cell out of the document."""

    cell: str


@dataclass(frozen=True)
class Insert:
    """Put a new cell in; `position` counts cells from 0."""

    position: int
    cell: Cell


@dataclass(frozen=True)
class Move:
    """Put a cell at another place; `position` counts the other cells from 0."""

    cell: str
    position: int


Step = Run | RunAll | Restart | Edit | Delete | Insert | Move


@dataclass(frozen=True)
class History:
    """A notebook and what is done to it; `folder` is what lies beside a notebook that nobody here wrote."""

    name: str
    kind: str
    cells: tuple[Cell, ...]
    steps: tuple[Step, ...]
    folder: str | None = None


@dataclass
class Document:
    """The cells as they are now."""

    cells: list[Cell] = field(default_factory=list)

    def change(self, step: Step) -> None:
        """Do what a step does to the document."""
        match step:
            case Edit():
                self.cells[self.index(step.cell)] = Cell(step.cell, step.source)
            case Delete():
                del self.cells[self.index(step.cell)]
            case Insert():
                self.cells.insert(step.position, step.cell)
            case Move():
                self.cells.insert(step.position, self.cells.pop(self.index(step.cell)))
            case Run() | RunAll() | Restart():
                pass

    def runs(self, step: Step) -> Sequence[Cell]:
        """The cells that a step runs, in order."""
        match step:
            case Run():
                return [self.cells[self.index(step.cell)]]
            case RunAll():
                return list(self.cells)
            case _:
                return []

    def index(self, cell: str) -> int:
        """Where a cell is."""
        return next(index for index, each in enumerate(self.cells) if each.id == cell)


def last_document(history: History) -> list[Cell]:
    """The document at the end of a history."""
    document = Document(list(history.cells))
    for step in history.steps:
        document.change(step)
    return document.cells


def told(history: History) -> Iterator[str]:
    """A history in words, a line a step; cells by the names that they have in it."""
    for step in history.steps:
        match step:
            case Run():
                yield f"run {step.cell}"
            case RunAll():
                yield "run all"
            case Restart():
                yield "restart the kernel"
            case Edit():
                yield f"edit {step.cell}:\n{_indented(step.source)}"
            case Delete():
                yield f"delete {step.cell}"
            case Insert():
                yield f"insert {step.cell.id} at {step.position}:\n{_indented(step.cell.source)}"
            case Move():
                yield f"move {step.cell} to {step.position}"


def _indented(source: str) -> str:
    return "\n".join(f"        {line}" for line in source.splitlines())


def renamed(history: History, name: str) -> History:
    """The same under another name."""
    return replace(history, name=name)
