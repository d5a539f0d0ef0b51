"""The trace of each cell: which names it read and wrote, with a fingerprint of each value, before and after.

    rows = [1, 2]                 writes rows =a1
    total = sum(rows)             reads rows =a1; writes total =b2
    alias = rows                  reads rows =a1; writes alias =a1
    alias.append(3)               reads alias =a1; writes alias =c3, and rows =c3: they share a list that changed

What a cell reads is told by its code and, through the live objects, by the code of the notebook's functions that it
can reach. Before the cell runs each of these values is looked at, and afterwards again, with what the cell bound. Names
that nothing pointed at are looked at where they share an object with something that changed.

A fingerprint is `=` and the digest of all of a value, with the sample's behind a dot where that is another. A value
that is too large, or opaque, has `~`, the sample's digest, and behind a dot how it was made: the cell's code, the name
and what the cell read, so that the same code with the same inputs gives the same fingerprint in any session. A look at
all of a large value follows while the kernel has nothing to do, and is put behind another `=`.
"""

# What the user bound may be anything, so it is of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import ast
import builtins
import json
import re
import sys
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import get_ident
from time import perf_counter, time
from types import CodeType, ModuleType
from typing import Any

from jupyter_mlops.analysis.code import ParsedCell, code_hash, parse_cell
from jupyter_mlops.analysis.inputs import CellInputs, cell_inputs
from jupyter_mlops.kernel.record import Draw, ExecutionRow, Trace
from jupyter_mlops.kernel.settings import changed_settings
from jupyter_mlops.kernel.shown import Shown
from jupyter_mlops.kernel.streams import ENTROPY, Streams, may_draw, stream_of, weight
from jupyter_mlops.kernel.values.definitions import definition, looked_up
from jupyter_mlops.kernel.values.digests import NoDigestError, of_bytes, text_of
from jupyter_mlops.kernel.values.looking import Known as KnownParts
from jupyter_mlops.kernel.values.looking import Limit, Look, look, steps_of

# what is bound or surely changed is looked at more closely than what is only read
_BOUND = Limit(16_000_000, 30_000)
_READ = Limit(4_000_000, 10_000)
_LATER = Limit(1 << 40, 1 << 40)
_MOST_NAMES = 2000
_MOST_CELLS = 500
_SLOW_SECONDS = 0.0007
_HISTORY = re.compile(r"_i+\d*|_\d+|_{2,3}|_[ido]h|In|Out|exit|quit|get_ipython|open|display|__\w+__")
_MAGIC = "get_ipython()."
_SIGNS = ("%", "!", "?", "def ", "class ")
# what they are cannot change under their name
_FIXED = (int, float, complex, str, bytes, bool, type(None), ModuleType)


@dataclass(frozen=True)
class _Name:
    """What is known of a name's value: the object, its fingerprint, and the look that gave it.

    `signature` is there for objects that took long to look at: the identities of what they are made of.
    """

    identity: int
    fingerprint: str
    look: Look
    signature: tuple[int, ...] | None = None


@dataclass
class _Cell:
    """The cell that runs: its facts, and how the namespace was before it."""

    row: ExecutionRow
    inputs: CellInputs
    reads: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    looked: dict[str, _Name] = field(default_factory=dict[str, _Name])
    identities: dict[str, int] = field(default_factory=dict[str, int])
    modules: int = 0
    streams: dict[str, bytes] = field(default_factory=dict[str, bytes])
    codes: set[CodeType] = field(default_factory=set[CodeType])
    unseeded: set[str] = field(default_factory=set[str])
    origin: str | None = None
    left: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])


