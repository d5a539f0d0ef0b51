"""Whose name a name is: the notebook's, or one of a function, class body or comprehension.

In `def f(x): return [x + y for y in rows if limit]` the scopes around `limit` are the function's, which owns `x`,
and the comprehension's, which owns `y`; neither owns `limit`, so it is the notebook's.

What a function owns comes from `symtable`, which knows the rules of the running Python. A class body is different:
it asks its own namespace first and the notebook's next, as it goes along, so what it owns changes while it runs.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from jupyter_mlops.analysis import syntax
from jupyter_mlops.analysis.uses import Definition

Where = Literal["own", "perhaps", "notebook"]


@dataclass
class Scope:
    """One scope around a piece of code. A class body fills `own` as it goes, and `perhaps` with what it bound in a
    branch; `assigned` are all names that it binds anywhere, `methods` the functions among them."""

    kind: Literal["function", "class", "comprehension", "parameters"]
    own: set[str] = field(default_factory=set[str])
    declared: frozenset[str] = frozenset()
    perhaps: set[str] = field(default_factory=set[str])
    assigned: frozenset[str] = frozenset()
    private: str = ""
    methods: dict[str, Definition] = field(default_factory=dict[str, Definition])


def where(scopes: Sequence[Scope], name: str) -> Where:
    """Who owns a name that code within these scopes (the innermost last) asks for."""
    sees_class = True
    for scope in reversed(scopes):
        if scope.kind != "class" or sees_class:
            if name in scope.declared:
                return "notebook"
            if name in scope.own:
                return "own"
            if name in scope.perhaps:
                return "perhaps"
            if name in scope.assigned:
                return "notebook"
        # `def f[T](x: y)` in a class body still sees the class's `y`
        sees_class = sees_class and scope.kind == "parameters"
    return "notebook"


def mangled(scopes: Sequence[Scope], name: str) -> str:
    """The name as Python stores it: `__x` is `_A__x` in class `A`."""
    if name.startswith("__") and not name.endswith("__"):
        for scope in reversed(scopes):
            if scope.private:
                return f"_{scope.private}{name}"
    return name


class Tables:
    """The symbol tables of a text's functions and classes, found by name and line."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        self._text = text
        self._tree = tree

    @cached_property
    def _tables(self) -> dict[tuple[str, int], symtable.SymbolTable]:
        found: dict[tuple[str, int], symtable.SymbolTable] = {}
        waiting = _module_tables(self._text, self._tree)
        while waiting:
            for child in waiting.pop().get_children():
                if child.get_type() in ("function", "class"):
                    found[child.get_name(), child.get_lineno()] = child
                waiting.append(child)
        return found

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scopes: Sequence[Scope] = ()) -> Scope:
        """The scope of a function's body, which stands within other scopes."""
        table = self._tables.get((node.name, node.lineno))
        if table is None:
            return Scope("function", _bound_anywhere(node))
        symbols = table.get_symbols()
        # since 3.12 the table has the names of the comprehensions too, which only these see
        inner = {mangled(scopes, name) for name in _names_of_comprehensions(node.body)}
        inner -= {mangled(scopes, name) for name in _bound_by(node.body)}
        return Scope(
            "function",
            {s.get_name() for s in symbols if not s.is_global() and (s.is_parameter() or s.get_name() not in inner)},
            frozenset(symbol.get_name() for symbol in symbols if symbol.is_declared_global()),
        )

    def class_body(self, node: ast.ClassDef) -> Scope:
        """The scope of a class body before its first statement."""
        own = {"__module__", "__qualname__"}
        table = self._tables.get((node.name, node.lineno))
        symbols = table.get_symbols() if table else []
        return Scope(
            "class",
            own,
            frozenset(symbol.get_name() for symbol in symbols if symbol.is_declared_global()),
            assigned=frozenset(symbol.get_name() for symbol in symbols if symbol.is_local()),
            private=node.name.lstrip("_"),
        )


def _module_tables(text: str, tree: ast.Module) -> list[symtable.SymbolTable]:
    """The table of the text; where Python refuses it as a whole, those of its statements, which IPython compiles one
    by one. A statement that is refused by itself (`nonlocal` outside a function) has none."""
    whole = _table(text)
    if whole is not None:
        return [whole]
    lines = text.split("\n")
    found: list[symtable.SymbolTable] = []
    for node in tree.body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        table = _table("\n" * (first - 1) + "\n".join(lines[first - 1 : node.end_lineno]))
        found += [table] if table else []
    return found


def _table(text: str) -> symtable.SymbolTable | None:
    with syntax.unwarned(text):
        try:
            return symtable.symtable(text, "<cell>", "exec")
        except (SyntaxError, RecursionError):
            return None


def _bound_anywhere(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    return {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)} | set(_bound_by(node.body))


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def _bound_by(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that code binds or deletes in its own scope."""
    for node in nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
                | ast.MatchMapping(rest=str(name))
            ):
                yield name
            case _:
                pass
        if isinstance(node, _COMPREHENSIONS):
            yield from _walrus_names(node)
        elif not isinstance(node, _DEFINITIONS):
            yield from _bound_by(ast.iter_child_nodes(node))


def _names_of_comprehensions(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.comprehension):
            yield from (part.id for part in ast.walk(node.target) if isinstance(part, ast.Name))
        if not isinstance(node, _DEFINITIONS):
            yield from _names_of_comprehensions(ast.iter_child_nodes(node))


def of_lambda(node: ast.Lambda, scopes: Sequence[Scope]) -> Scope:
    """The scope of a lambda: its parameters, and what `:=` binds in it."""
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named += [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    names = {each.arg for each in named} | set(_walrus_names(node.body))
    return Scope("function", {mangled(scopes, name) for name in names})


def _walrus_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.NamedExpr):
        yield node.target.id
    for child in ast.iter_child_nodes(node):
        yield from _walrus_names(child)


def of_comprehension(generators: Sequence[ast.comprehension], scopes: Sequence[Scope]) -> Scope:
    """The scope of a comprehension: the names that its `for` parts bind."""
    targets = (part for generator in generators for part in ast.walk(generator.target))
    names = {part.id for part in targets if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return Scope("comprehension", {mangled(scopes, name) for name in names})


def of_parameters(node: ast.AST, scopes: Sequence[Scope]) -> Scope:
    """The scope of the type parameters: `T` in `class Box[T]` (3.12)."""
    return Scope("parameters", {mangled(scopes, each.name) for each in getattr(node, "type_params", [])})


def of_timed_code(code: ast.Module) -> Scope:
    """The scope of `%timeit` code, which IPython puts into a function of its own."""
    (inner,) = ast.parse("def inner(): pass").body
    match inner:
        case ast.FunctionDef():
            inner.body = code.body or inner.body
            text = ast.unparse(inner)
            return Tables(text, ast.parse(text)).function(inner)
        case _:
            raise AssertionError("a function is no function")
