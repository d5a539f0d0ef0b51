"""What an interpreter knows of modules, without importing them: which it finds, whose they are, what a star brings.

Standard library only: it is run by the interpreter of the notebook's kernel as a file, with a question as JSON on
standard input, and called directly where that interpreter is ours.
"""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

# Where the module has another name than the distribution that brings it.
DISTRIBUTIONS = {
    **{"sklearn": "scikit-learn", "skimage": "scikit-image", "cv2": "opencv-python", "PIL": "pillow"},
    **{"bs4": "beautifulsoup4", "yaml": "pyyaml", "dateutil": "python-dateutil", "dotenv": "python-dotenv"},
    **{"umap": "umap-learn", "imblearn": "imbalanced-learn", "fitz": "pymupdf", "Bio": "biopython"},
    **{"serial": "pyserial", "docx": "python-docx", "jwt": "pyjwt", "git": "gitpython", "attr": "attrs"},
    **{"mpl_toolkits": "matplotlib"},
}
_HIDING = ("exec", "globals", "locals", "vars")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """What is asked: `names` of top-level modules, modules under `stars`, the notebook's `folder`, the project's
    `root`, and `required`, the distributions that the project asks for, or null.

    The answer: `modules` by name, each with `found`, `own` (a file of the project) and, where no required distribution
    has that name, its `distributions`; the names that each of the `stars` binds, null where its text does not tell;
    and the distributions that the required ones `brought`, themselves included. All names are normalised.
    """
    importlib.invalidate_caches()
    path = [question["folder"], *[each for each in sys.path if each]]
    modules: dict[str, dict[str, Any]] = {}
    for name in question["names"]:
        spec = _spec(name, path)
        modules[name] = {"found": spec is not None, "own": _is_own(spec, question["root"]), "distributions": []}
    brought: set[str] = set()
    if question["required"] is not None:
        known = set(question["required"])
        doubtful = [name for name, each in modules.items() if each["found"] and not each["own"]]
        doubtful = [
            name
            for name in doubtful
            if name not in sys.stdlib_module_names and not {normal(name), DISTRIBUTIONS.get(name)} & known
        ]
        if doubtful:
            for name, owners in _owners(doubtful).items():
                modules[name]["distributions"] = sorted(owners)
            brought = _brought(known)
    stars = {name: _star(name, path, set()) for name in question["stars"]}
    return {
        "modules": modules,
        "stars": {name: None if names is None else sorted(names) for name, names in stars.items()},
        "brought": sorted(brought),
    }


def normal(name: str) -> str:
    """A distribution's name as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _spec(name: str, path: Sequence[str]) -> ModuleSpec | None:
    if name in sys.stdlib_module_names:
        return ModuleSpec(name, None)
    for finder in sys.meta_path:
        # the finders of editable installs do not look at the path
        find: Any = getattr(finder, "find_spec", None)
        try:
            spec = find(name, path if finder is PathFinder else None) if find else None
        except Exception:  # noqa: BLE001, S112  (somebody else's finder: what it does not find, another may)
            continue
        if spec is not None:
            return spec
    return None


def _is_own(spec: ModuleSpec | None, root: str) -> bool:
    if spec is None:
        return False
    places = [spec.origin] if spec.has_location else list(spec.submodule_search_locations or [])
    for place in places:
        resolved = Path(place or ".").resolve()
        inside = resolved.is_relative_to(Path(root).resolve())
        if inside and not {"site-packages", "dist-packages"} & set(resolved.parts):
            return True
    return False


def _owners(names: Sequence[str]) -> dict[str, set[str]]:
    """The distributions that have files of some modules, or say that they have them.

    `packages_distributions` parses the list of files of all that is installed, which takes most of a second.
    """
    found: dict[str, set[str]] = {name: set() for name in names}
    for distribution in importlib.metadata.distributions():
        declared = (distribution.read_text("top_level.txt") or "").split()
        files = "\n" + (distribution.read_text("RECORD") or "")
        for name, owners in found.items():
            if name in declared or f"\n{name}/" in files or f"\n{name}." in files:
                owners.add(normal(distribution.metadata["Name"] or ""))
    return found


def _brought(required: Iterable[str]) -> set[str]:
    """The distributions that some need in turn, as far as they are installed; extras do not count."""
    seen: set[str] = set()
    waiting = list(required)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found = [_NAME.match(line) for line in lines if "extra ==" not in line]
        waiting += [normal(match.group()) for match in found if match]
    return seen


def _star(dotted: str, path: Sequence[str], met: set[str]) -> set[str] | None:
    """The names that `from dotted import *` binds; None where the module's text does not tell."""
    if dotted in met:
        return None
    met.add(dotted)
    # the one module of a module that is no package
    spec = _located(os.path.__name__ if dotted == "os.path" else dotted, path)
    origin = (spec.origin if spec is not None else None) or ""
    if dotted in sys.stdlib_module_names and not origin.endswith(".py"):
        # math and the like: they are no files, and harmless
        return {name for name in dir(importlib.import_module(dotted)) if not name.startswith("_")}
    if not origin.endswith(".py"):
        return None
    try:
        tree = ast.parse(Path(origin).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    return _public(tree, path, met)


def _located(dotted: str, path: Sequence[str]) -> ModuleSpec | None:
    """The place of a module, its packages not imported."""
    spec = None
    parts = dotted.split(".")
    for index in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: index + 1]), path)
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or [])
    return spec


def _public(tree: ast.Module, path: Sequence[str], met: set[str]) -> set[str] | None:
    """The names of a module's `__all__`, else all public ones that it binds at its top level."""
    names: set[str] = set()
    exported: list[object] | None = None
    for node in _statements(tree.body):
        if isinstance(node, ast.Delete) or (isinstance(node, ast.Expr) and "__all__" in ast.dump(node)):
            return None
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            inner = _star(node.module or "", path, met) if not node.level else None
            if inner is None:
                return None
            names |= inner
        if isinstance(node, (ast.Assign, ast.AugAssign)) and "__all__" in _bound(node):
            try:
                exported = [*(exported or []), *ast.literal_eval(node.value)]
            except (ValueError, TypeError):
                return None
        names |= _bound(node)
    if exported is not None:
        return {each for each in exported if isinstance(each, str)}
    if any(isinstance(node, ast.Name) and node.id in _HIDING for node in ast.walk(tree)):
        return None
    return {name for name in names if not name.startswith("_") and name != "*"}


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, with those in its branches."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.For, ast.While, ast.Try, ast.With)):
            for field in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, field, []))
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement binds itself."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For)):
        targets = [node.target]
    elif isinstance(node, ast.With):
        targets = [item.optional_vars for item in node.items if item.optional_vars is not None]
    return {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}


if __name__ == "__main__":
    # the folder of this file is no place for modules
    sys.path.pop(0)
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