class Tracer:
    """The observer that makes traces, for one shell.

    `later` takes work for when the kernel has nothing to do that is true only until the next cell, `put` a row that is
    known better by then.
    """

    def __init__(
        self,
        shell: Any,
        session: str,
        later: Callable[[Generator[None]], None],
        put: Callable[[ExecutionRow], None],
    ) -> None:
        self._shell = shell
        self._session = session
        self._later = later
        self._put = put
        self._since = time()
        self._level = 0
        self._thread = get_ident()
        self._row: ExecutionRow | None = None
        self._cell: _Cell | None = None
        self._names: dict[str, _Name] = {}
        self._inputs: dict[str, CellInputs] = {}
        self._settings: dict[str, str] = {}
        self._history: set[str] = set()
        self._others: set[str] = set()
        self._by_helper: dict[str, set[str]] = {}
        self._streams = Streams()
        self._shown = Shown(shell)

    # --- what the recorder calls

    def begin(self, row: ExecutionRow) -> None:
        """A cell is about to run; of one that another one runs, what it does counts as the other's."""
        if get_ident() != self._thread:
            # of cells that run beside others nobody can tell which one changed a value
            return
        if row.depth == 0:
            self._level = 0
            self._row, self._cell = row, None
            self._shown.begin()
        self._level += 1

    def see(self, tree: ast.Module) -> ast.Module:
        """Look at what the cell will read, just before it runs."""
        if self._level == 1 and self._row is not None and self._cell is None and get_ident() == self._thread:
            cell = _Cell(self._row, self._facts(self._row.text, tree))
            self._look_before(cell)
            self._cell = cell
        return tree

    def end(self, row: ExecutionRow) -> Mapping[str, Any]:
        """Look at what it left."""
        if get_ident() != self._thread:
            return {}
        self._level -= 1
        if row.depth > 0 or self._row is None:
            return {}
        cell, self._cell, self._row = self._cell, None, None
        if cell is None:
            # it was no Python
            return {"trace": Trace({}, {}, outputs=self._shown.digest(row.execution_count))}
        trace = self._trace(cell, row)
        if cell.left:
            self._later(self._completed(cell, row, trace))
        return {"trace": trace}

    def close(self) -> None:
        """Nothing is recorded any more."""
        self._shown.close()

    # --- before

    def _facts(self, text: str, tree: ast.Module) -> CellInputs:
        known = self._inputs.get(text)
        if known is None:
            if len(self._inputs) > _MOST_CELLS:
                self._inputs.clear()
            known = self._inputs[text] = cell_inputs(self._parsed(text, tree))
        return known

    def _parsed(self, text: str, tree: ast.Module) -> ParsedCell:
        # the text is asked for the scopes of functions; without these and magics the tree is enough
        plain = not any(sign in text for sign in _SIGNS)
        transformed = text if plain else self._shell.transform_cell(text)
        if _MAGIC in transformed or text.strip().isidentifier():
            return parse_cell(text)
        return ParsedCell(transformed, tree)

    def _look_before(self, cell: _Cell) -> None:
        namespace = self._shell.user_ns
        waiting = [(name, name) for name in sorted(cell.inputs.reads)]
        seen = set(cell.inputs.reads)
        while waiting and len(cell.reads) < _MOST_NAMES:
            name, through = waiting.pop()
            if not self._counts(name):
                continue
            if name not in namespace:
                if not hasattr(builtins, name):
                    cell.reads[name] = None
                continue
            known = self._known_before(name, namespace[name])
            cell.reads[name] = known.fingerprint
            cell.looked[name] = known
            cell.unseeded |= known.look.unseeded
            cell.codes.update(known.look.codes)
            for code in known.look.codes:
                for each in looked_up(code):
                    if each not in seen and not self._is_bound_first(cell, each, through):
                        seen.add(each)
                        waiting.append((each, through))
        cell.identities = self._identities()
        cell.streams = self._streams.states()
        cell.modules = len(sys.modules)

    @staticmethod
    def _is_bound_first(cell: _Cell, name: str, through: str) -> bool:
        """Whether the cell binds a name itself before it uses the function that looks it up."""
        bound, used = cell.inputs.bound_at.get(name), cell.inputs.read_at.get(through)
        return bound is not None and used is not None and bound < used

    def _known_before(self, name: str, value: Any) -> _Name:
        known = self._names.get(name)
        if known is not None and known.identity == id(value):
            if type(value) in _FIXED or (known.signature is not None and known.signature == _signature(value)):
                return known
            now = look(value, _READ, self._since)
            if _is_same(known.look, now):
                # the objects in it may be others
                known = replace(known, look=replace(known.look, mutable=now.mutable, codes=now.codes))
                self._names[name] = known
                return known
        found = self._looked_at(value, _BOUND)
        # something else than a cell made it: a widget, a thread, whatever ran before us
        known = replace(found, fingerprint=_fingerprint(found.look, "outside"))
        self._names[name] = known
        return known

    def _looked_at(self, value: Any, limit: Limit) -> _Name:
        start = perf_counter()
        found = look(value, limit, self._since)
        slow = perf_counter() - start > _SLOW_SECONDS
        return _Name(id(value), "", found, _signature(value) if slow else None)

    def _counts(self, name: str) -> bool:
        """Whether a name is the notebook's: not IPython's, and no dunder."""
        if _HISTORY.fullmatch(name):
            return False
        hidden = self._shell.user_ns_hidden
        return name not in hidden or hidden[name] is not self._shell.user_ns.get(name)

    def _identities(self) -> dict[str, int]:
        """The identity of what each name stands for. IPython adds names with each cell, so there are soon hundreds, and
        those are left out in C."""
        namespace = self._shell.user_ns
        names = namespace.keys() - self._history
        for name in names - self._others:
            (self._history if _HISTORY.fullmatch(name) else self._others).add(name)
        return {name: id(namespace.get(name)) for name in names & self._others}

    # --- after

    @staticmethod
    def _is_quiet(cell: _Cell, row: ExecutionRow) -> bool:
        return cell.inputs.quiet and row.status == "ok"

    def _trace(self, cell: _Cell, row: ExecutionRow) -> Trace:
        now = self._streams.states()
        seeded = self._seeded(cell, now)
        draws = self._draws(cell, now, seeded)
        writes = self._bound(cell)
        writes |= self._changed(cell, writes)
        writes |= self._shared(cell, writes)
        namespace = self._shell.user_ns
        deleted = [name for name in cell.identities if name not in namespace and self._counts(name) and name != "_"]
        for name in deleted:
            self._names.pop(name, None)
        writes |= self._stream_writes(cell, now, seeded)
        outputs = None if cell.inputs.awaits else self._shown.digest(row.execution_count, self._is_quiet(cell, row))
        settings = changed_settings(cell.inputs.mentions)
        self._settings |= settings
        if self._shown.rich:
            cell.reads |= {name: state for name, state in self._settings.items() if name not in settings}
        return Trace(cell.reads, writes | settings, deleted, draws, outputs)

    def _bound(self, cell: _Cell) -> dict[str, str]:
        """The names that the cell bound, by its code or behind its back."""
        namespace = self._shell.user_ns
        before = cell.identities
        names = {name for name, identity in self._identities().items() if before.get(name) != identity}
        names |= cell.inputs.binds & namespace.keys()
        writes: dict[str, str] = {}
        by_identity: dict[int, _Name] = {}
        for name in sorted(filter(self._counts, names))[:_MOST_NAMES]:
            value = namespace[name]
            known = by_identity.get(id(value)) or self._looked_at(value, _BOUND)
            by_identity[id(value)] = known
            writes[name] = self._learn(cell, name, value, known)
        return writes

    def _changed(self, cell: _Cell, bound: Collection[str]) -> dict[str, str]:
        """The names that the cell read and whose value changed in place."""
        namespace = self._shell.user_ns
        writes: dict[str, str] = {}
        for name, before in cell.looked.items():
            if name in bound or name not in namespace:
                continue
            value = namespace[name]
            if type(value) in _FIXED:
                continue
            if before.look.reads_itself:
                writes[name] = self._learn(cell, name, value, self._looked_at(value, _READ))
                continue
            suspected = name in cell.inputs.changes
            if not suspected and before.signature is not None and before.signature == _signature(value):
                continue
            after = self._looked_at(value, _READ)
            same = _is_same(before.look, after.look)
            if same and after.look.whole is None and not after.look.opaque:
                # the sample is the same, the rest is too much to look at unless there is a reason
                suspected = suspected or _may_change(cell.inputs, name)
                if suspected:
                    after = self._looked_at(value, _BOUND)
                    same = before.look.whole is not None and after.look.whole == before.look.whole
            if not same:
                writes[name] = self._learn(cell, name, value, after)
        return writes

    def _shared(self, cell: _Cell, written: Collection[str]) -> dict[str, str]:
        """Names that nothing pointed at, and that share an object with what changed in place."""
        namespace = self._shell.user_ns
        writes: dict[str, str] = {}
        touched = self._identities_changed(cell, written)
        while touched:
            found: set[int] = set()
            for name, known in list(self._names.items()):
                if name in written or name in writes or not touched & known.look.mutable or name not in namespace:
                    continue
                value = namespace[name]
                after = self._looked_at(value, _BOUND)
                if id(value) != known.identity or not _is_same(known.look, after.look):
                    writes[name] = self._learn(cell, name, value, after)
                    found |= after.look.mutable
            touched = found
        return writes

    def _identities_changed(self, cell: _Cell, written: Collection[str]) -> set[int]:
        """The changeable objects in what was read and is another now, also where the name was bound anew."""
        found: set[int] = set()
        for name in written:
            before = cell.looked.get(name)
            if before is not None:
                found |= before.look.mutable
        return found

    def _learn(self, cell: _Cell, name: str, value: Any, known: _Name) -> str:
        text = known.fingerprint or _fingerprint(known.look, lambda: self._origin(cell, name))
        self._names[name] = replace(known, fingerprint=text)
        cell.unseeded |= known.look.unseeded
        if known.look.whole is None and not known.look.opaque:
            cell.left.append((name, value))
        return text

    def _origin(self, cell: _Cell, name: str) -> str:
        """How a value was made: the cell's code, its name and what the cell read."""
        if cell.origin is None:
            read = {each: text for each, text in cell.reads.items() if not (text or "").startswith("!")}
            cell.origin = code_hash(cell.row.text) + json.dumps(read, sort_keys=True)
        return text_of(of_bytes(f"{cell.origin} {name}".encode("utf-8", "surrogatepass")))

    # --- randomness

    def _draws(self, cell: _Cell, now: Mapping[str, bytes], seeded: Collection[str]) -> dict[str, Draw]:
        """What the cell drew from; it is noted as read."""
        candidates = {*cell.inputs.calls, *cell.unseeded}
        for code in cell.codes:
            candidates.update(code.co_names)
        draws: dict[str, Draw] = {}
        if cell.inputs.unseeded or any(definition(each).unseeded for each in cell.codes):
            cell.reads[ENTROPY] = self._unique(cell)
            draws[ENTROPY] = "decides"
        for stream, state in now.items():
            before = cell.streams.get(stream)
            # where its library was loaded by this cell, only the code says whether it drew
            drew = before != state and (before is not None or may_draw(candidates))
            if drew and stream not in seeded:
                cell.reads[stream] = self._unique(cell) if before is None else f"={text_of(of_bytes(before))}"
                # some libraries draw while they are imported, names of temporary files for example
                imported = len(sys.modules) > cell.modules and not may_draw(candidates)
                draws[stream] = "nothing" if imported else weight(candidates)
        return draws

    def _unique(self, cell: _Cell) -> str:
        return f"!{self._session}.{cell.row.seq}"

    def _seeded(self, cell: _Cell, now: Mapping[str, bytes]) -> set[str]:
        """The streams that the cell seeds. A helper is taken to seed what it changes, and what it changed before."""
        namespace = self._shell.user_ns
        owners = [stream_of(namespace.get(each.partition(".")[0])) for each in cell.inputs.seeds]
        seeded = {stream for stream in owners if stream is not None}
        if None in owners or any(definition(each).seeds for each in cell.codes):
            before = self._by_helper.setdefault(cell.row.text, set())
            before |= {stream for stream, state in now.items() if cell.streams.get(stream) != state}
            seeded |= before
        return seeded - self._drew_early(cell)

    def _drew_early(self, cell: _Cell) -> set[str]:
        """The streams that the cell draws from before it seeds them."""
        namespace = self._shell.user_ns
        found: set[str] = set()
        for call in cell.inputs.early:
            stream = stream_of(namespace.get(call.partition(".")[0]))
            if stream is not None and may_draw({call.rpartition(".")[2]}):
                found.add(stream)
        return found

    @staticmethod
    def _stream_writes(cell: _Cell, now: Mapping[str, bytes], seeded: Collection[str]) -> dict[str, str]:
        return {
            stream: f"={text_of(of_bytes(state))}"
            for stream, state in now.items()
            if stream in seeded or stream in cell.reads or cell.streams.get(stream, state) != state
        }

    # --- when there is time

    def _completed(self, cell: _Cell, row: ExecutionRow, trace: Trace) -> Generator[None]:
        """Look at all of the values that were too large, and put the row again."""
        writes = dict(trace.writes)
        for name, value in cell.left:
            parts = KnownParts()
            look(value, Limit(0, 0), self._since, parts)
            yield
            try:
                for key, part in parts.left:
                    parts.digests[key] = yield from _each(steps_of(part))
            except (NoDigestError, RuntimeError):
                # it holds objects, or a thread changes it
                continue
            whole = look(value, _LATER, self._since, parts).whole
            known = self._names.get(name)
            if whole is None or known is None or known.fingerprint != writes[name]:
                continue
            writes[name] = f"{known.fingerprint}={whole}"
            self._names[name] = replace(known, fingerprint=writes[name], look=replace(known.look, whole=whole))
            yield
        if writes != trace.writes:
            self._put(replace(row, trace=replace(trace, writes=writes)))


