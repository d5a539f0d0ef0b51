"""The page that BentoML shows at `/`: the fields of a row, a worked example, and every refusal."""

from __future__ import annotations

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
    "500": ("prediction-failed", "The model raised, or its answer is infinite (`answer-not-finite`)."),
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
    _, components = msgspec.json.schema_components([schema.body], ref_template="#/components/schemas/{name}")
    if "Row" in components:
        row = components["Row"]
        names = {stand_in: name for name, stand_in in schema.renamed.items()}
        row["properties"] = {names.get(name, name): value for name, value in row["properties"].items()}
        row["required"] = [names.get(name, name) for name in row["required"]]
    body = _translated(components.pop(schema.body.__name__))
    return {**body, "$defs": {name: _translated(each) for name, each in components.items()}}


def document(spec: dict[str, Any]) -> dict[str, Any]:
    """BentoML's document with examples, and with the refusals that this service has."""
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    spec["components"]["schemas"]["Error"] = _ERROR
    for endpoint, example in examples.items():
        operation = spec["paths"][f"/{endpoint}"]["post"]
        operation["requestBody"]["required"] = True
        content = operation["requestBody"]["content"]["application/json"]
        content["example"] = {"rows": [example["row"]]}
        success = operation["responses"].get(200) or operation["responses"]["200"]
        success["content"]["application/json"]["schema"] = _translated(success["content"]["application/json"]["schema"])
        success["content"]["application/json"]["example"] = [example["answer"]]
        operation["responses"] = {"200": success, **{status: _refusal(*each) for status, each in _REFUSALS.items()}}
    return spec


def _refusal(code: str, description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    example = {"error": {"code": code, "message": description, "path": None}}
    return {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}


def _translated(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema as OpenAPI 3.0 has it, which says `nullable` where JSON Schema has a type `null`."""
    result = dict(schema)
    choices = [choice for choice in result.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) < len(result.get("anyOf", [])):
        result["nullable"] = True
        if len(choices) == 1:
            del result["anyOf"]
            result.update(choices[0])
    if "enum" in result:
        result.setdefault("type", "string" if isinstance(result["enum"][0], str) else "integer")
        if "nullable" in result:
            result["enum"] = [*result["enum"], None]
    if isinstance(result.get("items"), dict):
        result["items"] = _translated(result["items"])
    if "anyOf" in result:
        result["anyOf"] = [_translated(choice) for choice in choices]
    if "properties" in result:
        result["properties"] = {name: _translated(each) for name, each in result["properties"].items()}
    return result
