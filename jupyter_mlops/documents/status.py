"""Whether a notebook, and each of its cells, can be trusted now."""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_mlops.documents.base import FORMAT, Document

CertificateState = Literal["certified", "other-parameters", "outdated", "none"]
CellVerdictName = Literal["fresh", "stale", "never-run", "hidden-state", "not-repeatable"]


class Certificate(Document, frozen=True, kw_only=True):
    """Whether the notebook as it is now has passed a clean run, and if not why and what to do."""

    state: CertificateState
    run: str | None
    reason: str
    fix: str | None


class Restored(Document, frozen=True, kw_only=True):
    """A source that a cell had once, in the store as the source of an execution. `cell` is the id that the cell had or
    has: one that is not in the notebook was deleted; null where no cell held the code."""

    cell: str | None
    execution: int
    source: str


class VerdictEntry(Document, frozen=True, kw_only=True):
    """One thing known of a cell, with its variable, its cause and its fix.

    `because_of` is the cell at the root of a chain, null at the root itself. `run_cells` are the cells that the fix
    runs, in that order, and `restore` is the source that it brings back.
    """

    verdict: CellVerdictName
    variable: str | None
    cause_cell: str | None
    reason: str
    fix: str | None
    because_of: str | None = None
    run_cells: list[str] = msgspec.field(default_factory=list[str])
    restore: Restored | None = None


class CellVerdict(Document, frozen=True, kw_only=True):
    """All that is known of one cell now; `verdict` is the gravest of `verdicts`. `execution_count` is that of the
    execution which the cell shows, by which reasons and fixes name it."""

    id: str
    index: int
    execution_count: int | None = None
    verdict: CellVerdictName
    verdicts: list[VerdictEntry]


class SessionInfo(Document, frozen=True, kw_only=True):
    """The live kernel session that the verdicts speak of; `kernel` is the kernel's id, if it has one."""

    id: str
    kernel: str | None
    started: str
    last_execution: str | None
    alive: bool


class Status(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops status --json`."""

    format: int = FORMAT
    notebook: str
    certificate: Certificate
    session: SessionInfo | None
    cells: list[CellVerdict]
