"""A finished plan as the text of every file of its service package.

Nothing is decided here and nothing is written: the plan, the values' hashes, the examples and the lock come in,
and a table of relative paths and texts goes out. The same ingredients give the same bytes. Whatever comes from
the notebook reaches generated source as a literal (`py`) or inside a docstring, escaped (`doc`).
"""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from jupyter_mlops.documents import Answer, ArrayInput, Endpoint, Example, FrameInput, Plan, Signature
from jupyter_mlops.errors import ExportError
from jupyter_mlops.exporting.filling import (
    TEMPLATES,
    code,
    column_table,
    doc,
    filled,
    format_python,
    json_file,
    line_file,
    longest_ticks,
)
from jupyter_mlops.exporting.function_render import FUNCTION_MODULES, function_files
from jupyter_mlops.exporting.ingredients import Ingredients, SavedValue
from jupyter_mlops.exporting.row_source import MAX_ROWS, row_source
from jupyter_mlops.exporting.signature import tolerance_of
from jupyter_mlops.exporting.training import Training

__all__ = ["Ingredients", "SavedValue", "prediction_source", "render", "train_source"]

RUNTIME_MODULES = ("answers", "decoding", "loading", "openapi", "wire")
LOCK = "requirements.lock.txt"
TRAINING_MODULES = ("saving", "training")

_RUNTIME = resources.files("jupyter_mlops.exporting").joinpath("runtime")
_PYTHON_TYPES = {"integer": "int", "number": "float", "boolean": "bool", "string": "str", "datetime": "str"}
_MOST_CLASSES = 20
_LONGEST_REQUEST = 4000


def render(ingredients: Ingredients) -> dict[str, str]:
    """Every text file of the package by its path in it, complete and formatted."""
    plan = ingredients.plan
    package = plan.name
    functions = any(endpoint.kind == "function" for endpoint in plan.endpoints)
    shared = {
        "package": package,
        "service": _class_name(package),
        "notebook": plan.notebook,
        "run": plan.run,
        "training": ingredients.training,
        "training_requirements": ingredients.training_requirements,
        "modules": [code(path) for path in sorted(ingredients.modules)],
        "files": [code(path) for path in plan.files],
        "metrics": [(code(name), _shown_metric(value)) for name, value in ingredients.metrics.items()],
    }
    modules = [*RUNTIME_MODULES, *(FUNCTION_MODULES if functions else ())]
    modules += TRAINING_MODULES if ingredients.training else ()
    files = function_files(ingredients, shared) if functions else _model_files(ingredients, shared)
    files |= {
        "bentofile.yaml": filled("bentofile.yaml", {**shared, "patterns": _patterns(ingredients)}),
        "requirements.txt": line_file(f"{each.name}=={each.version}" for each in plan.requirements),
        LOCK: line_file(ingredients.lock),
        "provenance.json": json_file(ingredients.provenance),
        "pytest.ini": TEMPLATES.joinpath("pytest.ini").read_text("utf-8"),
        f"{package}/values/values.json": json_file(
            {
                value.name: {"file": value.file, "sha256": value.sha256, "globals": sorted(value.globals)}
                for value in ingredients.values
            }
        ),
    }
    for name in modules:
        files[f"{package}/{name}.py"] = _RUNTIME.joinpath(f"{name}.py").read_text("utf-8")
    if ingredients.training is not None:
        files["train.py"] = train_source(ingredients.training, package, plan.notebook)
        if ingredients.training_requirements:
            files["requirements.train.txt"] = line_file(ingredients.training_requirements)
    if ingredients.code is not None:
        about = f"What {plan.notebook} defines and its service needs, with the notebook's own comments."
        files[f"{package}/notebook.py"] = f"{doc(about)}\n\n{ingredients.code}"
    made_code = (f"{package}/prediction.py", "train.py")
    # the project's files stay as they are
    return {**format_python(files, own_code=f"{package}/notebook.py", made_code=made_code), **ingredients.modules}


def _patterns(ingredients: Ingredients) -> list[str]:
    """The project's files as patterns of `.gitignore`, which match nothing but them."""
    files = [re.sub(r"([\\*?\[\]! #])", r"\\\1", path) for path in ingredients.plan.files]
    return [*sorted(ingredients.modules), *(f"/{path}" for path in files)]


def _shown_metric(value: float | None) -> str:
    return "not finite" if value is None else repr(value)


def train_source(training: Training, package: str, notebook: str) -> str:
    """`train.py` before formatting."""
    names = ", ".join(f"`{name}`" for name in training.learned)
    several = "s" if len(training.learned) > 1 else ""
    about = f"Makes the learned value{several} {names} of {notebook} anew, by the notebook's own statements."
    return filled("train.py", {"training": training, "package": package, "about": about})


def _model_files(ingredients: Ingredients, shared: Mapping[str, Any]) -> dict[str, str]:
    """The files of a package that serves the methods of one estimator."""
    package = ingredients.plan.name
    context = {**_context(ingredients), **shared}
    files = {
        "service.py": filled("service.py", context),
        "README.md": filled("README.md", context),
        "tests/test_examples.py": filled("test_examples.py", context),
        f"{package}/__init__.py": f"{doc(context['about'])}\n",
        f"{package}/prediction.py": prediction_source(ingredients),
        f"{package}/examples.json": json_file(_shown(ingredients), in_order=True),
    }
    tolerances = {each.name: tolerance_of(each.answer, ingredients.tolerance) for each in ingredients.plan.endpoints}
    for endpoint, examples in ingredients.examples.items():
        given = {
            "endpoint": endpoint,
            "tolerance": tolerances[endpoint],
            "examples": [{"row": each.row, "answer": each.answer} for each in examples],
        }
        files[f"tests/examples/{endpoint}.json"] = json_file(given, in_order=True)
    return files


