"""What a run's environment is: the kernel's interpreter, its distributions, the state of git.

The interpreter is asked in a process of its own, with the standard library only; no kernel is started for it.
"""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from jupyter_mlops.documents import Environment, GitState
from jupyter_mlops.errors import RunError

DEFAULT_KERNEL = "python3"

# it looks on, and a newer version of it changes nothing of what a notebook gives
_RECORDER = {"jupyter_mlops"}

# Runs inside the kernel after the last cell; the standard library only.
_IMPORTED_SCRIPT = """
import json, os, platform, sys
answer = {
    "python": platform.python_version(),
    "platform": platform.platform(),
    "modules": sorted({name.partition(".")[0] for name in list(sys.modules)}),
    "path": [os.path.abspath(folder) for folder in sys.path],
}
with open(path + ".part", "w", encoding="utf-8") as file:
    json.dump(answer, file)
os.replace(path + ".part", path)
"""

_VERSIONS_SCRIPT = """
import importlib.metadata, json, platform, sys
found = {}
for name in json.load(sys.stdin):
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        found[name] = None
print(json.dumps({"python": platform.python_version(), "distributions": found}))
"""


def interpreter(kernel: str) -> str:
    """The Python that a kernelspec starts.

    Raises RunError where the kernel is not installed.
    """
    manager = KernelSpecManager()
    try:
        spec = manager.get_kernel_spec(kernel)
    except NoSuchKernel:
        known = ", ".join(sorted(manager.find_kernel_specs())) or "none"
        raise RunError.of(
            "kernel-not-installed",
            f"the kernel `{kernel}` is not installed",
            reason=f"installed kernels: {known}",
            fix=f"python -m ipykernel install --user --name {kernel}, or name another with --kernel",
        ) from None
    program = str(spec.argv[0])
    # jupyter_client takes its own interpreter for these names
    if re.fullmatch(r"python(3(\.\d+)?)?", program):
        return sys.executable
    return program


def imported_snippet(path: Path) -> str:
    """Code for the kernel that writes what the run imported to a file.

    It leaves no name behind, and does not mind that the notebook calls something of its own `list` or `open`.
    """
    return f"__import__('builtins').exec({_IMPORTED_SCRIPT!r}, {{'path': {str(path)!r}}})"


def read_imported(path: Path) -> dict[str, Any]:
    """What the code of `imported_snippet` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def environment_of(imported: Mapping[str, Any]) -> Environment:
    """The environment of a run by what its kernel had imported, and from where: a distribution belongs to it where a
    module of it was imported. Reads the metadata of every distribution there, which takes a tenth of a second."""
    return Environment(
        python=imported["python"],
        platform=imported["platform"],
        distributions=_owners(frozenset(imported["modules"]) - _RECORDER, imported["path"]),
    )


def _owners(modules: frozenset[str], path: Sequence[str]) -> dict[str, str]:
    """The distributions that modules came from, with their versions; the first on the path is the one imported."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions(path=list(path)):
        # a broken folder in site-packages has no name
        if not modules.isdisjoint(_top_level(distribution)) and (name := distribution.metadata["Name"]):
            found.setdefault(name, distribution.version)
    return dict(sorted(found.items()))


def _top_level(distribution: metadata.Distribution) -> set[str]:
    """The modules and packages that a distribution says it has, or has files of."""
    declared = distribution.read_text("top_level.txt")
    if declared:
        return set(declared.split())
    files = distribution.files or ()
    return {file.parts[0] if len(file.parts) > 1 else inspect.getmodulename(file.name) or "" for file in files}


def current_versions(program: str, distributions: Iterable[str]) -> tuple[str, dict[str, str | None]]:
    """The interpreter's Python version and the versions of the distributions as they are installed now.

    Raises RunError where the interpreter does not answer.
    """
    try:
        answer = subprocess.run(
            [program, "-c", _VERSIONS_SCRIPT],
            input=json.dumps(sorted(distributions)),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise RunError.of(
            "interpreter-does-not-answer",
            f"the kernel's interpreter {program} does not answer",
            reason=str(error),
            fix="reinstall the kernel: python -m ipykernel install --user",
        ) from None
    data = json.loads(answer.stdout)
    return data["python"], data["distributions"]


def git_state(folder: Path) -> GitState | None:
    """The commit, branch and dirty state of the folder's checkout; None outside of one or without git."""

    def ask(*words: str) -> str | None:
        try:
            answer = subprocess.run(
                ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False, timeout=30
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return answer.stdout.strip() if answer.returncode == 0 else None

    commit = ask("rev-parse", "--verify", "HEAD")
    if commit is None:
        return None
    changes = ask("status", "--porcelain", "--untracked-files=no")
    return GitState(commit=commit, branch=ask("symbolic-ref", "--short", "HEAD"), dirty=bool(changes))
