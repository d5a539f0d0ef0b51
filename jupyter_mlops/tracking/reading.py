"""Executions and clean runs read back from the store."""

from __future__ import annotations

import difflib
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlops.documents import (
    CellVersion,
    Execution,
    ExecutionDetail,
    IndexedRun,
    MetricValue,
    ParameterValue,
    RunDetail,
    RunsResult,
)
from jupyter_mlops.errors import StoreError
from jupyter_mlops.tracking.access import reading, source_text
from jupyter_mlops.tracking.selecting import Selection, found_rows, question
from jupyter_mlops.tracking.sessions import session_with, status_without_end, utc
from jupyter_mlops.tracking.values import curves_of, files_of, metrics_of, parameters_of, portions

# an execution's number has fewer than a run's id
_DIGITS = 19
_EXECUTIONS = """SELECT execution.*, notebook.path, source.hash, source.text, session.key, session.run, session.ended,
 session.host, session.pid, session.process_started,
 CASE execution.status WHEN 'running' THEN
  (SELECT max(later.seq) FROM execution later WHERE later.session = execution.session AND later.depth = 0) END AS newest
FROM execution JOIN session ON session.id = execution.session JOIN source ON source.id = execution.source
LEFT JOIN notebook ON notebook.id = execution.notebook
WHERE execution.id IN (SELECT value FROM json_each(?))"""
_RUNS = """SELECT run.*, notebook.path,
 (SELECT count(*) FROM execution JOIN session ON session.id = execution.session WHERE session.run = run.id) AS recorded
FROM run JOIN notebook ON notebook.id = run.notebook WHERE run.id IN (SELECT value FROM json_each(?))"""


def list_runs(store: Path, wanted: Selection) -> RunsResult:
    """Clean runs, and the executions outside of them, newest first or in the order that is wanted.

    Raises StoreError where the store cannot be read, ConditionError where a condition or an order cannot be used.
    """
    with reading(store) as connection:
        if connection is None:
            return RunsResult(items=[])
        return RunsResult(items=select(connection, wanted))


def select(store: sqlite3.Connection, wanted: Selection) -> list[Execution | IndexedRun]:
    """The executions and clean runs of a selection, in order."""
    found = found_rows(store, question(store, wanted))
    executions = executions_with(store, [row.key for row in found if row.table == "execution"])
    runs = runs_with(store, [row.key for row in found if row.table == "run"])
    by_key: dict[int | str, Execution | IndexedRun] = {item.id: item for item in (*executions, *runs)}
    return [by_key[row.key] for row in found]


def executions_with(store: sqlite3.Connection, numbers: Sequence[int]) -> list[Execution]:
    """The executions with these numbers, in this order, with what they measured."""
    found: dict[int, Execution] = {}
    for keys in portions(numbers):
        metrics = metrics_of(store, "metric", "execution", keys)
        parameters = parameters_of(store, "parameter", "execution", keys)
        for row in store.execute(_EXECUTIONS, (keys,)):
            number = row["id"]
            found[number] = _execution(row, parameters.get(number, {}), metrics.get(number, {}))
    return [found[number] for number in numbers if number in found]


def runs_with(store: sqlite3.Connection, ids: Sequence[str]) -> list[IndexedRun]:
    """The clean runs with these ids, in this order, with what they measured."""
    found: dict[str, IndexedRun] = {}
    for keys in portions(ids):
        metrics = metrics_of(store, "run_metric", "run", keys)
        parameters = parameters_of(store, "run_parameter", "run", keys)
        for row in store.execute(_RUNS, (keys,)):
            name = row["id"]
            found[name] = _run(row, parameters.get(name, {}), metrics.get(name, {}))
    return [found[name] for name in ids if name in found]


def show(store: Path, wanted: str) -> ExecutionDetail | RunDetail:
    """An execution by its number, or a clean run by its id or the beginning of it.

    Raises StoreError where there is no such one, or where the store cannot be read.
    """
    with reading(store) as connection:
        found = None
        if connection is not None:
            # the beginning of a run's id is a number too
            item = item_named(connection, wanted)
            found = item and (
                _execution_detail(connection, item) if isinstance(item, Execution) else _run_detail(connection, item)
            )
    if found is None:
        raise no_such(store, wanted)
    return found


def no_such(store: Path, wanted: str) -> StoreError:
    """What is said where nothing has a name."""
    return StoreError.of(
        "no-such-run",
        f"the store has no execution or run {wanted}",
        reason=f"it is {store}" if store.exists() else f"there is no store yet at {store}",
        fix="jupyter mlops runs list shows what there is; an execution is named by its number",
    )


