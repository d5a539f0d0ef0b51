"""SHA-256 of data files, streamed, and kept by inode, size and time of change.

Small files are hashed when the cell ends. Others are when the kernel has nothing to do, a slice at a time; of very big
ones the hash of the beginning is taken, and the record says that it is not the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass
from time import time

from jupyter_mlops.kernel.capture.files import Status, status

_SLICE = 128 * 1024
_AT_ONCE = 64 * 1024
_LONGEST = 1024**3
_MOST = 10_000
# a file may change again within the resolution of its time
_SETTLED_SECONDS = 0.05


@dataclass(frozen=True)
class Hash:
    """A file's hash, and whether it is of the whole file."""

    text: str | None
    complete: bool


NO_HASH = Hash(None, complete=False)


class Hashes:
    """The hashes of one session."""

    def __init__(self, longest: int = _LONGEST) -> None:
        self._known: dict[Status, Hash] = {}
        self._longest = longest

    def known(self, file: Status) -> Hash | None:
        """The hash where it was computed already."""
        return self._known.get(file)

    def at_once(self, path: str, file: Status) -> Hash | None:
        """The hash of a small file; None of others, and where it cannot be had now."""
        if file.size > _AT_ONCE:
            return None
        for found in self.steps(path, file):
            if found is not None:
                return found
        return None

    def steps(self, path: str, file: Status) -> Generator[Hash | None]:
        """Hash slice by slice; the last one that is given is the hash. NO_HASH where the file is another meanwhile."""
        if (known := self._known.get(file)) is not None:
            yield known
            return
        digest = hashlib.sha256()
        left = min(file.size, self._longest)
        try:
            with open(path, "rb", buffering=0) as opened:  # noqa: PTH123  (with as few calls as possible)
                while left and (read := opened.read(min(_SLICE, left))):
                    digest.update(read)
                    left -= len(read)
                    yield None
        except OSError:
            yield NO_HASH
            return
        if status(path) != file or left:
            yield NO_HASH
            return
        found = Hash(digest.hexdigest(), file.size <= self._longest)
        if time() - file.mtime > _SETTLED_SECONDS:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[file] = found
        yield found
