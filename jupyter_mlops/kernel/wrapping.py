"""Code with the places wrapped that somebody wishes to hear of.

    price(a, km=b)      with a wish for the arguments 0 and `km` of this call becomes

    H((8, "result", H((8, "self", price))(H((8, 0, a)), km=H((8, "=km", b)))))

Everything else stays the same node at the same place. Bodies of decorated functions stay as they are: numba and its kin
compile them; and so do annotations, which may be kept as text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from jupyter_mlops.kernel.calls import HOOK, Ear, Site, Wish

# fields without parts that may be wrapped
_PASSED_BY = frozenset({"annotation", "returns", "type_params", "ctx", "op", "ops", "names"})
_fields: dict[type[ast.AST], tuple[str, ...]] = {}


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a piece of code that may be wrapped, in the order of its text."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list:
        return
    kind = type(node)
    names = _fields.get(kind)
    if names is None:
        names = _fields[kind] = tuple(name for name in kind._fields if name not in _PASSED_BY)
    for name in names:
        part: Any = getattr(node, name, None)
        if isinstance(part, ast.AST):
            yield part
        elif isinstance(part, list):
            for each in cast("list[object]", part):
                if isinstance(each, ast.AST):
                    yield each


def calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    """All calls that may be wrapped."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            yield node
        stack.extend(children(node))


def called_name(node: ast.Call) -> str:
    """The name that is called, without what stands before its dot; empty for anything else."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def arguments_of(node: ast.Call, wanted: Iterable[int | str]) -> tuple[int | str, ...]:
    """Those of some arguments that a call has, by position before its first `*`, or by keyword."""
    starred = next((i for i, each in enumerate(node.args) if isinstance(each, ast.Starred)), len(node.args))
    named = {keyword.arg for keyword in node.keywords}
    return tuple(each for each in wanted if (each < starred if isinstance(each, int) else each in named))


def wrap(tree: ast.AST, wishes: Sequence[Wish], sites: list[Site]) -> None:
    """Wrap in place what is wished for; the new sites are added to the list."""
    by_node: dict[int, list[Wish]] = {}
    for wish in wishes:
        by_node.setdefault(id(wish.node), []).append(wish)
    if by_node:
        _Wrapper(by_node, sites).visit(tree)


class _Wrapper(ast.NodeTransformer):
    def __init__(self, wishes: dict[int, list[Wish]], sites: list[Site]) -> None:
        self._wishes = wishes
        self._sites = sites

    def visit(self, node: ast.AST) -> ast.AST:
        wishes = self._wishes.get(id(node))
        self.generic_visit(node)
        if wishes is None or not isinstance(node, ast.expr):
            return node
        of_call = tuple(wish for wish in wishes if wish.arguments is not None)
        of_value = tuple(wish for wish in wishes if wish.arguments is None)
        if isinstance(node, ast.Call) and of_call:
            node = self._call(node, of_call)
        if of_value:
            self._sites.append(Site("", _ears(of_value)))
            node = _noted(len(self._sites) - 1, "value", node)
        return node

    def _call(self, node: ast.Call, wishes: tuple[Wish, ...]) -> ast.expr:
        wanted = {argument for wish in wishes for argument in wish.arguments or ()}
        alone = len(node.args) + len(node.keywords) == 1
        site = len(self._sites)
        self._sites.append(Site(called_name(node), _ears(wishes), alone))
        if isinstance(node.func, ast.Attribute):
            node.func.value = _noted(site, "self", node.func.value)
        else:
            node.func = _noted(site, "self", node.func)
        node.args = [_noted(site, i, each) if i in wanted else each for i, each in enumerate(node.args)]
        for keyword in node.keywords:
            if keyword.arg in wanted:
                keyword.value = _noted(site, f"={keyword.arg}", keyword.value)
        return _noted(site, "result", node)


def _ears(wishes: Iterable[Wish]) -> tuple[Ear, ...]:
    return tuple(Ear(wish.listener, wish.arguments, wish.about) for wish in wishes)


def _noted(site: int, slot: str | int, value: ast.expr) -> ast.expr:
    note = ast.Tuple(elts=[ast.Constant(site), ast.Constant(slot), value], ctx=ast.Load())
    wrapped = ast.Call(func=ast.Name(id=HOOK, ctx=ast.Load()), args=[note], keywords=[])
    for part in (wrapped, wrapped.func, note, *note.elts[:2]):
        ast.copy_location(part, value)
    return wrapped
