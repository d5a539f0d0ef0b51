"""The page that BentoML shows at `/`: the fields of a request, a worked example, every refusal."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from .decoding import Schema

EXAMPLES = Path(__file__).parent / "examples.json"
TEMPLATE = "#/components/schemas/{model}"
_REFUSALS = {
    "400": ("not-json", "Not JSON, or a key twice in one object (`duplicate-key`)."),
    "413": ("too-large", "The body is too large."),
    "415": ("wrong-content-type", "Not application/json in UTF-8, or compressed."),
    "422": ("schema", "The body is not what the schema says; `path` says where."),
    "500": ("prediction-failed", "The code raised, or gave an infinite answer (`answer-not-finite`)."),
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "path"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "path": {"type": "string", "nullable": True, "description": "as in `$.rows[3].age`"},
            },
        }
    },
}


def request_schema(schema: Schema) -> dict[str, Any]:
    """`{"rows": [...]}` in OpenAPI's terms, with the row's class under `$defs`."""
    body, parts = _parts(schema)
    return {**_translated(body), "$defs": {name: _translated(each) for name, each in parts.items()}}


def rows_schema(schema: Schema) -> dict[str, Any]:
    """The list of rows alone, in JSON Schema, with the row's fields in place."""
    body, parts = _parts(schema)
    return {**body["properties"]["rows"], "items": parts["Row"]}


def _parts(schema: Schema) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of the body, and those of the classes in it."""
    template = "#/components/schemas/{name}"
    _, components = msgspec.json.schema_components([schema.body], ref_template=template)
    if "Row" in components:
        row = components["Row"]
        names = {stand_in: name for name, stand_in in schema.renamed.items()}
        properties = row["properties"]
        row["properties"] = {names.get(name, name): each for name, each in properties.items()}
        row["required"] = [names.get(name, name) for name in row["required"]]
    return components.pop(schema.body.__name__), components


def in_openapi(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a pydantic model in OpenAPI's terms, with the classes in it under `$defs`."""
    parts = {name: _translated(each) for name, each in schema.get("$defs", {}).items()}
    return {**_translated({k: v for k, v in schema.items() if k != "$defs"}), "$defs": parts}


def document(spec: dict[str, Any], about: str, requests: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """BentoML's document with examples, and with the refusals that this service has.

    `requests` has the whole schema of what each route takes; BentoML leaves parts of it out.
    """
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    spec["info"]["description"] = about
    spec["info"].pop("contact", None)
    schemas = spec["components"]["schemas"]
    for name in ("TaskStatusResponse", "InvalidArgument", "NotFound", "InternalServerError"):
        schemas.pop(name, None)
    schemas["Error"] = _ERROR
    for path, item in spec["paths"].items():
        operation = item.get("post")
        if operation is None:
            continue
        request = operation["requestBody"]
        request["required"] = True
        taken = request["content"]["application/json"]
        taken["schema"] = {key: each for key, each in requests[path].items() if key != "$defs"}
        responses = {str(status): each for status, each in operation["responses"].items()}
        success = responses["200"]
        answer = success["content"]["application/json"]
        answer["schema"] = _translated(answer["schema"])
        if example := examples.get(path.removeprefix("/")):
            of_rows = "row" in example
            taken["example"] = {"rows": [example["row"]]} if of_rows else example["arguments"]
            answer["example"] = [example["answer"]] if of_rows else example["answer"]
        refusals = {status: _refusal(*each) for status, each in _REFUSALS.items()}
        operation["responses"] = {"200": success, **refusals}
    return spec


def _refusal(code: str, description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    example = {"error": {"code": code, "message": description, "path": None}}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"description": description, "content": content}


def _translated(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema as OpenAPI 3.0 has it, which says `nullable` instead of a type `null`."""
    result = dict(schema)
    choices = [choice for choice in result.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) < len(result.get("anyOf", [])):
        result["nullable"] = True
        if len(choices) == 1:
            del result["anyOf"]
            result.update(choices[0])
    if "const" in result:
        result["enum"] = [result.pop("const")]
    if "prefixItems" in result:
        choices = [_translated(each) for each in result.pop("prefixItems")]
        result["items"] = {"anyOf": choices}
    if "description" in result:
        result["description"] = inspect.cleandoc(result["description"])
    if "enum" in result:
        result.setdefault("type", "string" if isinstance(result["enum"][0], str) else "integer")
        if "nullable" in result:
            result["enum"] = [*result["enum"], None]
    for name in ("items", "additionalProperties"):
        if isinstance(result.get(name), dict):
            result[name] = _translated(result[name])
    if "anyOf" in result:
        result["anyOf"] = [_translated(choice) for choice in choices]
    if "properties" in result:
        properties = result["properties"]
        result["properties"] = {name: _translated(each) for name, each in properties.items()}
    return result
