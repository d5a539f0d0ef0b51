"""The distributions that a package needs, and the lock that pins all that they need in turn.

Everything is computed from what is installed in the kernel's environment, so it works offline and names the
versions that gave the notebook's answers. For a package that imports `sklearn`, in a kernel that has

    scikit-learn 1.7.2   requires numpy>=1.22, pandas; extra == "docs"
    numpy 2.3.1

`top_level` turns `sklearn` into scikit-learn 1.7.2, and `closure` follows `Requires-Dist` from there: the
lock is `numpy==2.3.1`, `scikit-learn==1.7.2`. pandas is left out, since nobody asked for the extra. Markers
count for the kernel's interpreter, not for ours.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as RequiresDist
from packaging.utils import canonicalize_name

from jupyter_mlops.documents import Requirement
from jupyter_mlops.errors import ExportError, Finding, Fix, ProjectError

SERVICE_REQUIREMENTS: Mapping[str, str] = {
    "bentoml": "it serves the package",
    "msgspec": "the service reads and checks requests with it",
    "uvloop": "the service's event loop; without it BentoML falls back to a slower one",
    "httptools": "the service's HTTP parser; without it BentoML falls back to a slower one",
}
"""What every package needs whatever the notebook does; BentoML itself does not require the last two."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a distribution came from that no package index gave."""

    kind: Literal["editable", "folder", "archive", "vcs"]
    url: str


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """An installed distribution; `requires` are its Requires-Dist lines, `imports` its top-level names."""

    name: str
    version: str
    requires: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What `installed.py` says of an interpreter; `markers` are the values of its environment markers."""

    markers: dict[str, str]
    stdlib: frozenset[str]
    distributions: tuple[Distribution, ...]

    def by_name(self) -> dict[str, Distribution]:
        """The distributions by normalised name."""
        return {canonicalize_name(d.name): d for d in self.distributions}


@dataclass(frozen=True, kw_only=True)
class TopLevel:
    """The distributions that a package needs itself, by name, and what is wrong with them."""

    requirements: list[Requirement]
    findings: list[Finding]


@dataclass(frozen=True, kw_only=True)
class Closure:
    """The lines of a lock, sorted, and what is wrong with it."""

    lines: list[str]
    findings: list[Finding]


def read_installed(python: str, environment: Mapping[str, str] | None = None) -> Installed:
    """What is installed for an interpreter; `environment` are the variables that its kernel gets."""
    snippet = Path(__file__).with_name("installed.py")
    try:
        done = subprocess.run([python, snippet], env=environment, capture_output=True, check=True)
    except OSError as error:
        raise _unreadable(python, str(error)) from error
    except subprocess.CalledProcessError as error:
        lines: list[str] = error.stderr.decode(errors="replace").strip().splitlines()
        raise _unreadable(python, lines[-1] if lines else f"exit status {error.returncode}") from error
    return msgspec.json.decode(done.stdout, type=Installed)


def import_names(source: str) -> set[str]:
    """The top-level names of the modules that some code imports by statement, relative imports left out."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=aliases):
                names.update(alias.name.partition(".")[0] for alias in aliases)
            case ast.ImportFrom(module=str(module), level=0):
                names.add(module.partition(".")[0])
            case _:
                pass
    return names


def top_level(modules: Iterable[str], installed: Installed, own: Iterable[str] = ()) -> TopLevel:
    """The distributions that provide some modules, with those that every service needs.

    Dotted names count by their first part; the standard library, `__main__` and the package's `own` modules
    are left out. A name that several distributions share (a namespace package) brings all of them.
    """
    by_name = installed.by_name()
    providers: dict[str, list[Distribution]] = {}
    for distribution in installed.distributions:
        for name in distribution.imports:
            providers.setdefault(name, []).append(distribution)

    findings: list[Finding] = []
    reasons: dict[str, str] = {}
    for name, reason in SERVICE_REQUIREMENTS.items():
        if name in by_name:
            reasons[name] = reason
        else:
            findings.append(_missing_requirement(name, reason))
    left_out = {*installed.stdlib, *own, "__main__"}
    for module in sorted({module.partition(".")[0] for module in modules} - left_out):
        if module not in providers:
            findings.append(_missing_import(module))
        for distribution in providers.get(module, ()):
            reasons.setdefault(canonicalize_name(distribution.name), f"the package needs `{module}`")

    names = sorted(reasons)
    return TopLevel(
        requirements=[Requirement(name=name, version=by_name[name].version, reason=reasons[name]) for name in names],
        findings=findings + [f for name in names for f in _origin_findings(by_name[name])],
    )


