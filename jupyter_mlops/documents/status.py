"""Whether a notebook, and each of its cells, can be trusted now."""

from __future__ import annotations

from typing import Literal

from jupyter_mlops.documents.base import FORMAT, Document

CertificateState = Literal["certified", "other-parameters", "outdated", "none"]
CellVerdictName = Literal["fresh", "stale", "never-run", "hidden-state", "not-repeatable"]


class Certificate(Document, frozen=True, kw_only=True):
    """Whether the notebook as it is now has passed a clean run, and if not why and what to do."""

    state: CertificateState
    run: str | None
    reason: str
    fix: str | None


class VerdictEntry(Document, frozen=True, kw_only=True):
    """One thing known of a cell, with its variable, its cause and its fix."""

    verdict: CellVerdictName
    variable: str | None
    cause_cell: str | None
    reason: str
    fix: str | None


class CellVerdict(Document, frozen=True, kw_only=True):
    """All that is known of one cell now; `verdict` is the gravest of `verdicts`."""

    id: str
    index: int
    verdict: CellVerdictName
    verdicts: list[VerdictEntry]


class SessionInfo(Document, frozen=True, kw_only=True):
    """The live kernel session that the verdicts speak of."""

    id: str
    kernel: str
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
