"""Calls of what the notebook defines: functions, generators, classes, methods.

A call follows the body with the values of its arguments, in the state of the moment:

    def add(row):
        rows.append(row)      # what `rows` names is changed by every statement that calls `add`
        return len(rows)

Within one statement, all calls of a function are followed together, with all their arguments; where functions call
each other in a circle, until nothing new turns up. A generator's body is followed when the generator is made and
whenever it is used.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jupyter_mlops.analysis.dataflow.arguments import Arguments
from jupyter_mlops.analysis.dataflow.environment import Binding, Scope
from jupyter_mlops.analysis.dataflow.objects import (
    ANYTHING,
    BASES,
    CALLS,
    CLASS,
    ELEMENTS,
    FUNCTION,
    NOTHING,
    SELF,
    Thing,
    Value,
)
from jupyter_mlops.analysis.dataflow.ownership import COMPREHENSIONS, Code
from jupyter_mlops.analysis.dataflow.tracer import Tracer


@dataclass(eq=False)
class _Activation:
    """The calls of one function within one statement."""

    given: dict[str, Value] = field(default_factory=dict[str, Value])
    returned: set[Thing] = field(default_factory=set[Thing])
    yielded: set[Thing] = field(default_factory=set[Thing])
    running: bool = False
    met_while_running: bool = False
    stamp: tuple[int, int] = (-1, -1)

    def take(self, given: Mapping[str, Value]) -> bool:
        """Add the arguments of another call; whether they are new."""
        joined = {name: self.given.get(name, NOTHING) | value for name, value in given.items()}
        new = any(joined[name] != self.given.get(name) for name in joined)
        self.given.update(joined)
        return new


class Functions(Tracer):
    """Follows calls of what the notebook defines."""

    def __init__(self) -> None:
        super().__init__()
        self._activations: dict[tuple[int, Thing], _Activation] = {}

    # --- functions

    def begin(self, unit: int) -> None:
        """Turn to the next unit."""
        self.ledger.begin(unit)
        self.origin = unit
        self._activations.clear()

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.GeneratorExp) -> Thing:
        """The function that a definition makes, with its defaults and the variables that it keeps."""
        closure = self.environment.scope.frames()
        thing = self.make("function", (node, closure), getattr(node, "name", ""), code=Code(node), closure=closure)
        if not isinstance(node, ast.GeneratorExp):
            positional = [*node.args.posonlyargs, *node.args.args]
            defaults = list(zip(reversed(positional), reversed(node.args.defaults), strict=False))
            defaults += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d]
            for argument, default in defaults:
                self.heap.put(thing, f"(default) {argument.arg}", self.evaluate(default))
        return thing

    def call_function(self, function: Thing, arguments: Arguments) -> Value:
        """Call a function of the notebook."""
        code = function.code
        if code is None:
            return NOTHING
        if function.remembers:
            self.change([function])
        given = self._parameters(function, code, arguments)
        if not code.is_lazy:
            return frozenset(self._activate(function, code, given).returned)
        lazy = self.make("lazy", function, function.name, code=code, once=True)
        self.heap.put(lazy, FUNCTION, [function])
        for name, value in given.items():
            self.heap.put(lazy, f"(given) {name}", value)
        self.resume(lazy)
        return frozenset({lazy})

    def resume(self, lazy: Thing) -> None:
        """Run the code of a generator, or what an iterator of a library calls."""
        if lazy.code is None:
            results = self.call_back(lazy.held(CALLS), frozenset(lazy.held(ELEMENTS)))
            self.heap.put(lazy, ELEMENTS, results)
            return
        present, self.origin = self.origin, lazy.unit
        for function in lazy.held(FUNCTION):
            given = {name: frozenset(lazy.held(f"(given) {name}")) for name in lazy.code.parameters}
            activation = self._activate(function, lazy.code, given)
            self.heap.put(lazy, ELEMENTS, activation.returned | activation.yielded)
        self.origin = present

    def _activate(self, function: Thing, code: Code, given: Mapping[str, Value]) -> _Activation:
        activation = self._activations.setdefault((self.origin, function), _Activation())
        new = activation.take(given)
        if activation.running:
            activation.met_while_running = True
            return activation
        if not new and activation.stamp == (self.heap.version, self.environment.version):
            return activation
        while True:
            before = dict(activation.given), len(activation.returned), len(activation.yielded), self.heap.version
            activation.running, activation.met_while_running = True, False
            self._run_body(function, code, activation)
            activation.running = False
            after = dict(activation.given), len(activation.returned), len(activation.yielded), self.heap.version
            if not activation.met_while_running or before == after:
                break
        activation.stamp = self.heap.version, self.environment.version
        return activation

    def _run_body(self, function: Thing, code: Code, activation: _Activation) -> None:
        frame = self.make("frame", function, function.name, code=code)
        scope = Scope("function", code.names, code, frame, closure=function.closure)
        for name, value in activation.given.items():
            self.environment.set(scope, name, Binding(value))
        self.environment.conditional += 1
        with self.environment.within(scope):
            if isinstance(code.node, ast.GeneratorExp):
                self.run_generator(function, code.node)
            else:
                self.run(code.body)
        self.environment.conditional -= 1
        activation.returned |= scope.returned
        activation.yielded |= scope.yielded

    def _parameters(self, function: Thing, code: Code, arguments: Arguments) -> dict[str, Value]:
        """The value of each parameter."""
        if isinstance(code.node, COMPREHENSIONS):
            return {}
        node = code.node.args
        given: dict[str, Value] = {}
        by_position = [each.arg for each in (*node.posonlyargs, *node.args)]
        for position, name in enumerate([*by_position, *(each.arg for each in node.kwonlyargs)]):
            value = arguments.rest
            known = False
            if position < min(len(arguments.positional), len(by_position)):
                value, known = value | arguments.positional[position], True
            if name in arguments.keywords:
                value, known = value | arguments.keywords[name], True
            given[name] = value if known else value | frozenset(function.held(f"(default) {name}"))
        if node.vararg:
            more = arguments.rest.union(*arguments.positional[len(by_position) :])
            given[node.vararg.arg] = frozenset({self.make("container", (code, "*"), "tuple", more)})
        if node.kwarg:
            more = arguments.rest.union(*(value for key, value in arguments.keywords.items() if key not in given))
            given[node.kwarg.arg] = frozenset({self.make("container", (code, "**"), "dict", more)})
        return given

    # --- classes

    def members(self, owner: Thing, name: str) -> set[Thing]:
        """What a class, or else one of its bases, has under a name."""
        return {each for known in self._knowing(owner, name) for each in known.held(name)}

    def knows(self, owner: Thing, name: str) -> bool:
        """Whether a class of the notebook, or one of its bases, binds a name: maybe to no object, but a number."""
        return bool(self._knowing(owner, name))

    def _knowing(self, owner: Thing, name: str) -> list[Thing]:
        found: list[Thing] = []
        seen = {owner}
        queue = [owner]
        while queue:
            owner = queue.pop()
            if name in owner.fields:
                found.append(owner)
            else:
                bases = [base for base in owner.held(BASES) if base.kind == "class" and base not in seen]
                seen.update(bases)
                queue += bases
        return found

    def families(self, instance: Thing) -> set[Thing]:
        """The classes of the notebook that an instance belongs to, bases included."""
        found: set[Thing] = set()
        queue = list(instance.held(CLASS))
        while queue:
            owner = queue.pop()
            if owner not in found:
                found.add(owner)
                queue += [base for base in owner.held(BASES) if base.kind == "class"]
        return found

    def methods(self, instance: Thing) -> dict[str, set[Thing]]:
        """All functions that an instance has from its classes, by name."""
        found: dict[str, set[Thing]] = {}
        for owner in self.families(instance):
            for name, values in owner.fields.items():
                functions = {each for each in values if each.kind == "function"}
                if functions and name != BASES:
                    found.setdefault(name, set()).update(functions)
        return found

    def of_library(self, instance: Thing) -> bool:
        """Whether a class of an instance extends one of a library."""
        return any(
            base.kind != "class" and base.name != "builtins.object"
            for owner in self.families(instance)
            for base in owner.held(BASES)
        )

    def call_member(self, owner: Thing, member: Thing, arguments: Arguments, place: object) -> Value:
        """Call what was found in a class, on an instance or on the class itself."""
        if member.kind != "function":
            return self.call([member], arguments, place)
        decorators = decorators_of(member)
        if "staticmethod" in decorators:
            return self.call_function(member, arguments)
        if "classmethod" in decorators:
            classes = frozenset({owner}) if owner.kind == "class" else frozenset(owner.held(CLASS))
            return self.call_function(member, arguments.after(classes))
        if owner.kind == "class":
            return self.call_function(member, arguments)
        return self.call_function(member, arguments.after(frozenset({owner})))

    def instantiate(self, owner: Thing, arguments: Arguments, place: object) -> Value:
        """Call a class of the notebook."""
        instance = self.make("instance", (place, owner), owner.name, later=owner.later)
        self.heap.put(instance, CLASS, [owner])
        results: set[Thing] = set()
        for name in ("__new__", "__init__"):
            for member in self.members(owner, name):
                value = self.call_member(instance, member, arguments, place)
                results |= value if name == "__new__" else NOTHING
        if not self.members(owner, "__init__"):
            # a dataclass, or a class of a library: what is given becomes attributes
            self.heap.put(instance, ANYTHING, arguments.all)
            for member in self.members(owner, "__post_init__"):
                self.call_member(instance, member, Arguments(), place)
        return frozenset({instance} | results)

    def run_methods(self, things: Iterable[Thing], names: Iterable[str], arguments: Arguments, place: object) -> Value:
        """Call methods of the instances among some objects, as the language does for operators and the like."""
        results: set[Thing] = set()
        for thing in things:
            if thing.kind == "instance":
                for name in names:
                    for owner in thing.held(CLASS):
                        for member in self.members(owner, name):
                            results |= self.call_member(thing, member, arguments, place)
        return frozenset(results)

    def bound(self, owner: Thing, function: Thing) -> Thing:
        """A method taken from its object."""
        thing = self.heap.make(("bound", owner, function), Thing("bound", function.name))
        self.heap.put(thing, SELF, [owner])
        self.heap.put(thing, FUNCTION, [function])
        return thing

    def bound_of_library(self, owner: Thing, name: str) -> Thing:
        """A method of a list or of a library's object, taken from it."""
        thing = self.heap.make(("bound", owner, name), Thing("bound", name))
        self.heap.put(thing, SELF, [owner])
        return thing


def decorators_of(function: Thing) -> set[str]:
    """The last words of a function's decorators: `setter` of `@price.setter`."""
    node = function.code.node if function.code else None
    found: set[str] = set()
    for decorator in getattr(node, "decorator_list", []):
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(target, ast.Name):
            found.add(target.id)
        elif isinstance(target, ast.Attribute):
            found.add(target.attr)
    return found
