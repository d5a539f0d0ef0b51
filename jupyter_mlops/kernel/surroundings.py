"""What is known of a session besides its cells: the process, the versions, the commit, the modules it imported.

All of it is read from files and memory in well under a millisecond; no process is started. What takes longer (whether
the checkout has changes, which distributions the imported modules belong to) is looked at when the kernel has nothing
to do, by `capture/environment`.
"""

from __future__ import annotations

import json
import os
import platform
import re
import secrets
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import time
from types import ModuleType
from typing import Any

from jupyter_mlops.kernel.record import SessionRow

# the one of modules, since a lazy module may have a property of that name
_ATTRIBUTES: Any = vars(ModuleType)["__dict__"]
_OURS = frozenset({"jupyter_mlops", "__main__", "__mp_main__"})
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


def session_row(root: Path, notebook: str | None, run: str | None) -> SessionRow:
    """The row of a session that begins now."""
    ipykernel = sys.modules.get("ipykernel")
    commit, branch = git_head(root)
    return SessionRow(
        key=f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}",
        run=run,
        notebook=notebook,
        started=time(),
        host=socket.gethostname(),
        pid=os.getpid(),
        process_started=process_start(os.getpid()),
        kernel=_kernel_id(),
        python=platform.python_version(),
        platform=f"{platform.system()}-{platform.release()}-{platform.machine()}",
        ipython=_version(sys.modules.get("IPython")) or "unknown",
        ipykernel=_version(ipykernel),
        executable=sys.executable,
        git_commit=commit,
        git_branch=branch,
    )


def process_start(pid: int) -> str | None:
    """When a process began, as the system counts it; None without /proc and of a process that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # the name, in brackets, may hold spaces and brackets
    state, *fields = text.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]


def _kernel_id() -> str | None:
    module = sys.modules.get("ipykernel.kernelapp")
    if module is None or not module.IPKernelApp.initialized():
        return None
    return Path(module.IPKernelApp.instance().connection_file).stem.removeprefix("kernel-") or None


def git_head(root: Path) -> tuple[str | None, str | None]:
    """The commit and the branch of the checkout that a folder is in, from git's files; None where they do not say."""
    try:
        checkout = checkout_of(root)
        if checkout is None:
            return None, None
        folder = checkout[1]
        head = (folder / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return (head if _COMMIT.fullmatch(head) else None), None
        reference = head.removeprefix("ref: ")
        return _commit(folder, reference), reference.removeprefix("refs/heads/")
    except (OSError, ValueError):
        return None, None


def checkout_of(root: Path) -> tuple[Path, Path] | None:
    """The checkout that a folder is in: its top and the folder with git's files; None where it is in none."""
    for folder in (root, *root.parents):
        git = folder / ".git"
        if git.is_dir():
            return folder, git
        if git.is_file():
            # of a worktree or a submodule
            return folder, folder / git.read_text(encoding="utf-8").strip().removeprefix("gitdir: ")
    return None


def _commit(folder: Path, reference: str) -> str | None:
    common = folder
    with suppress(FileNotFoundError):
        common = folder / (folder / "commondir").read_text(encoding="utf-8").strip()
    for place in (folder, common):
        with suppress(FileNotFoundError):
            return (place / reference).read_text(encoding="utf-8").strip()
    with suppress(FileNotFoundError):
        for line in (common / "packed-refs").read_text(encoding="utf-8").splitlines():
            commit, _, name = line.partition(" ")
            if name == reference:
                return commit
    return None


class ImportedModules:
    """The top-level modules that were imported, without those of the standard library."""

    def __init__(self, modules: Mapping[str, ModuleType] = sys.modules) -> None:
        self._modules = modules
        self._seen = 0
        self._names: set[str] = set()

    def news(self) -> str | None:
        """All of them as JSON, where there are new ones since the last time; else None."""
        if len(self._modules) == self._seen:
            return None
        self._seen = len(self._modules)
        names = {name for name in list(self._modules) if "." not in name}
        names = {name for name in names - sys.stdlib_module_names - _OURS if not name.startswith("_")}
        if names <= self._names:
            return None
        self._names |= names
        return json.dumps({name: _version(self._modules.get(name)) for name in sorted(self._names)})


def _version(module: ModuleType | None) -> str | None:
    """A module's `__version__`, without running a `__getattr__` that it may have."""
    if not issubclass(type(module), ModuleType):
        return None
    version: object = _ATTRIBUTES.__get__(module).get("__version__")
    return version if type(version) is str else None
