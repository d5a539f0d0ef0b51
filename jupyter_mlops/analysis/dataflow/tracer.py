"""What every step of following a notebook builds on: the names, the objects, the writers and the facts together.

Loading a name is where needs are noted. After

    rows = []          # unit 0
    rows.append(1)     # unit 1
    print(rows)        # unit 2 loads `rows`

unit 2 needs unit 0, which bound the name, and unit 1, which changed the object. An iterator is taken to be used up by
whoever loads a name that leads to it, and a generator's code to run then.
"""

from __future__ import annotations

import ast
import builtins
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from jupyter_mlops.analysis.dataflow.arguments import Arguments
from jupyter_mlops.analysis.dataflow.environment import Binding, Environment, Scope
from jupyter_mlops.analysis.dataflow.ledger import Ledger
from jupyter_mlops.analysis.dataflow.objects import (
    ANYTHING,
    ELEMENTS,
    NOTHING,
    SOURCE,
    Heap,
    Kind,
    Thing,
    Value,
    elements,
    reach,
)
from jupyter_mlops.analysis.effects import Facts, facts
from jupyter_mlops.analysis.magics import MagicCall

_BUILTINS = frozenset({*dir(builtins), "display", "get_ipython"})
_OF_PYTHON = "python"
_DEEPEST = 8


def _owns(frame: Thing, name: str) -> bool:
    return frame.code is not None and name in frame.code.names.own


