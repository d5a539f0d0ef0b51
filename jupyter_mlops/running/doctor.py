"""`doctor`: the store, the kernels, the versions, the disk, each as a check with its fix."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from packaging.requirements import Requirement

from jupyter_mlops import __version__
from jupyter_mlops.documents import DoctorResult, HealthCheck
from jupyter_mlops.errors import RunError
from jupyter_mlops.kernel.store import root_of, store_path
from jupyter_mlops.running.environment import interpreter
from jupyter_mlops.running.records import all_records
from jupyter_mlops.tracking.health import store_checks
from jupyter_mlops.tracking.indexing import index_runs

_DISTRIBUTION = "jupyter_mlops"
_SECONDS = 30
# Looks for both without importing them.
_PROBE = """
import importlib.util, sys
found = [name for name in ("ipykernel", "jupyter_mlops") if importlib.util.find_spec(name)]
print(*found)
"""


def examine(folder: Path, *, rebuild: bool = False) -> DoctorResult:
    """Look at all that recording and running need, for the project that a folder is in.

    With `rebuild`, the index of runs is made anew first. Raises StoreError where JUPYTER_MLOPS_STORE is no address, and
    with `rebuild` what `index_runs` raises.
    """
    root = root_of(folder)
    store = store_path(root)
    indexed = index_runs(store, all_records(root), anew=True) if rebuild else None
    checks = [*store_checks(store), *_kernels(), *_versions()]
    return DoctorResult(store=str(store), checks=checks, indexed=indexed)


def _kernels() -> Iterator[HealthCheck]:
    names = sorted(KernelSpecManager().find_kernel_specs())
    if not names:
        yield HealthCheck(
            name="kernels", state="failed", message="no kernel is installed", fix="python -m ipykernel install --user"
        )
    for name in names:
        yield _kernel(name)


def _kernel(name: str) -> HealthCheck:
    check = f"kernel {name}"
    try:
        spec = KernelSpecManager().get_kernel_spec(name)
        if spec.language.lower() != "python":
            return HealthCheck(name=check, state="ok", message=f"{spec.language}: not for us")
        program = interpreter(name)
        # what lies in the current folder is not installed there
        answer = subprocess.run(
            [program, "-c", _PROBE], capture_output=True, text=True, check=True, timeout=_SECONDS, cwd=os.sep
        )
    except (RunError, OSError, subprocess.SubprocessError) as error:
        return HealthCheck(
            name=check,
            state="failed",
            message=f"its interpreter does not answer: {error}",
            fix=f"jupyter kernelspec remove {name}, or install it again: python -m ipykernel install --name {name}",
        )
    present = answer.stdout.split()
    if "ipykernel" not in present:
        return HealthCheck(
            name=check,
            state="failed",
            message=f"{program} has no ipykernel",
            fix=f"{program} -m pip install ipykernel",
        )
    if "jupyter_mlops" not in present:
        return HealthCheck(
            name=check,
            state="warning",
            message=f"{program} has no jupyter_mlops: its notebooks can be run, but their cells are not recorded",
            fix=f"{program} -m pip install jupyter_mlops",
        )
    return HealthCheck(name=check, state="ok", message=f"{program} has jupyter_mlops")


def _versions() -> Iterator[HealthCheck]:
    """What this installation is built on, against what it admits."""
    try:
        requirements = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield HealthCheck(
            name="versions",
            state="warning",
            message="jupyter_mlops is not installed as a distribution, so its requirements are not known",
            fix="pip install jupyter_mlops",
        )
        return
    wrong = [problem for text in requirements if (problem := _problem(Requirement(text)))]
    if wrong:
        yield HealthCheck(
            name="versions",
            state="failed",
            message="; ".join(wrong),
            fix=f"{sys.executable} -m pip install --upgrade jupyter_mlops",
        )
        return
    python = ".".join(map(str, sys.version_info[:3]))
    yield HealthCheck(
        name="versions", state="ok", message=f"jupyter_mlops {__version__}, Python {python}, requirements met"
    )


def _problem(requirement: Requirement) -> str | None:
    """What is wrong with an installed distribution; None of one that is only for an extra or another platform."""
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return None
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    if requirement.specifier.contains(version, prereleases=True):
        return None
    return f"{requirement.name} is {version}, not {requirement.specifier}"
