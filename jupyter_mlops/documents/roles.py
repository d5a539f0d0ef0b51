"""The roles of cells: those they have and those that are suggested."""

from __future__ import annotations

from typing import Literal

from jupyter_mlops.documents.base import FORMAT, Document

Role = Literal["parameters", "injected-parameters", "data", "train", "evaluate", "serve", "skip-execution"]


class CellRole(Document, frozen=True, kw_only=True):
    """One code cell: its `role` by its tags, and the one that is `suggested` for it, with the reason."""

    id: str
    index: int
    role: Role | None
    suggested: Role | None
    reason: str | None


class RolesResult(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops roles --json`; `run` is the run whose facts were used, if any.

    `applied` says that the suggested roles were written into the notebook; `role` is what was there before.
    """

    format: int = FORMAT
    notebook: str
    run: str | None
    cells: list[CellRole]
    applied: bool
