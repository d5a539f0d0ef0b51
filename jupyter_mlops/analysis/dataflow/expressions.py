"""Expressions: the objects that each may give, and what its evaluation reads, changes and binds.

part = table["rows"]      # what `table` holds, which `part` shares from now on
total = part + [3]        # a new list, which shares the elements of `part`
first = part[0] * 2       # something new that shares nothing
"""

from __future__ import annotations

import ast

from jupyter_mlops.analysis.dataflow.arguments import Arguments
from jupyter_mlops.analysis.dataflow.calling import Calling, reaches_names
from jupyter_mlops.analysis.dataflow.environment import Scope
from jupyter_mlops.analysis.dataflow.functions import decorators_of
from jupyter_mlops.analysis.dataflow.library import changes_receiver
from jupyter_mlops.analysis.dataflow.objects import (
    ANYTHING,
    CLASS,
    ELEMENTS,
    NOTHING,
    SELF,
    Thing,
    Value,
    elements,
)
from jupyter_mlops.analysis.dataflow.ownership import Code, ComprehensionNode

# The methods of the language for operators: `__add__`, and `__radd__`, `__iadd__`.
OPERATORS: dict[type[ast.operator | ast.unaryop], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "matmul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.BitAnd: "and",
    ast.Invert: "invert",
    ast.USub: "neg",
    ast.UAdd: "pos",
}
_COMPARISONS = ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "__hash__"]
_TRUTH = ["__bool__", "__len__"]
_WALK = ["__iter__", "__next__", "__getitem__", "__len__", "__aiter__", "__anext__"]
_SHOW = ["__format__", "__str__", "__repr__"]

# What a generator expression walks through is evaluated when it is made.
_FIRST = "(first)"

_LISTS = frozenset({"list", "builtins.list", "builtins.sorted"})


