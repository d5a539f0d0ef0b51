"""Executions and clean runs read back from the store."""

from __future__ import annotations

import difflib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import msgspec

from jupyter_mlops.documents import (
    CellVersion,
    Execution,
    ExecutionDetail,
    IndexedRun,
    ParameterValue,
    RunDetail,
    RunsResult,
)
from jupyter_mlops.errors import StoreError
from jupyter_mlops.tracking.access import reading, source_text
from jupyter_mlops.tracking.sessions import session_with, status_without_end, utc

_EXECUTION = """SELECT execution.*, notebook.path, source.hash, source.text, session.key, session.run, session.ended,
 session.host, session.pid, session.process_started,
 CASE execution.status WHEN 'running' THEN
  (SELECT max(later.seq) FROM execution later WHERE later.session = execution.session AND later.depth = 0) END AS newest
FROM execution JOIN session ON session.id = execution.session JOIN source ON source.id = execution.source
LEFT JOIN notebook ON notebook.id = execution.notebook"""
_RUN = """SELECT run.*, notebook.path,
 (SELECT count(*) FROM execution JOIN session ON session.id = execution.session WHERE session.run = run.id) AS recorded
FROM run JOIN notebook ON notebook.id = run.notebook"""


@dataclass(frozen=True)
class Selection:
    """Which executions and runs are asked for; `run` asks for the executions of one clean run, `nested` for code that
    cells gave to `run_cell` too."""

    limit: int = 20
    notebook: str | None = None
    cell: str | None = None
    run: str | None = None
    nested: bool = False


def list_runs(store: Path, wanted: Selection) -> RunsResult:
    """Clean runs, and the executions outside of them, newest first.

    Raises StoreError where the store cannot be read.
    """
    with reading(store) as connection:
        if connection is None:
            return RunsResult(items=[])
        items: list[Execution | IndexedRun] = [*_executions(connection, wanted)]
        if wanted.cell is None and wanted.run is None:
            items += _runs(connection, wanted)
    items.sort(key=lambda item: item.started, reverse=True)
    return RunsResult(items=items[: wanted.limit])


def _executions(connection: sqlite3.Connection, wanted: Selection) -> list[Execution]:
    conditions = ["session.run IS :run", "execution.depth <= :depth"]
    if wanted.notebook is not None:
        conditions.append("notebook.path = :notebook")
    if wanted.cell is not None:
        conditions.append("execution.cell = :cell")
    if wanted.cell is not None and wanted.run is None:
        # the history of a cell has its clean runs too
        del conditions[0]
    rows = connection.execute(
        f"{_EXECUTION} WHERE {' AND '.join(conditions)} ORDER BY execution.id DESC LIMIT :limit",
        {**wanted.__dict__, "depth": 1_000_000 if wanted.nested else 0},
    )
    return [_execution(row) for row in rows]


def _runs(connection: sqlite3.Connection, wanted: Selection) -> list[IndexedRun]:
    condition = "" if wanted.notebook is None else "WHERE notebook.path = :notebook"
    rows = connection.execute(f"{_RUN} {condition} ORDER BY run.id DESC LIMIT :limit", wanted.__dict__)
    return [_run(row) for row in rows]


def show(store: Path, wanted: str) -> ExecutionDetail | RunDetail:
    """An execution by its number, or a clean run by its id or the beginning of it.

    Raises StoreError where there is no such one, or where the store cannot be read.
    """
    with reading(store) as connection:
        found = None
        if connection is not None:
            # the beginning of a run's id is a number too
            found = _execution_detail(connection, wanted) if wanted.isdecimal() else None
            found = found or _run_detail(connection, wanted)
    if found is None:
        raise StoreError.of(
            "no-such-run",
            f"the store has no execution or run {wanted}",
            reason=f"it is {store}" if store.exists() else f"there is no store yet at {store}",
            fix="jupyter mlops runs list shows what there is; an execution is named by its number",
        )
    return found


def _execution_detail(connection: sqlite3.Connection, number: str) -> ExecutionDetail | None:
    row: sqlite3.Row | None = connection.execute(f"{_EXECUTION} WHERE execution.id = ?", (number,)).fetchone()
    session = None if row is None else session_with(connection, "key", row["key"])
    if row is None or session is None:
        return None
    source = source_text(row["text"])
    versions = _versions(connection, row)
    before = versions[0].source if versions else None
    return ExecutionDetail(
        execution=_execution(row),
        source=source,
        session=session,
        versions=versions,
        diff=[] if before is None else _diff(before, source),
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


def _diff(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "this execution", lineterm="")
    return list(lines)


def _run_detail(connection: sqlite3.Connection, beginning: str) -> RunDetail | None:
    rows = connection.execute(
        f"{_RUN} WHERE substr(run.id, 1, length(:wanted)) = :wanted ORDER BY run.id LIMIT 2", {"wanted": beginning}
    ).fetchall()
    if not rows:
        return None
    if len(rows) > 1:
        raise StoreError.of(
            "ambiguous-run",
            f"more than one run begins with {beginning}",
            reason=f"{rows[0]['id']}, {rows[1]['id']}",
            fix="give more of the id",
        )
    run = _run(rows[0])
    executions = _executions(connection, Selection(limit=1_000_000, run=run.id, nested=True))
    return RunDetail(run=run, session=session_with(connection, "run", run.id), executions=executions[::-1])


def _execution(row: sqlite3.Row) -> Execution:
    status = row["status"]
    if status == "running":
        # no kernel has two cells running, except one that another one runs
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
    )


def _run(row: sqlite3.Row) -> IndexedRun:
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
        parameters=msgspec.json.decode(row["parameters"], type=dict[str, ParameterValue]),
    )
