"""Calls of what the notebook does not define: what the facts say of them comes to pass here.

scaler = StandardScaler()          # an object made by sklearn.preprocessing.StandardScaler
X = scaler.fit_transform(X)        # `fit_transform` changes its receiver and gives something new
df.apply(clean)                    # `apply` runs `clean`, a function of the notebook, with parts of `df`
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from jupyter_mlops.analysis.dataflow.arguments import Arguments
from jupyter_mlops.analysis.dataflow.objects import (
    ANYTHING,
    BASES,
    CLASS,
    ELEMENTS,
    FUNCTION,
    NOTHING,
    SELF,
    Thing,
    Value,
    changeable,
    data_of,
    elements,
    holders,
    leading_to,
    parts,
    touched_by,
)
from jupyter_mlops.analysis.dataflow.results import Results
from jupyter_mlops.analysis.effects import Fact, NamesInText, Runs
from jupyter_mlops.errors import NotebookError

_WORDS = {"words": re.compile(r"([^\W\d]\w*)"), "at": re.compile(r"@([^\W\d]\w*)")}

# Methods of the language that change their object or make one.
_CHANGING = frozenset(
    f"__{name}__"
    for name in [
        *["init", "new", "call", "enter", "exit", "setattr", "delattr", "setitem", "delitem", "del", "set", "delete"],
        *["iadd", "isub", "imul", "imatmul", "itruediv", "ifloordiv", "imod", "ipow", "ilshift", "irshift"],
        *["iand", "ixor", "ior", "init_subclass", "set_name"],
    ]
)


class Library(Results):
    """Follows calls of functions, classes and methods of libraries, by the facts about them."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        super().__init__()
        self._texts = list(texts)
        self._calling_back = False
        self._work = 0
        self._to_call: dict[Thing, Value] = {}
        self._called: dict[Thing, Value] = {}

    # --- whom a call goes to

    def call(self, value: Iterable[Thing], arguments: Arguments, place: object, *, dropped: bool = False) -> Value:
        """Call whatever a value holds; `dropped` where nothing takes the result."""
        results: set[Thing] = set()
        unknown: set[Thing] = set()
        for thing in value:
            match thing.kind:
                case "function":
                    results |= self.call_function(thing, arguments)
                case "class":
                    results |= self.instantiate(thing, arguments, place)
                case "reference":
                    results |= self.call_reference(thing.name, arguments, place, dropped=dropped)
                case "bound":
                    results |= self._call_bound(thing, arguments, place)
                case "instance" if any(self.members(owner, "__call__") for owner in thing.held(CLASS)):
                    results |= self.run_methods([thing], ["__call__"], arguments, place)
                case _:
                    unknown.add(thing)
        if unknown or not (results or value):
            results |= self._call_unknown(unknown, arguments, place)
        return frozenset(results)

    def _call_bound(self, method: Thing, arguments: Arguments, place: object) -> set[Thing]:
        owners, functions = method.held(SELF), method.held(FUNCTION)
        if not functions:
            return set(self.call_method(frozenset(owners), method.name, arguments, place))
        results: set[Thing] = set()
        for owner in owners:
            for function in functions:
                results |= self.call_member(owner, function, arguments, place)
        return results

    def _call_unknown(self, callables: set[Thing], arguments: Arguments, place: object) -> Value:
        results: set[Thing] = set()
        for package, group in self._by_package(callables).items():
            fact = self.facts.methods.exact.get(f"{package}:__call__") or self.facts.defaults["value"]
            results |= self._apply(fact, f"{package}.__call__" if package else "", group, arguments, place)
        return frozenset(results)

    def call_method(
        self, receiver: Value, name: str, arguments: Arguments, place: object, *, dropped: bool = False
    ) -> Value:
        """Call a method by its name, on each of the objects that the receiver may be."""
        results: set[Thing] = set()
        others: set[Thing] = set()
        for thing in receiver:
            match thing.kind:
                case "reference":
                    results |= self.call_reference(f"{thing.name}.{name}", arguments, place, dropped=dropped)
                case "instance" | "class" | "super":
                    found, known = self._call_of_notebook(thing, name, arguments, place)
                    results |= found
                    if not known:
                        others |= thing.held(SELF) if thing.kind == "super" else {thing}
                case "function" | "bound" | "frame":
                    self.change([thing] if thing.remembers else [])
                case _:
                    others.add(thing)
        if others or not receiver:
            for package, group in self._by_package(others).items():
                fact = self.method_fact(package, name)
                results |= self._apply(fact, f"{package}.{name}" if package else "", group, arguments, place)
        return frozenset(results)

    def _call_of_notebook(
        self, owner: Thing, name: str, arguments: Arguments, place: object
    ) -> tuple[set[Thing], bool]:
        """Call what the notebook's classes have under a name; whether that is all that there may be."""
        results: set[Thing] = set()
        members: set[Thing] = set()
        if owner.kind == "super":
            for instance in owner.held(SELF):
                families = self.families(instance) if instance.kind == "instance" else {instance}
                members = {each for family in families for each in family.held(name) if each.kind == "function"}
                for member in members:
                    results |= self.call_member(instance, member, arguments, place)
            return results, name == "__init__" and not any(map(self.of_library, owner.held(SELF)))
        classes = owner.held(CLASS) if owner.kind == "instance" else {owner}
        members = {each for each_class in classes for each in self.members(each_class, name)}
        for member in members:
            results |= self.call_member(owner, member, arguments, place)
        if owner.kind == "class":
            return results | ({owner} if not members else set[Thing]()), True
        values = owner.held(name)
        if values:
            results |= self.call(values, arguments, place)
        return results, bool(members or values)

    def _by_package(self, things: Iterable[Thing]) -> dict[str, Value]:
        groups: dict[str, set[Thing]] = {}
        for thing in things:
            groups.setdefault(self._package(thing), set()).add(thing)
        return {package: frozenset(group) for package, group in sorted(groups.items())} or {"builtins": NOTHING}

    def _package(self, thing: Thing) -> str:
        if thing.kind == "instance":
            bases = {base for owner in self.families(thing) for base in owner.held(BASES) if base.kind != "class"}
            return min((base.package for base in bases), default="")
        return "builtins" if thing.kind in ("container", "lazy") else thing.package

    # --- the facts about a call

    def call_reference(self, dotted: str, arguments: Arguments, place: object, *, dropped: bool = False) -> Value:
        """Call a function or class of a library by its full name."""
        parent, _, name = dotted.rpartition(".")
        self.read_settings(dotted.partition(".")[0])
        is_class = is_class_name(name)
        table = self.facts.classes if is_class else self.facts.functions
        fact = table.exact.get(dotted)
        if fact is None and (states := self.attribute_states(parent, least=2)) is not None:
            return self._call_of_state(states, dotted, place)
        if fact is None and (method := self._unbound_method(dotted)) is not None:
            # `list.append(rows, row)`
            found = self._apply(method, f"builtins.{name}", arguments.get(0, None), arguments.without_first(), place)
            if parent in _CONTAINERS:
                return found
        default = "class" if is_class else "statement" if dropped else "function"
        fact = fact or table.find_pattern(dotted) or self.facts.defaults[default]
        return self._apply(fact, dotted, NOTHING, arguments, place)

    def _unbound_method(self, dotted: str) -> Fact | None:
        """The fact of a method that is called on its class: any of a container's, those of other classes that change
        their object, as far as the arguments can tell."""
        parent, _, name = dotted.rpartition(".")
        method = self.facts.methods.exact.get(name)
        if method is None or not (parent in _CONTAINERS or is_class_name(parent)):
            return None
        return method if parent in _CONTAINERS or changes_receiver(method) else None

    def _call_of_state(self, states: Sequence[str], dotted: str, place: object) -> Value:
        """`os.environ.setdefault(...)`: a method of something that stands for a state."""
        changes = changes_receiver(self.method_fact("", dotted.rpartition(".")[2]))
        for state in states:
            self.read_state(state)
            if changes:
                self.change_state(state)
        return frozenset({self.make("opaque", place, dotted)})

    def method_fact(self, package: str, name: str) -> Fact:
        """What is known of a method of an object that came out of a package."""
        facts = self.facts.methods
        return facts.exact.get(f"{package}:{name}") or facts.find(name) or self.facts.defaults["method"]

    def _apply(self, fact: Fact, name: str, receiver: Value, arguments: Arguments, place: object) -> Value:
        """Let a call do what a fact says; its result."""
        for touch in fact.reads:
            if arguments.applies(touch):
                self.read_state(self.full_state(touch.what, name), arguments.path(touch))
        if fact.names_in_text:
            self._read_names(fact.names_in_text, arguments)
        results = self._run_code(fact.runs, receiver, arguments, place)
        states = self._change_by(fact, name, receiver, arguments)
        if fact.draws or changes_receiver(fact):
            for thing in data_of(receiver | arguments.all if fact.draws else receiver):
                for state in thing.later:
                    self.change_state(state)
        linked = frozenset((state, path) for state, path in states if state == fact.linked)
        return self.result(fact, name, receiver, arguments, results, linked, place)

    def _change_by(self, fact: Fact, name: str, receiver: Value, arguments: Arguments) -> list[tuple[str, str | None]]:
        """The changes that a fact speaks of; the states among them."""
        states: list[tuple[str, str | None]] = []
        for touch in fact.changes:
            if not arguments.applies(touch):
                continue
            match touch.what:
                case "receiver":
                    retains = any(t.retains or (t.kind == "opaque" and not t.name) for t in data_of(receiver))
                    self._change_objects(receiver, arguments.all if fact.holds or retains else NOTHING)
                case "arguments":
                    given = arguments.all
                    self._change_objects(given, given if fact.holds else NOTHING, deep=True)
                case "argument":
                    given = arguments.get(touch.position, touch.keyword)
                    self._change_objects(given, arguments.all if fact.holds else NOTHING)
                case _:
                    state = self.full_state(touch.what, name)
                    path = arguments.path(touch) if state == "files" else None
                    self.change_state(state, path, anew=touch.anew)
                    states.append((state, path))
        return states

    def _change_objects(self, value: Value, holds: Value, *, deep: bool = False) -> None:
        shallow = {thing for thing in value if thing.shallow}
        self.change(changeable(data_of(value)) if deep else touched_by(value - shallow) | shallow)
        for thing in changeable(value) if holds else ():
            if thing.kind == "container":
                self.heap.put(thing, ELEMENTS, (holds | parts(holds)) - {thing})
            else:
                self.heap.put(thing, ANYTHING, holds - {thing})

    def _read_names(self, how: NamesInText, arguments: Arguments) -> None:
        """`df.query("age > @limit")` reads `limit`. Where the text is not written out, any text may be meant."""
        texts = [
            part.value
            for node in arguments.text.values()
            for part in ast.walk(node)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if not all(isinstance(node, ast.Constant) for node in arguments.text.values()):
            texts += self._texts
        for name in sorted({word for text in texts for word in _WORDS[how].findall(text)}):
            if name in self.environment.module.env:
                self.load_global(name)

    # --- code of the notebook that a library runs

    def _run_code(self, runs: Runs, receiver: Value, arguments: Arguments, place: object) -> Value:
        given = receiver | arguments.all
        if runs == "nothing" or not given:
            return NOTHING
        if runs == "copies":
            given = self.copied(given, place, deep=True)
        things = data_of(given)
        for thing in list(things):
            if thing.kind == "instance":
                for name, functions in self.methods(thing).items():
                    if runs != "reading" or self._only_reads(name):
                        things |= {self.bound(thing, function) for function in functions}
        return self.call_back(things, given | elements(given))

    def _only_reads(self, method: str) -> bool:
        if method.startswith("__") and method.endswith("__"):
            return method not in _CHANGING
        fact = self.facts.methods.find(method)
        return fact is not None and not changes_receiver(fact)

    def call_back(self, things: Iterable[Thing], given: Value) -> Value:
        """Call the functions among some objects with any arguments.

        What is called may hand functions to libraries in turn: all of them are called together, by the outermost
        call, until nothing new turns up.

        Raises NotebookError where that does not end soon: after `exec` or `locals()` anything may call anything.
        """
        called = [thing for thing in things if thing.kind in _CALLABLE and self._does_something(thing)]
        held_by = holders(given if called else NOTHING)
        self._work += len(held_by)
        if self._work > MOST_WORK:
            raise NotebookError.of(
                "too-tangled",
                "what may call what cannot be followed",
                reason="the notebook hands nearly everything to code that may do anything",
                fix="take exec, eval, globals() and locals() out of it",
            )
        for thing in called:
            # a library hands on what it was given and parts of it, but not the machinery that holds the function
            own = thing.held(SELF) or {thing}
            data = given - leading_to(own, held_by)
            self._to_call[thing] = self._to_call.get(thing, NOTHING) | data
        if not self._calling_back:
            self._calling_back = True
            while True:
                before = dict(self._to_call), dict(self._called), self.heap.version, self.environment.version
                for thing, value in before[0].items():
                    results = self.call([thing], Arguments(rest=value, open=True), ("called back", thing))
                    self._called[thing] = self._called.get(thing, NOTHING) | results
                if before == (self._to_call, self._called, self.heap.version, self.environment.version):
                    break
            self._calling_back = False
        found = NOTHING.union(*(self._called.get(thing, NOTHING) for thing in called))
        if not self._calling_back:
            self._to_call, self._called = {}, {}
        return found

    def _does_something(self, thing: Thing) -> bool:
        """Whether the call of a library's function matters: most give something new and change nothing."""
        if thing.kind != "reference":
            return True
        fact = self._unbound_method(thing.name)
        fact = fact or (self.facts.classes if is_class_name(thing.name) else self.facts.functions).find(thing.name)
        return fact is not None and (bool(fact.changes) or fact.result not in ("plain", "fresh"))


# Objects looked at. The most that a foreign notebook took which ended is 450,000, in five seconds; others took minutes.
MOST_WORK = 600_000
_CALLABLE = frozenset({"function", "class", "bound", "reference"})
_CONTAINERS = frozenset(f"builtins.{name}" for name in ("list", "dict", "set", "tuple", "frozenset", "bytearray"))


def is_class_name(dotted: str) -> bool:
    """Whether a dotted name ends in capitals, as names of classes do."""
    return dotted.rpartition(".")[2].lstrip("_")[:1].isupper()


def changes_receiver(fact: Fact) -> bool:
    """Whether a method changes its object, however it is called."""
    return any(touch.what == "receiver" and touch.only is None for touch in fact.changes)
