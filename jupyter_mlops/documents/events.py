"""What a command tells while it runs, one JSON line each."""

from __future__ import annotations

from typing import Any, Literal

from jupyter_mlops.documents.base import Document
from jupyter_mlops.documents.runs import CellStatus
from jupyter_mlops.errors import Finding


class CellEvent(Document, frozen=True, kw_only=True, tag="cell", tag_field="event"):
    """A cell changed its state; `index` counts the cells from 1 and `of` is how many there are."""

    index: int
    of: int
    id: str
    state: Literal["running"] | CellStatus
    seconds: float | None = None


class PhaseEvent(Document, frozen=True, kw_only=True, tag="phase", tag_field="event"):
    """A long command entered a phase."""

    name: str


class LogEvent(Document, frozen=True, kw_only=True, tag="log", tag_field="event"):
    """A line for people."""

    text: str


class ResultEvent(Document, frozen=True, kw_only=True, tag="result", tag_field="event"):
    """The last event of a command that did what it was asked."""

    value: Any


class ErrorEvent(Document, frozen=True, kw_only=True, tag="error", tag_field="event"):
    """The last event of a command that did not."""

    findings: list[Finding]


Event = CellEvent | PhaseEvent | LogEvent | ResultEvent | ErrorEvent
