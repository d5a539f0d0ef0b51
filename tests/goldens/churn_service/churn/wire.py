"""HTTP on one side, rows and answers on the other: what is read, what is refused, and how.

`POST /<endpoint>` takes `{"rows": [...]}` and answers with a bare JSON list, one element a row,
NaN as null; the endpoint of a function takes its arguments as fields, and answers with what the
function returns. Everything else is answered by
`{"error": {"code": ..., "message": ..., "path": ...}}`:

| status | code | when |
| --- | --- | --- |
| 400 | `not-json` | empty, cut off, text after the end, not UTF-8, a byte order mark, NaN |
| 400 | `duplicate-key` | a key twice in one object, at any level |
| 404 | `unknown-route` | also `/predict/` with a slash at the end |
| 405 | `wrong-method` | the header Allow says which |
| 413 | `too-large` | more bytes than `max_body`, announced or not |
| 415 | `wrong-content-type` | not `application/json` in UTF-8, none given, or compressed |
| 422 | `schema` | a field missing, unknown or of the wrong type, range or category; no rows |
| 500 | `prediction-failed` | the notebook's code raised; the log has the traceback |
| 500 | `answer-not-finite` | it answered with an infinite number |

Nothing is filled in or converted on the way: `"42"` is no number, `true` is no number, `1` is no
boolean, and `1.0` is no integer (JSON Schema would let it pass). `1` is a number. `1e400` and
what a column's type cannot hold are out of range. A JSON number is read as the nearest 64-bit
float; times are read to the microsecond.

What is wrong first in this order is what the answer tells: route, method, content type, size,
JSON, keys, schema.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, ClassVar

import bentoml
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import openapi
from .answers import NotFiniteError
from .decoding import RefusedError, Schema

logger = logging.getLogger("bentoml.serve")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_STATUS = {"not-json": 400, "duplicate-key": 400, "schema": 422}
_REPLACED = {
    307: (404, "unknown-route", "there is nothing at this path"),
    404: (404, "unknown-route", "there is nothing at this path"),
    405: (405, "wrong-method", "this path does not take this method"),
    415: (415, "wrong-content-type", "send application/json in UTF-8, not compressed"),
}
_CHARSETS = {"", "charset=utf-8", 'charset="utf-8"'}


class Body(bytes):
    """A request's body as it came."""


class Rows(bentoml.IODescriptor):
    """What an endpoint takes: the body unread, or the answer where it is refused already."""

    schema_of_rows: ClassVar[Schema]
    max_body: ClassVar[int] = 16 * 1024 * 1024

    rows: Any

    @classmethod
    async def from_http_request(cls, request: Request, serde: Any) -> Rows:  # noqa: ARG003
        return cls.model_construct(rows=await received(request, cls.max_body))

    @classmethod
    def model_json_schema(cls, *_: Any, **kwargs: Any) -> dict[str, Any]:
        # BentoML's client asks without a template. It would drop fields that the schema does not
        # name instead of letting the service refuse them, so it is not told any.
        if "ref_template" not in kwargs:
            rows: dict[str, Any] = {"type": "array", "items": {}}
            return {"type": "object", "properties": {"rows": rows}, "required": ["rows"]}
        return openapi.request_schema(cls.schema_of_rows)


def reply(answer: Callable[[str, bytes], Any], endpoint: str, rows: Any) -> Any:
    """The answer to what `Rows` handed over; a list for rows that other Python code gave."""
    if isinstance(rows, Response):
        return rows
    if not isinstance(rows, Body):
        return answer(endpoint, msgspec.json.encode({"rows": rows}))
    try:
        answers = answer(endpoint, rows)
    except RefusedError as refused:
        return error(_STATUS[refused.code], refused.code, refused.message, refused.path)
    except NotFiniteError as not_finite:
        logger.error("%s: %s", endpoint, not_finite)
        return error(500, "answer-not-finite", str(not_finite))
    except Exception:
        logger.exception("%s failed", endpoint)
        return error(500, "prediction-failed", "the code that answers failed; the log says why")
    return Response(msgspec.json.encode(answers), media_type="application/json")


def attach(service: Any) -> None:
    """Give a service the error bodies of this module and a page of its own at `/docs.json`."""

    def docs(_: Request) -> Response:
        template = openapi.TEMPLATE
        requests = {
            each.route: each.input_spec.model_json_schema(ref_template=template)
            for each in service.apis.values()
        }
        about = service.inner.__doc__ or ""
        document = openapi.document(service.openapi_spec.asdict(), about, requests)
        return Response(msgspec.json.encode(document), media_type="application/json")

    service.add_asgi_middleware(Refusals)
    documents = Starlette(routes=[Route("/docs.json", docs)])
    service.mount_asgi_app(documents, path="/", name="documents")


def error(status: int, code: str, message: str, path: str | None = None) -> Response:
    """The one form that every refusal has."""
    body = {"error": {"code": code, "message": message, "path": path}}
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")


async def received(request: Request, limit: int) -> Body | Response:
    """The body of a request, or the refusal of its kind or size."""
    kind, _, charset = request.headers.get("content-type", "").partition(";")
    encoding = request.headers.get("content-encoding", "identity")
    if kind.strip().lower() != "application/json" or charset.strip().lower() not in _CHARSETS:
        return error(*_REPLACED[415])
    if encoding.strip().lower() != "identity":
        return error(*_REPLACED[415])
    too_large = error(413, "too-large", f"the body has more than {limit} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        return too_large
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            return too_large
        chunks.append(chunk)
    return Body(b"".join(chunks))


class Refusals:
    """Gives BentoML's own refusals the form of `error`, and the redirect of a last slash too."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        replaced = False

        async def sent(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] in _REPLACED:
                replaced = True
                response = error(*_REPLACED[message["status"]])
                response.raw_headers += [pair for pair in message["headers"] if pair[0] == b"allow"]
                await response(scope, receive, send)
            elif not replaced:
                await send(message)

        await self.app(scope, receive, sent)
