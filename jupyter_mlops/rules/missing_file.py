"""A data file that the notebook reads and that neither lies there nor is written by a line above.

    pd.read_csv("prices.csv")       told where there is no prices.csv beside the notebook
    !wget https://…/prices.csv      nothing is told below: it may be this file
    df.to_csv("prices.csv")         nothing is told of prices.csv below

Absolute paths are another rule's, addresses nobody's.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import Facts
from jupyter_mlops.rules.paths import touched

CODE = "data-file-missing"

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PATTERN = re.compile(r"[*?\[\]{}<\n]")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each path. A read that a branch may leave out, or that stands in a function, is not told."""
    written: list[str] = []
    told: set[str] = set()
    for each in facts.cells:
        if each.parsed.fault is not None:
            return  # nobody knows what it writes
        for call in each.calls:
            touch = touched(call, facts.constants)
            if touch is None:
                continue
            if touch.moves or touch.anywhere:
                return
            if touch.writes is not None:
                written.append(posixpath.normpath(touch.writes))
            path = touch.reads
            if path is None or not call.sure or path in told or not _is_relative(path):
                continue
            place = facts.around.files.get(path, "there")
            if place == "there" or _covers(written, posixpath.normpath(path)):
                continue
            told.add(path)
            from_root = place == "at-root"
            yield Finding(
                code=CODE,
                severity="warning",
                message=f"`{path}` is not there, and no line above writes it",
                cell=each.cell.id,
                index=each.cell.index,
                line=call.line,
                reason="a clean run works in the notebook's folder, and the file is found from the project's root only"
                if from_root
                else "a clean run stops here, on this machine at least",
                fix=Fix(
                    text="write the path from the notebook's folder"
                    if from_root
                    else "put the file beside the notebook, correct the path, or fetch the file in a cell above"
                ),
            )
        if each.parsed.opaque:
            return


def _is_relative(path: str) -> bool:
    return bool(path.strip()) and not (
        path.startswith(("/", "~", "\\")) or _ADDRESS.match(path) or _PATTERN.search(path)
    )


def _covers(written: list[str], path: str) -> bool:
    """Whether a line above wrote the file, or a folder on the way to it."""
    return any(path == each or path.startswith(f"{each}/") for each in written)