class Tracer(ABC):
    """The state of following a notebook. The classes that follow calls, expressions and statements extend it, each
    by a subject; the language makes each of them need the others."""

    def __init__(self) -> None:
        self.facts: Facts = facts()
        self.heap = Heap()
        self.ledger = Ledger()
        self.environment = Environment(self.heap, self.unseen)
        self.stars: list[tuple[int, str]] = []
        self.hidden: list[tuple[int, Thing]] = []
        self._deletions: set[tuple[int, str]] = set()
        self._to_use_up: dict[Thing, None] = {}
        # the statement that new objects are taken to be made by: another than the present one in a generator's code
        self.origin = -1

    # --- provided by the classes that extend this one

    @abstractmethod
    def evaluate(self, node: ast.expr) -> Value:
        """The value of an expression."""

    @abstractmethod
    def run(self, body: Sequence[ast.stmt]) -> None:
        """Follow statements."""

    @abstractmethod
    def run_magic(self, call: MagicCall, place: ast.AST) -> Value:
        """Follow a magic or a shell line."""

    @abstractmethod
    def run_generator(self, function: Thing, node: ast.GeneratorExp) -> None:
        """Follow the body of a generator expression."""

    @abstractmethod
    def resume(self, lazy: Thing) -> None:
        """Run the code of a generator or coroutine, and the functions that an iterator calls."""

    @abstractmethod
    def call(self, value: Iterable[Thing], arguments: Arguments, place: object, *, dropped: bool = False) -> Value:
        """Call whatever a value holds; `dropped` where nothing takes the result."""

    @abstractmethod
    def call_method(
        self, receiver: Value, name: str, arguments: Arguments, place: object, *, dropped: bool = False
    ) -> Value:
        """Call a method by its name, on each of the objects that the receiver may be."""

    @abstractmethod
    def call_back(self, things: Iterable[Thing], given: Value) -> Value:
        """Call the functions among some objects with any arguments."""

    @abstractmethod
    def attribute(self, value: Value, name: str, place: object) -> Value:
        """What an attribute of some objects may be."""

    @abstractmethod
    def store_attribute(self, owners: Iterable[Thing], name: str, value: Value, place: object) -> None:
        """Store a value as an attribute of some objects."""

    @abstractmethod
    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind or store a value to a target."""

    # --- objects

    def make(self, kind: Kind, place: object, name: str = "", held: Iterable[Thing] = (), **flags: Any) -> Thing:
        """The object that a place of the text makes, with what it holds."""
        key = (self.origin, kind, place, name)
        thing = self.heap.make(key, Thing(kind, name, self.origin, **flags))
        self.heap.put(thing, ELEMENTS if kind == "container" else ANYTHING, held)
        return thing

    def reference(self, name: str) -> Thing:
        """A module, or a member of one; what lies deeper than modules do stands for all that is below it."""
        name = ".".join(name.split(".")[:_DEEPEST])
        return self.heap.make(("reference", name), Thing("reference", name))

    # --- names

    def unseen(self, name: str) -> Binding:
        """What may have bound a name out of sight: star imports, `exec`, magics."""
        value = {self.reference(f"{module}.{name}") for _, module in self.stars} | {thing for _, thing in self.hidden}
        units = {unit for unit, _ in self.stars} | {unit for unit, _ in self.hidden}
        return Binding(frozenset(value), frozenset(units), certain=False)

    def load_global(self, name: str) -> Value:
        """The value of a name of the notebook; notes what it needs."""
        binding = self.environment.of_notebook(name)
        for unit in binding.units:
            self.ledger.need(unit, "deletes" if (unit, name) in self._deletions else "binds", name)
        value = binding.value
        if not binding.certain:
            if name in _BUILTINS:
                value |= {self.reference(f"builtins.{name}")}
            elif not value:
                value = frozenset({self.heap.make(("unknown", name), Thing("opaque"))})
        self.look_into(value, name)
        return value

    def bind_global(self, name: str, value: Value, *, certain: bool) -> None:
        """Bind a name of the notebook; not `certain` where the name may keep what it holds."""
        binding = Binding(value, frozenset({self.ledger.unit}))
        if not certain:
            binding = binding.joined(self.environment.of_notebook(name))
        self.environment.set(self.environment.module, name, binding)

    def look_into(self, value: Iterable[Thing], name: str) -> None:
        """Note the reading of objects with all that they lead to."""
        things = reach(value)
        self.ledger.read(things, name)
        for thing in things:
            for state, detail in thing.states:
                self.read_state(state, detail)
            if thing.package:
                self.read_settings(thing.package)
        self._use_up(thing for thing in things if thing.once)

    def _use_up(self, iterators: Iterable[Thing]) -> None:
        """Use iterators up. What their code loads may lead to more of them: all are used up together, by the
        outermost load, until nothing new turns up."""
        outermost = not self._to_use_up
        self._to_use_up.update(dict.fromkeys(iterators))
        while outermost and self._to_use_up:
            before = len(self._to_use_up), self.heap.version, self.environment.version
            for iterator in list(self._to_use_up):
                self.change([iterator])
                self.heap.put(iterator, ELEMENTS, elements(iterator.held(SOURCE)))
                self.resume(iterator)
            if before == (len(self._to_use_up), self.heap.version, self.environment.version):
                self._to_use_up.clear()

    def bind(self, name: str, value: Value) -> None:
        """Bind a name in the scope that runs."""
        scope = self.environment.scope
        if scope.kind == "module":
            self.bind_global(name, value, certain=True)
        elif name in scope.names.of_notebook:
            self.bind_global(name, value, certain=False)
        elif name in scope.names.of_outer:
            self._bind_in_frames(scope.frames(), name, value)
        else:
            self.environment.set(scope, name, Binding(value))

    def _bind_in_frames(self, frames: Iterable[Thing], name: str, value: Value) -> bool:
        owners = [frame for frame in frames if _owns(frame, name)]
        for frame in owners:
            self.heap.put(frame, name, value)
            self.ledger.change([frame])
        return bool(owners)

    def bind_outside(self, name: str, value: Value) -> None:
        """Bind a name in the scope around comprehensions, as `:=` does."""
        scope = next(each for each in self.environment.scope.live() if each.kind != "comprehension")
        if scope.code is not None and isinstance(scope.code.node, ast.GeneratorExp):
            if not self._bind_in_frames(scope.closure, name, value):
                self.bind_global(name, value, certain=False)
            return
        with self.environment.within(scope):
            self.bind(name, value)

    def unbind(self, name: str) -> None:
        """Delete a name in the scope that runs."""
        scope = self.environment.scope
        if scope.kind == "module" or name in scope.names.of_notebook:
            self._deletions.add((self.ledger.unit, name))
            gone = Binding(NOTHING, frozenset({self.ledger.unit}), certain=False)
            if scope.kind != "module":
                gone = gone.joined(self.environment.of_notebook(name))
            self.environment.set(self.environment.module, name, gone)
        else:
            self.environment.set(scope, name, Binding(certain=False))

    def load(self, name: str) -> Value:
        """The value of a name, seen from the scope that runs."""
        present = self.environment.scope
        found = NOTHING
        for scope in present.live():
            if scope.kind == "module" or name in scope.names.of_notebook:
                return found | self.load_global(name)
            if scope.kind == "class":
                # only the class body itself sees its names
                binding = scope.env.get(name) if scope is present else None
                found |= binding.value if binding else NOTHING
                if binding and binding.certain:
                    return frozenset(found)
            elif name in scope.names.own:
                return found | self._local(scope, name)
            for frame in scope.closure:
                if _owns(frame, name):
                    return found | frame.held(name)
        return found | self.load_global(name)

    def _local(self, scope: Scope, name: str) -> Value:
        value = scope.env[name].value if name in scope.env else NOTHING
        if scope.code is not None and name in scope.code.shared and scope.frame is not None:
            value |= scope.frame.held(name)
        return value

    # --- changes

    def change(self, things: Iterable[Thing]) -> None:
        """Note the change of objects, and of the states that they belong to or stand for."""
        things = list(things)
        self.ledger.change(things)
        for thing in things:
            for state, detail in thing.states:
                self.change_state(state, detail)
            if thing.kind == "reference":
                self._change_attribute(thing.name)

    def attribute_states(self, dotted: str, *, least: int = 1) -> list[str] | None:
        """The states that a member of a module stands for, None where no fact names it or what it is part of.
        Facts with fewer than `least` words in their name do not count."""
        parts = dotted.split(".")
        for length in range(len(parts), least - 1, -1):
            fact = self.facts.attributes.find(".".join(parts[:length]))
            if fact is not None:
                return [self.full_state(touch.what, dotted) for touch in fact.changes]
        return None

    def _change_attribute(self, dotted: str) -> None:
        states = self.attribute_states(dotted)
        for state in [self.full_state("settings", dotted)] if states is None else states:
            self.change_state(state)

    # --- states out of sight

    def full_state(self, state: str, dotted: str) -> str:
        """A state by its own name: `settings` are those of the package that something belongs to."""
        return f"settings.{dotted.partition('.')[0]}" if state == "settings" else state

    def read_settings(self, package: str) -> None:
        """Note that the settings of a package matter."""
        self.ledger.read_state(f"settings.{package}")

    def read_state(self, state: str, detail: str | None = None) -> None:
        """Note the reading of a state."""
        if state == "files":
            self.ledger.read_state("working-directory")
        self.ledger.read_state(state, detail)

    def change_state(self, state: str, detail: str | None = None, *, anew: bool = False) -> None:
        """Note the change of a state."""
        if state == "files":
            self.ledger.read_state("working-directory")
        self.ledger.change_state(state, detail, anew=anew and not self.environment.conditional)

    # --- what may do anything

    def do_anything(self, place: object) -> Thing:
        """Code that cannot be seen: it may read, change and bind whatever there is, and give any of it."""
        for name in list(self.environment.module.env):
            self.load_global(name)
        for state in self.ledger.states():
            self.read_state(state)
            self.change_state(state)
        everything = list(self.heap.everything())
        self.ledger.change(everything)
        named = {each for binding in self.environment.module.env.values() for each in binding.value}
        return self.bind_anything(place, named)

    def bind_anything(self, place: object, held: Iterable[Thing] = ()) -> Thing:
        """Code that cannot be seen and may bind any name, to the object that is returned."""
        unit = self.ledger.unit
        self.ledger.anything.add(unit)
        unknown = self.make("opaque", place, held=held)
        if (unit, unknown) not in self.hidden:
            self.hidden.append((unit, unknown))
        for name in list(self.environment.module.env):
            self.bind_global(name, frozenset({unknown}), certain=False)
        return unknown

    def import_star(self, module: str) -> None:
        """`from module import *` may bind any name to something of the module."""
        unit = self.ledger.unit
        self.ledger.anything.add(unit)
        if (unit, module) not in self.stars:
            self.stars.append((unit, module))
        for name in list(self.environment.module.env):
            self.bind_global(name, frozenset({self.reference(f"{module}.{name}")}), certain=False)

    # --- the language itself

    def read_language(self) -> None:
        """Definitions hang on `from __future__` imports."""
        self.ledger.read_state(f"settings.{_OF_PYTHON}")

    def change_language(self) -> None:
        """A `from __future__` import."""
        self.ledger.change_state(f"settings.{_OF_PYTHON}")
