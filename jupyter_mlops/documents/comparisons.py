"""The saved outputs of a notebook held against those of a clean run."""

from __future__ import annotations

from typing import Literal

from jupyter_mlops.documents.base import FORMAT, Document

ComparedState = Literal["same", "different", "not-saved", "skipped", "not-run"]
DifferenceKind = Literal["text", "number", "image", "missing", "extra", "error"]


class OutputDifference(Document, frozen=True, kw_only=True):
    """One output that a clean run gives differently; `saved` and `now` are short texts, null where there is none.

    The lines of `diff` begin with `- ` (saved), `+ ` (now), `? ` (by how much) or two spaces.
    """

    output: str
    kind: DifferenceKind
    message: str
    saved: str | None
    now: str | None
    diff: list[str]


class ComparedCell(Document, frozen=True, kw_only=True):
    """What became of one code cell's saved outputs; `index` is its position in the notebook from 1."""

    id: str
    index: int
    state: ComparedState
    differences: list[OutputDifference]


class Comparison(Document, frozen=True, kw_only=True):
    """The saved outputs of a notebook held against those of a clean run; `different` counts the cells."""

    format: int = FORMAT
    run: str
    notebook: str
    tolerance: float
    cells: list[ComparedCell]
    different: int