class Expressions(Calling):
    """Follows expressions."""

    def evaluate(self, node: ast.expr) -> Value:
        """The value of an expression."""
        match node:
            case ast.Constant():
                return NOTHING
            case ast.Name(id=name):
                return self.load(name)
            case ast.Attribute(value=owner, attr=name):
                value = self.evaluate(owner)
                if self.is_shell(value):
                    reaches = reaches_names(name)
                    return frozenset({self.do_anything(node) if reaches else self.make("opaque", node)})
                return self.attribute(value, name, node)
            case ast.Subscript(value=owner, slice=index):
                return self.subscript(self.evaluate(owner), self.evaluate(index), index, node)
            case ast.Call():
                return self.evaluate_call(node)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operate(op, [self.evaluate(left), self.evaluate(right)], node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._without_result(operand, _TRUTH)
            case ast.UnaryOp(op=op, operand=operand):
                return self.operate(op, [self.evaluate(operand)], node)
            case ast.Compare():
                return self._compare(node)
            case ast.BoolOp(values=[first, *others]):
                value = self._tested(first)
                with self.environment.maybe():
                    for other in others:
                        value |= self._tested(other)
                return value
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self._tested(test)
                found: set[Thing] = set()
                self.environment.either(
                    lambda: found.update(self.evaluate(body)), lambda: found.update(self.evaluate(orelse))
                )
                return frozenset(found)
            case ast.NamedExpr(target=ast.Name(id=name), value=value_node):
                value = self.evaluate(value_node)
                self.bind_outside(name, value)
                return value
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self._function_or_comprehension(node)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                held = NOTHING.union(*map(self.evaluate, parts))
                return frozenset({self.make("container", node, type(node).__name__.lower(), held)})
            case ast.Dict(keys=keys, values=values):
                held = NOTHING.union(*(self.evaluate(key) for key in keys if key))
                for key, value_node in zip(keys, values, strict=True):
                    held |= self.evaluate(value_node) if key else elements(self.evaluate(value_node))
                return frozenset({self.make("container", node, "dict", held)})
            case ast.Starred(value=inner):
                return self.walk(self.evaluate(inner))
            case ast.Await(value=inner):
                value = self.evaluate(inner)
                return value | elements(value)
            case ast.Yield() | ast.YieldFrom():
                return self._yield(node)
            case ast.JoinedStr(values=parts):
                for part in parts:
                    self._without_result(part, _SHOW)
                return NOTHING
            case ast.FormattedValue(value=inner, format_spec=spec):
                if spec is not None:
                    self.evaluate(spec)
                return self._without_result(inner, _SHOW)
            case ast.Slice(lower=lower, upper=upper, step=step):
                for part in (lower, upper, step):
                    if part is not None:
                        self.evaluate(part)
                return NOTHING
            case _:
                return NOTHING.union(*(self.evaluate(c) for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)))

    def _without_result(self, node: ast.expr, methods: list[str]) -> Value:
        value = self.evaluate(node)
        self.run_methods(value, methods, Arguments(rest=value, open=True), node)
        return NOTHING

    def _tested(self, node: ast.expr) -> Value:
        value = self.evaluate(node)
        self.run_methods(value, _TRUTH, Arguments(), node)
        return value

    def test(self, node: ast.expr) -> None:
        """Evaluate a condition."""
        self._tested(node)

    def walk(self, value: Value) -> Value:
        """The elements that a walk through a value gives."""
        found = self.run_methods(value, _WALK, Arguments(open=True), "walk")
        return elements(value) | found | elements(found)

    # --- operators

    def operate(self, op: ast.operator | ast.unaryop, operands: list[Value], place: object) -> Value:
        """The result of an operator: something new, which may share the elements of lists and the like."""
        given = NOTHING.union(*operands)
        if not given:
            return NOTHING
        word = OPERATORS[type(op)]
        found = self.run_methods(given, [f"__{word}__", f"__r{word}__"], Arguments(rest=given, open=True), place)
        held: set[Thing] = set(found)
        for thing in given:
            held |= thing.held(ELEMENTS) if thing.kind == "container" else thing.held(ANYTHING)
        # `|` and `>>` make chains of what they join
        held |= given if word in ("or", "rshift", "lshift") else set[Thing]()
        if all(thing.kind in ("container", "reference") for thing in given):
            return frozenset({self.make("container", place, "list", held)}) | found
        package = next((thing.package for thing in given if thing.kind == "opaque" and thing.package), "")
        shallow = any(thing.shallow for thing in given)
        return frozenset({self.make("opaque", place, package, held, shallow=shallow)}) | found

    def _compare(self, node: ast.Compare) -> Value:
        given = self.evaluate(node.left)
        with self.environment.maybe():
            for part in node.comparators:
                given |= self.evaluate(part)
        self.run_methods(given | elements(given), _COMPARISONS, Arguments(rest=given, open=True), node)
        plain = all(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in node.ops)
        arrays = [thing for thing in given if thing.kind in ("opaque", "instance")]
        if plain or not arrays:
            return NOTHING
        return frozenset({self.make("opaque", node, arrays[0].package, shallow=True)})

    # --- parts of objects

    def attribute(self, value: Value, name: str, place: object) -> Value:
        """What an attribute of some objects may be."""
        found: set[Thing] = set()
        for thing in value:
            match thing.kind:
                case "reference":
                    dotted = f"{thing.name}.{name}"
                    for state in self.attribute_states(dotted, least=2) or ():
                        self.read_state(state)
                    found.add(self.reference(dotted))
                case "instance":
                    found |= self._attribute_of_instance(thing, name, place)
                case "class":
                    found |= {self._taken(thing, member) for member in self.members(thing, name)}
                    found |= set[Thing]() if self.knows(thing, name) else {thing}
                case "super":
                    for owner in thing.held(SELF):
                        found |= self._attribute_of_instance(owner, name, place)
                case _:
                    found |= self._attribute_of_library(thing, name)
        return frozenset(found)

    def _attribute_of_library(self, thing: Thing, name: str) -> set[Thing]:
        """`rows.append` may be handed on and called. Columns of frames and fields of tuples may be named as methods."""
        own = {thing} | thing.held(name)
        if thing.kind not in ("container", "opaque") or thing.package in ("", *self.facts.arrays):
            return own
        fact = self.method_fact("builtins" if thing.kind == "container" else thing.package, name)
        if fact is self.facts.defaults["method"] or not changes_receiver(fact):
            return own
        method = self.bound_of_library(thing, name)
        return {method} if thing.kind == "container" and thing.name != "tuple" else own | {method}

    def _attribute_of_instance(self, instance: Thing, name: str, place: object) -> set[Thing]:
        own = instance.held(name, ANYTHING)
        members = {each for owner in instance.held(CLASS) for each in self.members(owner, name)}
        found = set(own)
        for member in members:
            if member.kind == "function" and decorators_of(member) & _PROPERTIES:
                found |= self.call_member(instance, member, Arguments(), place)
            else:
                found.add(self._taken(instance, member))
        known = name in instance.fields or any(self.knows(owner, name) for owner in instance.held(CLASS))
        if not known:
            found |= self.run_methods([instance], ["__getattr__", "__getattribute__"], Arguments(), place)
            found |= elements([instance])
        return found

    def _taken(self, owner: Thing, member: Thing) -> Thing:
        """A member as an attribute gives it: methods come with their object."""
        if member.kind != "function":
            return member
        decorators = decorators_of(member)
        if "staticmethod" in decorators or (owner.kind == "class" and "classmethod" not in decorators):
            return member
        return self.bound(owner, member)

    def subscript(self, value: Value, index: Value, written: ast.expr, place: object) -> Value:
        """What a subscript of some objects may give; `written` is the text of the index."""
        self.change(thing for thing in value if thing.grows)
        found: set[Thing] = set()
        for thing in value:
            match thing.kind:
                case "container" if isinstance(written, ast.Slice):
                    found.add(self.make("container", (place, thing.name), thing.name, thing.held(ELEMENTS)))
                case "opaque" if thing.package in self.facts.arrays and _picks(written, index):
                    held = thing.held(ANYTHING)
                    found.add(self.make("opaque", place, thing.package, held, shallow=thing.shallow))
                case "instance":
                    found |= elements([thing])
                    arguments = Arguments((index,), rest=index, open=True)
                    found |= self.run_methods([thing], ["__getitem__", "__missing__"], arguments, place)
                case "reference":
                    found.add(self.make("opaque", place, thing.name, [thing]))
                case _:
                    found |= elements([thing])
        return frozenset(found)

    # --- functions, comprehensions, generators

    def _function_or_comprehension(self, node: ast.Lambda | ComprehensionNode) -> Value:
        if isinstance(node, ast.Lambda):
            return frozenset({self.define(node)})
        if isinstance(node, ast.GeneratorExp):
            function = self.define(node)
            self.heap.put(function, _FIRST, self.evaluate(node.generators[0].iter))
            return self.call_function(function, Arguments())
        first = self.evaluate(node.generators[0].iter)
        code = Code(node)
        frame = self.make("frame", node, code=code)
        scope = Scope("comprehension", code.names, code, frame, outer=self.environment.scope)
        results: set[Thing] = set()
        with self.environment.within(scope):
            self._generate(node, first, results)
        name = {"ListComp": "list", "SetComp": "set", "DictComp": "dict"}[type(node).__name__]
        return frozenset({self.make("container", node, name, results)})

    def run_generator(self, function: Thing, node: ast.GeneratorExp) -> None:
        """Follow the body of a generator expression, in the scope of its own."""
        self._generate(node, frozenset(function.held(_FIRST)), self.environment.scope.yielded)

    def _generate(self, node: ComprehensionNode, first: Value, results: set[Thing]) -> None:
        def once() -> None:
            for position, generator in enumerate(node.generators):
                source = self.evaluate(generator.iter) if position else first
                self.assign(generator.target, self.walk(source))
                for condition in generator.ifs:
                    self._tested(condition)
            if isinstance(node, ast.DictComp):
                results.update(self.evaluate(node.key) | self.evaluate(node.value))
            else:
                results.update(self.evaluate(node.elt))

        self.environment.repeat(once)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Value:
        value = self.evaluate(node.value) if node.value else NOTHING
        scope = next((each for each in self.environment.scope.live() if each.kind == "function"), None)
        if scope is not None:
            scope.yielded |= self.walk(value) if isinstance(node, ast.YieldFrom) else value
        return frozenset({self.make("opaque", node, held=value)})


_PROPERTIES = frozenset({"property", "cached_property", "setter", "getter", "deleter"})


def _picks(node: ast.expr, index: Value) -> bool:
    """Whether an index is a list or a condition, for which arrays and frames give a copy."""
    match node:
        case ast.List() | ast.ListComp() | ast.Compare() | ast.BoolOp():
            return True
        case ast.UnaryOp(op=ast.Invert()) | ast.BinOp(op=ast.BitAnd() | ast.BitOr() | ast.BitXor()):
            return True
        case ast.Tuple(elts=parts):
            return any(_picks(part, NOTHING) for part in parts)
        case _:
            return bool(index) and all(thing.kind == "container" and thing.name in _LISTS for thing in index)
