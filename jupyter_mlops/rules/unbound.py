"""Reads of names that are not bound on a clean run, for the two rules that tell of them.

Cells are read in document order, as a clean run executes them. Names read inside a function count when it is first
called: by a call that surely leads there, else any cell may bind them. In

    1  def area(r): return PI * r ** 2
    2  area(3)
    3  PI = 3.14

cell 2 is at fault, as only a cell below it binds `PI`. Where an earlier line may bind names out of sight (`exec`,
`%run`, a star import of a module whose names cannot be told), or where a branch may leave the read out, nothing is
certain.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from jupyter_mlops.analysis.names import Use
from jupyter_mlops.errors import Finding, Fix, Severity
from jupyter_mlops.rules.facts import CellFacts, Facts
from jupyter_mlops.rules.surroundings.known import Module

_ALWAYS_THERE = frozenset(dir(builtins)) | {
    *("In", "Out", "_", "__", "___", "_i", "_ii", "_iii", "_dh", "_oh", "_ih"),
    *("get_ipython", "display", "exit", "quit"),
    *("__name__", "__doc__", "__builtin__", "__builtins__", "__session__", "_exit_code"),
}


@dataclass(frozen=True)
class Unbound:
    """A read of a name that nothing above binds: a cell `below` does, a line above `deleted` it, or it is bound
    `nowhere`. `hidden` where an earlier line may bind it out of sight."""

    each: CellFacts
    use: Use
    where: Literal["below", "deleted", "nowhere"]
    hidden: bool
    below: bool


@dataclass
class _Bound:
    """The names that are bound so far. `borrowed` are those of exception handlers, `deleted` those that are gone."""

    modules: Mapping[str, Module]
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
            case "star":
                names = starred(use, self.modules)
                self.names |= names or set()
                self.hidden = self.hidden or names is None
            case "hide":
                self.hidden = True
            case _:
                pass

    def has(self, name: str) -> bool:
        """Whether a name is there, as far as can be seen."""
        # _3 is the third result, _i3 the third input
        history = name.startswith("_") and name[1:].removeprefix("i").isdigit()
        return name in self.names or name in _ALWAYS_THERE or history


def starred(use: Use, modules: Mapping[str, Module]) -> frozenset[str] | None:
    """The names that a star import binds; None where that cannot be told."""
    module = modules.get(use.name)
    return module.star if module is not None else None


def unbound(facts: Facts) -> Iterator[Unbound]:
    """Each name once a cell."""
    everywhere = {use.name for each in facts.cells for use in each.followed if use.kind == "bind"}
    bound = _Bound(facts.around.modules)
    for each in facts.cells:
        reported: set[str] = set()
        for use in each.followed:
            if use.kind in ("read", "later", "change") and use.name not in reported:
                found = _unbound(each, use, bound, everywhere)
                if found is not None:
                    reported.add(use.name)
                    yield found
            bound.after(use)
        bound.hidden = bound.hidden or bool(each.parsed.opaque) or each.parsed.fault is not None


def _unbound(each: CellFacts, use: Use, bound: _Bound, everywhere: set[str]) -> Unbound | None:
    below = use.name in everywhere
    if use.soft or bound.has(use.name) or (below and use.kind in ("later", "change")):
        return None
    if use.through and (not below or not use.sure):
        return None  # told where the function is defined; or a branch may leave it out
    where = "deleted" if use.name in bound.deleted else "below" if below else "nowhere"
    return Unbound(each, use, where, bound.hidden, below)


_WHERE = {
    "below": "only a cell further down binds it",
    "deleted": "a line above deletes it",
    "nowhere": "no cell binds it",
}


def finding(found: Unbound, code: str) -> Finding:
    """What is told of such a read."""
    use, where = found.use, _WHERE[found.where]
    message = f"`{use.name}` is not bound on a clean run: {where}"
    fix = f"bind `{use.name}` in a cell above this one"
    if use.through:
        message = f"`{use.through[0]}` called here reads `{use.name}`, and {where}"
        if len(use.through) > 1:
            message = (
                f"`{use.through[0]}` called here leads to `{use.through[-1]}`, which reads `{use.name}`, and {where}"
            )
        fix = f"bind `{use.name}` in a cell above this one, or move the call below the cell that binds it"
    severity: Severity = "error"
    reason = "it may stand in the live kernel from a cell that was deleted, renamed or moved"
    if found.hidden:
        severity = "info"
        reason = "an earlier line may bind it out of sight"
    elif found.below and not use.sure:
        severity = "warning"
        reason = "a branch or loop may leave the line out; otherwise the run stops here"
    return Finding(
        code=code,
        severity=severity,
        message=message,
        cell=found.each.cell.id,
        index=found.each.cell.index,
        line=use.line,
        reason=reason,
        fix=Fix(text=fix),
    )
