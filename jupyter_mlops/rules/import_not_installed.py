"""An import that the interpreter of the notebook's kernel does not find."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import CellFacts, Facts
from jupyter_mlops.rules.imports import imported
from jupyter_mlops.rules.paths import touched
from jupyter_mlops.rules.surroundings.modules import DISTRIBUTIONS

CODE = "import-not-installed"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each module. Nothing is told of an import in a `try`, of one that a line above may have
    installed or written, or where a line above changes where modules are looked for."""
    modules = facts.around.modules
    first = _first_change(facts)
    for each in imported(facts):
        module = modules.get(each.name)
        if module is None or module.found or each.guarded or _installed(facts, each.name):
            continue
        if first is not None and (each.each.cell.index, each.line) > first:
            continue
        distribution = DISTRIBUTIONS.get(each.name, each.name)
        yield Finding(
            code=CODE,
            severity="error" if each.sure else "info",
            message=f"`{each.name}` is not installed where the notebook's kernel runs",
            cell=each.each.cell.id,
            index=each.each.cell.index,
            line=each.line,
            reason="a clean run stops here" if each.sure else "where this import is reached, the run stops",
            fix=Fix(text=f"install it there (python -m pip install {distribution}), or choose the kernel that has it"),
        )


def _installed(facts: Facts, name: str) -> bool:
    wanted = {name.lower(), DISTRIBUTIONS.get(name, name).lower()}
    requirements = [each for cell in facts.cells for install in cell.parsed.installs for each in install.requirements]
    return any(
        any(want.replace("_", "-") in text.lower().replace("_", "-") for want in wanted)
        or text.startswith(("-r", "-e", "."))
        for text in requirements
    )


def _first_change(facts: Facts) -> tuple[int, int] | None:
    """The first line that changes where modules are looked for, or that may put some there."""
    places: list[tuple[int, int]] = []
    for each in facts.cells:
        places += [(each.cell.index, line) for line in _lines(each, facts)]
        if each.parsed.opaque:
            places.append((each.cell.index, each.parsed.opaque[0].line))
    return min(places, default=None)


def _lines(each: CellFacts, facts: Facts) -> Iterator[int]:
    for node in ast.walk(each.parsed.tree):
        # sys.path.append("../src"), sys.path = …
        if (
            isinstance(node, ast.Attribute)
            and node.attr == "path"
            and isinstance(node.value, ast.Name)
            and node.value.id == "sys"
        ):
            yield node.lineno
    for call in each.calls:
        touch = touched(call, facts.constants)
        if touch is None:
            continue
        writes_code = touch.writes is not None and touch.writes.endswith(".py")
        fetches = touch.anywhere and call.magic is not None
        if touch.moves or writes_code or fetches or call.name == "site.addsitedir":
            yield call.line
