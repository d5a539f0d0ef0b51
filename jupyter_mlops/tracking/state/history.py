"""What was executed, put in order, so that it can be asked: what ran last, what has the same code, who wrote a value.

Random streams are names in angle brackets, `<numpy.random>`, and so are settings of libraries, `<settings.pandas>`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Literal, Protocol

from jupyter_mlops.tags import INJECTED_TAG
from jupyter_mlops.tracking.fingerprints import UNKNOWABLE, equal
from jupyter_mlops.tracking.state.codes import Code

Status = Literal["ok", "error", "interrupted", "running", "died", "unfinished"]
ENTROPY = "<entropy>"
_NOTHING_READ: Mapping[str, str | None] = {}
_NOTHING_WRITTEN: Mapping[str, str] = {}


class Trace(Protocol):
    """What a cell read and wrote; see the table `trace` of the store."""

    @property
    def reads(self) -> Mapping[str, str | None]:
        """The fingerprints that names had before, None where there was no such name."""
        ...

    @property
    def writes(self) -> Mapping[str, str]:
        """The fingerprints after it of what it bound or changed."""
        ...

    @property
    def deleted(self) -> Sequence[str]:
        """The names that are gone."""
        ...

    @property
    def draws(self) -> Mapping[str, str] | None:
        """For each random stream among the reads, whether the draw `decides` anything, or `nothing`."""
        ...

    @property
    def outputs(self) -> str | None:
        """The digest of what it showed; None where nobody saw it."""
        ...


@dataclass(frozen=True)
class DocumentCell:
    """A cell of the notebook as it is now. One that takes no part is left out by a clean run: it is no code, empty, or
    tagged so. `index` is its place from 1."""

    id: str
    index: int
    code: Code
    is_code: bool = True
    skipped: bool = False

    @cached_property
    def takes_part(self) -> bool:
        """Whether a clean run executes it."""
        return self.is_code and not self.skipped and not self.code.is_empty


@dataclass(frozen=True, eq=False)
class Execution:
    """One execution of a cell, in the session `session`; of a clean run, `run` is its id. Without a trace nothing is
    known of what it did. `missing` is the name for whose want it failed."""

    id: int
    session: str
    run: str | None
    cell: str | None
    code: Code
    started: float
    status: Status
    count: int | None
    trace: Trace | None
    missing: str | None = None

    @property
    def key(self) -> str:
        """The hash of its code."""
        return self.code.key

    @property
    def reads(self) -> Mapping[str, str | None]:
        """What it read, as far as it is known."""
        return _NOTHING_READ if self.trace is None else self.trace.reads

    @property
    def writes(self) -> Mapping[str, str]:
        """What it wrote, as far as it is known."""
        return _NOTHING_WRITTEN if self.trace is None else self.trace.writes

    def ignores(self, name: str) -> bool:
        """Whether what it drew from a stream decided nothing."""
        draws = self.trace.draws if self.trace else None
        return draws is not None and draws.get(name) == "nothing"


def is_stream(name: str) -> bool:
    """Whether a name stands for random numbers."""
    return name.startswith("<") and not is_setting(name)


def is_setting(name: str) -> bool:
    """Whether a name stands for the settings of a library."""
    return name.startswith("<settings.")


@dataclass(frozen=True)
class _Written:
    """What an execution left in a name; None where it deleted it."""

    by: Execution
    value: str | None


class History:
    """The executions of one notebook. `session` is the newest session that counts for what the cells show; the code of
    all of them is known, so their results serve whatever session they are from."""

    def __init__(self, executions: Iterable[Execution], session: str | None) -> None:
        self.session = session
        self.executions = sorted(executions, key=attrgetter("started", "id"))
        self._places = {each.id: place for place, each in enumerate(self.executions)}
        self._results: dict[str, list[Execution]] = {}
        self._alike: dict[frozenset[str], list[Execution]] = defaultdict(list)
        self._of_cell: dict[str, list[Execution]] = defaultdict(list)
        self._without_cell: list[Execution] = []
        self._of_session: dict[str, list[Execution]] = defaultdict(list)
        self._written: dict[str, dict[str, list[_Written]]] = {}
        self._injected = {each.session for each in self.executions if each.cell == INJECTED_TAG}
        for each in self.executions:
            self._of_session[each.session].append(each)
            if each.cell is None:
                self._without_cell.append(each)
            else:
                self._of_cell[each.cell].append(each)
            # what was interrupted is not what the code gives
            if each.trace is not None and each.status in ("ok", "error"):
                self._alike[each.code.words].append(each)

    def results(self, code: Code) -> Iterable[Execution]:
        """The executions of some code that came to an end, newest first."""
        if code.key not in self._results:
            self._results[code.key] = [each for each in self._alike.get(code.words, ()) if each.key == code.key]
        return reversed(self._results[code.key])

    def runs_now(self, cell: DocumentCell) -> bool:
        """Whether a cell is being executed."""
        return any(each.status == "running" for each in self._of_cell.get(cell.id, ())[-1:])

    def last(self, cell: DocumentCell) -> Execution | None:
        """The execution that a cell shows: the newest in a live kernel, else in a clean run with the notebook's own
        parameters, else in any."""
        for counts in (self._is_live, self._is_plain, self._is_clean):
            lists = self._of_cell.get(cell.id, ()), self._nobody_s(cell)
            newest = [found for each in lists if (found := next(filter(counts, reversed(each)), None)) is not None]
            if newest:
                return max(newest, key=lambda each: self._places[each.id])
        return None

    def _nobody_s(self, cell: DocumentCell) -> list[Execution]:
        """The executions of the code of a cell of which nobody knows which cell they were of."""
        code = cell.code
        return [each for each in self._without_cell if each.code.words == code.words and each.key == code.key]

    def _is_live(self, execution: Execution) -> bool:
        up_to = self.session
        return (
            execution.run is None and execution.status != "running" and up_to is not None and execution.session <= up_to
        )

    def _is_plain(self, execution: Execution) -> bool:
        return self._is_clean(execution) and execution.session not in self._injected

    def _is_clean(self, execution: Execution) -> bool:
        return execution.run is not None and execution.status != "running"

    def follows(self, one: Execution, other: Execution) -> bool:
        """Whether `one` began after `other`."""
        return self._places[one.id] > self._places[other.id]

    def writer(self, reader: Execution, name: str) -> Execution | None:
        """The execution that wrote what another one read, in the same kernel; where none fits, None."""
        value = reader.reads.get(name)
        if value is None:
            return None
        for each in self._written_before(reader, name):
            written = each.value
            if written is not None and (UNKNOWABLE in (value[0], written[0]) or equal(written, value)):
                return each.by
        return None

    def left_alone(self, execution: Execution, name: str) -> bool:
        """Whether a name that the code binds in some cases only was not bound this time, as far as anybody knows: it
        has the value that it had before, and no execution with the same inputs gave it another one."""
        if name not in execution.code.perhaps and (execution.status == "ok" or name not in execution.code.facts.binds):
            return False
        return (
            name not in execution.reads
            and self._kept(execution, name)
            and all(self._kept(each, name) for each in self._twins(execution) if name in each.writes)
        )

    def _kept(self, execution: Execution, name: str) -> bool:
        before = next(iter(self._written_before(execution, name)), None)
        return before is not None and before.value is not None and equal(before.value, execution.writes[name])

    def _written_before(self, execution: Execution, name: str) -> Iterable[_Written]:
        """What happened to a name in the same kernel, newest first."""
        if execution.session not in self._written:
            index: dict[str, list[_Written]] = defaultdict(list)
            for each in self._of_session[execution.session]:
                for written, value in each.writes.items():
                    index[written].append(_Written(each, value))
                for gone in each.trace.deleted if each.trace is not None else ():
                    index[gone].append(_Written(each, None))
            self._written[execution.session] = index
        place = self._places[execution.id]
        found = self._written[execution.session].get(name, ())
        return (each for each in reversed(found) if self._places[each.by.id] < place)

    def live(self, session: str) -> dict[str, str]:
        """The fingerprints of what the namespace of a session holds now."""
        names: dict[str, str] = {}
        for each in self._of_session.get(session, ()):
            if each.trace is not None:
                names.update(each.trace.writes)
                for name in each.trace.deleted:
                    names.pop(name, None)
        return names

    def decides_nothing(self, drawn: Execution, streams: Collection[str]) -> bool:
        """Whether executions of the same code, with the same other inputs, gave the same results from other random
        numbers, and none gave others."""
        twins = [each for each in self._twins(drawn) if _drew_others(each, drawn, streams)]
        return bool(twins) and all(same_results(each, drawn) for each in twins)

    def differing_twin(self, drawn: Execution) -> Execution | None:
        """An execution of the same code with the same other inputs that gave something else."""
        return next((each for each in self._twins(drawn) if not same_results(each, drawn)), None)

    def _twins(self, execution: Execution) -> Iterable[Execution]:
        return (
            each
            for each in self.results(execution.code)
            if each is not execution and _same_other_inputs(each, execution)
        )


def _drew_others(one: Execution, other: Execution, streams: Collection[str]) -> bool:
    """Whether two executions drew from other states of all of these streams."""
    first, second = one.reads, other.reads
    return all(name in first and not same_value(first[name], second.get(name)) for name in streams)


def _same_other_inputs(one: Execution, other: Execution) -> bool:
    first, second = one.reads, other.reads
    return first.keys() == second.keys() and all(
        is_stream(name) or same_value(value, second[name]) for name, value in first.items()
    )


def same_value(one: str | None, other: str | None) -> bool:
    """Whether two names had the same value, or both had none."""
    return one is other if one is None or other is None else equal(one, other)


def same_results(one: Execution, other: Execution) -> bool:
    """Whether two executions showed and left the same, whatever they left of random streams."""
    first, second = one.trace, other.trace
    if first is None or second is None or one.status != other.status:
        return False
    if first.outputs is None or first.outputs != second.outputs:
        return False
    if one.code.deletes.union(first.deleted) != other.code.deletes.union(second.deleted):
        return False
    return all(is_stream(name) or _left_the_same(name, first, second) for name in {*first.writes, *second.writes})


def _left_the_same(name: str, one: Trace, other: Trace) -> bool:
    """Whether a name held the same after both. What a cell read and did not write it left as it was; where it did
    neither, the other has to have left it as it was."""
    left = [each.writes.get(name, each.reads.get(name)) for each in (one, other)]
    if None in left:
        writer = one if name in one.writes else other
        left = [writer.reads.get(name), writer.writes[name]]
    return same_value(*left)
