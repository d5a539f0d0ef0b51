"""Files that serving code opens: those that lie below the notebook go into the package, others block the export.

    json.load(open("stops.json"))     in a function that is served     stops.json, beside service.py
    pd.read_csv("data/prices.csv")    in a transformer's transform     data/prices.csv
    open("/home/ana/stops.json")      nothing: that file is on one machine only

Which files these are the run itself showed: the kernel heard each opening, with the code that it came from.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from jupyter_mlops.analysis.rewriting.literals import relative_paths
from jupyter_mlops.errors import Edit, Finding, Fix
from jupyter_mlops.exporting import own_names
from jupyter_mlops.notebook import Cell, cell_with
from jupyter_mlops.rules.edits import edits_of
from jupyter_mlops.tags import INJECTED_TAG

LARGEST = 100_000_000
_AT_THE_TOP = "read it at the top level of a cell, and let the code use what was read"
_OR_RELATIVE = f"{_AT_THE_TOP}; or keep it below the notebook's folder and open it by a path relative to that"


@dataclass(frozen=True)
class Service:
    """What the package holds: its name, the notebook's names that it has as code, and files of the project, by their
    paths in it."""

    package: str
    names: Collection[str]
    modules: Collection[str]


@dataclass(frozen=True)
class OpenedFiles:
    """The files that go along, by their paths in the package, and what stands in the way."""

    files: Mapping[str, Path]
    findings: tuple[Finding, ...] = ()


def opened_files(
    opened: Sequence[Mapping[str, Any]], service: Service, folder: Path, root: Path, cells: Sequence[Cell]
) -> OpenedFiles:
    """What the code of a service opened, as the kernel heard it. `folder` is the notebook's, `root` the project's."""
    files: dict[str, Path] = {}
    findings: dict[tuple[str, str], Finding] = {}
    for each in opened:
        places = [place for place in each["places"] if _goes_along(place, service)]
        if not places:
            continue
        found = _placed(each, service, folder, root)
        if isinstance(found, _Problem):
            finding = _finding(each, places, found, service, cells)
            edits = _relative(each, service, folder, root, cells)
            if edits:
                finding = replace(finding, fix=Fix(text=found.fix, edits=edits))
            findings.setdefault((each["absolute"], found.reason), finding)
        elif found not in service.modules:
            files[found] = Path(each["absolute"])
    return OpenedFiles(dict(sorted(files.items())), tuple(findings.values()))


def _goes_along(place: Mapping[str, Any], service: Service) -> bool:
    if place["module"] == "":
        name = place["function"].partition(".")[0]
        # which lambda it was nobody can tell; one that answers is held by what is served
        return name in service.names or name == "<lambda>"
    return _file_of(place["module"], service) is not None


def _file_of(module: str, service: Service) -> str | None:
    path = module.replace(".", "/")
    return next((each for each in (f"{path}.py", f"{path}/__init__.py") if each in service.modules), None)


@dataclass(frozen=True)
class _Problem:
    """Why a file cannot go along, and what to do."""

    reason: str
    fix: str


def _placed(opened: Mapping[str, Any], service: Service, folder: Path, root: Path) -> str | _Problem:
    """Where a file lies in the package, so that the code finds it there."""
    if opened["writes"]:
        return _Problem(
            "it is opened for writing, and a service has nothing of its own to write to: several run side by side",
            "write it at the top level of a cell, and let the code that serves only return its answer",
        )
    meant = Path(os.path.normpath(folder / opened["path"]))
    if PurePath(opened["path"]).is_absolute():
        return _Problem("its path is absolute, and leads nowhere on another machine", _OR_RELATIVE)
    if str(meant) != opened["absolute"]:
        reason = "it was opened with another working folder than the notebook's"
        return _Problem(reason, f"take os.chdir out, or {_AT_THE_TOP}")
    if not meant.is_relative_to(folder):
        return _Problem("it lies outside of the notebook's folder", _OR_RELATIVE)
    inside = meant.relative_to(folder)
    top = inside.parts[0]
    if any(part.startswith(".") for part in inside.parts):
        return _Problem("hidden files do not go into a package: they hold settings and secrets", _AT_THE_TOP)
    if top in {service.package, *own_names.FOLDERS} or inside.as_posix() in own_names.FILES:
        return _Problem(f"the package has `{top}` of its own", f"give it another name, or {_AT_THE_TOP}")
    if not meant.resolve().is_relative_to(root):
        reason = "it is a link to a file outside of the project"
        return _Problem(reason, f"copy the file there, or {_AT_THE_TOP}")
    if opened["size"] > LARGEST:
        reason = f"it has {opened['size'] / 1e6:,.0f} MB, and files of up to 100 MB go into a package"
        return _Problem(reason, _AT_THE_TOP)
    return inside.as_posix()


def _relative(
    opened: Mapping[str, Any], service: Service, folder: Path, root: Path, cells: Sequence[Cell]
) -> tuple[Edit, ...]:
    """A path from the notebook's folder in the place of an absolute one, where the file could go along by it."""
    path = PurePath(opened["path"])
    if not path.is_absolute() or not path.is_relative_to(folder):
        return ()
    short = path.relative_to(folder).as_posix()
    if isinstance(_placed({**opened, "path": short}, service, folder, root), _Problem):
        return ()
    own = [cell for cell in cells if INJECTED_TAG not in cell.tags]
    return edits_of(own, relative_paths([cell.source for cell in own], path, folder))


def _finding(
    opened: Mapping[str, Any],
    places: Sequence[Mapping[str, Any]],
    problem: _Problem,
    service: Service,
    cells: Sequence[Cell],
) -> Finding:
    does = "writes" if opened["writes"] else "opens"
    module = _file_of(places[0]["module"], service)
    where = f" (line {places[0]['line']} of {module})" if module else ""
    place = next((each for each in places if each["module"] == ""), None)
    cell = cell_with(place["source"], cells) if place else None
    return Finding(
        code="file-not-packable",
        message=f"the code that serves {does} `{opened['path']}`{where}, which cannot go into the package",
        cell=cell.id if cell else None,
        index=cell.index if cell else None,
        line=place["line"] if place and cell else None,
        reason=problem.reason,
        fix=Fix(text=problem.fix),
    )
