"""The saved notebook of a session, read as plain JSON: which cell has a source, and what its role is.

cells   a: "x = 1"   b: "fit(x)" (train)   c: "x = 1"
of source "fit(x)"   b, train
of source "x = 1"    a; after b was executed, c
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.tags import role_of

# Parsing takes about a millisecond for each 200 kB, in the cell's time, after each save.
LARGEST = 8_000_000


@dataclass(frozen=True)
class SavedCell:
    """A code cell of the file; `cell` is null in notebooks of formats before 4.5."""

    cell: str | None
    text: str
    role: str | None


class SavedNotebook:
    """The code cells of a notebook as it was saved last; read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._cells: list[SavedCell] = []
        self._last = -1

    def with_id(self, cell: str) -> SavedCell | None:
        """The cell with this id."""
        self._refresh()
        return next((each for each in self._cells if each.cell == cell), None)

    def with_source(self, text: str) -> SavedCell | None:
        """The cell with this source; of several the first below the one that was found last, else the first."""
        self._refresh()
        found = [index for index, each in enumerate(self._cells) if each.text.strip() == text.strip()]
        if not found:
            return None
        self._last = next((index for index in found if index > self._last), found[0])
        return self._cells[self._last]

    def _refresh(self) -> None:
        """Raises OSError or ValueError where the file cannot be read; it is not tried again before it changes."""
        now = os.stat(self.path)  # noqa: PTH116  (in each cell)
        seen = (now.st_ino, now.st_size, now.st_mtime_ns)
        if seen == self._seen:
            return
        self._seen, self._cells = seen, []
        if now.st_size <= LARGEST:
            self._cells = _code_cells(json.loads(self.path.read_bytes()))


def _code_cells(document: Any) -> list[SavedCell]:
    found: list[SavedCell] = []
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            source = cell["source"]
            text = source if isinstance(source, str) else "".join(source)
            found.append(SavedCell(cell.get("id"), text, role_of(cell["metadata"].get("tags", []))))
    return found
