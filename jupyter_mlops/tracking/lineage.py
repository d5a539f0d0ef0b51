"""Which cells made a result, with the sources that they had then.

    a: C = 1                      writes C
    b: model = fit(X, C)          reads X, C; writes model
    c: plot(X)
    d: auc = score(model)         reads model; writes auc

`d` was made by `d`, `b` and `a`: of each name that an execution read, the execution that wrote this value, found by its
fingerprint, and what that one read in turn. Where an execution has no trace, all cells count that ran before it in its
session, each in its last version. A clean run was made by all of its cells.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_mlops.documents import CellsFrom, Execution, IndexedRun
from jupyter_mlops.tracking.access import source_text
from jupyter_mlops.tracking.fingerprints import equal


@dataclass(frozen=True)
class CellSource:
    """A cell with the source that it had."""

    cell: str | None
    hash: str
    text: str

    @property
    def key(self) -> str:
        """What tells cells apart: the id, or where nobody knows it the source."""
        return self.cell or f"source {self.hash}"


@dataclass(frozen=True)
class _Ran:
    """One execution; the fingerprints of a name are those of the table `trace`."""

    seq: int
    source: CellSource
    reads: Mapping[str, str | None] | None
    writes: Mapping[str, str]


def sources_of(store: sqlite3.Connection, item: Execution | IndexedRun) -> tuple[CellsFrom, list[CellSource]]:
    """The cells that made an item in the order in which they ran, and how that is known."""
    if isinstance(item, IndexedRun):
        everything = _executions(store, "session.run = ?", (item.id,))
        return ("run" if everything else "nothing"), _last_versions(everything)
    before = _executions(store, "session.key = ? AND execution.seq <= ?", (item.session, item.seq))
    if not before or before[-1].seq != item.seq:
        # code that a cell ran has no trace of its own
        return "nothing", []
    if before[-1].reads is None:
        return "order", _last_versions(before)
    return "traces", _last_versions(_makers(before))


def _executions(store: sqlite3.Connection, condition: str, values: tuple[str | int, ...]) -> list[_Ran]:
    rows = store.execute(
        f"""SELECT execution.seq, execution.cell, source.hash, source.text, trace.reads, trace.writes, trace.draws
FROM session JOIN execution ON execution.session = session.id JOIN source ON source.id = execution.source
LEFT JOIN trace ON trace.execution = execution.id
WHERE {condition} AND execution.depth = 0 ORDER BY session.id, execution.seq""",  # noqa: S608  (conditions of ours)
        values,
    )
    found: list[_Ran] = []
    for row in rows:
        source = CellSource(row["cell"], row["hash"], source_text(row["text"]))
        reads: dict[str, str | None] | None = None
        if row["reads"] is not None:
            # a draw that decides nothing made nothing
            idle = {stream for stream, draw in json.loads(row["draws"]).items() if draw == "nothing"}
            reads = {name: value for name, value in json.loads(row["reads"]).items() if name not in idle}
        found.append(_Ran(row["seq"], source, reads, json.loads(row["writes"] or "{}")))
    return found


def _last_versions(executions: Iterable[_Ran]) -> list[CellSource]:
    """Each cell once, as it was when it ran last."""
    return list({ran.source.key: ran.source for ran in executions}.values())


def _makers(session: Sequence[_Ran]) -> list[_Ran]:
    """The executions that made what the last one of a session gave, with it."""
    writers: dict[str, list[_Ran]] = {}
    for ran in session:
        for name in ran.writes:
            writers.setdefault(name, []).append(ran)
    makers: dict[int, _Ran] = {}
    waiting = [session[-1]]
    while waiting:
        ran = waiting.pop()
        if ran.seq in makers:
            continue
        makers[ran.seq] = ran
        for name, value in (ran.reads or {}).items():
            if value is not None and (writer := _writer(writers.get(name, ()), ran.seq, name, value)):
                waiting.append(writer)
    return [makers[seq] for seq in sorted(makers)]


def _writer(writers: Sequence[_Ran], before: int, name: str, value: str) -> _Ran | None:
    """The last execution that wrote this value; where none is known to have, the last that wrote the name."""
    earlier = [ran for ran in writers if ran.seq < before]
    same = [ran for ran in earlier if equal(ran.writes[name], value)]
    return same[-1] if same else earlier[-1] if earlier else None
