"""What is true of each cell at the end of a history, found by running the document afresh; no verdict is looked at.

A cell's result is what it shows, whether it failed, and the values after it of the names that it binds or that
changed while it ran. Its truth is one of

| truth | | flagging it is |
| --- | --- | --- |
| `differs` | its result is not that of a fresh run | needed |
| `varies` | two fresh runs gave two results, and without chance two equal ones | needed, as not repeatable |
| `clock` | two fresh runs gave two results also without chance: the time, or threads | neither |
| `edited` | equal, but its code is not what ran | defensible |
| `other-input` | equal, but a name that it reads had another value when it ran | defensible |
| `hangs` | equal, but it reads what an edited cell or one that never ran writes | defensible |
| `below` | equal, but it reads what a cell writes that differs or had another input | defensible |
| `chance` | equal, but it reads what a varying cell writes, or a value that varies | defensible |
| `equal` | none of these | a false alarm |

Cells that never ran, and those whose values have no digest and that show nothing, are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .edits import parsed
from .results import Ran, binds, changed, code, comparable, difference, may_change, unlike_values
from .steps import Cell

TruthName = Literal[
    "differs", "varies", "clock", "edited", "other-input", "hangs", "below", "chance", "equal", "left-out"
]


@dataclass(frozen=True)
class Truth:
    """What is true of a cell, and why."""

    name: TruthName
    why: str = ""


def truths(
    document: Sequence[Cell],
    live: Mapping[str, Ran],
    fresh: Sequence[Mapping[str, Ran]],
    chanceless: Sequence[Mapping[str, Ran]] = (),
) -> dict[str, Truth]:
    """The truth of every cell that has code."""
    one, other = fresh
    found: dict[str, Truth] = {}
    functions = _functions(document)
    doubtful, unlike, varying = set[str](), set[str](), set[str]()
    for cell in document:
        if not cell.source.strip():
            continue
        reads = reads_of(cell.source, functions)
        writes = set(binds(cell.source)) | changed(one[cell.id])
        ran = live.get(cell.id)
        chance = difference(cell, one[cell.id], other[cell.id])
        if ran is None:
            found[cell.id] = Truth("left-out", "it never ran")
        elif chance:
            clock = bool(chanceless) and difference(cell, *(run[cell.id] for run in chanceless))
            found[cell.id] = Truth("clock" if clock else "varies", chance)
        elif why := difference(cell, ran, one[cell.id]):
            found[cell.id] = Truth("differs", why)
        elif not comparable(cell, ran, one[cell.id]):
            found[cell.id] = Truth("left-out", "nothing that it gives can be compared")
        else:
            found[cell.id] = _equal(cell, ran, one[cell.id], other[cell.id], reads, (doubtful, unlike, varying))
        edited = ran is None or code(ran.source) != code(cell.source)
        # what it does to these names nobody has seen
        writes |= may_change(cell.source) if edited else set[str]()
        # bound anew by a cell that is above suspicion a name is so too
        differs = ran is not None and found[cell.id].name in ("differs", "other-input")
        for heap, member in ((doubtful, edited), (unlike, differs), (varying, chance)):
            if member or reads & heap:
                heap.update(writes)
            else:
                heap.difference_update(binds(cell.source))
    return found


def _equal(cell: Cell, ran: Ran, one: Ran, other: Ran, reads: set[str], heaps: Sequence[set[str]]) -> Truth:
    """Which kind of equal it is."""
    doubtful, unlike, varying = heaps
    if code(ran.source) != code(cell.source):
        return Truth("edited")
    if names := sorted(name for name in reads if unlike_values(one.before, other.before, name)):
        return Truth("chance", ", ".join(names))
    if names := sorted(reads & varying):
        return Truth("chance", ", ".join(names))
    if names := sorted(name for name in reads if unlike_values(ran.before, one.before, name)):
        return Truth("other-input", ", ".join(names))
    if names := sorted(reads & doubtful):
        return Truth("hangs", ", ".join(names))
    if names := sorted(reads & unlike):
        return Truth("below", ", ".join(names))
    return Truth("equal")


def reads_of(source: str, functions: Mapping[str, set[str]]) -> set[str]:
    """The names that a cell loads before it binds them, with those of the functions and classes that it names."""
    tree = parsed(source)
    found, bound = set[str](), set[str]()
    for statement in tree.body if tree else ():
        found |= _loads(statement) - bound
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case _:
                pass
    waiting = list(found)
    while waiting:
        more = functions.get(waiting.pop(), set()) - found
        found |= more
        waiting += more
    return found


def _loads(tree: ast.AST) -> set[str]:
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and (isinstance(node.ctx, ast.Load) or _augmented(tree, node))
    }


def _augmented(tree: ast.AST, name: ast.Name) -> bool:
    return any(isinstance(node, ast.AugAssign) and node.target is name for node in ast.walk(tree))


def _functions(document: Sequence[Cell]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for cell in document:
        tree = parsed(cell.source)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.setdefault(node.name, set()).update(_loads(node))
    return found
