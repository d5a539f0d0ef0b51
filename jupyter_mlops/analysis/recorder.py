"""The record of what happens to names while code is walked in the order of evaluation.

A recorder knows the scopes around the present place (so that a function's own names are left out), and what may
keep the place from being reached (so that a use in a branch is not sure). Walking

    if limit: total = 1
    print(total)

notes `read limit`, then within a branch `bind total`, not sure, then `read print` and `read total`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace

from jupyter_mlops.analysis.scopes import Scope, Where, mangled, where
from jupyter_mlops.analysis.uses import Call, Definition, Event, Events, Use, UseKind

Defining = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Name


class Recorder:
    """What has happened so far, and where we are."""

    def __init__(self, scopes: Iterable[Scope] = ()) -> None:
        self.scopes = list(scopes)
        self._events: list[Event] = []
        self._depths: list[int] = []  # how many branches each event stood in
        self._branches = 0
        self._forgiving = 0

    # --- places

    @property
    def innermost(self) -> str:
        """The kind of the scope right around, empty at the top of the notebook."""
        return self.scopes[-1].kind if self.scopes else ""

    def collect(self, walk: Callable[[], None]) -> Events:
        """What a walk notes, taken out of the record: a function's body, which does not run where it stands."""
        kept = self._events, self._depths, self._branches, self._forgiving
        self._events, self._depths, self._branches, self._forgiving = [], [], 0, 0
        walk()
        found = tuple(self._events)
        self._events, self._depths, self._branches, self._forgiving = kept
        return found

    @contextmanager
    def within(self, scope: Scope) -> Generator[Scope]:
        """In a scope."""
        self.scopes.append(scope)
        yield scope
        self.scopes.pop()

    @contextmanager
    def branch(self) -> Generator[None]:
        """In code that may be left out."""
        scope = self.scopes[-1] if self.scopes else None
        before = set(scope.own) if scope else set[str]()
        self._branches += 1
        yield
        self._branches -= 1
        if scope is not None and scope.kind == "class":
            scope.perhaps |= scope.own ^ before
            scope.own &= before

    @contextmanager
    def after_exits(self) -> Generator[Callable[[], None]]:
        """In a row of statements; each call of what is given marks one that may leave the row."""
        before = self._branches

        def may_have_left() -> None:
            self._branches += 1

        yield may_have_left
        self._branches = before

    @contextmanager
    def forgiving(self, *, when: bool = True) -> Generator[None]:
        """In code that does no harm where a name is missing."""
        self._forgiving += when
        yield
        self._forgiving -= when

    @contextmanager
    def loop(self) -> Generator[None]:
        """In a loop's body. A read in a branch of it may wait for what the round before has bound: it is soft."""
        start = len(self._events)
        with self.branch():
            body = self._branches
            yield
        bound = {event.name for event in self._events[start:] if isinstance(event, Use) and event.kind == "bind"}
        for at in range(start, len(self._events)):
            event = self._events[at]
            if isinstance(event, Use) and event.name in bound and event.kind == "read" and self._depths[at] > body:
                self._events[at] = replace(event, soft=True)

    # --- events

    def use(self, kind: UseKind, name: str, line: int, *, perhaps: bool = False, soft: bool = False) -> None:
        """Note a use of one of the notebook's names; `perhaps` for one that may not happen."""
        self.add(Use(kind, name, line, not (perhaps or self._branches), soft or self._forgiving > 0))

    def add(self, event: Event) -> None:
        """Note an event as it is."""
        self._events.append(event)
        self._depths.append(self._branches)

    def embed(self, events: Events, lines: int) -> None:
        """Note what happens in code that stands in a text, `lines` lines further up than the cell counts."""
        for event in events:
            if isinstance(event, Use | Call):
                self.add(replace(event, line=event.line + lines, sure=event.sure and not self._branches))
            else:
                self.add(event)

    def owner(self, name: str) -> Where:
        """Whose name a name is at this moment."""
        return where(self.scopes, mangled(self.scopes, name))

    def read(self, name: str, line: int, *, soft: bool = False) -> bool:
        """Note that a name is read; the answer is whether it may be one of the notebook's."""
        owner = self.owner(name)
        name = mangled(self.scopes, name)
        if owner != "own":
            self.use("read", name, line, perhaps=owner == "perhaps", soft=soft or owner == "perhaps")
        if self.innermost == "class" and name in self.scopes[-1].methods:
            method = self.scopes[-1].methods[name]
            self._perhaps([*method.body, *method.methods], name, line)
        return owner != "own"

    def change(self, name: str, line: int, owner: Where) -> None:
        """Note that the object is changed that a name stood for when it had this owner."""
        if owner != "own":
            perhaps = owner == "perhaps"
            self.use("change", mangled(self.scopes, name), line, perhaps=perhaps, soft=perhaps)

    def _perhaps(self, events: Iterable[Event], name: str, line: int) -> None:
        """Note what may happen through a function that is no name of the notebook, and that something calls."""
        for event in events:
            if isinstance(event, Use):
                kind = "read" if event.kind == "later" else event.kind
                self.add(replace(event, kind=kind, line=line, sure=False, through=(name, *event.through)))
            elif isinstance(event, Call):
                self.add(replace(event, line=line, sure=False))

    def call(self, name: str, line: int, *, perhaps: bool = False) -> None:
        """Note that one of the notebook's names is called, or handed to code that may call it."""
        sure = not perhaps and not self._branches
        self.add(Call(mangled(self.scopes, name), line, sure, self._forgiving > 0))

    def bind(self, name: str, line: int, *, kind: UseKind = "bind") -> None:
        """Note that a name is bound, by whichever scope around it binds."""
        name = mangled(self.scopes, name)
        binding = (each for each in reversed(self.scopes) if each.kind not in ("comprehension", "parameters"))
        scope = next(binding, None)
        if scope is None or name in scope.declared:
            self.use(kind, name, line)
        elif scope.kind == "class":
            scope.own.add(name)

    def delete(self, name: str, line: int, *, kind: UseKind = "delete") -> None:
        """Note that a name is deleted."""
        name = mangled(self.scopes, name)
        scope = self.scopes[-1] if self.scopes else None
        if scope is None or name in scope.declared:
            self.use(kind, name, line)
        elif scope.kind == "class":
            scope.own.discard(name)
            scope.perhaps.discard(name)

    def define(self, node: Defining, *, body: Events = (), methods: Events = ()) -> None:
        """Note what a name does when it is called; a class keeps what its methods do."""
        name = node.id if isinstance(node, ast.Name) else node.name
        definition = Definition(name, not self._branches, body, methods)
        if self.innermost == "class":
            self.scopes[-1].methods[name] = definition
        elif not self.scopes:
            self.add(definition)
            if not isinstance(node, ast.Name) and node.decorator_list:
                # the decorator may have called it
                self.call(name, node.lineno, perhaps=True)

    def later(self, events: Events, line: int, name: str) -> None:
        """Note what a function that is only defined will do with the notebook's names: read, bind, hide."""
        uses = [event for event in events if isinstance(event, Use) and not event.through]
        needed: dict[str, bool] = {}
        for use in uses:
            if use.kind in ("read", "later", "change"):
                needed[use.name] = needed.get(use.name, True) and use.soft
        for each in sorted(needed):
            self.use("later", each, line, soft=needed[each])
        for each in sorted({use.name for use in uses if use.kind == "bind"}):
            self.use("bind", each, line, perhaps=True)
        for use in uses:
            if use.kind == "hide":
                self.use("hide", use.name, use.line)
        if any(scope.kind == "function" for scope in self.scopes):
            # a function within a function, which nobody else can call
            self._perhaps(events, name, line)
