"""Objects of a running notebook, as far as a text shows them: where they were made and what they hold.

After

    rows = [1, 2]
    table = {"rows": rows}
    same = table["rows"]

there are two objects: a list, made by the first statement, and a dictionary, made by the second, which holds the
list. The value of `same` is the set with the list in it; so a change of `same` is a change of what `rows` names. The
idea is that of points-to analysis (Andersen 1994), with one abstract object for each place in a statement that makes
objects. What an object holds only grows. A value is a set, as a name may hold one of several objects; numbers and
texts are no objects here.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from jupyter_mlops.analysis.dataflow.ownership import Code

Kind = Literal["container", "opaque", "reference", "function", "bound", "class", "instance", "frame", "lazy", "super"]

# What a container holds, whatever the key; what a generator yields.
ELEMENTS = "[]"
# What an object may hold under any name.
ANYTHING = "*"
# What is no attribute: the class of an instance and the bases of a class, the object and the function of a method,
# what an iterator walks through and calls, what a generator runs.
CLASS, BASES, SELF, FUNCTION, SOURCE, CALLS = "(class)", "(bases)", "(self)", "(function)", "(source)", "(calls)"


_numbers = itertools.count()


@dataclass(eq=False)
class Thing:
    """An abstract object.

    `container` is a list, dictionary, set or tuple; `opaque` an object of a library; `reference` a module or a member
    of one; `bound` a method with its object; `frame` the variables of a function that outlive its call; `lazy` a
    generator or coroutine; the others are functions, classes and instances of the notebook.

    `name` is what the text calls it: the dotted name of a reference, or of what made an opaque object. `unit` is the
    statement that made it. The flags are those of `effects.Fact`; `states` are pairs of a state and, for files, the
    path, that the object belongs to. A function keeps the frames of its `closure`, innermost first.
    """

    kind: Kind
    name: str = ""
    unit: int = -1
    code: Code | None = None
    fields: dict[str, set[Thing]] = field(default_factory=dict[str, "set[Thing]"])
    states: frozenset[tuple[str, str | None]] = frozenset()
    later: frozenset[str] = frozenset()
    once: bool = False
    retains: bool = False
    shallow: bool = False
    separate: bool = False
    grows: bool = False
    remembers: bool = False
    copy_of: Thing | None = None
    closure: tuple[Thing, ...] = ()
    number: int = field(default_factory=_numbers.__next__)

    def __hash__(self) -> int:
        # by age, so that sets of objects are walked through in the same order in every process
        return self.number

    @property
    def package(self) -> str:
        """The package that an opaque object or a reference came out of."""
        return self.name.partition(".")[0]

    def held(self, *names: str) -> set[Thing]:
        """What the object holds under some names, or under all."""
        return set[Thing]().union(*(self.fields.get(name, ()) for name in names or self.fields))


Value = frozenset[Thing]
NOTHING: Value = frozenset()

# Code, not data: what changes an object that holds a function leaves the function alone.
_CODE = frozenset({"function", "class", "frame", "reference", "super"})

_MAY_BE_PAIRS = frozenset({"tuple", "list"})


class Heap:
    """All objects, by the place that made them. `version` grows whenever an object comes to hold something new."""

    def __init__(self) -> None:
        self._things: dict[Hashable, Thing] = {}
        self.version = 0

    def make(self, key: Hashable, thing: Thing) -> Thing:
        """The object of a place: the one given, unless the place was met before."""
        return self._things.setdefault(key, thing)

    def put(self, thing: Thing, name: str, value: Iterable[Thing]) -> None:
        """Let an object hold others under a name."""
        there = thing.fields.setdefault(name, set())
        before = len(there)
        there.update(value)
        if len(there) != before:
            self.version += 1

    def everything(self) -> Iterator[Thing]:
        """All objects that were made so far."""
        yield from self._things.values()


def reach(value: Iterable[Thing]) -> set[Thing]:
    """All that can be read by way of some objects: what they hold, their classes, what their functions keep."""
    return _closure(value, lambda thing: [*thing.fields.values(), set(thing.closure)])


def data_of(value: Iterable[Thing]) -> set[Thing]:
    """The objects with what they hold, as far as it is data: functions and classes of the notebook are met, not
    entered."""
    return _closure(value, _data)


def _data(thing: Thing) -> Iterable[set[Thing]]:
    if thing.kind in _CODE:
        return ()
    # a generator's code has run, as far as it has, when the generator was loaded
    left_out = (CLASS, FUNCTION) if thing.kind == "lazy" else (CLASS,)
    return [held for name, held in thing.fields.items() if name not in left_out]


def holders(value: Iterable[Thing]) -> Mapping[Thing, set[Thing]]:
    """Who holds each object that `data_of` some objects has."""
    found: dict[Thing, set[Thing]] = defaultdict(set)
    for thing in data_of(value):
        for held in _data(thing):
            for each in held:
                found[each].add(thing)
    return found


def leading_to(targets: Iterable[Thing], held_by: Mapping[Thing, set[Thing]]) -> set[Thing]:
    """The objects that hold one of the targets, or hold one that does; the targets themselves."""
    return _closure(targets, lambda thing: [held_by.get(thing, set())])


def _closure(value: Iterable[Thing], next_of: Callable[[Thing], Iterable[set[Thing]]]) -> set[Thing]:
    found = set(value)
    queue = list(found)
    while queue:
        for held in next_of(queue.pop()):
            # a difference of sets does not ask for the hashes again
            new = held - found
            found |= new
            queue += new
    return found


def changeable(value: Iterable[Thing]) -> set[Thing]:
    """The objects that a change from outside can meet: no functions, classes, modules."""
    return {thing for thing in value if thing.kind not in _CODE}


def elements(value: Iterable[Thing]) -> Value:
    """What a subscript or a walk through some objects may give. What an object of a library gives may be a view of
    itself or anything that it holds: the object stands for all of that."""
    found: set[Thing] = set()
    for thing in value:
        if thing.kind in ("container", "lazy"):
            found |= thing.held(ELEMENTS)
        else:
            found |= {thing} | thing.held(ANYTHING) if thing.kind == "instance" else {thing}
    return frozenset(found)


def parts(value: Iterable[Thing]) -> Value:
    """The elements, and what pairs among them hold: `dict(pairs)` holds the second of each pair."""
    found = elements(value)
    return found | elements(thing for thing in found if thing.kind == "container" and thing.name in _MAY_BE_PAIRS)


def touched_by(value: Iterable[Thing]) -> set[Thing]:
    """The objects that a change of some objects may meet. A container is changed by itself; what looks like an object
    of a library may be anything that it holds."""
    wholes = [thing for thing in value if thing.kind in ("opaque", "instance", "bound", "lazy")]
    return changeable(data_of(wholes)) | {thing for thing in value if thing.kind == "container"}
