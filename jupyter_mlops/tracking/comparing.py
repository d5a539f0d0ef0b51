"""Executions and clean runs held against each other: what was measured, with what, where, and by which cells.

compare(store, ["12", "17"])

auc      0.81  0.83       metrics, parameters and environment, where they differ
C        1     2
cell b   was another:  -C = 1  +C = 2
"""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from jupyter_mlops.analysis.better import better
from jupyter_mlops.documents import (
    ComparedFact,
    ComparedMetric,
    ComparedParameter,
    ComparedSource,
    EqualCounts,
    Execution,
    IndexedRun,
    RunComparison,
    SessionRecord,
)
from jupyter_mlops.tracking.access import reading
from jupyter_mlops.tracking.lineage import CellSource, sources_of
from jupyter_mlops.tracking.reading import item_named, no_such
from jupyter_mlops.tracking.sessions import session_with

Item = Execution | IndexedRun
Value = TypeVar("Value")


def compare(store: Path, wanted: Sequence[str], *, everything: bool = False) -> RunComparison:
    """Compare executions, named by their numbers, and clean runs, by the beginning of their ids, with the first.

    Raises StoreError where there is no such one or the store cannot be read.
    """
    with reading(store) as connection:
        if connection is None:
            raise no_such(store, wanted[0])
        items = [_item(connection, store, name) for name in wanted]
        sessions = [_session(connection, item) for item in items]
        made = [sources_of(connection, item) for item in items]
    metrics = [
        ComparedMetric(name=name, better=better(name), values=values)
        for name, values in _side_by_side([item.metrics for item in items])
    ]
    parameters = [
        ComparedParameter(name=name, values=values)
        for name, values in _side_by_side([item.parameters for item in items])
    ]
    environment = [
        ComparedFact(name=name, values=values)
        for name, values in _side_by_side([{} if each is None else _facts(each) for each in sessions])
    ]
    cells = _cells([sources for _, sources in made])
    # an item whose session or cells nobody recorded differs in none of them
    with_session = [each is not None for each in sessions]
    with_cells = [how != "nothing" for how, _ in made]
    differing_metrics = [each for each in metrics if _differ(each.values)]
    differing_parameters = [each for each in parameters if _differ(each.values)]
    differing_facts = [each for each in environment if _differ(_known(each.values, with_session))]
    differing_cells = [each for each in cells if _differ(_known(each.hashes, with_cells))]
    return RunComparison(
        items=items,
        metrics=metrics if everything else differing_metrics,
        parameters=parameters if everything else differing_parameters,
        environment=environment if everything else differing_facts,
        cells=cells if everything else differing_cells,
        equal=EqualCounts(
            metrics=len(metrics) - len(differing_metrics),
            parameters=len(parameters) - len(differing_parameters),
            environment=len(environment) - len(differing_facts),
            cells=len(cells) - len(differing_cells),
        ),
        cells_from=[how for how, _ in made],
    )


def _item(connection: sqlite3.Connection, store: Path, name: str) -> Item:
    found = item_named(connection, name)
    if found is None:
        raise no_such(store, name)
    return found


def _session(connection: sqlite3.Connection, item: Item) -> SessionRecord | None:
    if isinstance(item, Execution):
        return session_with(connection, "key", item.session)
    return session_with(connection, "run", item.id)


def _side_by_side(each: Sequence[Mapping[str, Value]]) -> list[tuple[str, list[Value | None]]]:
    names = dict.fromkeys(name for values in each for name in values)
    return [(name, [values.get(name) for values in each]) for name in names]


def _differ(values: Iterable[object]) -> bool:
    return len(set(values)) > 1


def _known(values: Sequence[Value], known: Sequence[bool]) -> list[Value]:
    return [value for value, is_known in zip(values, known, strict=True) if is_known]


def _facts(session: SessionRecord) -> dict[str, str]:
    known = {
        "Python": session.python,
        "platform": session.platform,
        "host": session.host,
        "commit": session.git_commit,
        "branch": session.git_branch,
        "uncommitted changes": None if session.git_dirty is None else "yes" if session.git_dirty else "no",
    }
    versions = session.modules if session.distributions is None else session.distributions
    facts = {name: value for name, value in known.items() if value is not None}
    return facts | {name: version or "imported" for name, version in sorted(versions.items())}


def _cells(made: Sequence[Sequence[CellSource]]) -> list[ComparedSource]:
    by_key = [{source.key: source for source in sources} for sources in made]
    found: list[ComparedSource] = []
    for key in dict.fromkeys(key for sources in by_key for key in sources):
        each = [sources.get(key) for sources in by_key]
        there = [source for source in each if source is not None]
        lines = there[-1].text.strip().splitlines()
        found.append(
            ComparedSource(
                cell=there[-1].cell,
                begins=lines[0] if lines else "",
                hashes=[None if source is None else source.hash for source in each],
                diffs=[[] if source is None else _diff(there[0], source) for source in each],
            )
        )
    return found


def _diff(one: CellSource, other: CellSource) -> list[str]:
    lines = difflib.unified_diff(one.text.splitlines(), other.text.splitlines(), lineterm="", n=2)
    # without the names of files that there are not
    return list(lines)[2:]
