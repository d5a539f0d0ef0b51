"""The names of the notebook that a statement reads, binds, deletes and changes in place, in order.

For `def area(r): return PI * r ** 2` the uses are: `later PI` (read when `area` is called), then `bind area`.
For `total = sum(x for x in rows)`: `read sum`, `read rows`, `bind total`; the comprehension's `x` is its own.

A statement is walked in the order in which Python evaluates it, so that a read that comes before a bind is told
from one that comes after it. Functions and lambdas are walked in the same way, each within its scope (`scopes.py`);
what they read of the notebook becomes `later`, and the whole stays in a `Definition` for those who follow calls.
"""

from __future__ import annotations

import ast
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace

from jupyter_mlops.analysis import scopes, syntax
from jupyter_mlops.analysis.code import ParsedCell, parse_cell
from jupyter_mlops.analysis.magics import MagicEffect, effect_of, magic_call
from jupyter_mlops.analysis.recorder import Recorder
from jupyter_mlops.analysis.uses import Events, StatementEvents, Use, UseKind

__all__ = ["Use", "UseKind", "cell_events", "cell_uses"]

_LOOKS = frozenset({"get", "keys", "values", "items", "copy"})


def cell_uses(cell: ParsedCell, *, lazy_annotations: bool = False) -> list[tuple[ast.stmt, list[Use]]]:
    """Each top-level statement of a cell with the uses of names in it.

    With `lazy_annotations`, a cell above has `from __future__ import annotations`.
    """
    return [
        (statement, [event for event in events if isinstance(event, Use) and not event.through])
        for statement, events in cell_events(cell, lazy_annotations=lazy_annotations)
    ]


def cell_events(cell: ParsedCell, *, lazy_annotations: bool = False) -> StatementEvents:
    """The same with the calls and definitions among the uses, for those who follow calls."""
    tables = scopes.Tables(cell.text, cell.tree)
    result: list[tuple[ast.stmt, Events]] = []
    for statement in cell.tree.body:
        with syntax.deep():
            events = _Walker(tables, lazy_annotations=lazy_annotations).of(statement)
        if cell.one_word:
            events = tuple(replace(event, soft=True) if isinstance(event, Use) else event for event in events)
        result.append((statement, events))
        lazy_annotations = lazy_annotations or syntax.has_lazy_annotations(statement)
    return result


