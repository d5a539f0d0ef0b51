"""Saving a notebook while it runs, at a price that does not grow with it.

papermill writes the whole notebook when a cell starts and again when it ends, which takes 45 of the 48 s of a
notebook of 500 trivial cells. Here a save waits until 2 s have passed since the last one, and longer where saving
takes more than 5 % of the time. The start and the end are always saved, so that nothing is lost but by a kill.

An output that is not on this machine (`s3://...`) is kept here while the notebook runs, and written at the end.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import nbformat
from papermill.engines import NotebookExecutionManager
from papermill.iorw import LocalHandler, papermill_io

from jupyter_mlops.project import write_whole

_SECONDS_BETWEEN = 2.0
_SHARE_OF_TIME = 0.05


class ThrottledManager(NotebookExecutionManager):
    """papermill's manager of a notebook that runs, with fewer saves and fewer draws of the bar."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.pbar is not None:
            # drawn at once by each call otherwise; the bar's own clock allows ten draws a second
            self.pbar.set_description = functools.partial(self.pbar.set_description, refresh=False)
        output = cast("str | None", self.output_path)
        local = _local_path(output) if output else None
        self._places = [local] if local else []
        self._is_remote = bool(output) and local is None
        self._next = 0.0

    def keep_at(self, path: Path) -> None:
        """A further place for the notebook at its end; while it runs too, if its output is not on this machine."""
        self._places.append(path)

    def save(self, **options: Any) -> None:
        """Save where the time for it has come."""
        if "nb" in options:
            self.nb = options["nb"]
        if self._places and time.monotonic() >= self._next:
            self._write(self._places[:1])

    def autosave_cell(self, **options: Any) -> None:
        """Save within a cell, by the same rule."""
        self.save(**options)

    def notebook_start(self, **options: Any) -> None:
        """As papermill's; a folder that is not there is refused before anything runs."""
        for folder in {place.parent for place in self._places}:
            if not folder.is_dir():
                raise FileNotFoundError(f"output folder {folder} doesn't exist.")
        super().notebook_start(**options)

    def notebook_complete(self, **options: Any) -> None:
        """As papermill's, and save what the notebook is at the end, whatever the time."""
        self._next = float("inf")
        super().notebook_complete(**options)
        if self._places:
            self._write(self._places)
        if self._is_remote and sys.exception() is not None:
            # papermill itself writes what ended without an exception
            NotebookExecutionManager.save(self)

    def _write(self, places: Sequence[Path]) -> None:
        start = time.monotonic()
        text = nbformat.writes(self.nb) + "\n"
        for path in places:
            write_whole(path, text)
        end = time.monotonic()
        self._next = end + max(_SECONDS_BETWEEN, (end - start) / _SHARE_OF_TIME)


def _local_path(output: str) -> Path | None:
    """The file that papermill would write on this machine; it reads relative paths from where it was started.

    None for what is no file, such as `/dev/null`, which must not be replaced by one.
    """
    handler = cast("object", papermill_io.get_handler(output))
    if not isinstance(handler, LocalHandler):
        return None
    start = cast("str | None", handler.cwd(None))
    handler.cwd(start)
    path = Path(start or ".", output).resolve()
    return None if path.exists() and not path.is_file() else path
