"""The distributions that a project's files ask for: requirements*.txt, pyproject.toml, environment.yml, Pipfile."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from jupyter_mlops.rules.surroundings.modules import normal

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_CONDA_FILES = ("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")


def required(root: Path, folder: Path) -> tuple[tuple[str, ...], frozenset[str]] | None:
    """The files that were read and the normalised names in them; None where there are none, or where the project
    computes what it needs (setup.py, `dynamic`)."""
    files: list[str] = []
    names: set[str] = set()
    for place in dict.fromkeys([root, folder]):
        for path, found in _of_folder(place):
            files.append(path.name)
            names |= {normal(name) for name in found}
    return (tuple(dict.fromkeys(files)), frozenset(names)) if files else None


def _of_folder(place: Path) -> Iterator[tuple[Path, set[str]]]:
    for path in sorted([*place.glob("requirements*.txt"), *place.glob("requirements/*.txt")]):
        yield path, set(_lines(path, set()))
    for name, read in (("pyproject.toml", _of_pyproject), ("Pipfile", _of_pipfile)):
        found = read(_toml(place / name))
        if found is not None:
            yield place / name, found
    for name in _CONDA_FILES:
        if (place / name).is_file():
            yield place / name, set(_of_conda(place / name))


def _lines(path: Path, met: set[Path]) -> Iterator[str]:
    if path in met or not path.is_file():
        return
    met.add(path)
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        text = line.strip()
        egg = _EGG.search(text)
        if egg:
            yield egg[1]
        elif text.startswith(("-r", "--requirement")):
            yield from _lines(path.parent / text.split(maxsplit=1)[-1].removeprefix("-r"), met)
        elif "://" not in text or " @ " in text:
            yield from _names([text])


def _names(lines: Iterable[object]) -> Iterator[str]:
    for line in lines:
        match = _NAME.match(line) if isinstance(line, str) else None
        if match:
            yield match.group()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _of_pyproject(data: dict[str, Any]) -> set[str] | None:
    project, poetry = _table(data, "project"), _table(data, "tool", "poetry")
    if (not project and not poetry) or "dependencies" in project.get("dynamic", []):
        return None
    lists: list[Any] = [project.get("dependencies", []), [project.get("name", ""), poetry.get("name", "")]]
    lists += [*_table(project, "optional-dependencies").values(), *_table(data, "dependency-groups").values()]
    lists += [list(_table(poetry, "dependencies")), list(_table(poetry, "dev-dependencies"))]
    lists += [list(_table(group, "dependencies")) for group in _table(poetry, "group").values()]
    lists += list(_table(data, "tool", "pdm", "dev-dependencies").values())
    return {name for each in lists if isinstance(each, list) for name in _names(cast("list[object]", each))}


def _of_pipfile(data: dict[str, Any]) -> set[str] | None:
    return {*_table(data, "packages"), *_table(data, "dev-packages")} if data else None


def _table(data: Any, *keys: str) -> dict[str, Any]:
    """The table under some keys; empty where there is none."""
    for key in keys:
        data = cast("dict[str, Any]", data).get(key) if isinstance(data, dict) else None
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {}


def _of_conda(path: Path) -> Iterator[str]:
    import yaml  # noqa: PLC0415  (only few projects have such a file)

    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return
    dependencies: Any = cast("dict[str, Any]", data).get("dependencies") if isinstance(data, dict) else None
    for each in cast("list[Any]", dependencies) if isinstance(dependencies, list) else []:
        if isinstance(each, str):
            yield from _names([each.rpartition("::")[2]])
        elif isinstance(each, dict):
            yield from _names(cast("dict[str, list[object]]", each).get("pip") or [])
