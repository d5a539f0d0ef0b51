"""The files of a package whose endpoints are functions of the notebook.

    def price(area: float, kind: Kind = "flat") -> float: ...     # in the notebook, with Kind = Literal[...]

becomes, in `prediction.py`,

    class PriceRequest(BaseModel):
        model_config = STRICT

        area: float
        kind: notebook.Kind = "flat"


    def price(request: PriceRequest) -> float:
        return answered(notebook.price(area=request.area, kind=request.kind))
"""

from __future__ import annotations

import ast
import builtins
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from jupyter_mlops.documents import Argument, ElementsInput, Endpoint, Example, FrameInput
from jupyter_mlops.exporting.filling import code, column_table, doc, filled, json_file, longest_ticks
from jupyter_mlops.exporting.ingredients import Ingredients
from jupyter_mlops.exporting.row_source import MAX_ROWS, RowSource, bounded, row_source

FUNCTION_MODULES = ("arguments", "calls", "forms")

_BUILTINS = frozenset(dir(builtins))
_LONGEST_REQUEST = 4000
_LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Field:
    """One argument in the request's class: its attribute, annotation and default, and how the function gets it."""

    attribute: str
    annotation: str
    default: str | None
    passed: str


@dataclass
class Module:
    """What `prediction.py` needs beside its functions: bounds of numbers, names from elsewhere, row modules; `taken`
    are the names of the functions."""

    taken: frozenset[str]
    aliases: RowSource = field(default_factory=lambda: RowSource("", "", "", ""))
    uses: set[str] = field(default_factory=set[str])
    rows: dict[str, str] = field(default_factory=dict[str, str])


def function_files(ingredients: Ingredients, shared: Mapping[str, Any]) -> dict[str, str]:
    """The files that a package of functions has of its own, before formatting."""
    plan = ingredients.plan
    package = plan.name
    module = Module(frozenset(endpoint.name for endpoint in plan.endpoints))
    endpoints = _endpoints(ingredients, module)
    names = ", ".join(f"`{endpoint.name}`" for endpoint in plan.endpoints)
    several = "s" if len(endpoints) > 1 else ""
    taken = {name for each in endpoints for name in (each["request"], each["arguments"])} | {"Any"}
    service = f"{shared['service']}Service" if shared["service"] in taken else shared["service"]
    about = f"Answers of the function{several} {names} of {plan.notebook}."
    context = {
        **shared,
        "service": service,
        "about": about,
        "endpoints": endpoints,
        "imports": _imports(ingredients, module),
        "own": ["notebook", *sorted(module.rows)],
        "helpers": sorted({"answered", "read", *(module.uses & {"array_of", "default_of", "rows_of"})}),
        "aliases": {
            name: text.replace("msgspec.Meta", "Field") for name, text in sorted(module.aliases.aliases.items())
        },
        "has_settings": "set_config(" in (ingredients.code or ""),
        "has_frames": bool(module.rows),
        "max_rows": f"{MAX_ROWS:_}",
        "fence": "`" * (3 + longest_ticks(json.dumps([each["curl"] for each in endpoints]))),
    }
    files = {
        "service.py": filled("functions/service.py", context),
        "README.md": filled("functions/README.md", context),
        "tests/test_examples.py": filled("functions/test_examples.py", context),
        f"{package}/__init__.py": f"{doc(about)}\n",
        f"{package}/prediction.py": filled("functions/prediction.py", context),
        f"{package}/examples.json": json_file(
            {name: best for name, given in ingredients.examples.items() if (best := _shown(given))}, in_order=True
        ),
    }
    for name, text in module.rows.items():
        files[f"{package}/{name}.py"] = text
    for endpoint, examples in ingredients.examples.items():
        given = {
            "endpoint": endpoint,
            "tolerance": ingredients.tolerance,
            "examples": [{"arguments": each.row, "answer": each.answer} for each in examples],
        }
        files[f"tests/examples/{endpoint}.json"] = json_file(given, in_order=True)
    return files


