"""Values of the notebook, loaded only when the bytes and what they ask for are known.

`values.json` lists for every value its file, the file's SHA-256, and the globals that it may
load:

    {"model": {"file": "model.pkl", "sha256": "9f…", "globals": ["sklearn.linear_model:Ridge"]}}

A file with another hash is not loaded, and a global that is not listed is not imported. That
narrows what a pickle can do; it is no sandbox: whoever can change both files can run code here.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from pathlib import Path
from typing import Any

MANIFEST = "values.json"


class ValueFileError(ValueError):
    """A value's file is missing, is another, or asks for what it may not have."""


def load(folder: Path, name: str) -> Any:
    """The value `name` of the notebook; raises `ValueFileError`."""
    entry = _entry(folder, name)
    path = folder / entry["file"]
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueFileError(
            f"{entry['file']} of the value {name!r} cannot be read: {error.strerror}"
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != entry["sha256"]:
        raise ValueFileError(
            f"{entry['file']} is not the file that was exported: its SHA-256 is {digest}, "
            f"{MANIFEST} says {entry['sha256']}"
        )
    try:
        return _Loader(data, entry["file"], frozenset(entry["globals"])).load()
    except (pickle.UnpicklingError, EOFError) as error:
        raise ValueFileError(f"{entry['file']} is no whole pickle: {error}") from error


def _entry(folder: Path, name: str) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        entry = manifest[name]
        file, sha256, names = entry["file"], entry["sha256"], entry["globals"]
    except OSError as error:
        raise ValueFileError(f"{MANIFEST} cannot be read: {error.strerror}") from error
    except KeyError as error:
        raise ValueFileError(
            f"{MANIFEST} says nothing of {error} for the value {name!r}"
        ) from error
    except (ValueError, TypeError) as error:
        raise ValueFileError(f"{MANIFEST} is not what an export writes: {error}") from error
    if not isinstance(file, str) or Path(file).name != file:
        raise ValueFileError(f"{MANIFEST} names a file outside of its folder: {file!r}")
    return {"file": file, "sha256": sha256, "globals": names}


class _Loader(pickle.Unpickler):
    """An unpickler that imports the listed globals and nothing else."""

    def __init__(self, data: bytes, file: str, allowed: frozenset[str]) -> None:
        super().__init__(io.BytesIO(data))
        self._file = file
        self._allowed = allowed

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        asked = f"{module_name}:{global_name}"
        if asked not in self._allowed:
            raise ValueFileError(f"{self._file} asks for {asked}, which {MANIFEST} does not list")
        return super().find_class(module_name, global_name)
