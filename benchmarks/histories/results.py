"""The result of a cell: what it shows, whether it failed, and the values of the names that it binds or that changed."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from nbformat.v4 import new_code_cell

from benchmarks.live import Shown
from jupyter_mlops.running.comparing.outputs import Outputs, differences
from jupyter_mlops.running.comparing.terms import Terms

from .edits import parsed
from .steps import Cell

Values = dict[str, str | None]


@dataclass(frozen=True)
class Ran:
    """One execution of a cell: its source, what it showed, and the digest of every value before and after."""

    source: str
    shown: Shown
    before: Values
    after: Values


def difference(cell: Cell, one: Ran, other: Ran) -> str:
    """In what two executions of a cell differ; empty where they do not."""
    if one.shown.status != other.shown.status:
        return f"{one.shown.status} and {other.shown.status}"
    for each in differences(_outputs(one), _outputs(other), Terms()):
        return f"{each.output}: {each.message}: {each.saved} and {each.now}"
    # a cell that failed may not have come to what it binds
    bound = set(binds(cell.source)) if one.shown.status == "ok" else set[str]()
    for name in sorted(bound | changed(one) | changed(other)):
        both = name in one.after and name in other.after
        # of a name that only one of them has it is no result, unless the cell itself binds it
        if (both or name in bound) and unlike_values(one.after, other.after, name):
            return f"value of {name}"
    return ""


def unlike_values(one: Values, other: Values, name: str) -> bool:
    """Whether a name is bound to unlike values; what has no digest is like everything but a missing name."""
    if (name in one) != (name in other):
        return True
    first, second = one.get(name), other.get(name)
    return first is not None and second is not None and first != second


def comparable(cell: Cell, ran: Ran, fresh: Ran) -> bool:
    """Whether a cell gives anything that could differ visibly."""
    names = set(binds(cell.source)) | changed(ran) | changed(fresh)
    return bool(ran.shown.outputs) or not names or any(ran.after.get(name) is not None for name in names)


def changed(ran: Ran) -> set[str]:
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


def binds(source: str) -> list[str]:
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


def may_change(source: str) -> set[str]:
    """The names whose objects the code of a cell may change: it calls a method of them, or assigns to a part."""
    tree = parsed(source)
    found = set[str]()
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
                found.add(name)
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                found.add(name)
            case _:
                pass
    return found
