"""Whether the tracked files of a checkout have changes, from git's own files; no process is started.

    the tree that the index stands for    differs from that of HEAD    something is staged
    a file's status or contents           differ from the index        something is changed

`git status` does the same. The index remembers the status of each file, so that contents are compared only where that
differs. None where these files do not say: a checkout without commits, one with hashes of 256 bits, a split index, more
than 50,000 files, or a changed file where attributes let git rewrite contents.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import zlib
from bisect import bisect_left
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

_ENTRY = struct.Struct(">10I20sH")
_STAGE, _EXTENDED, _ASSUMED = 0x3000, 0x4000, 0x8000
_SKIPPED, _INTENDED = 0x4000, 0x2000
_LINK, _MODULE, _FOLDER = 0o120000, 0o160000, 0o040000
_COMMIT = 1
_STEP = 20
_MOST_FILES = 50_000
_REWRITES = re.compile(r"autocrlf\s*=\s*(true|input)", re.IGNORECASE)
_NO_MODES = re.compile(r"filemode\s*=\s*false", re.IGNORECASE)
_LONG_HASHES = re.compile(r"objectformat\s*=\s*sha256", re.IGNORECASE)


class _UnknownError(Exception):
    """These files do not say."""


@dataclass(frozen=True)
class _Entry:
    """A file of the index with the status that it had."""

    path: bytes
    mode: int
    mtime: tuple[int, int]
    size: int
    blob: bytes
    flags: int
    more: int


def is_dirty(top: Path, git: Path, commit: str) -> Generator[bool | None]:
    """Whether the checkout at `top` has changes against a commit; the last value given is the answer. Each step takes
    well under a millisecond."""
    try:
        yield from _look(top, git, commit)
    except (_UnknownError, OSError, ValueError, struct.error, zlib.error, IndexError):
        yield None


def _look(top: Path, git: Path, commit: str) -> Generator[bool | None]:
    common = _common(git)
    config = (common / "config").read_text(encoding="utf-8", errors="replace")
    if _LONG_HASHES.search(config):
        raise _UnknownError
    data = (git / "index").read_bytes()
    written = (git / "index").stat().st_mtime_ns
    entries: list[_Entry] = []
    for entry in _entries(data):
        entries.append(entry)
        if len(entries) % _STEP == 0:
            yield None
    if any(entry.flags & _STAGE or entry.more & _INTENDED for entry in entries):
        yield True
        return
    if _tree(entries) != _tree_of(common, commit):
        yield True
        return
    rewrites = bool(_REWRITES.search(config)) or (git / "info" / "attributes").exists()
    rewrites = rewrites or any(entry.path.rpartition(b"/")[2] == b".gitattributes" for entry in entries)
    for number, entry in enumerate(entries):
        if _changed(top, entry, written, modes=not _NO_MODES.search(config)):
            if rewrites:
                raise _UnknownError
            yield True
            return
        if number % _STEP == 0:
            yield None
    yield False


def _common(git: Path) -> Path:
    """The folder that the worktrees of a repository share."""
    try:
        return git / (git / "commondir").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return git


# --- the index


def _entries(data: bytes) -> Iterator[_Entry]:
    version, count = struct.unpack_from(">II", data, 4)
    if data[:4] != b"DIRC" or version not in (2, 3, 4) or count > _MOST_FILES:
        raise _UnknownError
    at, path = 12, b""
    for _ in range(count):
        start = at
        fields = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        flags, more = fields[11], 0
        if flags & _EXTENDED:
            (more,) = struct.unpack_from(">H", data, at)
            at += 2
        if version == 4:
            # the path before it, without so many bytes of its end
            cut, at = _number(data, at)
            path = path[: len(path) - cut]
        else:
            path = b""
        end = data.index(b"\0", at)
        path += data[at:end]
        at = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
        yield _Entry(path, fields[6], (fields[2], fields[3]), fields[9], fields[10], flags, more)
    while at + 8 <= len(data) - 20:
        size = struct.unpack_from(">I", data, at + 4)[0]
        if data[at : at + 4] == b"link":
            raise _UnknownError
        at += 8 + size


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of git's variable length, and where it ends."""
    value = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        value = (value + 1 << 7) | (data[at] & 0x7F)
    return value, at + 1


