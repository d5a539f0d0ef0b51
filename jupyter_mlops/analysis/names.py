"""The names of the notebook that a statement reads, binds, deletes and changes in place, in order.

For `def area(r): return PI * r ** 2` the uses are: `later PI` (read when `area` is called), then `bind area`.
For `total = sum(x for x in rows)`: `read sum`, `read rows`, `bind total`; the comprehension's `x` is its own.

Code that runs with the statement (module level, class bodies, comprehensions) is walked here, in the order of
evaluation as far as it matters for names. What functions and lambdas read of the notebook comes from
`symtable`, which knows the scoping rules of the running Python.
"""

from __future__ import annotations

import ast
import symtable
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from jupyter_mlops.analysis.code import ParsedCell

UseKind = Literal["read", "later", "bind", "delete", "change", "borrow", "expire", "star", "hide"]


@dataclass(frozen=True)
class Use:
    """One use of a name: `later` is a read inside a function; `borrow` and `expire` enclose an exception handler,
    whose name is bound there only; `star` is an import of unknown names, with the
    module as name; `hide` is a call such as `exec` that may bind anything."""

    kind: UseKind
    name: str
    line: int


_HIDING_CALLS = frozenset({"exec", "globals", "locals", "vars"})


def cell_uses(cell: ParsedCell) -> list[tuple[ast.stmt, list[Use]]]:
    """Each top-level statement of a cell with the uses of names in it."""
    functions = _FunctionScopes(cell.text)
    result: list[tuple[ast.stmt, list[Use]]] = []
    for statement in cell.tree.body:
        walker = _Walker(functions)
        walker.visit(statement)
        result.append((statement, walker.uses))
    return result


