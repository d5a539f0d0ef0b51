"""Results of calls of libraries: new objects, and what each holds of what the call was given.

rows = [[1], [2]]
list(rows)             # parts: a new container of the two lists
rows.items             # a view, which follows what its object comes to hold
copy.deepcopy(rows)    # a copy, which holds copies of the two lists
"""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_mlops.analysis.dataflow.arguments import Arguments
from jupyter_mlops.analysis.dataflow.functions import Functions
from jupyter_mlops.analysis.dataflow.objects import (
    CALLS,
    CLASS,
    ELEMENTS,
    NOTHING,
    SOURCE,
    Kind,
    Thing,
    Value,
    changeable,
    elements,
    parts,
)
from jupyter_mlops.analysis.effects import Fact


class Results(Functions):
    """Makes what calls of libraries give."""

    def result(
        self,
        fact: Fact,
        name: str,
        receiver: Value,
        arguments: Arguments,
        results: Value,
        linked: frozenset[tuple[str, str | None]],
        place: object,
    ) -> Value:
        """What a call gives by its fact: `results` came out of the notebook's code that it ran, `linked` are the states
        that the result belongs to."""
        given = receiver | arguments.all

        def new(kind: Kind, held: Iterable[Thing]) -> Thing:
            thing = self.make(
                kind,
                place,
                name,
                held,
                states=linked,
                later=frozenset(self.full_state(t.what, name) for t in fact.later if arguments.applies(t)),
                once=fact.iterator,
                retains=fact.retains,
                shallow=fact.shallow or any(each.shallow for each in receiver),
                separate=fact.separate,
                grows=fact.grows,
                remembers=fact.remembers,
            )
            if fact.iterator:
                self.heap.put(thing, SOURCE, given)
                self.heap.put(thing, CALLS, given if fact.runs != "nothing" else ())
            return thing

        match fact.result:
            case "plain":
                return NOTHING
            case "fresh":
                return frozenset({new("opaque", results)})
            case "holds":
                return frozenset({new("opaque", given | results)})
            case "parts":
                held = parts(receiver | arguments.walked) | arguments.kept(fact.uses) | results
                pair = self.make("container", (place, "pair"), "tuple", held)
                return frozenset({new("container", held | {pair})})
            case "live" | "pairs":
                rest = {thing for thing in receiver if thing.kind != "container"}
                views = {self._view(thing, fact.result == "pairs", place) for thing in receiver - rest}
                return frozenset(views | ({new("opaque", rest)} if rest or not views else set[Thing]()))
            case "element":
                return elements(given) | results
            case "lookup":
                others = arguments if receiver else arguments.without_first()
                first = receiver or arguments.get(0, None)
                is_one_of = NOTHING if receiver or not others.walked else first
                return elements(first) | is_one_of | others.walked | others.kept(fact.uses) | results
            case "receiver":
                return receiver or frozenset({new("opaque", results)})
            case "shares":
                return frozenset({new("opaque", given | results)} | given | results)
            case "copy" | "deepcopy":
                copies = self.copied(given, place, deep=fact.result == "deepcopy")
                return copies or frozenset({new("opaque", results)})

    def _view(self, container: Thing, pairs: bool, place: object) -> Thing:
        """A view that shares what the container holds, or holds pairs that do; the pairs are no part of it."""
        key = (self.origin, "view", place, container)
        held = container.fields.setdefault(ELEMENTS, set())
        if pairs:
            pair = Thing("container", "tuple", self.origin, fields={ELEMENTS: held})
            held = {self.heap.make((key, "pair"), pair)}
        fields = {ELEMENTS: held, SOURCE: {container}}
        return self.heap.make(key, Thing("container", "view", self.origin, fields=fields))

    def copied(self, value: Iterable[Thing], place: object, *, deep: bool) -> Value:
        """Copies of the data in a value; functions and classes stay themselves."""
        copies: dict[Thing, Thing] = {}

        def copy(thing: Thing) -> Thing:
            if thing not in copies and thing in changeable([thing]) and thing.kind != "bound":
                original = thing.copy_of or thing
                copies[thing] = self.make(
                    thing.kind,
                    (place, original),
                    thing.name,
                    code=thing.code,
                    copy_of=original,
                    states=thing.states,
                    later=thing.later,
                    once=thing.once,
                    retains=thing.retains,
                    shallow=thing.shallow,
                    grows=thing.grows,
                )
                is_array = thing.package in self.facts.arrays
                for name, held in list(thing.fields.items()):
                    inner = [copy(each) if deep and name != CLASS else each for each in list(held)]
                    inner = [each for each in inner if not (is_array and each.kind == "opaque")]
                    self.heap.put(copies[thing], name, inner)
            return copies.get(thing, thing)

        return frozenset(copy(thing) for thing in value)