def prediction_source(ingredients: Ingredients) -> str:
    """`prediction.py` before formatting."""
    seen = f"`{_model(ingredients)}` was fitted on"
    rows = row_source(_signature(ingredients.plan), seen)
    has_settings = "set_config(" in (ingredients.code or "")
    times = "UTC, datetime" if "UTC" in rows.uses else "datetime"
    imports = [
        *([f"from datetime import {times}"] if "datetime" in rows.uses else []),
        "from pathlib import Path",
        f"from typing import Annotated, Any{', Literal' if 'Literal' in rows.uses else ''}",
        "",
        "import msgspec",
        *(["import numpy as np"] if "np" in rows.uses else []),
        *(["import pandas as pd"] if "pd" in rows.uses else []),
        *(["import sklearn"] if has_settings else []),
    ]
    context = _context(ingredients) | {
        "imports": imports,
        "decoding": ["Schema", *sorted(rows.uses & {"check_listed", "check_range"})],
        "rows": rows,
        "seen": seen,
        "has_code": ingredients.code is not None,
        "has_settings": has_settings,
        "by_output": any(each.answer is not None and each.answer.by_output for each in ingredients.plan.endpoints),
        "model_value": ingredients.model_value,
    }
    return filled("prediction.py", context)


def _context(ingredients: Ingredients) -> dict[str, Any]:
    plan = ingredients.plan
    signature = _signature(plan)
    model = _model(ingredients)
    kind = f", a {plan.model_class}," if plan.model_class else ""
    shown = _shown(ingredients)
    return {
        "model": model,
        "about": f"Answers of `{model}`{kind} from {plan.notebook}.",
        "endpoints": [
            {
                "name": endpoint.name,
                "answers": f"list[{_answer_type(endpoint.answer)}]",
                "by_output": endpoint.answer is not None and endpoint.answer.by_output,
                "summary": [f"One answer a row: what `{model}.{endpoint.name}` gives.", *_classes(endpoint)],
                "request": _request(shown.get(endpoint.name)),
                "response": json.dumps([shown.get(endpoint.name, {}).get("answer")], ensure_ascii=False),
            }
            for endpoint in plan.endpoints
        ],
        "fence": "`" * (3 + longest_ticks(json.dumps(shown))),
        "max_rows": f"{MAX_ROWS:_}",
        "rows_text": _rows_text(signature),
        "table": column_table(signature) if isinstance(signature, FrameInput) else [],
    }


def _model(ingredients: Ingredients) -> str:
    return ingredients.plan.model or ingredients.model_value or "model"


def _signature(plan: Plan) -> Signature:
    if plan.signature is None:
        raise ExportError.of("rows-have-no-schema", f"the plan of `{plan.name}` has no signature")
    return plan.signature


def _class_name(package: str) -> str:
    name = "".join(part[:1].upper() + part[1:] for part in package.split("_")) or "Model"
    return f"{name}Service" if keyword.iskeyword(name) or name in {"Any", "ClassVar", "Rows"} else name


def _answer_type(answer: Answer | None) -> str:
    if answer is None:
        raise ExportError.of("no-endpoint", "the plan says nothing of what an endpoint of the model answers")
    item = _PYTHON_TYPES[answer.type] + (" | None" if answer.nullable else "")
    if answer.columns is not None:
        return f"dict[str, {item}]"
    return "list[" * len(answer.shape) + item + "]" * len(answer.shape)


def _classes(endpoint: Endpoint) -> list[str]:
    """What the answers mean, where the classes are known and few."""
    classes = endpoint.classes
    if not classes or len(classes) > _MOST_CLASSES:
        return []
    listed = ", ".join(json.dumps(each, ensure_ascii=False, default=str) for each in classes)
    if endpoint.name == "predict":
        return [f"The classes are {listed}."]
    return (
        [f"The classes in their order are {listed}."]
        if endpoint.answer and endpoint.answer.shape == (len(classes),)
        else []
    )


def _shown(ingredients: Ingredients) -> dict[str, dict[str, Any]]:
    """For each endpoint the example that is easiest to read: without nulls, and short."""

    def effort(example: Example) -> tuple[bool, int]:
        text = json.dumps(example.row)
        return "null" in text, len(text)

    return {
        endpoint: {"row": best.row, "answer": best.answer}
        for endpoint, examples in ingredients.examples.items()
        if examples
        for best in [min(examples, key=effort)]
    }


def _request(shown: dict[str, Any] | None) -> str | None:
    if shown is None:
        return None
    rows = {"rows": [shown["row"]]}
    wide = isinstance(shown["row"], dict)
    text = json.dumps(rows, ensure_ascii=False, indent=2 if wide else None)
    return text if len(text) <= _LONGEST_REQUEST else None


def _rows_text(signature: Signature) -> str:
    match signature:
        case FrameInput():
            return "A row is an object with exactly these fields:"
        case ArrayInput():
            null = ", or null for a missing one" if signature.nullable else ""
            values = f"({signature.type}, {signature.dtype}){null}."
            if not signature.shape:
                return f"A row is a single value {values}"
            *outer, width = signature.shape
            nested = "".join(f"list of {length} lists, each a " for length in outer)
            return f"A row is a {nested}list of {width} values {values}"
        case _:
            return "A row is a string."
