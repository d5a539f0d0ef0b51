"""A name that nobody binds, or that is bound only further down.

Cells are read in document order, as a clean run executes them. Names read inside a function count when it is first
called: by a call that surely leads there, else any cell may bind them. In

    1  def area(r): return PI * r ** 2
    2  area(3)
    3  PI = 3.14

cell 2 is at fault. Where an earlier line may bind names out of sight (a star import, `exec`, `%run`), or where a
branch may leave the read out, nothing is certain and the finding is a warning.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

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
    *("__name__", "__doc__", "__builtin__", "__builtins__", "__session__", "_exit_code"),
}


@dataclass
class _Bound:
    """The names that are bound so far. `borrowed` are those of exception handlers, `deleted` those that are gone."""

    names: set[str] = field(default_factory=set[str])
    borrowed: set[str] = field(default_factory=set[str])
    deleted: set[str] = field(default_factory=set[str])
    hidden: bool = False

    def after(self, use: Use) -> None:
        """Take in what a use binds or deletes."""
        match use.kind:
            case "bind":
                self.names.add(use.name)
                self.deleted.discard(use.name)
            case "delete" if use.sure:
                self.names.discard(use.name)
                self.deleted.add(use.name)
            case "borrow":
                self.borrowed |= {use.name} - self.names
                self.names.add(use.name)
            case "expire":
                self.names -= {use.name} & self.borrowed
                self.borrowed.discard(use.name)
            case "star" | "hide":
                self.hidden = True
            case _:
                pass

    def has(self, name: str) -> bool:
        """Whether a name is there, as far as can be seen."""
        # _3 is the third result, _i3 the third input
        history = name.startswith("_") and name[1:].removeprefix("i").isdigit()
        return name in self.names or name in _ALWAYS_THERE or history


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each name and cell."""
    everywhere = {use.name for each in facts.cells for use in each.followed if use.kind == "bind"}
    bound = _Bound()
    for each in facts.cells:
        reported: set[str] = set()
        for use in each.followed:
            if use.kind in ("read", "later", "change") and use.name not in reported:
                finding = _finding(each, use, bound, everywhere)
                if finding is not None:
                    reported.add(use.name)
                    yield finding
            bound.after(use)
        bound.hidden = bound.hidden or bool(each.parsed.opaque) or each.parsed.fault is not None


def _finding(each: CellFacts, use: Use, bound: _Bound, everywhere: set[str]) -> Finding | None:
    """What is wrong with a read, if anything."""
    below = use.name in everywhere
    if use.soft or bound.has(use.name) or (below and use.kind in ("later", "change")):
        return None
    if use.through and (not below or not use.sure):
        return None  # told where the function is defined; or a branch may leave it out
    if use.name in bound.deleted:
        where = "a line above deletes it"
    else:
        where = "only a cell further down binds it" if below else "no cell binds it"
    message = f"`{use.name}` is not bound on a clean run: {where}"
    fix = f"bind `{use.name}` in a cell above this one"
    if use.through:
        message = f"`{use.through[0]}` called here reads `{use.name}`, and {where}"
        if len(use.through) > 1:
            message = (
                f"`{use.through[0]}` called here leads to `{use.through[-1]}`, which reads `{use.name}`, and {where}"
            )
        fix = f"bind `{use.name}` in a cell above this one, or move the call below the cell that binds it"
    reason = "it may stand in the live kernel from a cell that was deleted, renamed or moved"
    if bound.hidden:
        reason = "an earlier line may bind it out of sight"
    elif below and not use.sure:
        reason = "a branch or loop may leave the line out; otherwise the run stops here"
    return Finding(
        code=CODE,
        severity="warning" if bound.hidden or (below and not use.sure) else "error",
        message=message,
        cell=each.cell.id,
        index=each.cell.index,
        line=use.line,
        reason=reason,
        fix=Fix(text=fix),
    )
