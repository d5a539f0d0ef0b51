"""What the endpoints of functions take, for BentoML: the body unread, checked by `arguments`.

class PriceArguments(calls.Arguments):
    request = prediction.PriceRequest
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

import bentoml
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from . import openapi, wire


class Arguments(bentoml.IODescriptor):
    """The body unread, or the answer where it is refused already."""

    request: ClassVar[type[BaseModel]]
    max_body: ClassVar[int] = 16 * 1024 * 1024

    body: Any

    @classmethod
    async def from_http_request(cls, request: Request, serde: Any) -> Arguments:  # noqa: ARG003
        return cls.model_construct(body=await wire.received(request, cls.max_body))

    @classmethod
    def model_json_schema(cls, *_: Any, **kwargs: Any) -> dict[str, Any]:
        schema = cls.request.model_json_schema(ref_template=openapi.TEMPLATE)
        if "ref_template" not in kwargs:
            # BentoML's client asks without a template: the names are all that it needs
            names: dict[str, Any] = {name: {} for name in schema.get("properties", ())}
            return {"type": "object", "properties": names, "required": schema.get("required", [])}
        return openapi.in_openapi(schema)


def reply(answer: Callable[[str, bytes], Any], endpoint: str, body: Any) -> Any:
    """The answer to what `Arguments` handed over; to a dict that other Python code gave, the value."""
    if isinstance(body, Response | wire.Body):
        return wire.reply(answer, endpoint, body)
    return answer(endpoint, json.dumps(body).encode())
