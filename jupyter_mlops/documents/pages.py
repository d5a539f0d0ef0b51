"""What a page in the browser and the server tell each other about an open notebook."""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_mlops.documents.base import FORMAT, Document
from jupyter_mlops.documents.status import CellVerdict, SessionInfo
from jupyter_mlops.errors import Finding


class PageCell(Document, frozen=True, kw_only=True):
    """One cell as the page has it now."""

    id: str
    kind: Literal["code", "markdown", "raw"]
    source: str
    tags: list[str] = msgspec.field(default_factory=list[str])


class PageNotebook(Document, frozen=True, kw_only=True):
    """The notebook as a page has it now, saved or not.

    `page` is the page's own id, `path` the notebook's as the contents manager has it, `kernel` the id of its kernel and
    `kernelspec` that kernel's name. `order` are the ids of all cells from the top, and `changed` the cells that are
    other than those in the page's last message; in its first one all of them.
    """

    page: str
    path: str
    kernel: str | None = None
    kernelspec: str | None = None
    order: list[str]
    changed: list[PageCell] = msgspec.field(default_factory=list[PageCell])


class Revision(Document, frozen=True, kw_only=True):
    """Which answers are newer: `count` grows as long as the `server` is the same one."""

    server: str
    count: int


class NotebookState(Document, frozen=True, kw_only=True):
    """What is known of the cells of a page's notebook now."""

    format: int = FORMAT
    revision: Revision
    session: SessionInfo | None
    cells: list[CellVerdict]


class NotebookCheck(Document, frozen=True, kw_only=True):
    """The findings for a page's notebook; `seconds` is how long the look took."""

    format: int = FORMAT
    revision: Revision
    findings: list[Finding]
    seconds: float


class Failure(Document, frozen=True, kw_only=True):
    """The body of every answer that is an error."""

    findings: list[Finding]
