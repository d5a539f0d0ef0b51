"""The clean run of a document, simulated from what was recorded.

    [1] x = 1          recorded: {} => x=1
    [2] y = x + 1      recorded: x=1 => y=2, and later x=5 => y=6
    [3] print(y)       recorded: y=6, shows 6

The walk goes through the document with a namespace of fingerprints. Cell [1] gives x=1. For [2] there is an execution
of the same code that had x=1: its result, y=2, is taken over, whatever ran last. [2] shows what came of x=5, so it is
stale; [3] had y=6, for which there is no execution with y=2: it is stale too, and what it leaves is unknown.

This is the memo of a build system with early cutoff. No order of executions is looked at.
"""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Literal

from jupyter_mlops.tracking.fingerprints import UNKNOWABLE
from jupyter_mlops.tracking.state.carrying import Slices, is_carried, slices
from jupyter_mlops.tracking.state.codes import Code
from jupyter_mlops.tracking.state.history import (
    ENTROPY,
    DocumentCell,
    Execution,
    History,
    is_setting,
    is_stream,
    same_results,
    same_value,
)

_BUILTINS = frozenset(dir(builtins))
_STREAMS = ("<random>", "<numpy.random>", "<torch.random>", ENTROPY)


class Unsure(Enum):
    """Values that have no fingerprint: ANYTHING is taken for equal to whatever is asked, FRESH is the state of random
    numbers that nobody seeded, equal to nothing."""

    ANYTHING = "anything"
    FRESH = "fresh"


@dataclass(frozen=True)
class Unknown:
    """What only an execution could tell. Where one statement settles it, it is known to be equal to what the same
    statement gave elsewhere."""

    unrepeatable: bool = False
    statement: str | None = None


Value = str | Unknown | Unsure


@dataclass(frozen=True, eq=False)
class Given:
    """What a name holds in the simulated namespace: the cell that gave it by its place, and the execution that it was
    taken from. Nobody gives what is there from the start."""

    value: Value
    giver: int | None = None
    source: Execution | None = None


State = Literal["fresh", "untold", "never-run", "edited", "interrupted", "other-inputs", "unrepeatable"]