def _endpoints(ingredients: Ingredients, module: Module) -> list[dict[str, Any]]:
    plan = ingredients.plan
    classes: set[str] = set()
    found: list[dict[str, Any]] = []
    for endpoint in plan.endpoints:
        stem = _free("".join(part[:1].upper() + part[1:] for part in endpoint.name.split("_")) or "Call", classes)
        arguments = endpoint.arguments or []
        fields = [_field(endpoint, each, arguments, ingredients.hints, module) for each in arguments]
        paragraphs = re.split(r"\n\s*\n", endpoint.description or f"What `{endpoint.name}` of the notebook returns.")
        shown = _shown(ingredients.examples.get(endpoint.name, []))
        request = None if shown is None else _laid_out(shown["arguments"])
        found.append(
            {
                "name": endpoint.name,
                "request": f"{stem}Request",
                "arguments": f"{stem}Arguments",
                "returns": endpoint.returns or "Any",
                # BentoML's client would take a bare text for something else than JSON
                "served": "Any" if endpoint.returns in (None, "str") else endpoint.returns,
                "summary": paragraphs[0],
                "description": paragraphs,
                "fields": fields,
                "passed": ", ".join(each.passed for each in fields),
                "table": [_line(each) for each in arguments],
                "classes": sorted(_classes(arguments, ingredients.hints)),
                "frames": [
                    (each.name, column_table(c)) for each in arguments if isinstance(c := each.content, FrameInput)
                ],
                "curl": request if request is not None and len(request) <= _LONGEST_REQUEST else None,
                "response": json.dumps(shown and shown["answer"], ensure_ascii=False),
            }
        )
    return found


def _free(name: str, taken: set[str]) -> str:
    stem, number = name, 2
    while name in taken:
        name, number = f"{stem}{number}", number + 1
    taken.add(name)
    return name


def _imports(ingredients: Ingredients, module: Module) -> list[str]:
    """The lines of `prediction.py` that import what annotations need; ruff puts them in order."""
    return [
        *(line for name, line in ingredients.hints.items() if name in module.uses),
        f"from typing import {'Annotated, ' if 'Annotated' in module.uses else ''}Any",
        f"from pydantic import BaseModel, ConfigDict{', Field' if 'Field' in module.uses else ''}",
    ]


# --- one argument


def _field(
    endpoint: Endpoint, argument: Argument, siblings: Sequence[Argument], hints: Mapping[str, str], module: Module
) -> Field:
    match argument.content:
        case FrameInput():
            annotation = f"{_row_module(endpoint, argument, argument.content, module)}.Rows"
        case ElementsInput():
            annotation = _nested(argument.content, module)
        case None:
            annotation = _annotation(argument.type, hints, module)
    attribute = _attribute(argument.name, siblings)
    value = f"request.{attribute}"
    if isinstance(argument.content, FrameInput):
        rows = annotation.removesuffix(".Rows")
        module.uses.add("rows_of")
        value = f"{rows}.frame(rows_of({rows}.decode, {argument.name!r}, {value}))"
    elif isinstance(argument.content, ElementsInput):
        module.uses.add("array_of")
        value = f"array_of({argument.name!r}, {value}, {argument.content.dtype!r})"
    passed = value if argument.positional else f"{argument.name}={value}"
    return Field(attribute, annotation, _default(endpoint, argument, attribute, annotation, module), passed)


