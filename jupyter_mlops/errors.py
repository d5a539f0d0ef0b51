"""One shape for everything that can go wrong: a finding of a check and an error of a command.

A `Finding` names the rule, the notebook, the cell, the line, the reason and the fix. The command line, the
server and the panel print the same text from it. Whatever stops a command is a `ProjectError` that carries
one or more findings; anything else that escapes is the code `internal-error` and is a defect of ours.

This module imports the standard library only: it is loaded in the user's kernel too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A change of one cell that a fix offers: its new source, its new tags, or both."""

    cell: str
    source: str | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Fix:
    """What to do about a finding, in words and, where that is certain, as edits of cells."""

    text: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One problem: `code` is stable, `cell` is a cell's id, `line` counts from 1 within the cell.

    `index` is the cell's position in the notebook from 1, as people count; it is null where no cell is meant.
    """

    code: str
    message: str
    severity: Severity = "error"
    notebook: str | None = None
    cell: str | None = None
    index: int | None = None
    line: int | None = None
    reason: str = ""
    fix: Fix | None = None


def place(finding: Finding) -> str:
    """Where a finding points, for people: `churn.ipynb, cell 4, line 2`."""
    parts = [finding.notebook] if finding.notebook else []
    if finding.index is not None:
        parts.append(f"cell {finding.index}")
    if finding.line is not None:
        parts.append(f"line {finding.line}")
    return ", ".join(parts)


class ProjectError(Exception):
    """Stops a command; carries the findings that say why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(f.message for f in findings))
        self.findings: tuple[Finding, ...] = findings

    @classmethod
    def of(
        cls,
        code: str,
        message: str,
        *,
        reason: str = "",
        fix: str | None = None,
        notebook: str | None = None,
        cell: str | None = None,
        index: int | None = None,
        line: int | None = None,
    ) -> Self:
        """An error with a single finding."""
        return cls(
            Finding(
                code=code,
                message=message,
                reason=reason,
                fix=Fix(text=fix) if fix else None,
                notebook=notebook,
                cell=cell,
                index=index,
                line=line,
            )
        )


class NotebookError(ProjectError):
    """The notebook file cannot be used as it is."""


class ParameterError(ProjectError):
    """A parameter is unknown or its value does not fit."""


class RunError(ProjectError):
    """A clean run did not pass, or could not start."""


class ExportError(ProjectError):
    """A notebook could not be exported."""


class ProofError(ExportError):
    """The package answers differently from the notebook, or does not answer."""


class StoreError(ProjectError):
    """The store of executions cannot be used."""


class ConditionError(ProjectError):
    """A condition over the columns of executions, or a column to sort by, cannot be used."""


class InterruptedByUserError(ProjectError):
    """The user stopped the command."""


def in_notebook(findings: Sequence[Finding], notebook: str) -> tuple[Finding, ...]:
    """The findings with the notebook's name filled in where it is missing."""
    return tuple(f if f.notebook else replace(f, notebook=notebook) for f in findings)
