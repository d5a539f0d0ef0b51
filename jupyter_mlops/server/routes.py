"""The routes below `/jupyter-mlops/api/`: each is authenticated and authorised, and reads what it gets by its type.

POST    notebook   PageNotebook ─► NotebookState    the verdicts on the cells as the page has them
POST    check      PageNotebook ─► NotebookCheck    the findings
DELETE  notebook?page=&path=                        the page closed it
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError, authenticated

from jupyter_mlops.documents import Document, Failure, PageNotebook, Revision
from jupyter_mlops.errors import Finding, ProjectError
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.server.files import notebook_file
from jupyter_mlops.server.open_notebooks import UnknownCellsError
from jupyter_mlops.server.state import checked, judged

if TYPE_CHECKING:
    from jupyter_mlops.server.extension import Extension

MOST_BYTES = 20_000_000

Body = TypeVar("Body", bound=Document)
Method = Callable[..., Awaitable[None]]


def answers(method: Method) -> Method:
    """What stops a request becomes a Failure with the findings that say why."""

    @wraps(method)
    async def answer(handler: Route, *args: str) -> None:
        try:
            await method(handler, *args)
        except UnknownCellsError:
            handler.fail(409, Finding(code="unknown-cells", message="the server does not have all cells: send all"))
        except ProjectError as error:
            handler.fail(422, *error.findings)

    return answer


class Route(APIHandler):
    """What all routes have in common."""

    auth_resource = "jupyter_mlops"

    @property
    def extension(self) -> Extension:
        """The extension that the route belongs to."""
        return self.settings["jupyter_mlops"]

    def body(self, kind: type[Body]) -> Body:
        """The request's body.

        Raises HTTPError: 413 where it is too large, 400 where it is not of its type.
        """
        if len(self.request.body) > MOST_BYTES:
            raise HTTPError(413, "the body is too large")
        try:
            return msgspec.json.decode(self.request.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HTTPError(400, str(error)) from None

    def answer(self, document: Document) -> None:
        """Finish with a document."""
        self.finish(msgspec.json.encode(document))

    def fail(self, status: int, *findings: Finding) -> None:
        """Finish with findings."""
        self.set_status(status)
        self.answer(Failure(findings=list(findings)))


class PageRoute(Route):
    """A question about a page's notebook as it is now."""

    def about(self, notebook: Notebook, revision: Revision) -> Document:
        """The answer; it is computed beside the server's loop."""
        raise NotImplementedError

    @authenticated
    @authorized
    @answers
    async def post(self) -> None:
        """Take what changed, and answer."""
        message = self.body(PageNotebook)
        file = await notebook_file(self.contents_manager, message.path)
        self.extension.open.take(message, file)
        if message.kernel is not None:
            self.extension.ears.listen(message.kernel)
        notebook = self.extension.open.notebook(message.page, message.path)
        revision = self.extension.changes.revision()
        self.answer(await asyncio.to_thread(self.about, notebook, revision))


class NotebookRoute(PageRoute):
    """What is known of the cells of a page's notebook."""

    def about(self, notebook: Notebook, revision: Revision) -> Document:
        """The verdicts."""
        return judged(notebook, revision)

    @authenticated
    @authorized
    async def delete(self) -> None:
        """Forget what a page had open."""
        self.extension.open.forget(self.get_query_argument("page"), self.get_query_argument("path"))
        self.set_status(204)
        self.finish()


class CheckRoute(PageRoute):
    """What the rules say of a page's notebook."""

    def about(self, notebook: Notebook, revision: Revision) -> Document:
        """The findings."""
        return checked(notebook, revision)


ROUTES: list[tuple[str, Any]] = [
    (r"/jupyter-mlops/api/notebook", NotebookRoute),
    (r"/jupyter-mlops/api/check", CheckRoute),
]
