"""What was executed, read back from the store, and the checks of `doctor`."""

from __future__ import annotations

from typing import Literal

from jupyter_mlops.documents.base import FORMAT, Document
from jupyter_mlops.documents.runs import ParameterValue, RunVerdict

ExecutionStatus = Literal["running", "ok", "error", "interrupted", "died", "unfinished"]
CheckState = Literal["ok", "warning", "failed"]


class Execution(Document, frozen=True, kw_only=True, tag="execution", tag_field="kind"):
    """One execution of one cell. `id` is its number in the store, `seq` its place in the session.

    `cell` is the nbformat id, and `found` says how it is known; `begins` is the first line of the source. `depth` is 1
    or more for code that another cell gave to `run_cell`. `started` is UTC in ISO 8601. A status of `died` is that of a
    cell whose kernel ended before it; `unfinished` that of one whose end was not seen though the kernel lived on.
    """

    id: int
    session: str
    seq: int
    run: str | None
    notebook: str | None
    cell: str | None
    found: Literal["metadata", "source", "none"]
    role: str | None
    depth: int
    started: str
    seconds: float | None
    status: ExecutionStatus
    error: str | None
    message: str | None
    execution_count: int | None
    source_hash: str
    begins: str


class IndexedRun(Document, frozen=True, kw_only=True, tag="run", tag_field="kind"):
    """One clean run as the store's index has it; `cells` of it were executed and are recorded as `recorded`
    executions."""

    id: str
    notebook: str
    code_hash: str
    kernel: str
    verdict: RunVerdict
    reason: str
    started: str
    seconds: float | None
    cells: int
    recorded: int
    parameters: dict[str, ParameterValue]


class RunsResult(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops runs list --json`, newest first."""

    format: int = FORMAT
    items: list[Execution | IndexedRun]


class SessionRecord(Document, frozen=True, kw_only=True):
    """A kernel that was recorded; `modules` maps the top-level modules that it imported to their `__version__`.

    `git_dirty` is null where nobody looked.
    """

    id: str
    run: str | None
    notebook: str | None
    started: str
    ended: str | None
    alive: bool
    host: str
    pid: int
    kernel: str | None
    python: str
    platform: str
    ipython: str
    ipykernel: str | None
    executable: str
    git_commit: str | None
    git_branch: str | None
    git_dirty: bool | None
    modules: dict[str, str | None]


class CellVersion(Document, frozen=True, kw_only=True):
    """One source that a cell had, with the executions of it; `first` and `last` are the numbers of two of them."""

    source_hash: str
    source: str
    executions: int
    first: int
    last: int
    started: str


class ExecutionDetail(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops runs show ID --json` for an execution.

    `versions` are the sources that the cell had before, newest first, and `diff` what changed since the newest of them,
    as lines of a unified diff.
    """

    format: int = FORMAT
    execution: Execution
    source: str
    session: SessionRecord
    versions: list[CellVersion]
    diff: list[str]


class RunDetail(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops runs show ID --json` for a clean run."""

    format: int = FORMAT
    run: IndexedRun
    session: SessionRecord | None
    executions: list[Execution]


class ForgetResult(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops runs prune` and `runs forget`: how much went, or with `dry_run` would go."""

    format: int = FORMAT
    dry_run: bool
    executions: int
    sources: int
    sessions: int


class HealthCheck(Document, frozen=True, kw_only=True):
    """One thing that `doctor` looked at; `fix` says what to do about it."""

    name: str
    state: CheckState
    message: str
    fix: str | None = None


class DoctorResult(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops doctor --json`; `indexed` is the number of runs that `--rebuild` found."""

    format: int = FORMAT
    store: str
    checks: list[HealthCheck]
    indexed: int | None = None
