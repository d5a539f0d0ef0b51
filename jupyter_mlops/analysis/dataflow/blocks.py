"""Statements: what they bind, where they store, and how control may pass through them.

    for row in rows:           # `row` holds an element of `rows`, after the loop too
        if row:
            seen[row] = True   # changes what `seen` names
    else:
        done = True

A body that may be left early or run again (loops, `try`, `with`) is followed until nothing new turns up; after it each
name holds what it held before or anything that the body bound.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from jupyter_mlops.analysis.dataflow.arguments import Arguments
from jupyter_mlops.analysis.dataflow.environment import Scope
from jupyter_mlops.analysis.dataflow.expressions import OPERATORS, Expressions
from jupyter_mlops.analysis.dataflow.functions import decorators_of
from jupyter_mlops.analysis.dataflow.objects import (
    ANYTHING,
    BASES,
    CLASS,
    ELEMENTS,
    NOTHING,
    Thing,
    Value,
    data_of,
    elements,
    touched_by,
)
from jupyter_mlops.analysis.dataflow.ownership import names_of


class Blocks(Expressions):
    """Follows statements."""

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Follow statements one after the other."""
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Call() as call) | ast.Expr(value=ast.Await(value=ast.Call() as call)):
                self.evaluate_call(call, dropped=True)
            case ast.Expr(value=value_node):
                self.evaluate(value_node)
            case ast.Assign(targets=targets, value=value_node):
                self._assign_all(targets, value_node)
            case ast.AnnAssign(target=target, annotation=annotation, value=value_node):
                self.read_language()
                if value_node is not None:
                    self.assign(target, self.evaluate(value_node))
                self.evaluate(annotation)
            case ast.AugAssign():
                self._augmented(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.ClassDef():
                self._class(node)
            case ast.Import(names=aliases):
                for alias in aliases:
                    self._import(alias.name)
                    self.bind(
                        alias.asname or alias.name.partition(".")[0],
                        frozenset({self.reference(alias.name if alias.asname else alias.name.partition(".")[0])}),
                    )
            case ast.ImportFrom():
                self._import_from(node)
            case ast.Return(value=value_node):
                if value_node is not None:
                    scope = next(each for each in self.environment.scope.live() if each.kind in ("function", "module"))
                    scope.returned |= self.evaluate(value_node)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._delete(target)
            case ast.If(test=test, body=body, orelse=orelse):
                self.test(test)
                self.environment.either(lambda: self.run(body), lambda: self.run(orelse))
            case ast.For() | ast.AsyncFor():
                source = self.evaluate(node.iter)
                self.environment.repeat(lambda: self._round(node, source))
                with self.environment.maybe():
                    self.run(node.orelse)
            case ast.While(test=test, body=body, orelse=orelse):
                self.test(test)
                self.environment.repeat(lambda: (self.run(body), self.test(test)))
                with self.environment.maybe():
                    self.run(orelse)
            case ast.With() | ast.AsyncWith():
                self._with(node)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.Match():
                self._match(node)
            case ast.Assert(test=test, msg=message):
                self.test(test)
                with self.environment.maybe():
                    _ = message and self.evaluate(message)
            case ast.Raise(exc=raised, cause=cause):
                for part in (raised, cause):
                    _ = part and self.evaluate(part)
            case _:
                self._other(node)

    def _other(self, node: ast.stmt) -> None:
        name = getattr(node, "name", None)
        if isinstance(name, ast.Name):
            # `type X = list[int]` (3.12)
            self.evaluate(node.value)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType]
            self.bind(name.id, NOTHING)

    # --- targets

    def _assign_all(self, targets: list[ast.expr], node: ast.expr) -> None:
        for target in targets if len(targets) == 1 else ():
            match target, node:
                case ast.Tuple(elts=names) | ast.List(elts=names), ast.Tuple(elts=parts) | ast.List(elts=parts):
                    starred = any(isinstance(each, ast.Starred) for each in (*names, *parts))
                    if len(names) == len(parts) and not starred:
                        values = [self.evaluate(part) for part in parts]
                        for name, value in zip(names, values, strict=True):
                            self.assign(name, value)
                        return
                case _:
                    pass
        value = self.evaluate(node)
        for target in targets:
            self.assign(target, value)

    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind or store a value to a target."""
        match target:
            case ast.Name(id=name):
                self.bind(name, value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                together = frozenset(thing for thing in value if not thing.separate)
                apart = value - together
                shared = self.walk(together)
                for part in parts:
                    new = {self.make("opaque", (part, thing), thing.package, shallow=thing.shallow) for thing in apart}
                    self.assign(part, shared | new)
            case ast.Starred(value=inner):
                self.assign(inner, frozenset({self.make("container", inner, "list", value)}))
            case ast.Attribute(value=owner, attr=name):
                self.store_attribute(self.evaluate(owner), name, value, target)
            case ast.Subscript(value=owner, slice=index):
                owners = self.evaluate(owner)
                whole = isinstance(index, ast.Slice)
                self._store_item(owners, self.evaluate(index), elements(value) if whole else value, target)
            case _:
                pass

    def store_attribute(self, owners: Iterable[Thing], name: str, value: Value, place: object) -> None:
        """Store a value as an attribute of some objects."""
        for thing in list(owners):
            if thing.kind == "reference":
                self.change([self.reference(f"{thing.name}.{name}")])
                continue
            self.change(touched_by([thing]) if thing.kind == "opaque" else [thing])
            self.heap.put(thing, {"container": ELEMENTS, "opaque": ANYTHING}.get(thing.kind, name), value)
            if thing.kind == "instance":
                self.run_methods([thing], ["__setattr__", "__delattr__"], Arguments((NOTHING, value)), place)
                for member in {each for owner in thing.held(CLASS) for each in self.members(owner, name)}:
                    if member.kind == "function" and decorators_of(member) & {"setter", "deleter"}:
                        self.call_member(thing, member, Arguments((value,)), place)

    def _store_item(self, owners: Value, index: Value, value: Value, place: object) -> None:
        self.run_methods(owners, ["__setitem__", "__delitem__"], Arguments((index, value)), place)
        for thing in owners:
            if thing.kind == "reference":
                self.change([thing])
            elif thing.kind != "instance" or self.of_library(thing):
                self.change(touched_by([thing]))
                # arrays and frames copy the numbers that are stored into them
                copies = thing.package in self.facts.arrays
                held = {each for each in value | index if not (copies and each.kind == "opaque")}
                self.heap.put(thing, ELEMENTS if thing.kind == "container" else ANYTHING, held)

    def _augmented(self, node: ast.AugAssign) -> None:
        match node.target:
            case ast.Name(id=name):
                before = self.load(name)
            case ast.Attribute(value=owner, attr=name):
                before = self.attribute(self.evaluate(owner), name, node)
            case ast.Subscript(value=owner, slice=index):
                before = self.subscript(self.evaluate(owner), self.evaluate(index), index, node)
        other = self.evaluate(node.value)
        result = self.operate(node.op, [before, other], node)
        result |= self.run_methods(before, [f"__i{OPERATORS[type(node.op)]}__"], Arguments((other,)), node)
        self.change(touched_by(before))
        for thing in before:
            if thing.kind == "container":
                self.heap.put(thing, ELEMENTS, elements(other))
        self.assign(node.target, before | result)

    def _delete(self, target: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.load(name)
                self.unbind(name)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._delete(part)
            case ast.Attribute(value=owner, attr=name):
                self.store_attribute(self.evaluate(owner), name, NOTHING, target)
            case ast.Subscript(value=owner, slice=index):
                self._store_item(self.evaluate(owner), self.evaluate(index), NOTHING, target)
            case _:
                pass

    # --- definitions and imports

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.read_language()
        decorators = [self.evaluate(each) for each in node.decorator_list]
        arguments = node.args
        everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for annotation in [*(each.annotation for each in everything if each), node.returns]:
            _ = annotation and self.evaluate(annotation)
        function = self.define(node)
        self.bind(node.name, self._decorated(frozenset({function}), decorators, node))

    def _decorated(self, value: Value, decorators: list[Value], place: ast.AST) -> Value:
        for decorator in reversed(decorators):
            ours = frozenset(each for each in decorator if each.kind in ("function", "class", "bound", "instance"))
            for each in decorator - ours:
                # a library's decorator gives what behaves as the function does, and may keep it
                remembers = each.remembers
                if each.kind == "reference":
                    fact = self.facts.functions.find(each.name)
                    remembers = fact is not None and fact.remembers
                else:
                    self.heap.put(each, ANYTHING, value)
                    self.change([each])
                for thing in value:
                    thing.remembers = thing.remembers or remembers
            if ours:
                value = self.call(ours, Arguments((value,)), (place, "decorated"))
        return value

    def _class(self, node: ast.ClassDef) -> None:
        self.read_language()
        decorators = [self.evaluate(each) for each in node.decorator_list]
        bases = NOTHING.union(*map(self.evaluate, node.bases))
        for keyword in node.keywords:
            self.evaluate(keyword.value)
        outside = self.environment.scope
        owner = self.make("class", (node, outside.frames()), node.name)
        self.heap.put(owner, BASES, bases)
        for base in bases:
            fact = self.facts.classes.find(base.name) if base.kind == "reference" else None
            owner.later |= base.later.union(touch.what for touch in fact.later) if fact else base.later
        scope = Scope("class", names_of(node.body), outer=outside)
        with self.environment.within(scope):
            self.run(node.body)
        for name, binding in scope.env.items():
            self.heap.put(owner, name, binding.value)
        for base in bases:
            for hook in self.members(base, "__init_subclass__") if base.kind == "class" else ():
                self.call_function(hook, Arguments((frozenset({owner}),)))
        self.bind(node.name, self._decorated(frozenset({owner}), decorators, node))

    def _import(self, module: str) -> None:
        self.read_settings(module.partition(".")[0])
        for state in ("import-path", "environment"):
            self.read_state(state)
        fact = self.facts.imports.find(module)
        for touch in fact.changes if fact else ():
            self.change_state(self.full_state(touch.what, module))

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        if module == "__future__":
            self.change_language()
        self._import(module)
        for alias in node.names:
            if alias.name == "*":
                self.import_star(module)
            else:
                self.bind(alias.asname or alias.name, frozenset({self.reference(f"{module}.{alias.name}")}))

    # --- control

    def _round(self, node: ast.For | ast.AsyncFor, source: Value) -> None:
        self.assign(node.target, self.walk(source))
        self.run(node.body)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.evaluate(item.context_expr)
            entered = self.run_methods(
                value, ["__enter__", "__exit__", "__aenter__", "__aexit__"], Arguments(open=True), node
            )
            others = frozenset(thing for thing in value if thing.kind != "instance" or self.of_library(thing))
            if others:
                self.call_method(others, "__enter__", Arguments(), node)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, entered | elements(others))
        with self.environment.maybe():
            self.run(node.body)

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        with self.environment.maybe():
            self.run(node.body)
            self.run(node.orelse)
        for handler in node.handlers:
            with self.environment.maybe():
                if handler.type is not None:
                    self.evaluate(handler.type)
                if handler.name:
                    self.bind(handler.name, frozenset({self.make("opaque", handler)}))
                self.run(handler.body)
                if handler.name:
                    self.unbind(handler.name)
        self.run(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        subject = self.evaluate(node.subject)
        parts = frozenset(data_of(subject))
        for case in node.cases:
            with self.environment.maybe():
                self._pattern(case.pattern, parts)
                if case.guard is not None:
                    self.test(case.guard)
                self.run(case.body)

    def _pattern(self, pattern: ast.pattern, value: Value) -> None:
        for part in ast.walk(pattern):
            match part:
                case ast.MatchAs(name=str(name)) | ast.MatchMapping(rest=str(name)):
                    self.bind(name, value)
                case ast.MatchStar(name=str(name)):
                    self.bind(name, frozenset({self.make("container", part, "list", value)}))
                case ast.MatchValue(value=node):
                    self.evaluate(node)
                case ast.MatchClass(cls=node):
                    self.evaluate(node)
                case _:
                    pass
