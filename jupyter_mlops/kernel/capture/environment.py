"""What of a session's surroundings takes long to find out, looked at when the kernel has nothing to do.

Whether the checkout had changes when the session began, and the distributions whose modules it really imported:

    import sklearn      ─►  {"scikit-learn": "1.7.2", "numpy": "2.3.4", "scipy": …}

Only the metadata of all distributions say which module belongs to which, and they take a tenth of a second to read: so
they are read when the kernel has nothing to do, one at a time, and again only where a module was installed since. An
editable installation, whose files are elsewhere, is not found.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Generator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from jupyter_mlops.kernel.checkout import is_dirty
from jupyter_mlops.kernel.outbox import Outbox
from jupyter_mlops.kernel.record import ExecutionRow
from jupyter_mlops.kernel.surroundings import checkout_of

_FIELD = re.compile(r"^(Name|Version):[ \t]*(.+?)[ \t]*$", re.MULTILINE)
# `numpy/__init__.py,sha256=…` and `six.py,sha256=…`
_TOP = re.compile(r"^(\w+)(?:/|\.[\w.-]+,)", re.MULTILINE)
# it looks on, and a newer version of it changes nothing of what a notebook gives
_OURS = frozenset({"jupyter_mlops"})


class Environment:
    """An observer that keeps the session's distributions up to date.

    `later` takes work for when the kernel has nothing to do.
    """

    def __init__(self, root: Path, outbox: Outbox, later: Callable[[Generator[None]], None]) -> None:
        self._root = root
        self._outbox = outbox
        self._later = later
        self._looked_at = 0
        self._under_way = False
        self._owners: dict[str, str] = {}
        self._without: set[str] = set()
        self._versions: dict[str, str] = {}

    def begin(self, row: ExecutionRow) -> None:
        """Nothing is to be done before a cell."""

    def see(self, tree: Any) -> Any:
        """Nor with its code."""
        return tree

    def end(self, row: ExecutionRow) -> Mapping[str, Any]:  # noqa: ARG002
        """Plan a look where the cell imported something."""
        if len(sys.modules) != self._looked_at and not self._under_way:
            self._under_way = True
            self._later(self._look())
        return {}

    def close(self) -> None:
        """What was planned is done by then, as far as there was time."""

    def _look(self) -> Generator[None]:
        try:
            if self._looked_at == 0:
                yield from self._look_at_checkout()
            self._looked_at = len(sys.modules)
            imported = {name for name in list(sys.modules) if "." not in name}
            imported -= sys.stdlib_module_names | self._without
            if any(map(_is_installed, imported - self._owners.keys())):
                yield from self._read_owners()
            self._without |= imported - self._owners.keys()
            found = {self._owners[name] for name in imported if name in self._owners} - _OURS
            known = {name: self._versions[name] for name in sorted(found)}
            text = json.dumps(known)
            if known and text != self._outbox.session.distributions:
                self._outbox.session.distributions = text
                self._outbox.session_changed()
        finally:
            self._under_way = False

    def _look_at_checkout(self) -> Generator[None]:
        checkout, commit = checkout_of(self._root), self._outbox.session.git_commit
        if checkout is None or commit is None:
            return
        for found in is_dirty(*checkout, commit):
            if found is not None:
                self._outbox.session.git_dirty = found
                self._outbox.session_changed()
            yield

    def _read_owners(self) -> Generator[None]:
        """Read of all distributions which modules they have; the first on the path is the one that is imported."""
        self._owners.clear()
        for distribution in metadata.distributions():
            modules = _modules_of(distribution)
            yield
            if modules - self._owners.keys():
                fields = dict(reversed(_FIELD.findall((distribution.read_text("METADATA") or "")[:2000])))
                if "Name" in fields and "Version" in fields:
                    self._versions.setdefault(fields["Name"], fields["Version"])
                    for module in modules:
                        self._owners.setdefault(module, fields["Name"])
                yield


def _is_installed(module: str) -> bool:
    """Whether a module comes from where distributions are, not from the user's folder."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return isinstance(file, str) and ("site-packages" in file or "dist-packages" in file)


def _modules_of(distribution: metadata.Distribution) -> set[str]:
    """The modules and packages at the top of a distribution, by its own word or its list of files."""
    declared = distribution.read_text("top_level.txt")
    if declared:
        return set(declared.split())
    return set(_TOP.findall(distribution.read_text("RECORD") or ""))
