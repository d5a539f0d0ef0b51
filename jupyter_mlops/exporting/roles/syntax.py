"""Parts of a statement that the search for roles looks at.

Code in the body of a function runs when the function is called, so a statement that only defines one has no
executed calls. A loop is looked at as its head, `for x in rows` being an assignment to `x`, and its inner statements.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """A statement's nodes that run with it: not the bodies of functions and classes within."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (*_DEFINITIONS, ast.Lambda)):
            yield from executed(child)


def executed_calls(node: ast.AST) -> list[ast.Call]:
    """The calls that run with a statement."""
    return [part for part in executed(node) if isinstance(part, ast.Call)]


def simple_statements(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements within that hold no others, and the heads of those that do, as statements of their own."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield ast.copy_location(ast.Assign([target], value), statement)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                head = ast.Assign([item.optional_vars], item.context_expr) if item.optional_vars else None
                yield ast.copy_location(head or ast.Expr(item.context_expr), statement)
        case ast.If(test=test) | ast.While(test=test):
            yield ast.copy_location(ast.Expr(test), statement)
        case ast.Match(subject=subject):
            yield ast.copy_location(ast.Expr(subject), statement)
        case ast.Try() | ast.TryStar():
            pass
        case _:
            yield statement
    for part in _inner(statement):
        yield from simple_statements(part)


def _inner(statement: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(statement, name, [])
    for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        yield from part.body


def targets(part: ast.stmt) -> list[str]:
    """The names that a simple statement assigns, or assigns a part of, in order."""
    match part:
        case ast.Assign(targets=nodes):
            pass
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            nodes = [target]
        case _:
            return []
    return [name for node in nodes for name in _assigned(node)]


def _assigned(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _assigned(part)
        case ast.Starred(value=value):
            yield from _assigned(value)
        case _:
            name = root(node)
            if name is not None:
                yield name


def replaced(statement: ast.stmt) -> set[str]:
    """The names that a plain assignment gives a new object."""
    if not isinstance(statement, ast.Assign):
        return set()
    stored = (node for target in statement.targets for node in ast.walk(target))
    return {node.id for node in stored if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def comprehension_names(part: ast.stmt) -> set[str]:
    """The names that comprehensions within a statement bind for themselves."""
    generators = (node for node in ast.walk(part) if isinstance(node, ast.comprehension))
    return {node.id for each in generators for node in ast.walk(each.target) if isinstance(node, ast.Name)}


def root(node: ast.expr) -> str | None:
    """`models` of `models["a"].steps`; None where a call stands between."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def changes_receiver(call: ast.Call) -> bool:
    """Whether a method changes the object that it is called on: `rows.append(…)`, `rows.dropna(inplace=True)`."""
    if not isinstance(call.func, ast.Attribute):
        return False
    return call.func.attr in ("append", "extend", "update", "insert") or any(
        each.arg == "inplace" and isinstance(each.value, ast.Constant) and each.value.value is True
        for each in call.keywords
    )


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is a plain value, written out."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