def item_named(connection: sqlite3.Connection, wanted: str) -> Execution | IndexedRun | None:
    """An execution by its number, else a clean run by its id or the beginning of it.

    Raises StoreError where more than one run begins so.
    """
    # the beginning of a run's id is a number too
    if wanted.isdecimal() and len(wanted) < _DIGITS and (found := executions_with(connection, [int(wanted)])):
        return found[0]
    rows = connection.execute(
        "SELECT id FROM run WHERE substr(id, 1, length(:wanted)) = :wanted ORDER BY id LIMIT 2", {"wanted": wanted}
    ).fetchall()
    if len(rows) > 1 and rows[0]["id"] != wanted:
        raise StoreError.of(
            "ambiguous-run",
            f"more than one run begins with {wanted}",
            reason=f"{rows[0]['id']}, {rows[1]['id']}",
            fix="give more of the id",
        )
    return runs_with(connection, [rows[0]["id"]])[0] if rows else None


def _execution_detail(connection: sqlite3.Connection, execution: Execution) -> ExecutionDetail | None:
    row = connection.execute(_EXECUTIONS, (f"[{execution.id}]",)).fetchone()
    session = session_with(connection, "key", execution.session)
    if session is None:
        return None
    source = source_text(row["text"])
    versions = _versions(connection, row)
    before = versions[0].source if versions else None
    trace = connection.execute("SELECT * FROM trace WHERE execution = ?", (execution.id,)).fetchone()
    return ExecutionDetail(
        execution=execution,
        source=source,
        session=session,
        versions=versions,
        diff=[] if before is None else diff_of(before, source),
        files=files_of(connection, [execution.id]),
        reads=trace and sorted(name for name, value in json.loads(trace["reads"]).items() if value is not None),
        writes=trace and sorted(json.loads(trace["writes"])),
        deleted=trace and sorted(json.loads(trace["deleted"])),
        curves=curves_of(connection, [execution.id]),
    )


def _versions(connection: sqlite3.Connection, row: sqlite3.Row) -> list[CellVersion]:
    """The other sources that a cell had before an execution of it."""
    if row["cell"] is None:
        return []
    rows = connection.execute(
        """SELECT source.hash, source.text, count(*) AS times, min(execution.id) AS first, max(execution.id) AS last,
 max(execution.started) AS started
FROM execution JOIN source ON source.id = execution.source
WHERE execution.cell = ? AND execution.notebook IS ? AND execution.id < ? AND execution.source != ?
GROUP BY source.id ORDER BY last DESC""",
        (row["cell"], row["notebook"], row["id"], row["source"]),
    )
    return [
        CellVersion(
            source_hash=each["hash"],
            source=source_text(each["text"]),
            executions=each["times"],
            first=each["first"],
            last=each["last"],
            started=utc(each["started"]),
        )
        for each in rows
    ]


def diff_of(before: str, after: str) -> list[str]:
    """What changed between two sources, as lines of a unified diff."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "this execution", lineterm="")
    return list(lines)


def _run_detail(connection: sqlite3.Connection, run: IndexedRun) -> RunDetail:
    rows = connection.execute(
        """SELECT execution.id FROM execution JOIN session ON session.id = execution.session
WHERE session.run = ? ORDER BY execution.id""",
        (run.id,),
    )
    numbers = [row["id"] for row in rows]
    return RunDetail(
        run=run,
        session=session_with(connection, "run", run.id),
        executions=executions_with(connection, numbers),
        files=files_of(connection, numbers),
    )


def _execution(row: sqlite3.Row, parameters: dict[str, ParameterValue], metrics: dict[str, MetricValue]) -> Execution:
    status = row["status"]
    if status == "running":
        status = status_without_end(row, over=row["seq"] < row["newest"])
    lines = source_text(row["text"]).strip().splitlines()
    return Execution(
        id=row["id"],
        session=row["key"],
        seq=row["seq"],
        run=row["run"],
        notebook=row["path"],
        cell=row["cell"],
        found=row["found"],
        role=row["role"],
        depth=row["depth"],
        started=utc(row["started"]),
        seconds=row["seconds"],
        status=status,
        error=row["error"],
        message=row["message"],
        execution_count=row["execution_count"],
        source_hash=row["hash"],
        begins=lines[0] if lines else "",
        parameters=parameters,
        metrics=metrics,
    )


def _run(row: sqlite3.Row, parameters: dict[str, ParameterValue], metrics: dict[str, MetricValue]) -> IndexedRun:
    return IndexedRun(
        id=row["id"],
        notebook=row["path"],
        code_hash=row["code_hash"],
        kernel=row["kernel"],
        verdict=row["verdict"],
        reason=row["reason"],
        started=utc(row["started"]),
        seconds=row["seconds"],
        cells=row["cells"],
        recorded=row["recorded"],
        parameters=parameters,
        metrics=metrics,
    )