def _annotation(hint: str, hints: Mapping[str, str], module: Module) -> str:
    """A hint with the notebook's names taken from its module: `House | None` is `notebook.House | None`."""

    class Renaming(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            if node.id in hints:
                module.uses.add(node.id)
                return node
            if node.id in _BUILTINS:
                return node
            return ast.Attribute(ast.Name("notebook", ast.Load()), node.id, ast.Load())

        def visit_Constant(self, node: ast.Constant) -> ast.expr:
            return node

    return ast.unparse(ast.fix_missing_locations(Renaming().visit(ast.parse(hint, mode="eval").body)))


def _nested(content: ElementsInput, module: Module) -> str:
    """Lists in lists, the outer ones not empty, since an empty one has no width."""
    text = bounded(content.type, content.dtype, module.aliases) + (" | None" if content.nullable else "")
    for depth in range(content.ndim):
        text = f"list[{text}]"
        limits = ""
        if depth == 0 and content.width is not None:
            limits = f"min_length={content.width}, max_length={content.width}"
        elif depth == content.ndim - 1 and depth > 0:
            limits = "min_length=1"
        if limits:
            text = f"Annotated[{text}, Field({limits})]"
    if "Annotated" in text or module.aliases.aliases:
        module.uses |= {"Annotated", "Field"}
    return text


def _attribute(name: str, siblings: Sequence[Argument]) -> str:
    """The name of a field; another than the argument's where pydantic or an annotation beside it has that name."""
    names = {node.id for each in siblings for node in ast.walk(ast.parse(each.type)) if isinstance(node, ast.Name)}
    taken = names | {each.name for each in siblings if each.name != name}
    own = {"notebook", "Field", "Annotated", "Any", "list", "default_of"}
    if not (name.startswith("_") or hasattr(BaseModel, name) or name in names or name in own):
        return name
    attribute = f"{name.strip('_') or 'argument'}_"
    while attribute in taken or hasattr(BaseModel, attribute):
        attribute += "_"
    return attribute


def _default(endpoint: Endpoint, argument: Argument, attribute: str, annotation: str, module: Module) -> str | None:
    """What stands behind the field's `=`; None for a field that is required under its own name."""
    alias = f"alias={argument.name!r}" if attribute != argument.name else ""
    # `n: int = None` is common in notebooks, and a checker would hold it against the package
    unlike = argument.default == "None" and not re.search("None|Optional|Any|object", annotation)
    if argument.required:
        words = [alias] if alias else []
    elif argument.default is None or unlike:
        module.uses.add("default_of")
        words = [f"default_factory=lambda: default_of(notebook.{endpoint.name}, {argument.name!r})", alias]
    elif alias:
        words = [f"default={argument.default}", alias]
    else:
        return argument.default
    if not words:
        return None
    module.uses.add("Field")
    return f"Field({', '.join(word for word in words if word)})"


def _row_module(endpoint: Endpoint, argument: Argument, content: FrameInput, module: Module) -> str:
    """Makes the module of an argument that is a frame, and says its name."""
    stem = re.sub(r"\W", "_", f"{argument.name}_of_{endpoint.name}", flags=re.ASCII).lower()
    name = stem
    while name in module.rows or name in module.taken:
        name += "_"
    seen = f"`{endpoint.name}` was given as `{argument.name}`"
    rows = row_source(content, seen)
    context = {
        "about": f"The argument `{argument.name}` of `{endpoint.name}`: checked rows, and the frame made of them.",
        "times": "UTC, datetime" if "UTC" in rows.uses else "datetime" if "datetime" in rows.uses else None,
        "has_literal": "Literal" in rows.uses,
        "has_numpy": "np" in rows.uses,
        "decoding": ["Schema", *sorted(rows.uses & {"check_listed", "check_range"})],
        "rows": rows,
        "seen": seen,
        "max_rows": f"{MAX_ROWS:_}",
    }
    module.rows[name] = filled("functions/rows.py", context)
    return name


# --- for people


def _classes(arguments: Sequence[Argument], hints: Mapping[str, str]) -> set[str]:
    """The names in the types of arguments that the notebook defines itself."""
    nodes = [node for each in arguments if each.content is None for node in ast.walk(ast.parse(each.type))]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return {code(name) for name in names - _BUILTINS - hints.keys()}


def _line(argument: Argument) -> list[str]:
    """An argument as a line of the README's table."""
    match argument.content:
        case FrameInput():
            kind = "a list of objects, see below"
        case ElementsInput(ndim=ndim, width=width, dtype=dtype, nullable=nullable):
            nesting = {1: "a list", 2: "a list of lists"}.get(ndim, f"lists, {ndim} deep,")
            wide = f" of {width}" if width is not None else ""
            kind = f"{nesting}{wide} ({code(dtype)}{', null for NaN' if nullable else ''})"
        case None:
            kind = code(argument.type)
    default = "required" if argument.required else "the function's" if argument.default is None else None
    shown = argument.default or ""
    if len(shown) > _LONGEST_SHOWN:
        shown = shown[: _LONGEST_SHOWN - 1] + "…"
    return [code(argument.name), kind, default or code(shown)]


def _laid_out(arguments: Mapping[str, Any]) -> str:
    """A request with a line for each argument; only objects in it take more."""
    lines: list[str] = []
    for name, value in arguments.items():
        indent = 2 if isinstance(value, dict) else None
        text = json.dumps(value, ensure_ascii=False, indent=indent).replace("\n", "\n  ")
        lines.append(f"  {json.dumps(name, ensure_ascii=False)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}" if lines else "{}"


def _shown(examples: Sequence[Example]) -> dict[str, Any] | None:
    """The example that shows most and is easiest to read: without nulls, with many arguments, and short."""
    if not examples:
        return None

    def effort(example: Example) -> tuple[bool, int, int]:
        text = json.dumps(example.row)
        return "null" in text, -len(example.row), len(text)

    best = min(examples, key=effort)
    return {"arguments": best.row, "answer": best.answer}