class _Walker(ast.NodeVisitor):
    """Tells a recorder what happens when code runs."""

    def __init__(
        self, tables: scopes.Tables, around: Iterable[scopes.Scope] = (), *, lazy_annotations: bool = False
    ) -> None:
        self._record = Recorder(around)
        self._tables = tables
        self._lazy_annotations = lazy_annotations
        self._looks: set[ast.AST] = set()  # calls of globals() that only look something up
        self._captures: list[tuple[str, int]] = []

    def of(self, *nodes: ast.AST) -> Events:
        """What happens when these nodes run one after the other."""
        return self._record.collect(lambda: self._visit_all(nodes))

    def _visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def _block(self, statements: Sequence[ast.stmt]) -> None:
        with self._record.after_exits() as may_have_left:
            for statement in statements:
                self.visit(statement)
                if syntax.may_leave(statement):
                    may_have_left()

    # --- expressions

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            if self._record.innermost != "comprehension":
                self._record.bind(node.id, node.lineno)
        elif isinstance(node.ctx, ast.Del):
            self._record.delete(node.id, node.lineno)
        elif self._record.read(node.id, node.lineno):
            self._record.call(node.id, node.lineno, perhaps=True)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._record.bind(node.target.id, node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        called = ""
        if isinstance(node.func, ast.Name):
            called = node.func.id if self._record.read(node.func.id, node.func.lineno) else ""
        else:
            self.visit(node.func)
        for argument in [*node.args, *node.keywords]:
            if isinstance(argument, ast.GeneratorExp):
                self._comprehension(argument)  # most functions go through it at once
            else:
                self.visit(argument)
        if called:
            self._record.call(called, node.lineno)
            in_own_scope = any(scope.kind in ("function", "class") for scope in self._record.scopes)
            if node not in self._looks and syntax.may_bind_anything(node, in_own_scope=in_own_scope):
                self._record.use("hide", called, node.lineno)
        magic = magic_call(node)
        if magic is not None:
            self._magic(effect_of(magic), node.lineno)

    def visit_Compare(self, node: ast.Compare) -> None:
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            self._look(node.comparators[0], node.left)
        self._visit_all([node.left, node.comparators[0]])
        with self._record.branch():
            self._visit_all(node.comparators[1:])

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.ctx, ast.Load):
            self._look(node.value, node.slice)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in _LOOKS:
            self._look(node.value, None)
        self.generic_visit(node)

    def _look(self, namespace: ast.expr, key: ast.expr | None) -> None:
        """`"x" in globals()` only asks for `x`."""
        if syntax.is_namespace(namespace):
            self._looks.add(namespace)
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._record.read(key.value, namespace.lineno, soft=True)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        with self._record.branch():
            self._visit_all(node.values[1:])

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        for part in (node.body, node.orelse):
            with self._record.branch():
                self.visit(part)

    def visit_Assert(self, node: ast.Assert) -> None:
        self.visit(node.test)
        with self._record.branch():
            self._visit_all([node.msg])

    def visit_Lambda(self, node: ast.Lambda) -> Events:
        self._visit_all([*node.args.defaults, *node.args.kw_defaults])
        with self._record.within(scopes.of_lambda(node, self._record.scopes)):
            events = self.of(node.body)
        self._record.later(events, node.lineno, "lambda")
        return events

    def visit_Dict(self, node: ast.Dict) -> None:
        self._visit_all(part for pair in zip(node.keys, node.values, strict=True) for part in pair)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self.visit(node.generators[0].iter)
        self._rounds(node)

    def _rounds(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        with self._record.within(scopes.of_comprehension(node.generators, self._record.scopes)), self._record.branch():
            for position, generator in enumerate(node.generators):
                if position:
                    self.visit(generator.iter)
                self._target(generator.target)
                self._visit_all(generator.ifs)
            self._visit_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])

    visit_ListComp = _comprehension  # noqa: N815
    visit_SetComp = _comprehension  # noqa: N815
    visit_DictComp = _comprehension  # noqa: N815

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        # somebody may go through it only after the names are bound
        with self._record.forgiving():
            self._rounds(node)

    # --- statements that assign

    def _target(self, target: ast.expr) -> None:
        """What happens when something is assigned to, or deleted at, a target, from left to right."""
        match target:
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._target(part)
            case ast.Starred(value=value):
                self._target(value)
            case ast.Attribute() | ast.Subscript():
                with self._changing(target):
                    self.generic_visit(target)
            case _:
                self.visit(target)

    @contextmanager
    def _changing(self, target: ast.expr) -> Generator[None]:
        """Around the evaluation of `x.y[0] = …`, which changes the object that `x` names before it."""
        root = syntax.root(target)
        owner = self._record.owner(root.id) if root else "own"
        yield
        if root is not None:
            self._record.change(root.id, root.lineno, owner)

    def visit_Assign(self, node: ast.Assign) -> None:
        events = self.visit(node.value)
        for target in node.targets:
            self._target(target)
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Lambda):
                self._record.define(target, body=events)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        # `x += [1]` changes the object that x names, and binds x again
        with self._changing(node.target):
            if isinstance(node.target, ast.Name):
                self._record.read(node.target.id, node.lineno)
            else:
                self.generic_visit(node.target)
            self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._record.bind(node.target.id, node.lineno)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._target(node.target)
        elif not isinstance(node.target, ast.Name):
            self.generic_visit(node.target)
        if self._record.innermost != "function" and not self._lazy_annotations:
            self.visit(node.annotation)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._target(target)

    # --- blocks

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        with self._record.loop():
            self._target(node.target)
            self._block(node.body)
        with self._record.branch():
            self._block(node.orelse)

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        with self._record.loop():
            self._block(node.body)
        with self._record.branch():
            self._block(node.orelse)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        for part in (node.body, node.orelse):
            with self._record.branch():
                self._block(part)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self._target(item.optional_vars)
        if syntax.suppresses(node):
            with self._record.branch(), self._record.forgiving():
                self._block(node.body)
        else:
            self._block(node.body)

    visit_AsyncWith = visit_With  # noqa: N815

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        forgives = any(syntax.catches_missing_names(handler) for handler in node.handlers)
        with self._record.branch(), self._record.forgiving(when=forgives):
            self._block(node.body)
        for handler in node.handlers:
            with self._record.branch():
                self.visit(handler)
        with self._record.branch():
            self._block(node.orelse)
        self._block(node.finalbody)

    visit_TryStar = visit_Try  # noqa: N815

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._visit_all([node.type])
        if node.name:
            self._record.bind(node.name, node.lineno, kind="borrow")
        self._block(node.body)
        if node.name:
            self._record.delete(node.name, node.lineno, kind="expire")

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            with self._record.branch():
                self.visit(case.pattern)
                # a pattern binds its names once all of it fits
                captured, self._captures = self._captures, []
                for name, line in captured:
                    self._record.bind(name, line)
                self._visit_all([case.guard])
                self._block(case.body)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        self.generic_visit(node)
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self._captures.append((name, node.lineno))

    visit_MatchStar = visit_MatchAs  # noqa: N815
    visit_MatchMapping = visit_MatchAs  # noqa: N815

    # --- definitions and imports

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
        with self._record.within(scopes.of_parameters(node, self._record.scopes)):
            self._lazily(syntax.bounds(node), node.lineno)
            with self._record.within(self._tables.function(node, self._record.scopes)):
                events = self._record.collect(lambda: self._block(node.body))
            self._record.later(events, node.lineno, node.name)
            if not self._lazy_annotations:
                self._visit_all(syntax.annotations_of(node))
        self._record.bind(node.name, node.lineno)
        at_once = syntax.runs_when_called(node)
        self._record.define(node, body=events if at_once else (), methods=() if at_once else events)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def _lazily(self, nodes: Iterable[ast.AST], line: int) -> None:
        """Code that Python evaluates when somebody asks for it, as if it were a function's."""
        self._record.later(self.of(*nodes), line, "type")

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all(node.decorator_list)
        with self._record.within(scopes.of_parameters(node, self._record.scopes)):
            self._lazily(syntax.bounds(node), node.lineno)
            self._visit_all([*node.bases, *node.keywords])
            with self._record.within(self._tables.class_body(node)) as scope:
                self._block(node.body)
        self._record.bind(node.name, node.lineno)
        plain = not (node.decorator_list or node.bases or node.keywords or "__new__" in scope.methods)
        first = scope.methods.get("__init__")
        self._record.define(
            node,
            body=first.body if first and plain and first.sure else (),
            methods=tuple(event for each in scope.methods.values() for event in [*each.body, *each.methods]),
        )

    def visit_alias(self, node: ast.alias) -> None:
        self._record.bind(node.asname or node.name.partition(".")[0], node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.names[0].name == "*":
            self._record.use("star", "." * node.level + (node.module or ""), node.lineno)
        else:
            self.generic_visit(node)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        """`type X = int` (3.12): the value is evaluated when somebody asks for it."""
        with self._record.within(scopes.of_parameters(node, self._record.scopes)):
            self._lazily([*syntax.bounds(node), *syntax.part(node, "value")], syntax.line(node))
        self._visit_all(syntax.part(node, "name"))

    # --- magics

    def _magic(self, effect: MagicEffect, line: int) -> None:
        for name in effect.reads:
            self._record.read(name, line, soft=True)
        if effect.code:
            self._embedded(parse_cell(effect.code), line, timed=effect.timed)
        for name in effect.binds:
            self._record.use("bind", name, line)
        for name in effect.deletes:
            self._record.use("delete", name, line)

    def _embedded(self, cell: ParsedCell, line: int, *, timed: bool) -> None:
        """Python that a magic runs from its own text, whose first line is the magic's."""
        around = list(self._record.scopes)
        if timed:
            around.append(scopes.of_timed_code(cell.tree))
        elif any(scope.kind == "function" for scope in around):
            # what it binds there is thrown away
            around.append(scopes.Scope("function", scopes.of_timed_code(cell.tree).own))
        tables = scopes.Tables(cell.text, cell.tree)
        walker = _Walker(tables, around, lazy_annotations=self._lazy_annotations)
        self._record.embed(walker.of(*cell.tree.body), line - 1)
