"""Which cell of which notebook a kernel was asked to run.

| front end | what it says | cell |
| --- | --- | --- |
| JupyterLab, our clean runs | the nbformat id and the tags in the request's metadata | found by `metadata` |
| VS Code | an address of its own and the tags there; the file's path as a variable | by `source` in the saved file |
| others | nothing; JupyterLab's server names the notebook in JPY_SESSION_NAME | by `source`, or `none` |
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import unquote, urlsplit

from jupyter_mlops.kernel.saved_notebook import SavedNotebook
from jupyter_mlops.tags import INJECTED_TAG, role_of

Found = Literal["metadata", "source", "none"]

VSCODE_VARIABLE = "__vsc_ipynb_file__"
SESSION_VARIABLE = "JPY_SESSION_NAME"
# what nbformat admits as a cell's id
_ID = re.compile(r"[a-zA-Z0-9-_]{1,64}")


@dataclass(frozen=True)
class CellIdentity:
    """A cell's id, the way it was found, and its role."""

    cell: str | None = None
    found: Found = "none"
    role: str | None = None


def notebook_path(namespace: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Path | None:
    """The notebook that a kernel belongs to, if the front end says so."""
    for given in (namespace.get(VSCODE_VARIABLE), environment.get(SESSION_VARIABLE)):
        # type, not isinstance: the namespace is the user's
        if type(given) is str and given.endswith(".ipynb"):
            return Path(given).absolute()
    return None


def path_in(metadata: Mapping[str, Any]) -> Path | None:
    """The notebook's path in VS Code's address of a cell."""
    address = metadata.get("cellId")
    if not isinstance(address, str) or not address.startswith("vscode-notebook-cell:"):
        return None
    path = unquote(urlsplit(address).path)
    return Path(path) if path.endswith(".ipynb") and Path(path).is_file() else None


def identify(metadata: Mapping[str, Any], text: str, saved: SavedNotebook | None) -> CellIdentity:
    """The cell of a request by its metadata, else by its source in the saved notebook.

    Raises OSError or ValueError where the notebook cannot be read.
    """
    tags: Any = metadata.get("tags", ())
    role = role_of(cast("list[object]", tags)) if isinstance(tags, (list, tuple)) else None
    if role == INJECTED_TAG:
        # papermill gives it another id in each run
        return CellIdentity(INJECTED_TAG, "metadata", role)
    given: Any = metadata.get("cellId")
    if isinstance(given, str) and _ID.fullmatch(given):
        # whoever sends more than the id sends the tags
        if role is None and len(metadata) == 1 and saved is not None:
            # the file may have been moved, or be no notebook; the cell is known all the same
            with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
                same = saved.with_id(given)
                role = same.role if same is not None else None
        return CellIdentity(given, "metadata", role)
    same = saved.with_source(text) if saved is not None else None
    if same is None:
        return CellIdentity(role=role)
    return CellIdentity(same.cell, "source" if same.cell else "none", role or same.role)
