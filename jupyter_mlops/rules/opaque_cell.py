"""A magic, shell line or `exec` whose effect cannot be told from the text."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.analysis.magics import effect_of
from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import CellFacts, Facts
from jupyter_mlops.rules.paths import touched

CODE = "opaque-cell"

_BINDS = "it may bind names out of sight, so that what the cells below read cannot be told from the text"
_FILES = "which files it leaves behind, or needs, cannot be told from the text"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each line, and what it hides: names, or files."""
    for each in facts.cells:
        found = {
            part.line: (part.what, _BINDS, "import a module, or paste the code into the cell")
            for part in each.parsed.opaque
        }
        for use in each.uses:
            if use.kind == "hide":
                found[use.line] = (f"{use.name}()", _BINDS, "write the assignments out")
        for line, what in _shell_lines(each, facts):
            found.setdefault(line, (what, _FILES, "say beside it what it makes, or do it in Python"))
        for line, (what, reason, fix) in sorted(found.items()):
            yield Finding(
                code=CODE,
                severity="info",
                message=f"what `{what}` does cannot be seen",
                cell=each.cell.id,
                index=each.cell.index,
                line=line,
                reason=reason,
                fix=Fix(text=fix),
            )


def _shell_lines(each: CellFacts, facts: Facts) -> Iterator[tuple[int, str]]:
    """The lines with programs that may leave files; what they install is another rule's."""
    installing = {install.line for install in each.parsed.installs}
    for call in each.calls:
        magic = call.magic
        if magic is None or effect_of(magic).commands == ():
            continue
        lines = {call.line + below for below, _ in effect_of(magic).commands}
        touch = touched(call, facts.constants)
        if touch is not None and touch.anywhere and not lines & installing:
            first = "".join(magic.line.split()[:1])
            yield call.line, f"!{first}" if magic.name == "!" else magic.spelling
