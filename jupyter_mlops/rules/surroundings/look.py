"""Looks around a notebook: which files are there, what its kernel's interpreter can import, what the project asks for,
and what in it looks like a secret.

All input and output of `check` is here and in the modules beside; rules only get what was found.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_mlops.project import project_root
from jupyter_mlops.rules.facts import CellFacts, Facts
from jupyter_mlops.rules.paths import touched
from jupyter_mlops.rules.surroundings import modules
from jupyter_mlops.rules.surroundings.known import Module, Place, Requirements, Surroundings
from jupyter_mlops.rules.surroundings.requirement_files import required
from jupyter_mlops.rules.surroundings.secret_scan import secrets

_SECONDS = 60


def look(facts: Facts, python: str | None) -> Facts:
    """The facts with the notebook's surroundings. `python` is the interpreter of its kernel; where that is None or does
    not answer, nothing is known of what is installed."""
    folder = facts.notebook.path.resolve().parent
    root = project_root(facts.notebook.path)
    asked = required(root, folder)
    answer = _answer(_question(facts, folder, root, asked[1] if asked else None), python) if python else None
    around = Surroundings(
        files={path: _place(path, folder, root) for path in _paths(facts)},
        modules=_modules(answer) if answer else {},
        requirements=Requirements(asked[0], asked[1] | set(answer["brought"])) if asked and answer else None,
        secrets=tuple(secrets(facts.notebook)),
    )
    return replace(facts, around=around)


def _paths(facts: Facts) -> set[str]:
    """The paths that calls read, as they stand in the code."""
    found = (touched(call, facts.constants) for each in facts.cells for call in each.calls)
    return {touch.reads for touch in found if touch is not None and touch.reads is not None}


def _place(path: str, folder: Path, root: Path) -> Place:
    try:
        if (folder / Path(path).expanduser()).exists():
            return "there"
        return "at-root" if (root / path).exists() else "nowhere"
    except (OSError, ValueError, RuntimeError):
        # a name that is too long, a null byte, no home: no file of this machine
        return "nowhere"


def imports(cell: CellFacts) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements in a cell, those in functions and branches included."""
    return (node for node in ast.walk(cell.parsed.tree) if isinstance(node, ast.Import | ast.ImportFrom))


def _question(facts: Facts, folder: Path, root: Path, required_names: frozenset[str] | None) -> dict[str, Any]:
    names: set[str] = set()
    stars: set[str] = set()
    for cell in facts.cells:
        for node in imports(cell):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif node.module and not node.level:
                names.add(node.module.partition(".")[0])
                if node.names[0].name == "*":
                    stars.add(node.module)
    return {
        "names": sorted(names),
        "stars": sorted(stars),
        "folder": str(folder),
        "root": str(root),
        "required": None if required_names is None else sorted(required_names),
    }


def _answer(question: dict[str, Any], python: str) -> dict[str, Any] | None:
    if Path(python) == Path(sys.executable):
        return modules.answer(question)
    try:
        done = subprocess.run(
            [python, modules.__file__],
            input=json.dumps(question),
            cwd=question["folder"],
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS,
        )
        return json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _modules(answer: dict[str, Any]) -> dict[str, Module]:
    found = {
        name: Module(found=each["found"], own=each["own"], distributions=tuple(each["distributions"]))
        for name, each in answer["modules"].items()
    }
    for name, names in answer["stars"].items():
        known = found.get(name, Module(found=True))
        found[name] = replace(known, star=None if names is None else frozenset(names))
    return found
