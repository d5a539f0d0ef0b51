"""What each name holds at a point of the notebook, and which statements bound it, followed through branches.

After

    limit = 3          # unit 0
    if strict:         # unit 1
        limit = 5

`limit` was bound by unit 0 or unit 1. A body that may be left at any point, run often or not at all (loops, `try`)
leaves of each name what it held before or anything that the body bound it to.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from jupyter_mlops.analysis.dataflow.objects import NOTHING, Heap, Thing, Value
from jupyter_mlops.analysis.dataflow.ownership import Code, Names


@dataclass(frozen=True)
class Binding:
    """What a name holds: one of the objects, bound by one of the units. It may hold nothing unless `certain`."""

    value: Value = NOTHING
    units: frozenset[int] = frozenset()
    certain: bool = True

    def joined(self, other: Binding) -> Binding:
        """This or the other."""
        if other == self:
            return self
        return Binding(self.value | other.value, self.units | other.units, self.certain and other.certain)


UNBOUND = Binding(certain=False)

ScopeKind = Literal["module", "function", "class", "comprehension"]


@dataclass(eq=False)
class Scope:
    """The names of one activation. `outer` is the scope around, for classes and comprehensions, which run inside
    it; `closure` are the frames that a function keeps of those around it, innermost first. `frame` keeps what the
    names ever held, for the functions made here. `returned` and `yielded` gather results."""

    kind: ScopeKind
    names: Names
    code: Code | None = None
    frame: Thing | None = None
    outer: Scope | None = None
    closure: tuple[Thing, ...] = ()
    env: dict[str, Binding] = field(default_factory=dict[str, Binding])
    returned: set[Thing] = field(default_factory=set[Thing])
    yielded: set[Thing] = field(default_factory=set[Thing])

    def live(self) -> Iterator[Scope]:
        """This scope and those around it that run meanwhile."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def frames(self) -> tuple[Thing, ...]:
        """The frames that a function made here keeps."""
        found: list[Thing] = []
        for scope in self.live():
            if scope.frame is not None:
                found.append(scope.frame)
            found += scope.closure
        return tuple(found)


Snapshot = Mapping[Scope, Mapping[str, Binding]]


class Environment:
    """The notebook's names and the scope that runs. `conditional` is above zero where a statement may be skipped,
    `version` grows whenever a name of the notebook is bound."""

    def __init__(self, heap: Heap, missing: Callable[[str], Binding]) -> None:
        self._heap = heap
        self._missing = missing
        self._logs: list[list[tuple[Scope, str, Binding]]] = []
        self.module = Scope("module", Names())
        self.scope = self.module
        self.conditional = 0
        self.version = 0

    def of_notebook(self, name: str) -> Binding:
        """What a name of the notebook holds; what may have bound it out of sight where no statement did."""
        return self.module.env.get(name) or self._missing(name)

    def set(self, scope: Scope, name: str, binding: Binding) -> None:
        """Bind a name of a scope, whatever it held before."""
        if scope is self.module and scope.env.get(name) != binding:
            self.version += 1
        scope.env[name] = binding
        for log in self._logs:
            log.append((scope, name, binding))
        if scope.frame is not None:
            self._heap.put(scope.frame, name, binding.value)

    def _get(self, scope: Scope, name: str) -> Binding:
        return self.of_notebook(name) if scope is self.module else scope.env.get(name, UNBOUND)

    def _snapshot(self) -> Snapshot:
        return {scope: dict(scope.env) for scope in {*self.scope.live(), self.module}}

    @contextmanager
    def within(self, scope: Scope) -> Generator[Scope]:
        """Run in another scope."""
        outside, self.scope = self.scope, scope
        try:
            yield scope
        finally:
            self.scope = outside

    @contextmanager
    def maybe(self) -> Generator[None]:
        """A body that may be left at any point, or not be run at all."""
        before = self._snapshot()
        log: list[tuple[Scope, str, Binding]] = []
        self._logs.append(log)
        self.conditional += 1
        try:
            yield
        finally:
            self.conditional -= 1
            self._logs.pop()
        for scope, env in before.items():
            scope.env = dict(env)
        for scope, name, binding in log:
            if scope in before:
                scope.env[name] = self._get(scope, name).joined(binding)

    def repeat(self, run: Callable[[], object]) -> None:
        """A body that may be run any number of times: again and again until nothing new turns up."""
        while True:
            before = self._snapshot(), self._heap.version
            with self.maybe():
                run()
            if (self._snapshot(), self._heap.version) == before:
                return

    def either(self, *branches: Callable[[], object]) -> None:
        """One of several branches is run."""
        before = self._snapshot()
        ends: list[Snapshot] = []
        self.conditional += 1
        for branch in branches:
            for scope, env in before.items():
                scope.env = dict(env)
            branch()
            ends.append({scope: scope.env for scope in before})
        self.conditional -= 1
        for scope in before:
            scope.env = {}
        for scope in before:
            names = {name for end in ends for name in end[scope]}
            for name in names:
                bindings = [end[scope].get(name) or self._get(scope, name) for end in ends]
                joined = bindings[0]
                for binding in bindings[1:]:
                    joined = joined.joined(binding)
                scope.env[name] = joined