class _FunctionScopes:
    """The module-level names that each function of a text reads, found by the function's name and line."""

    def __init__(self, text: str) -> None:
        self._globals: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._bound: dict[tuple[str, int], set[str]] = defaultdict(set)
        try:
            self._collect(symtable.symtable(text, "<cell>", "exec"))
        except SyntaxError:
            # `return` outside a function and the like: the cell will fail when it runs
            return

    def _collect(self, table: symtable.SymbolTable) -> None:
        for child in table.get_children():
            self._collect(child)
            key = (child.get_name(), child.get_lineno())
            for inner in _within(child):
                for symbol in inner.get_symbols():
                    if not symbol.is_global():
                        continue
                    if symbol.is_referenced():
                        self._globals[key].add(symbol.get_name())
                    if symbol.is_declared_global() and symbol.is_assigned():
                        self._bound[key].add(symbol.get_name())

    def read_by(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
        name = "lambda" if isinstance(node, ast.Lambda) else node.name
        return self._globals.get((name, node.lineno), set())

    def bound_by(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
        name = "lambda" if isinstance(node, ast.Lambda) else node.name
        return self._bound.get((name, node.lineno), set())


def _within(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _within(child)


class _ClassBody(set[str]):
    """The names that a class body has bound."""


class _Walker(ast.NodeVisitor):
    """Collects uses at module level. `_own` are the names that the enclosing class body or comprehension
    has bound itself; they are not the notebook's."""

    def __init__(self, functions: _FunctionScopes) -> None:
        self.uses: list[Use] = []
        self._functions = functions
        self._own: list[set[str]] = []
        self._in_comprehension = 0

    # --- recording

    def _add(self, kind: UseKind, name: str, line: int) -> None:
        self.uses.append(Use(kind, name, line))

    def _read(self, name: str, line: int) -> None:
        if not any(name in own for own in self._own):
            self._add("read", name, line)

    def _bind(self, name: str, line: int) -> None:
        if self._own:
            self._own[-1].add(name)
        else:
            self._add("bind", name, line)

    def _seen_within(self) -> list[set[str]]:
        """The scopes around that a new one sees: comprehensions and classes do not see a class body's names."""
        return [own for own in self._own if not isinstance(own, _ClassBody)]

    # --- expressions

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id, node.lineno)
        elif isinstance(node.ctx, ast.Store):
            self._bind(node.id, node.lineno)
        elif not self._own:
            self._add("delete", node.id, node.lineno)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        # inside a comprehension the target belongs to the scope around it
        if self._in_comprehension == len(self._own):
            self._add("bind", node.target.id, node.lineno)
        else:
            self._bind(node.target.id, node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in _HIDING_CALLS and not self._own:
            name = node.func.id
            # `vars(model)` looks at an object, `vars()` is the namespace
            if not (name == "vars" and node.args):
                self._add("hide", name, node.lineno)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node, node.args)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self.visit(node.generators[0].iter)
        outside = self._own
        self._own = [*self._seen_within(), set()]
        self._in_comprehension += 1
        for position, generator in enumerate(node.generators):
            if position:
                self.visit(generator.iter)
            self.visit(generator.target)
            for condition in generator.ifs:
                self.visit(condition)
        if isinstance(node, ast.DictComp):
            self.visit(node.key)
            self.visit(node.value)
        else:
            self.visit(node.elt)
        self._in_comprehension -= 1
        self._own = outside

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node)

    # --- statements that assign

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._target(target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id, node.lineno)
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            # `x += [1]` changes the object that x names, and binds x again
            if not self._own:
                self._add("change", node.target.id, node.lineno)
            self._bind(node.target.id, node.lineno)
        else:
            self._target(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
        self.visit(node.annotation)
        if node.value is not None:
            self._target(node.target)

    def _target(self, target: ast.expr) -> None:
        self.visit(target)
        for changed in _roots_of_parts(target):
            if not any(changed.id in own for own in self._own):
                self._add("change", changed.id, changed.lineno)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._target(target)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._target(node.target)
        for statement in [*node.body, *node.orelse]:
            self.visit(statement)

    visit_AsyncFor = visit_For  # noqa: N815

    # --- definitions and imports

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._function(node, node.args)
        self._own.append(_type_parameters(node))
        for annotation in _annotations(node):
            self.visit(annotation)
        self._own.pop()
        self._bind(node.name, node.lineno)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, args: ast.arguments) -> None:
        for default in [*args.defaults, *(d for d in args.kw_defaults if d is not None)]:
            self.visit(default)
        bound = self._functions.bound_by(node)
        for name in sorted(self._functions.read_by(node) | _declared_and_read(node)):
            self._add("later", name, node.lineno)
        for name in sorted(bound):
            self._add("bind", name, node.lineno)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._own.append(_type_parameters(node))
        for part in [*node.bases, *(k.value for k in node.keywords)]:
            self.visit(part)
        outside = self._own
        self._own = [*self._seen_within(), _ClassBody({"__name__", "__qualname__", "__module__", "__class__"})]
        for statement in node.body:
            self.visit(statement)
        self._own = outside
        self._own.pop()
        self._bind(node.name, node.lineno)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._bind(alias.asname or alias.name.split(".")[0], node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self._add("star", "." * node.level + (node.module or ""), node.lineno)
            else:
                self._bind(alias.asname or alias.name, node.lineno)

    # --- other binders

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name and self._own:
            self._own[-1].add(node.name)
        elif node.name:
            self._add("borrow", node.name, node.lineno)
        for statement in node.body:
            self.visit(statement)
        if node.name and not self._own:
            self._add("expire", node.name, node.lineno)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name:
            self._bind(node.name, node.lineno)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name, node.lineno)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self._bind(node.rest, node.lineno)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        # `type X = int` (3.12): the value is evaluated lazily
        name = getattr(node, "name", None)
        if isinstance(name, ast.Name):
            self._bind(name.id, name.lineno)


def _declared_and_read(node: ast.AST) -> set[str]:
    """Names that are declared global and read, where `symtable` does not say so: `x` in `x += 1`, and since
    3.12 a name that only a comprehension reads."""
    parts = list(ast.walk(node))
    declared = {name for part in parts if isinstance(part, ast.Global) for name in part.names}
    return declared & {
        part.id
        for each in parts
        for part in ([each.target] if isinstance(each, ast.AugAssign) else [each])
        if isinstance(part, ast.Name) and (part is not each or isinstance(part.ctx, ast.Load))
    }


def _type_parameters(node: ast.AST) -> set[str]:
    """`T` in `class Box[T]` (3.12)."""
    return {parameter.name for parameter in getattr(node, "type_params", [])}


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    arguments = node.args
    everything = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    for argument in everything:
        if argument is not None and argument.annotation is not None:
            yield argument.annotation
    if node.returns is not None:
        yield node.returns


def _roots_of_parts(target: ast.expr) -> Iterator[ast.Name]:
    """The names whose object an assignment to `target` changes: `a` and `b` in `a.x, b[0] = 1, 2`."""
    match target:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _roots_of_parts(part)
        case ast.Starred(value=value):
            yield from _roots_of_parts(value)
        case ast.Attribute() | ast.Subscript():
            root: ast.expr = target
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            if isinstance(root, ast.Name):
                yield root
        case _:
            return
