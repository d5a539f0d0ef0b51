"""Who wrote what: for each object and each state out of sight, the units that changed it so far.

    np.random.seed(0)      # unit 0 sets random.numpy anew: what was drawn before no longer counts
    a = np.random.rand()   # unit 1 reads and changes random.numpy: it needs unit 0
    b = np.random.rand()   # unit 2 needs units 0 and 1

While a unit is followed, what it reads is noted as the sources that it needs. After

    a.append(1)            # unit 3, changes what `a` and `b` name
    later = a              # unit 4

a unit that loads `later` needs unit 3, by the name `later`; `there` says what it was called at unit 3.
"""

from __future__ import annotations

import itertools
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from jupyter_mlops.analysis.dataflow.objects import Thing

How = Literal["binds", "deletes", "changes", "sets", "alters"]


@dataclass(frozen=True, order=True)
class Source:
    """What a unit needs of an earlier one: that it binds, deletes or changes (what is named by) a name, that it
    sets or alters a state. It is not `certain` where the earlier unit may do anything. `there` are the names by which
    the earlier unit met what it changed, or that it left on it."""

    unit: int
    how: How
    name: str
    certain: bool = True
    there: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Entry:
    unit: int
    detail: str | None
    anew: bool


_NOBODY: Mapping[int, tuple[str, ...]] = {}


class Ledger:
    """The writers so far, and the sources of the unit that is followed."""

    def __init__(self) -> None:
        self.unit = -1
        self.anything: set[int] = set()
        self._sources: set[Source] = set()
        # the writers of each object, with the names that it had there
        self._writers: dict[Thing, dict[int, tuple[str, ...]]] = defaultdict(dict)
        self._changed: set[Thing] = set()
        self._met: dict[str, set[Thing]] = {}
        self._states: dict[str, list[_Entry]] = defaultdict(list)

    def begin(self, unit: int) -> None:
        """Turn to the next unit."""
        self.unit = unit
        self._sources = set()

    def end(self, named: Mapping[str, Iterable[Thing]]) -> None:
        """Close the present unit, which leaves names on objects."""
        names: dict[Thing, set[str]] = {}
        for name, things in itertools.chain(self._met.items(), named.items()):
            for thing in self._changed.intersection(things):
                names.setdefault(thing, set()).add(name)
        for thing in self._changed:
            self._writers[thing][self.unit] = tuple(sorted(names.get(thing, ())))
        self._changed, self._met = set(), {}

    @property
    def sources(self) -> tuple[Source, ...]:
        """What the present unit needs, by unit."""
        return tuple(sorted(self._sources))

    def need(self, unit: int, how: How, name: str, there: tuple[str, ...] = ()) -> None:
        """The present unit needs an earlier one."""
        if unit != self.unit:
            self._sources.add(Source(unit, how, name, unit not in self.anything, there))

    def read(self, things: set[Thing], name: str) -> None:
        """The present unit reads objects by way of a name."""
        self._met.setdefault(name, set()).update(things)
        for thing in things:
            for unit, there in self._writers.get(thing, _NOBODY).items():
                self.need(unit, "changes", name, there)

    def change(self, things: Iterable[Thing]) -> None:
        """The present unit changes objects."""
        for thing in things:
            self._changed.add(thing)
            self._writers[thing].setdefault(self.unit, ())

    def read_state(self, state: str, detail: str | None = None) -> None:
        """The present unit's result hangs on a state; of `files`, on those that the path `detail` leads to."""
        for entry in self._states.get(state, ()):
            if _related(entry.detail, detail):
                self.need(entry.unit, "sets" if entry.anew else "alters", state)

    def change_state(self, state: str, detail: str | None = None, *, anew: bool = False) -> None:
        """The present unit changes a state; `anew` where nothing is left of what it was."""
        if anew:
            self._states[state] = []
        else:
            self.read_state(state, detail)
        entry = _Entry(self.unit, detail, anew)
        if entry not in self._states[state]:
            self._states[state].append(entry)

    def states(self) -> list[str]:
        """The states that were changed so far."""
        return list(self._states)


def _related(one: str | None, other: str | None) -> bool:
    """Whether two paths may be the same file, or a file and a folder that it is in."""
    if one is None or other is None or "*" in one + other or _is_absolute(one) != _is_absolute(other):
        return True
    first, second = posixpath.normpath(one), posixpath.normpath(other)
    return first == second or first.startswith(f"{second}/") or second.startswith(f"{first}/")


def _is_absolute(path: str) -> bool:
    return path.startswith(("/", "~", "\\")) or ":" in path
