"""What is true of each cell at the end of a history, found by running the document afresh; no verdict is looked at.

A cell's result is what it shows, whether it failed, and the values after it of the names that it binds or that
changed while it ran. Its truth is one of

| truth | | flagging it is |
| --- | --- | --- |
| `differs` | its result is not that of a fresh run | needed |
| `varies` | two fresh runs gave two results | needed, as not repeatable |
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

from nbformat.v4 import new_code_cell

from jupyter_mlops.running.comparing.outputs import Outputs, differences
from jupyter_mlops.running.comparing.terms import Terms

from .edits import parsed
from .replay import Ran, Values
from .steps import Cell

TruthName = Literal["differs", "varies", "edited", "other-input", "hangs", "below", "chance", "equal", "left-out"]


@dataclass(frozen=True)
class Truth:
    """What is true of a cell, and why."""

    name: TruthName
    why: str = ""


def truths(document: Sequence[Cell], live: Mapping[str, Ran], fresh: Sequence[Mapping[str, Ran]]) -> dict[str, Truth]:
    """The truth of every cell that has code."""
    one, other = fresh
    found: dict[str, Truth] = {}
    functions = _functions(document)
    doubtful, unlike, varying = set[str](), set[str](), set[str]()
    for cell in document:
        if not cell.source.strip():
            continue
        reads = reads_of(cell.source, functions)
        writes = set(_binds(cell.source)) | _changed(one[cell.id])
        ran = live.get(cell.id)
        chance = difference(cell, one[cell.id], other[cell.id])
        if ran is None:
            found[cell.id] = Truth("left-out", "it never ran")
        elif chance:
            found[cell.id] = Truth("varies", chance)
        elif why := difference(cell, ran, one[cell.id]):
            found[cell.id] = Truth("differs", why)
        elif not _comparable(cell, ran, one[cell.id]):
            found[cell.id] = Truth("left-out", "nothing that it gives can be compared")
        else:
            found[cell.id] = _equal(cell, ran, one[cell.id], other[cell.id], reads, (doubtful, unlike, varying))
        edited = ran is None or code(ran.source) != code(cell.source)
        # bound anew by a cell that is above suspicion a name is so too
        differs = ran is not None and found[cell.id].name in ("differs", "other-input")
        for heap, member in ((doubtful, edited), (unlike, differs), (varying, chance)):
            if member or reads & heap:
                heap.update(writes)
            else:
                heap.difference_update(_binds(cell.source))
    return found


def _equal(cell: Cell, ran: Ran, one: Ran, other: Ran, reads: set[str], heaps: Sequence[set[str]]) -> Truth:
    """Which kind of equal it is."""
    doubtful, unlike, varying = heaps
    if code(ran.source) != code(cell.source):
        return Truth("edited")
    if names := sorted(name for name in reads if _unlike(one.before, other.before, name)):
        return Truth("chance", ", ".join(names))
    if names := sorted(reads & varying):
        return Truth("chance", ", ".join(names))
    if names := sorted(name for name in reads if _unlike(ran.before, one.before, name)):
        return Truth("other-input", ", ".join(names))
    if names := sorted(reads & doubtful):
        return Truth("hangs", ", ".join(names))
    if names := sorted(reads & unlike):
        return Truth("below", ", ".join(names))
    return Truth("equal")


def difference(cell: Cell, one: Ran, other: Ran) -> str:
    """In what two executions of a cell differ; empty where they do not."""
    if one.shown.status != other.shown.status:
        return f"{one.shown.status} and {other.shown.status}"
    for each in differences(_outputs(one), _outputs(other), Terms()):
        return f"{each.output}: {each.message}: {each.saved} and {each.now}"
    for name in sorted(set(_binds(cell.source)) | _changed(one) | _changed(other)):
        both = name in one.after and name in other.after
        # of a name that only one of them has it is no result, unless the cell itself binds it
        if (both or name in _binds(cell.source)) and _unlike(one.after, other.after, name):
            return f"value of {name}"
    return ""


def _unlike(one: Values, other: Values, name: str) -> bool:
    """Whether a name is bound to unlike values; what has no digest is like everything but a missing name."""
    if (name in one) != (name in other):
        return True
    first, second = one.get(name), other.get(name)
    return first is not None and second is not None and first != second


def _comparable(cell: Cell, ran: Ran, fresh: Ran) -> bool:
    names = set(_binds(cell.source)) | _changed(ran) | _changed(fresh)
    return bool(ran.shown.outputs) or not names or any(ran.after.get(name) is not None for name in names)


def _changed(ran: Ran) -> set[str]:
    """The names whose values changed while a cell ran, or that came then."""
    return {
        name
        for name, digest in ran.after.items()
        if name not in ran.before or (digest is not None and digest != ran.before[name])
    }


def _outputs(ran: Ran) -> Outputs:
    return Outputs.of(new_code_cell(outputs=ran.shown.outputs))


def code(source: str) -> str:
    """What counts of a source."""
    tree = parsed(source)
    return ast.dump(tree) if tree is not None else " ".join(source.split())


def _binds(source: str) -> list[str]:
    """The names that the code of a cell binds at its top level, imports among them."""
    tree = parsed(source)
    found: list[str] = []
    waiting: list[ast.AST] = list(tree.body) if tree else []
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.append(name)
                continue
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                found.append(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found += [each.asname or each.name.partition(".")[0] for each in names if each.name != "*"]
            case _:
                pass
        waiting += ast.iter_child_nodes(node)
    return sorted({name for name in found if not name.startswith("_")})


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
