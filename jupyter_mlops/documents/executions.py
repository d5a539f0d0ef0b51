"""What was executed, read back from the store, and the checks of `doctor`."""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_mlops.documents.base import FORMAT, Document
from jupyter_mlops.documents.runs import ParameterValue, RunVerdict

ExecutionStatus = Literal["running", "ok", "error", "interrupted", "died", "unfinished"]
CheckState = Literal["ok", "warning", "failed"]


class MetricValue(Document, frozen=True, kw_only=True):
    """A number that was measured: its Python type's name, its text as Python writes it, and the number itself, which is
    null for NaN and infinities: JSON has none, and the text says which."""

    type: str
    text: str
    value: float | None


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
    parameters: dict[str, ParameterValue] = msgspec.field(default_factory=dict[str, ParameterValue])
    metrics: dict[str, MetricValue] = msgspec.field(default_factory=dict[str, MetricValue])


class IndexedRun(Document, frozen=True, kw_only=True, tag="run", tag_field="kind"):
    """One clean run as the store's index has it; `cells` of it were executed and are recorded as `recorded`
    executions.

    Its parameters are those that it was given and those in force in its cells, its metrics what they measured last.
    """

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
    metrics: dict[str, MetricValue] = msgspec.field(default_factory=dict[str, MetricValue])


class RunsResult(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops runs list --json`, newest first or in the order that was asked for."""

    format: int = FORMAT
    items: list[Execution | IndexedRun]


class SessionRecord(Document, frozen=True, kw_only=True):
    """A kernel that was recorded; `modules` maps the top-level modules that it imported to their `__version__`,
    and `distributions` those that they belong to, to their versions, where the session told them.

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
    distributions: dict[str, str] | None = None


class CellVersion(Document, frozen=True, kw_only=True):
    """One source that a cell had, with the executions of it; `first` and `last` are the numbers of two of them."""

    source_hash: str
    source: str
    executions: int
    first: int
    last: int
    started: str


class FileUse(Document, frozen=True, kw_only=True):
    """A data file that an execution read or wrote. `seen` says how that is known: `open` by Python's own notice, `call`
    by the arguments of a known reader or writer, `logged` by a call of `log_artifact`.

    `mtime` is UTC in ISO 8601. `hash` is the SHA-256 of the content, or where it is not `complete` of its beginning.
    """

    path: str
    mode: Literal["read", "write"]
    seen: Literal["open", "call", "logged"]
    size: int | None
    mtime: str | None
    hash: str | None
    complete: bool


class CurvePoint(Document, frozen=True, kw_only=True):
    """One value of a metric that was logged by steps."""

    step: int | None
    text: str
    value: float | None


class ExecutionDetail(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops runs show ID --json` for an execution.

    `versions` are the sources that the cell had before, newest first, and `diff` what changed since the newest of them,
    as lines of a unified diff. `reads`, `writes` and `deleted` are the names that it read, bound or changed, and took
    away; they are null where nobody watched them. `curves` has the metrics of more than one value.
    """

    format: int = FORMAT
    execution: Execution
    source: str
    session: SessionRecord
    versions: list[CellVersion]
    diff: list[str]
    files: list[FileUse]
    reads: list[str] | None
    writes: list[str] | None
    deleted: list[str] | None
    curves: dict[str, list[CurvePoint]]


class RunDetail(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops runs show ID --json` for a clean run."""

    format: int = FORMAT
    run: IndexedRun
    session: SessionRecord | None
    executions: list[Execution]
    files: list[FileUse]


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