@dataclass(frozen=True, eq=False)
class Step:
    """What the walk found at one cell.

    `last` is the execution that the cell shows, `taken` the one whose results the walk took over. `inputs` is what the
    walk has for the names that the cell reads (absent where it has nothing), `outputs` what it gives below, `removed`
    which names it takes away. `differing` are the names that held something else when the cell ran.
    """

    position: int
    cell: DocumentCell
    state: State
    last: Execution | None = None
    taken: Execution | None = None
    runs_now: bool = False
    inputs: Mapping[str, Given] = field(default_factory=dict[str, Given])
    outputs: Mapping[str, Given] = field(default_factory=dict[str, Given])
    removed: frozenset[str] = frozenset()
    differing: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is wrong with what the cell shows, as far as anybody knows."""
        return self.state in ("fresh", "untold")


def simulate(cells: Sequence[DocumentCell], history: History) -> list[Step]:
    """One step for each cell, in order; those that take no part are passed over as fresh."""
    walk = _Walk(cells, history)
    return [walk.step(position, cell) for position, cell in enumerate(cells)]


class _Walk:
    """The simulated namespace on its way through the document."""

    def __init__(self, cells: Sequence[DocumentCell], history: History) -> None:
        self._cells = cells
        self._history = history
        self._names: dict[str, Given] = {name: Given(Unsure.FRESH) for name in _STREAMS}
        # where a cell may have bound names out of sight, a missing name says nothing
        self._open = False

    def step(self, position: int, cell: DocumentCell) -> Step:
        """Take one cell, and what it leaves into the namespace."""
        if not cell.takes_part:
            return Step(position, cell, "fresh")
        last = self._history.last(cell)
        taken = self._taken(cell.code, last)
        differing = self._differing(last) if last is not None and last.key == cell.code.key else ()
        state = self._state(cell, last, taken, differing)
        if taken is not None:
            outputs, removed = self._results(position, taken)
        else:
            outputs, removed = self._unknowns(position, cell.code, last, state)
        step = Step(
            position,
            cell,
            state,
            last,
            taken,
            self._history.runs_now(cell),
            self._inputs(cell.code, last, taken, differing),
            outputs,
            removed,
            differing,
        )
        for name in removed:
            self._names.pop(name, None)
        self._names.update(outputs)
        if taken is None and cell.code.facts.opaque:
            self._open = True
        return step

    def _state(
        self, cell: DocumentCell, last: Execution | None, taken: Execution | None, differing: tuple[str, ...]
    ) -> State:
        if last is None:
            return "never-run"
        if taken is not None and (last is taken or same_results(last, taken)):
            return "fresh"
        if last.key != cell.code.key:
            return "edited"
        if last.status in ("interrupted", "died"):
            return "interrupted"
        if last.trace is None:
            return "untold"
        return "unrepeatable" if all(self._is_unrepeatable(name) for name in differing) else "other-inputs"

    # --- what was recorded with the inputs that the walk has

    def _taken(self, code: Code, last: Execution | None) -> Execution | None:
        """An execution of the code with these inputs: the cell's last if it is one, else the newest."""
        if last is not None and last.key == code.key and self._fits(last):
            return last
        return next((each for each in self._history.results(code) if each is not last and self._fits(each)), None)

    def _fits(self, execution: Execution) -> bool:
        if execution.trace is None or execution.status not in ("ok", "error"):
            return False
        streams: list[str] = []
        for name in self._differences(execution):
            if not is_stream(name):
                return False
            streams.append(name)
        return not streams or self._history.decides_nothing(execution, streams)

    def _differing(self, last: Execution) -> tuple[str, ...]:
        """The names that held something else when a cell ran last, and that count."""
        if last.trace is None:
            return ()
        found = tuple(self._differences(last))
        streams = [name for name in found if is_stream(name)]
        if streams and self._history.decides_nothing(last, streams):
            return tuple(name for name in found if name not in streams)
        return found

    def _differences(self, execution: Execution) -> Iterator[str]:
        """The names whose values in the walk are not those that an execution read."""
        for name, value in execution.reads.items():
            if not execution.ignores(name) and not self._is_same(execution, name, value):
                yield name
        # to delete a name is no read either, but it has to be there
        gone = execution.trace.deleted if execution.trace is not None else ()
        for name in execution.code.undone - execution.reads.keys():
            if name in self._names:
                if execution.missing == name:
                    yield name
            elif not self._open and (execution.status == "ok" or name in gone):
                yield name
        # a builtin is no read, until the notebook binds its name
        for name in self._names.keys() & _BUILTINS:
            if name not in execution.reads and name in execution.code.facts.reads:
                yield name

    def _is_same(self, execution: Execution, name: str, value: str | None) -> bool:
        """Whether the walk has for a name what an execution read."""
        given = self._names.get(name)
        if given is None:
            return is_setting(name) or (not is_stream(name) and (value is None or self._open))
        match given.value:
            case Unsure():
                return given.value is Unsure.ANYTHING
            case Unknown(statement=statement):
                writer = self._history.writer(execution, name) if statement is not None else None
                return writer is not None and writer.code.facts.settled.get(name) == statement
            case known:
                if value is not None and UNKNOWABLE in (value[0], known[0]) and not is_stream(name):
                    # nothing can be said of the value, but of where it comes from
                    writer = self._history.writer(execution, name)
                    return writer is not None and given.source is not None and writer.key == given.source.key
                return same_value(known, value)

    def _is_unrepeatable(self, name: str) -> bool:
        given = self._names.get(name)
        if given is None:
            return is_stream(name)
        return given.value is Unsure.FRESH or (isinstance(given.value, Unknown) and given.value.unrepeatable)

    def _inputs(
        self, code: Code, last: Execution | None, taken: Execution | None, differing: Collection[str]
    ) -> dict[str, Given]:
        """What the walk has now for the names that a cell reads."""
        names = set(differing)
        for execution in (last, taken):
            if execution is not None and execution.trace is not None and execution.key == code.key:
                names.update(execution.trace.reads)
        return {name: self._names[name] for name in names or code.facts.reads if name in self._names}

    # --- what a cell leaves

    def _results(self, position: int, taken: Execution) -> tuple[dict[str, Given], frozenset[str]]:
        """What an execution left, with the random numbers as they are after these inputs."""
        trace = taken.trace
        if trace is None:
            return {}, frozenset()
        outputs: dict[str, Given] = {}
        for name, value in trace.writes.items():
            if is_stream(name) and name in trace.reads and not self._is_same(taken, name, trace.reads[name]):
                outputs[name] = Given(self._after_draw(taken, name), position)
            elif not self._history.left_alone(taken, name):
                outputs[name] = Given(value, position, taken)
        deletes = taken.code.deletes - outputs.keys() if taken.status == "ok" else frozenset[str]()
        return outputs, deletes.union(trace.deleted)

    def _after_draw(self, taken: Execution, stream: str) -> Value:
        """Random numbers after a draw that decided nothing, from another state than the recorded one."""
        before = self._names[stream].value if stream in self._names else Unsure.FRESH
        if not isinstance(before, str):
            return before
        for each in self._history.results(taken.code):
            trace = each.trace
            if trace is not None and stream in trace.writes and same_value(trace.reads.get(stream), before):
                return trace.writes[stream]
        return Unknown()

    def _unknowns(
        self, position: int, code: Code, last: Execution | None, state: State
    ) -> tuple[dict[str, Given], frozenset[str]]:
        """What a cell leaves whose result is not recorded: what its code binds and changes, and what it wrote when it
        ran."""
        facts = code.facts
        names = {*facts.binds, *(name for name in facts.changes if name in self._names)}
        names |= {name for name in (last.writes if last is not None else ()) if self._may_write(name, code, last)}
        if last is None or last.key != code.key:
            names |= facts.seeds
        differing = tuple(self._differences(last)) if last is not None else ()
        outputs = {
            name: Given(self._unknown(name, code, last, state, differing), position)
            for name in sorted(names - facts.deletes)
        }
        return outputs, facts.deletes

    def _may_write(self, name: str, code: Code, last: Execution | None) -> bool:
        """Whether a cell may write again what it wrote when it ran; an edit may have taken that away."""
        if last is None or last.key == code.key:
            return True
        if name in last.code.facts.binds:
            return False
        return name in self._names or code.facts.opaque or is_setting(name)

    def _unknown(
        self, name: str, code: Code, last: Execution | None, state: State, differing: Collection[str]
    ) -> Value:
        if state == "untold":
            return Unsure.ANYTHING
        before = last.writes.get(name) if last is not None else None
        if last is not None and is_setting(name):
            # settings seldom hang on values, but an edit may be one of them
            return before if before is not None and last.key == code.key else Unsure.ANYTHING
        if last is None:
            return Unknown(statement=code.facts.settled.get(name))
        # where a name is missing the cell would raise before it has done everything
        whole = all(each in self._names or is_stream(each) for each in differing)
        if before is not None and whole and is_carried(name, self._slices(last.code), self._slices(code), differing):
            return before
        return Unknown(state == "unrepeatable")

    def _slices(self, code: Code) -> Slices:
        return slices(code.text, self._imports)

    @cached_property
    def _imports(self) -> str:
        found = (cell.code for cell in self._cells if cell.takes_part and "import" in cell.code.text)
        return "\n".join(line for code in found for line in code.facts.imports)
