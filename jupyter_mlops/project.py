"""Where a project begins and where we keep our files in it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

MARKERS = ("pyproject.toml", ".git")
OUR_FOLDER = ".jupyter_mlops"


def project_root(notebook: Path) -> Path:
    """The nearest parent with `pyproject.toml` or `.git`, else the notebook's folder."""
    folder = notebook.resolve().parent
    for candidate in (folder, *folder.parents):
        if any((candidate / marker).exists() for marker in MARKERS):
            return candidate
    return folder


def our_folder(root: Path) -> Path:
    """`.jupyter_mlops/` at the project's root, made with a `.gitignore` of `*` where it is missing."""
    folder = root / OUR_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        write_whole(ignore, "*\n")
    return folder


def relative(path: Path, root: Path) -> str:
    """A path as documents carry it: relative to the root, with forward slashes."""
    return Path(os.path.relpath(path.resolve(), root.resolve())).as_posix()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: a temporary file beside it, then a rename.

    Raises OSError where there is no space or no permission; nothing is left behind then.
    """
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
