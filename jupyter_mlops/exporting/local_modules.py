"""Modules of the project that serving code imports: they go into the package as they are, under their own names.

    import cleaning           cleaning.py of the project becomes cleaning.py beside service.py
    from shop import prices   shop/__init__.py and shop/prices.py keep their folder

Under their own names both the carried code and the saved values find them where they found them in the notebook. Only
what the run loaded goes along, with what that imports in turn; a module is taken with all of its package that the run
loaded, since importing one part runs the others.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.exporting import own_names, requirements


@dataclass(frozen=True)
class LocalModules:
    """The files that go along, by their paths in the package; their top-level names; what they import beside each
    other; and what stands in the way."""

    files: Mapping[str, str]
    names: frozenset[str]
    imports: frozenset[str]
    findings: tuple[Finding, ...] = ()


def local_modules(
    needed: Iterable[str], loaded: Mapping[str, str], package: str, provided: Collection[str]
) -> LocalModules:
    """The project's modules among those that are needed (dotted names), and those that they need.

    `loaded` has the files of the project's modules by dotted name; `provided` are the modules of installed
    distributions, which are requirements and no files.
    """
    files: dict[str, str] = {}
    names: set[str] = set()
    imports: set[str] = set()
    findings: list[Finding] = []
    queue = sorted({name.partition(".")[0] for name in needed})
    while queue:
        top = queue.pop()
        parts = {name: file for name, file in loaded.items() if name.partition(".")[0] == top}
        if top in names or not parts or top in provided:
            continue
        names.add(top)
        if top in {*own_names.MODULES, package}:
            findings.append(_taken(top, package))
        for name, file in parts.items():
            text = _text(Path(file))
            if text is None:
                findings.append(_not_source(name, Path(file).name))
                continue
            files[_place(name, Path(file))] = text
            found = requirements.import_names(text)
            imports |= found
            queue += sorted(found)
    return LocalModules(files, frozenset(names), frozenset(imports - names), tuple(findings))


def _place(name: str, file: Path) -> str:
    """Where a module lies in the package."""
    path = PurePosixPath(*name.split("."))
    return str(path / "__init__.py" if file.stem == "__init__" else path.with_suffix(".py"))


def _text(file: Path) -> str | None:
    """The source of a module, None of one that is compiled or cannot be read."""
    try:
        # a byte order mark would be no text
        text = file.read_bytes().decode("utf-8-sig")
        ast.parse(text)
    except (OSError, ValueError, SyntaxError):
        return None
    return text


def _taken(name: str, package: str) -> Finding:
    fix = "give the package another name with --name" if name == package else f"rename the module `{name}`"
    return Finding(
        code="module-name-taken",
        message=f"the module `{name}` beside the notebook cannot go into the package",
        reason=f"the package has a `{name}` of its own",
        fix=Fix(text=fix),
    )


def _not_source(name: str, file: str) -> Finding:
    return Finding(
        code="module-is-no-source",
        message=f"the module `{name}` cannot go into the package",
        reason=f"{file} is no Python source in UTF-8",
        fix=Fix(text=f"install `{name}` as a distribution, or keep it out of the code that serves"),
    )