def _changed(top: Path, entry: _Entry, written: int, *, modes: bool) -> bool:
    """Whether a file is not as the index has it."""
    if entry.flags & _ASSUMED or entry.more & _SKIPPED or entry.mode in (_MODULE, _FOLDER):
        return False
    path = os.path.join(os.fsencode(top), entry.path)  # noqa: PTH118
    try:
        now = os.lstat(path)
    except OSError:
        return True
    if stat.S_ISLNK(now.st_mode) != (entry.mode == _LINK) or stat.S_ISDIR(now.st_mode):
        return True
    if modes and entry.mode != _LINK and bool(now.st_mode & 0o100) != bool(entry.mode & 0o100):
        return True
    mtime = divmod(now.st_mtime_ns, 10**9)
    if now.st_size & 0xFFFFFFFF == entry.size and mtime[0] & 0xFFFFFFFF == entry.mtime[0]:
        # what changed as late as the index was written may have changed after it
        if entry.mtime[1] in (0, mtime[1]) and now.st_mtime_ns < written:
            return False
    elif entry.size and now.st_size & 0xFFFFFFFF != entry.size:
        return True
    return _blob(path, now.st_size) != entry.blob


def _blob(path: bytes, size: int) -> bytes:
    """git's hash of a file's contents."""
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    if os.path.islink(path):  # noqa: PTH114
        digest.update(os.readlink(path))  # noqa: PTH115
    else:
        with open(path, "rb") as file:  # noqa: PTH123
            while part := file.read(1 << 20):
                digest.update(part)
    return digest.digest()


# --- trees


def _tree(entries: list[_Entry]) -> bytes:
    """git's hash of the tree that an index stands for."""
    folders: dict[bytes, list[tuple[bytes, bytes]]] = {b"": []}
    for entry in entries:
        folder, _, name = entry.path.rstrip(b"/").rpartition(b"/")
        _make(folders, folder)
        folders[folder].append((_sorted_by(name, entry.mode), b"%o %s\0" % (entry.mode, name) + entry.blob))
    for folder in sorted(folders, key=lambda each: each.count(b"/") if each else -1, reverse=True):
        content = b"".join(text for _, text in sorted(folders[folder]))
        found = hashlib.sha1(b"tree %d\0" % len(content) + content, usedforsecurity=False).digest()
        if not folder:
            return found
        above, _, name = folder.rpartition(b"/")
        folders[above].append((_sorted_by(name, _FOLDER), b"%o %s\0" % (_FOLDER, name) + found))
    raise _UnknownError


def _make(folders: dict[bytes, list[tuple[bytes, bytes]]], folder: bytes) -> None:
    while folder not in folders:
        folders[folder] = []
        folder = folder.rpartition(b"/")[0]


def _sorted_by(name: bytes, mode: int) -> bytes:
    return name + b"/" if mode == _FOLDER else name


def _tree_of(common: Path, commit: str) -> bytes:
    """The hash of a commit's tree."""
    text = _object(common / "objects", commit)
    match = re.match(rb"tree ([0-9a-f]{40})\n", text)
    if match is None:
        raise _UnknownError
    return bytes.fromhex(match[1].decode())


def _object(objects: Path, name: str) -> bytes:
    """The contents of a commit."""
    loose = objects / name[:2] / name[2:]
    if loose.exists():
        return zlib.decompress(loose.read_bytes()).partition(b"\0")[2]
    for index in sorted((objects / "pack").glob("*.idx")):
        offset = _offset(index, bytes.fromhex(name))
        if offset is not None:
            with index.with_suffix(".pack").open("rb") as file:
                file.seek(offset)
                data = file.read(1 << 16)
            at = 0
            if data[0] >> 4 & 7 != _COMMIT:
                # kept as a difference from another one
                raise _UnknownError
            while data[at] & 0x80:
                at += 1
            return zlib.decompressobj().decompress(data[at + 1 :])
    raise _UnknownError


def _offset(index: Path, name: bytes) -> int | None:
    """Where in its pack an object begins."""
    with index.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return _offset_in(data, name)


def _offset_in(data: mmap, name: bytes) -> int | None:
    if data[:8] != b"\xfftOc\0\0\0\x02":
        raise _UnknownError
    count = struct.unpack_from(">I", data, 8 + 255 * 4)[0]
    names = 8 + 256 * 4
    found = bisect_left(range(count), name, key=lambda i: data[names + i * 20 : names + i * 20 + 20])
    if found == count or data[names + found * 20 : names + found * 20 + 20] != name:
        return None
    offsets = names + count * 24
    offset = struct.unpack_from(">I", data, offsets + found * 4)[0]
    if offset & 0x80000000:
        return struct.unpack_from(">Q", data, offsets + count * 4 + (offset & 0x7FFFFFFF) * 8)[0]
    return offset
