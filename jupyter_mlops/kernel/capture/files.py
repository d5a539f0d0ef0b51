"""The data files that a cell reads and writes below the project's root.

    open("data/a.csv")                the audit hook hears the path and the flags
    os.replace("b.part", "b.csv")     … and what a written file is called at last
    pd.read_parquet("c.parquet")      the call's argument is heard (`file_calls`)

become rows when the cell has ended: a file that was opened for writing and has not changed was not written, one that is
gone was no data. What was read is described as it was when it was opened.

Files in folders that begin with a dot, in virtual environments and caches, code and its compiled forms are no data.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from jupyter_mlops.kernel.capture.file_calls import Mode

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_LEFT_OUT = frozenset({"site-packages", "dist-packages", "__pycache__", "node_modules"})
_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")
_CODE = (".py", ".pyc", ".pyi", ".so", ".pyd", ".dll", ".dylib")
_MOST = 1000
_MOST_FOLDERS = 20_000

Seen = Literal["open", "call", "logged"]


class Data:
    """Which paths are data of a project; the answer for each folder is kept."""

    def __init__(self, root: Path) -> None:
        self.root = str(root.resolve())
        self.notebook: str | None = None
        self._folders: dict[str, str | None] = {}

    def relative(self, path: str) -> str | None:
        """A path below the root, relative to it; None of anything that is no data."""
        if path.endswith(_CODE) or not path:
            return None
        full = path if path.startswith("/") else f"{os.getcwd()}/{path}"  # noqa: PTH109
        folder, _, name = full.rpartition("/")
        known = self._folders.get(folder, "?")
        if known == "?":
            if len(self._folders) >= _MOST_FOLDERS:
                self._folders.clear()
            known = self._folders[folder] = self._prefix(folder)
        if known is None or name.startswith(".") or name in ("", ".."):
            return None
        found = known + name
        return None if found == self.notebook else found

    def named(self, path: str) -> str:
        """Any path relative to the root, with `..` where it is elsewhere."""
        full = os.path.abspath(path)  # noqa: PTH100
        below = self._below(full)
        return os.path.relpath(os.path.realpath(full), self.root) if below is None else below

    def _prefix(self, folder: str) -> str | None:
        below = self._below(os.path.normpath(folder))
        if below is None:
            below = self._below(os.path.realpath(folder))
        if below is None:
            return None
        parts = below.split("/") if below else []
        if any(part.startswith(".") or part in _LEFT_OUT for part in parts):
            return None
        place = self.root
        for part in parts:
            place += f"/{part}"
            if any(os.path.exists(f"{place}/{sign}") for sign in _ENVIRONMENTS):  # noqa: PTH110
                return None
        return f"{below}/" if below else ""

    def _below(self, folder: str) -> str | None:
        if folder == self.root:
            return ""
        top = self.root.rstrip("/") + "/"
        return folder[len(top) :] if folder.startswith(top) else None


@dataclass(frozen=True)
class Status:
    """What tells whether a file is still the same."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @property
    def mtime(self) -> float:
        """Seconds since 1970."""
        return self.mtime_ns / 1e9


def status(path: str) -> Status | None:
    """The status of a regular file; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116  (in the way of each opening)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Status(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass
class Touched:
    """A file that was touched: how it was when that happened first, and which way that was seen."""

    path: str
    mode: Mode
    seen: Seen
    before: Status | None


@dataclass
class Files:
    """The files of one execution, at most a thousand."""

    data: Data
    touched: dict[tuple[str, Mode], Touched] = field(default_factory=dict[tuple[str, Mode], Touched])
    _known: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])

    def opened(self, path: str, flags: int) -> None:
        """A file is about to be opened."""
        if path.startswith("/") and (path, flags) in self._known:
            return
        below = self.data.relative(path)
        if below is None:
            return
        if flags & _WRITES:
            self.touch(below, "write", "open")
            if flags & os.O_RDWR and not flags & (os.O_TRUNC | os.O_APPEND):
                self.touch(below, "read", "open")
        else:
            self.touch(below, "read", "open")
        if len(self._known) < _MOST:
            self._known.add((path, flags))

    def renamed(self, path: str) -> None:
        """Something gets this name."""
        below = self.data.relative(path)
        if below is not None:
            self.touch(below, "write", "open")

    def connected(self, path: str) -> None:
        """A database is opened: whether it changes shows at the end."""
        below = self.data.relative(path)
        if below is not None:
            self.touch(below, "either", "open")

    def logged(self, path: str) -> None:
        """The user's code says that this file is a result, wherever it is."""
        self.touch(self.data.named(path), "write", "logged")

    def touch(self, below: str, mode: Mode, seen: Seen) -> None:
        """Note a file by its path below the root."""
        known = self.touched.get((below, mode))
        if known is not None:
            # of the ways that it was seen the surest
            known.seen = known.seen if seen == "call" else seen
        elif len(self.touched) < _MOST:
            self.touched[below, mode] = Touched(below, mode, seen, status(f"{self.data.root}/{below}"))

    def results(self) -> Iterator[tuple[Touched, Literal["read", "write"], Status, bool]]:
        """At the end: each file with what was done to it, its status then, and whether it still is as that says."""
        touched = list(self.touched.values())
        for each in touched:
            now = status(f"{self.data.root}/{each.path}")
            changed = now != each.before
            if each.seen == "logged" or (each.mode != "read" and changed):
                if now is not None:
                    yield each, "write", now, True
            elif each.mode != "write" and each.before is not None:
                # what was only created by the cell itself was not read as data
                yield each, "read", each.before, not changed


def as_path(value: Any) -> str | None:
    """A path as text; None of the number of an open file."""
    if type(value) is str:
        return value
    return os.fsdecode(value) if isinstance(value, bytes) else None