def _each(steps: Generator[None, None, bytes]) -> Generator[None, None, bytes]:
    return (yield from steps)


def _may_change(inputs: CellInputs, name: str) -> bool:
    # the table of facts takes its time to read, and hardly a cell asks for it
    from jupyter_mlops.kernel.values.changing import may_change

    return may_change(inputs.touches, name)


def _is_same(before: Look, after: Look) -> bool:
    """Whether two looks show no difference."""
    if before.sample != after.sample:
        return False
    return before.whole is None or after.whole is None or before.whole == after.whole


def _fingerprint(look: Look, origin: str | Callable[[], str]) -> str:
    if look.whole is not None:
        return f"={look.whole}" if look.whole == look.sample else f"={look.whole}.{look.sample}"
    return f"~{look.sample}.{origin if isinstance(origin, str) else origin()}"


def _signature(value: Any) -> tuple[int, ...] | None:
    """The identities of an object's attributes and of their items; None of what has no attributes of its own, and of
    the notebook's own classes, whose methods change things anywhere below."""
    module = type(value).__module__.partition(".")[0]
    if module in ("__main__", "builtins", "numpy", "pandas", "polars"):
        return None
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return tuple(_identities(attributes)) if type(attributes) is dict else None


def _identities(attributes: dict[str, Any]) -> Iterator[int]:
    for part in list(attributes.values()):
        yield id(part)
        if type(part) in (list, tuple):
            yield from map(id, part)
        elif type(part) is dict:
            yield from map(id, part.values())
        else:
            inner = getattr(part, "__dict__", None) if type(part).__module__ != "__main__" else None
            if type(inner) is dict:
                yield from map(id, inner.values())
