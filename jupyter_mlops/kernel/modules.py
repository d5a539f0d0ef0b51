"""The modules that a run loaded from the project's own folder."""

from __future__ import annotations

import sys
from pathlib import Path

# Environments often lie inside of a project.
_INSTALLED = frozenset({"site-packages", "dist-packages"})


def below(root: str) -> dict[str, str]:
    """The loaded modules whose files lie below a folder, by their dotted names; what is installed there left out."""
    folder = Path(root).resolve()
    found: dict[str, str] = {}
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name == "__main__" or not isinstance(file, str):
            continue
        path = Path(file).resolve()
        if path.is_relative_to(folder) and _INSTALLED.isdisjoint(path.relative_to(folder).parts):
            found[name] = str(path)
    return found