def closure(tops: Iterable[Requirement], installed: Installed) -> Closure:
    """The pins of some distributions and of all that they require, as installed.

    Where `tops` came from is `top_level`'s to say, so findings on origins are only about the others.
    """
    by_name = installed.by_name()
    given = {canonicalize_name(top.name) for top in tops}
    # The extras asked for so far of each distribution reached; a new extra means a second look.
    extras: dict[str, frozenset[str]] = {}
    findings: dict[str, Finding] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(name, frozenset()) for name in sorted(given)]
    while waiting:
        name, wanted = waiting.pop()
        if name in extras and wanted <= extras[name]:
            continue
        extras[name] = extras.get(name, frozenset()) | wanted
        for line in by_name[name].requires:
            try:
                requirement = RequiresDist(line)
            except InvalidRequirement:
                findings[f"{name}: {line}"] = _unreadable_requirement(name, line)
                continue
            chosen = _applies(requirement, extras[name], installed.markers)
            target = canonicalize_name(requirement.name)
            if chosen and target in by_name:
                waiting.append((target, frozenset(requirement.extras)))
            elif chosen == "always":
                findings[target] = _missing_requirement(target, f"{name} requires it")

    reached = sorted(extras)
    return Closure(
        lines=[f"{name}=={by_name[name].version}" for name in reached],
        findings=[findings[key] for key in sorted(findings)]
        + [f for name in reached if name not in given for f in _origin_findings(by_name[name])],
    )


def _applies(
    requirement: RequiresDist, extras: frozenset[str], markers: Mapping[str, str]
) -> Literal["always", "by extra"] | None:
    """Whether a requirement counts, and whether it does so without any extra."""
    marker = requirement.marker
    if marker is None or marker.evaluate({**markers, "extra": ""}):
        return "always"
    if any(marker.evaluate({**markers, "extra": extra}) for extra in extras):
        return "by extra"
    return None


def _origin_findings(distribution: Distribution) -> Iterable[Finding]:
    origin = distribution.origin
    if origin is None:
        return
    how = {
        "editable": "as an editable folder",
        "folder": "from a folder",
        "archive": "from a file",
        "vcs": "from version control",
    }[origin.kind]
    yield Finding(
        code="requirement-not-from-registry",
        severity="warning",
        message=f"`{distribution.name}` was not installed from a package index but {how}",
        reason=f"the lock pins {distribution.version}, which another machine may not find; it came from {origin.url}",
        fix=Fix(text=f"publish {distribution.name} on the index that the service is built from"),
    )


def _missing_import(module: str) -> Finding:
    return Finding(
        code="import-not-installed",
        message=f"the package needs the module `{module}`, which no installed distribution provides",
        reason="only modules below the project's folder go along; the service would not find it",
        fix=Fix(text=f"move it into the project's folder, or install `{module}` as a distribution"),
    )


def _missing_requirement(name: str, reason: str) -> Finding:
    return Finding(
        code="requirement-not-installed",
        message=f"`{name}` is not installed in the notebook's environment",
        reason=reason,
        fix=Fix(text=f"pip install {name}"),
    )


def _unreadable_requirement(name: str, line: str) -> Finding:
    return Finding(
        code="requirement-unreadable",
        severity="warning",
        message=f"`{name}` requires something that cannot be read: {line}",
        reason="its metadata do not follow the standard (PEP 508), so the lock leaves that requirement out",
        fix=Fix(text=f"pip install --upgrade {name}"),
    )


def _unreadable(python: str, reason: str) -> ProjectError:
    return ExportError.of(
        "kernel-environment-unreadable",
        f"cannot read what is installed for the kernel's interpreter, {python}",
        reason=reason,
        fix="reinstall the kernel: python -m ipykernel install --sys-prefix, with its environment's python",
    )
