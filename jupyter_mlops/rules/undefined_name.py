"""A name that nobody binds, or that is bound only further down.

Cells are read in document order, as a clean run executes them. Names read inside functions count when the
function may first be called, so any cell may bind them. Where an earlier line may bind names out of sight (a
star import, `exec`, `%run`), nothing is certain and the finding is a warning.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator

from jupyter_mlops.analysis.names import Use
from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import CellFacts, Facts

CODE = "undefined-name"

_ALWAYS_THERE = frozenset(dir(builtins)) | {
    *(
        "In",
        "Out",
        "_",
        "__",
        "___",
        "_i",
        "_ii",
        "_iii",
        "_dh",
        "_oh",
        "_ih",
        "get_ipython",
        "display",
        "exit",
        "quit",
    ),
    *("__name__", "__doc__", "__builtins__", "__file__", "__session__"),
}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each name and cell."""
    everywhere = {use.name for each in facts.cells for use in each.uses if use.kind == "bind"}
    bound: set[str] = set()
    borrowed: set[str] = set()
    hidden = False
    for each in facts.cells:
        reported: set[str] = set()
        for use in each.uses:
            if use.kind == "bind":
                bound.add(use.name)
            elif use.kind == "delete":
                bound.discard(use.name)
            elif use.kind == "borrow":
                borrowed |= {use.name} - bound
                bound.add(use.name)
            elif use.kind == "expire":
                bound -= {use.name} & borrowed
                borrowed.discard(use.name)
            elif use.kind in ("star", "hide"):
                hidden = True
            elif use.name not in reported and not _is_known(use, bound, everywhere):
                reported.add(use.name)
                yield _finding(each, use, hidden=hidden, below=use.name in everywhere)
        hidden = hidden or bool(each.parsed.opaque) or each.parsed.fault is not None


def _is_known(use: Use, bound: set[str], everywhere: set[str]) -> bool:
    if use.name in _ALWAYS_THERE or use.name in bound or (use.name.startswith("_") and use.name[1:].isdigit()):
        return True
    return use.kind in ("later", "change") and use.name in everywhere


def _finding(each: CellFacts, use: Use, *, hidden: bool, below: bool) -> Finding:
    where = "only a cell further down binds it" if below else "no cell binds it"
    return Finding(
        code=CODE,
        severity="warning" if hidden else "error",
        message=f"`{use.name}` is not bound on a clean run: {where}",
        cell=each.cell.id,
        index=each.cell.index,
        line=use.line,
        reason="an earlier line may bind it out of sight"
        if hidden
        else "it may stand in the live kernel from a cell that was deleted, renamed or moved",
        fix=Fix(text=f"bind `{use.name}` in a cell above this one"),
    )
