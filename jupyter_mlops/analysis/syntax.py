"""Questions about a piece of syntax by itself: what an assignment changes, where a function's annotations are,
whether a statement may leave its block."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager

# Exceptions that take a missing name with them.
_WIDE = frozenset({"NameError", "Exception", "BaseException"})
_NAMESPACES = frozenset({"globals", "locals", "vars"})
_SUPPRESSING = frozenset({"suppress", "raises"})


# A sum of some thousand terms is nested as deeply; more the parser refuses.
_DEEP = 20_000


@contextmanager
def deep() -> Generator[None]:
    """Room for walks over deeply nested code, such as long sums and chains of `elif`."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


# An escape that Python does not know, and a number that a word follows at once.
_WARNED_OF = re.compile(r"""\\[^\r\n\\'"abfnrtv0-7xNuU]|\\[4-7][0-7]{2}|\d(?:and|else|for|i[fns]|not|or)\b""")


@contextmanager
def unwarned(text: str) -> Generator[None]:
    """While a cell's text is parsed: its own SyntaxWarnings are the kernel's to show.

    Where the text gives no reason for any, the filters are left alone: to change them makes Python forget which
    warnings it has shown, in the user's kernel too.
    """
    if _WARNED_OF.search(text) is None:
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def root(target: ast.expr) -> ast.Name | None:
    """The name whose object an assignment to a target changes: `a` in `a.x[0]`; None for `f().x`."""
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target if isinstance(target, ast.Name) else None


def annotations_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """The annotations of a function, in the order of evaluation."""
    arguments = node.args
    everything = [
        *arguments.posonlyargs,
        *arguments.args,
        arguments.vararg,
        *arguments.kwonlyargs,
        arguments.kwarg,
    ]
    for argument in everything:
        if argument is not None and argument.annotation is not None:
            yield argument.annotation
    if node.returns is not None:
        yield node.returns


def bounds(node: ast.AST) -> Iterator[ast.expr]:
    """What stands behind `:` and `=` in type parameters (3.12 and 3.13)."""
    for parameter in getattr(node, "type_params", []):
        yield from part(parameter, "bound")
        yield from part(parameter, "default_value")


def part(node: ast.AST, field: str) -> Iterator[ast.expr]:
    """The expression in a field that not every Python's nodes have."""
    value = getattr(node, field, None)
    if isinstance(value, ast.expr):
        yield value


def line(node: ast.AST) -> int:
    """The line of a node, of which older Pythons do not know that it has one."""
    return int(getattr(node, "lineno", 1))


def may_leave(statement: ast.AST, *, in_loop: bool = False) -> bool:
    """Whether a statement may keep those after it in its block from running, other than by an error."""
    match statement:
        case ast.Return() | ast.Raise():
            return True
        case ast.Break() | ast.Continue():
            return not in_loop
        case ast.Expr(value=ast.Call(func=ast.Name(id="exit" | "quit") | ast.Attribute(attr="exit" | "_exit"))):
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.expr():
            return False
        case ast.For() | ast.AsyncFor() | ast.While():
            return any(may_leave(each, in_loop=True) for each in statement.body) or any(
                may_leave(each, in_loop=in_loop) for each in statement.orelse
            )
        case _:
            return any(may_leave(each, in_loop=in_loop) for each in ast.iter_child_nodes(statement))


def runs_when_called(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a plain call runs the body: not behind a decorator, and no coroutine or generator."""
    if isinstance(node, ast.AsyncFunctionDef) or node.decorator_list:
        return False
    return not any(_yields(each) for each in node.body)


def _yields(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return False
    return isinstance(node, ast.Yield | ast.YieldFrom) or any(_yields(child) for child in ast.iter_child_nodes(node))


def catches_missing_names(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes a NameError: `except NameError`, `except Exception`, `except`."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _WIDE for kind in kinds)


def suppresses(node: ast.With | ast.AsyncWith) -> bool:
    """Whether errors in the block are expected: `with suppress(KeyError)`."""
    calls = [item.context_expr.func for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(
        (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in _SUPPRESSING for func in calls
    )


def is_namespace(node: ast.expr) -> bool:
    """Whether an expression is a namespace as a dictionary: `globals()`, or `vars()` but not `vars(model)`."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return name in _NAMESPACES
        case _:
            return False


def may_bind_anything(node: ast.Call, *, in_own_scope: bool) -> bool:
    """Whether a call may bind names of the notebook out of sight. Within a function or class body `exec` and
    `locals()` reach its own names only."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    return name == "globals" if in_own_scope else name == "exec" or is_namespace(node)


def has_lazy_annotations(statement: ast.stmt) -> bool:
    """Whether the statement is `from __future__ import annotations`, which holds for all that follows."""
    match statement:
        case ast.ImportFrom(module="__future__", names=names):
            return any(each.name == "annotations" for each in names)
        case _:
            return False


def empty_lines_above(text: str) -> int:
    """How many lines of a cell stand above its first one that is not empty, from which IPython counts."""
    return text[: len(text) - len(text.lstrip())].count("\n")
