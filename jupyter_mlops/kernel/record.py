"""What is recorded of a session and its executions, as data; see `migrations/` for the meaning of the fields."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Draw = Literal["decides", "nothing"]


@dataclass
class SessionRow:
    """A kernel from the loading of the recorder to its end; see the table `session`."""

    key: str
    run: str | None
    notebook: str | None
    started: float
    host: str
    pid: int
    process_started: str | None
    kernel: str | None
    python: str
    platform: str
    ipython: str
    ipykernel: str | None
    executable: str
    git_commit: str | None
    git_branch: str | None
    git_dirty: bool | None = None
    ended: float | None = None
    modules: str | None = None
    distributions: str | None = None


@dataclass(frozen=True)
class Trace:
    """What a cell read and wrote, by name, with fingerprints; see the table `trace`."""

    reads: Mapping[str, str | None]
    writes: Mapping[str, str]
    deleted: Sequence[str] = ()
    draws: Mapping[str, Draw] | None = None
    outputs: str | None = None


@dataclass(frozen=True)
class ParameterRow:
    """A parameter in force; see the table `parameter`."""

    name: str
    type: str
    text: str
    value: float | None
    origin: Literal["cell", "estimator", "logged"]


@dataclass(frozen=True)
class MetricRow:
    """A number that measures something; see the table `metric`."""

    name: str
    value: float
    text: str
    type: str
    origin: Literal["score", "evaluate", "logged"]
    step: int | None = None
    final: bool = True


@dataclass(frozen=True)
class FileRow:
    """A data file that was read or written; see the table `file`."""

    path: str
    mode: Literal["read", "write"]
    seen: Literal["open", "call", "logged"]
    size: int | None
    mtime: float | None
    hash: str | None
    complete: bool


@dataclass(frozen=True)
class Captured:
    """What was captured of an execution without a call in the user's code, or by one."""

    parameters: Sequence[ParameterRow] = ()
    metrics: Sequence[MetricRow] = ()
    files: Sequence[FileRow] = ()


@dataclass(frozen=True)
class ExecutionRow:
    """One execution as it is known now; see the table `execution`."""

    seq: int
    text: str
    notebook: str | None
    cell: str | None
    found: str
    role: str | None
    depth: int
    started: float
    msg_id: str | None
    status: str = "running"
    seconds: float | None = None
    error: str | None = None
    message: str | None = None
    execution_count: int | None = None
    trace: Trace | None = None
    captured: Captured | None = None


class Observer(Protocol):
    """Something that looks at cells while they run. What it raises is noted, and the cell goes on.

    Calls are nested as cells are: `begin`, perhaps `see` and inner cells, `end`.
    """

    def begin(self, row: ExecutionRow) -> None:
        """A cell is about to run."""
        ...

    def see(self, tree: ast.Module) -> ast.Module:
        """The tree that is about to be compiled, to be looked at or changed in place."""
        ...

    def end(self, row: ExecutionRow) -> Mapping[str, Any]:
        """The cell has ended as the row says; what is given back replaces fields of the row."""
        ...

    def close(self) -> None:
        """Nothing is recorded any more."""
        ...
