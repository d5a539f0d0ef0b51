"""The folder of an export: made beside its place, put there whole, and never over somebody's edits.

`provenance.json` holds the hash of every file that was written, and of itself. A file whose hash differs was
edited by hand; a file that is not listed was added by somebody and stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import ExportError
from jupyter_mlops.project import write_whole

PROVENANCE = "provenance.json"


def check_target(target: Path, *, overwrite_edits: bool) -> None:
    """Raises ExportError where the target cannot be written, holds other things than an export, or hand edits."""
    _check_writable(target.absolute())
    if not target.exists():
        return
    if not target.is_dir():
        raise ExportError.of(
            "folder-not-ours",
            f"{target} is a file",
            reason="an export is a folder",
            fix="name another with -o",
        )
    if not any(target.iterdir()):
        return
    recorded = _recorded(target)
    if recorded is None:
        raise ExportError.of(
            "folder-not-ours",
            f"the folder {target} holds other things than an export",
            reason=f"it has no {PROVENANCE} of an export; its files would be lost",
            fix="name another folder with -o, or move its content away",
        )
    edited = edits(target)
    if edited and not overwrite_edits:
        raise ExportError.of(
            "hand-edits",
            f"{len(edited)} file{'s' if len(edited) > 1 else ''} in {target} changed since the export: "
            + ", ".join(edited[:5])
            + (", …" if len(edited) > 5 else ""),
            reason="a new export would overwrite what somebody wrote",
            fix="export to another folder with -o and merge, or give them up with --overwrite-edits",
        )


def _check_writable(target: Path) -> None:
    """The new folder is made beside the target: try it now, not after a long run."""
    above = next(each for each in target.parents if each.exists())
    try:
        Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=above)).rmdir()
    except OSError as error:
        raise ExportError.of(
            "folder-not-writable",
            f"no folder can be made in {above}",
            reason=error.strerror or str(error),
            fix="name another folder with -o",
        ) from None


def edits(target: Path) -> list[str]:
    """The files of an export that were changed or deleted since, by their relative paths."""
    recorded = _recorded(target)
    if recorded is None:
        return []
    changed = [
        name
        for name, digest in sorted(recorded["files"].items())
        if not (target / name).is_file() or _hash((target / name).read_bytes()) != digest
    ]
    if _own_digest(recorded) != recorded.get("digest"):
        changed.append(PROVENANCE)
    return changed


def _recorded(target: Path) -> dict[str, Any] | None:
    try:
        data: object = json.loads((target / PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if isinstance(data, dict) and isinstance(data.get("files"), dict):  # pyright: ignore[reportUnknownMemberType]
        return data  # pyright: ignore[reportUnknownVariableType]
    return None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _own_digest(provenance: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in provenance.items() if key != "digest"}
    return _hash(json.dumps(rest, sort_keys=True).encode())


@contextmanager
def staging(target: Path) -> Generator[Path]:
    """A new folder beside the target, gone when the block ends unless it was put in place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = target.parent / f".{target.name}.export-{secrets.token_hex(4)}"
    try:
        # inside, so that an interrupt right after it still finds the way to its removal
        folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fill(folder: Path, texts: Mapping[str, str], provenance: Mapping[str, Any]) -> None:
    """Write the text files, and the provenance with the hash of everything that lies in the folder."""
    for name, text in texts.items():
        write_whole(folder / name, text)
    files = {
        path.relative_to(folder).as_posix(): _hash(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != PROVENANCE
    }
    whole = {**provenance, "files": files}
    whole["digest"] = _own_digest(whole)
    write_whole(folder / PROVENANCE, json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def put_in_place(staged: Path, target: Path) -> None:
    """Make the staged folder the target. Files that somebody added to an earlier export move over."""
    for cache in staged.rglob("__pycache__"):
        shutil.rmtree(cache, ignore_errors=True)
    if not target.exists():
        staged.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old-", dir=target.parent)) / "export"
    try:
        target.rename(old)
        staged.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        with contextlib.suppress(OSError):
            old.parent.rmdir()
        raise
    _move_added(old, target)
    shutil.rmtree(old.parent, ignore_errors=True)


def _move_added(old: Path, target: Path) -> None:
    """Move what the earlier export did not write: whole folders where it has none of that name."""
    recorded = _recorded(old)
    ours = set(recorded["files"]) if recorded else set[str]()
    folders = {str(Path(name).parent) for name in ours}
    folders |= {str(parent) for name in folders for parent in Path(name).parents}

    def move(folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            name = path.relative_to(old).as_posix()
            if name in ours or name == PROVENANCE or path.name == "__pycache__":
                continue
            if path.is_dir() and not path.is_symlink() and (name in folders or (target / name).is_dir()):
                move(path)
            elif not (target / name).exists():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                path.rename(target / name)
            else:
                # the new export has a file of that name
                path.rename(target / f"{name}.before-export")

    move(old)
