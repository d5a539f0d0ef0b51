"""The notebooks that pages have open, as they have them now: in memory only, and only as long as they ask.

take(order a b, changed a b)      the page's first message
take(order a b c, changed c)      a cell was inserted
take(order a c)                   one was deleted
take(order a z)                   UnknownCells: the server began anew, or forgot; the page sends all
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlops.documents import PageCell, PageNotebook
from jupyter_mlops.notebook import Cell, Notebook, notebook_of

MOST_OPEN = 200


class UnknownCellsError(Exception):
    """The page speaks of cells that it has not sent."""


@dataclass
class _Open:
    file: Path
    kernel: str | None
    kernelspec: str | None
    cells: dict[str, PageCell] = field(default_factory=dict[str, PageCell])


class OpenNotebooks:
    """What pages have open, by page and path; the ones asked about least recently are forgotten first."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, str], _Open] = OrderedDict()

    def take(self, message: PageNotebook, file: Path) -> None:
        """Bring what is known of a page's notebook up to date; `file` is where it is saved.

        Raises UnknownCellsError where the message is not enough for that.
        """
        key = message.page, message.path
        known = self._open.get(key)
        cells = {**known.cells} if known is not None else {}
        cells |= {cell.id: cell for cell in message.changed}
        if not cells.keys() >= set(message.order):
            raise UnknownCellsError
        self._open[key] = _Open(file, message.kernel, message.kernelspec, {each: cells[each] for each in message.order})
        self._open.move_to_end(key)
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)

    def notebook(self, page: str, path: str) -> Notebook:
        """The notebook as a page has it.

        Raises UnknownCellsError where the page has not sent it.
        """
        known = self._open.get((page, path))
        if known is None:
            raise UnknownCellsError
        cells = [
            Cell(cell.id, index, cell.kind, cell.source, frozenset(cell.tags))
            for index, cell in enumerate(known.cells.values(), start=1)
        ]
        return notebook_of(known.file, known.kernelspec, cells)

    def forget(self, page: str, path: str) -> None:
        """The page closed the notebook."""
        self._open.pop((page, path), None)

    def of_kernel(self, kernel: str) -> Mapping[str, Path]:
        """The files of the notebooks that a kernel runs, by their paths."""
        return {path: each.file for (_, path), each in self._open.items() if each.kernel == kernel}
