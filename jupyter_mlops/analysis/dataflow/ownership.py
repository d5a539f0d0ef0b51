"""Scopes, as the text shows them: which names a function, a comprehension or a class owns.

In

    def outer(rows):
        total = 0
        def add(row):
            nonlocal total
            total += len(row) + OFFSET

`outer` owns rows, total and add; `add` owns row, shares total with `outer`, and takes len and OFFSET from the
notebook.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
ComprehensionNode = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Names:
    """The names that a scope owns, and those that it declares to be the notebook's or an outer function's."""

    own: frozenset[str] = frozenset()
    of_notebook: frozenset[str] = frozenset()
    of_outer: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Code:
    """A function or comprehension, and what can be said of it without running it."""

    node: FunctionNode | ComprehensionNode

    @cached_property
    def parameters(self) -> list[str]:
        """The names of all parameters."""
        return [] if isinstance(self.node, COMPREHENSIONS) else [each.arg for each in _arguments(self.node.args)]

    @cached_property
    def body(self) -> list[ast.stmt]:
        """The statements of a function's body; a lambda returns its expression."""
        match self.node:
            case ast.Lambda(body=body):
                return [ast.copy_location(ast.Return(body), body)]
            case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body):
                return body
            case _:
                return []

    @cached_property
    def names(self) -> Names:
        """The names that it owns and declares."""
        if isinstance(self.node, COMPREHENSIONS):
            return Names(frozenset(_targets(self.node)))
        return names_of(self.body, self.parameters)

    @cached_property
    def is_lazy(self) -> bool:
        """Whether a call gives a generator or a coroutine, whose code runs later."""
        return isinstance(self.node, ast.GeneratorExp | ast.AsyncFunctionDef) or any(
            isinstance(node, ast.Yield | ast.YieldFrom) for node in _own_nodes(self.body)
        )

    @cached_property
    def shared(self) -> frozenset[str]:
        """Names that functions inside bind by `nonlocal`, and generator expressions by `:=`."""
        names = {name for node in self._nodes if isinstance(node, ast.Nonlocal) for name in node.names}
        generators = (node for node in self._nodes if isinstance(node, ast.GeneratorExp))
        walked = (part for generator in generators for part in ast.walk(generator))
        return frozenset(names | {part.target.id for part in walked if isinstance(part, ast.NamedExpr)})

    @cached_property
    def free(self) -> frozenset[str]:
        """The names that it may take from the notebook, functions inside included."""
        found = {node.id for node in self._nodes if isinstance(node, ast.Name)}
        declared = {name for node in self._nodes if isinstance(node, ast.Global) for name in node.names}
        return frozenset((found - self.names.own) | declared)

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        parts = [self.node] if isinstance(self.node, COMPREHENSIONS) else self.body
        return [node for part in parts for node in ast.walk(part)]


def names_of(body: Sequence[ast.stmt], parameters: Iterable[str] = ()) -> Names:
    """The names that the scope with these statements owns and declares."""
    bound = set(parameters)
    of_notebook: set[str] = set()
    of_outer: set[str] = set()
    for node in _own_nodes(body):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                bound.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
            case ast.MatchMapping(rest=str(name)):
                bound.add(name)
            case ast.Global(names=names):
                of_notebook.update(names)
            case ast.Nonlocal(names=names):
                of_outer.update(names)
            case _:
                pass
    return Names(frozenset(bound - of_notebook - of_outer), frozenset(of_notebook), frozenset(of_outer))


def _arguments(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from arguments.posonlyargs
    yield from arguments.args
    yield from arguments.kwonlyargs
    if arguments.vararg:
        yield arguments.vararg
    if arguments.kwarg:
        yield arguments.kwarg


def _own_nodes(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of a scope, those of inner scopes left out: of a comprehension only what `:=` binds outside."""
    queue: list[ast.AST] = list(body)
    while queue:
        node = queue.pop()
        yield node
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                queue += [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]
            case ast.Lambda():
                queue += [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
            case ast.ClassDef():
                queue += [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                yield from (part.target for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
                queue.append(node.generators[0].iter)
            case _:
                queue += ast.iter_child_nodes(node)


def _targets(node: ComprehensionNode) -> Iterator[str]:
    for generator in node.generators:
        for part in ast.walk(generator.target):
            if isinstance(part, ast.Name):
                yield part.id
