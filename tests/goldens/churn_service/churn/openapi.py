"""The page that BentoML shows at `/`: the fields of a row, a worked example, and every refusal."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from .decoding import Schema

EXAMPLES = Path(__file__).parent / "examples.json"
_REFUSALS = {
    "400": ("not-json", "Not JSON, or a key twice in one object (`duplicate-key`)."),
    "413": ("too-large", "The body is too large."),
    "415": ("wrong-content-type", "Not application/json in UTF-8, or compressed."),
    "422": ("schema", "The rows are not what the schema says; `path` says where."),
    "500": (
        "prediction-failed",
        "The model raised, or gave an infinite answer (`answer-not-finite`).",
    ),
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
                "path": {
                    "type": "string",
                    "nullable": True,
                    "description": "as in `$.rows[3].age`",
                },
            },
        }
    },
}


def request_schema(schema: Schema) -> dict[str, Any]:
    """`{"rows": [...]}` in OpenAPI's terms, with the row's class under `$defs`."""
    template = "#/components/schemas/{name}"
    _, components = msgspec.json.schema_components([schema.body], ref_template=template)
    if "Row" in components:
        row = components["Row"]
        names = {stand_in: name for name, stand_in in schema.renamed.items()}
        properties = row["properties"]
        row["properties"] = {names.get(name, name): each for name, each in properties.items()}
        row["required"] = [names.get(name, name) for name in row["required"]]
    body = _translated(components.pop(schema.body.__name__))
    return {**body, "$defs": {name: _translated(each) for name, each in components.items()}}


def document(spec: dict[str, Any], about: str) -> dict[str, Any]:
    """BentoML's document with examples, and with the refusals that this service has."""
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
        responses = {str(status): each for status, each in operation["responses"].items()}
        success = responses["200"]
        answer = success["content"]["application/json"]
        answer["schema"] = _translated(answer["schema"])
        if example := examples.get(path.removeprefix("/")):
            request["content"]["application/json"]["example"] = {"rows": [example["row"]]}
            answer["example"] = [example["answer"]]
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
    if "description" in result:
        result["description"] = inspect.cleandoc(result["description"])
    if "enum" in result:
        result.setdefault("type", "string" if isinstance(result["enum"][0], str) else "integer")
        if "nullable" in result:
            result["enum"] = [*result["enum"], None]
    if isinstance(result.get("items"), dict):
        result["items"] = _translated(result["items"])
    if "anyOf" in result:
        result["anyOf"] = [_translated(choice) for choice in choices]
    if "properties" in result:
        properties = result["properties"]
        result["properties"] = {name: _translated(each) for name, each in properties.items()}
    return result
