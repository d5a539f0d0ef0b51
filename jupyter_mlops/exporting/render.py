"""A finished plan as the text of every file of its service package.

Nothing is decided here and nothing is written: the plan, the values' hashes, the examples and the lock come in,
and a table of relative paths and texts goes out. The same ingredients give the same bytes. Whatever comes from
the notebook reaches generated source as a literal (`py`) or inside a docstring, escaped (`doc`).
"""

from __future__ import annotations

import json
import keyword
import subprocess
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from ruff.__main__ import find_ruff_bin

from jupyter_mlops.documents import Answer, ArrayInput, Column, Endpoint, Example, FrameInput, Plan, Signature
from jupyter_mlops.errors import ExportError
from jupyter_mlops.exporting.row_source import row_source

RUNTIME_MODULES = ("answers", "decoding", "loading", "openapi", "wire")
MAX_ROWS = 100_000
LINE_LENGTH = 100

_HERE = resources.files("jupyter_mlops.exporting")
_PYTHON_TYPES = {"integer": "int", "number": "float", "boolean": "bool", "string": "str", "datetime": "str"}
_MOST_CLASSES = 20
_LONGEST_REQUEST = 4000


@dataclass(frozen=True)
class SavedValue:
    """A value file of the package: its name in the notebook, its file, its hash, the globals that it loads."""

    name: str
    file: str
    sha256: str
    globals: tuple[str, ...]


@dataclass(frozen=True)
class Ingredients:
    """Everything that a package is made from; `model_value` names the saved value that is the estimator."""

    plan: Plan
    code: str | None
    values: tuple[SavedValue, ...]
    model_value: str
    examples: Mapping[str, Sequence[Example]]
    tolerance: float
    lock: Sequence[str]
    provenance: Mapping[str, object]


def render(ingredients: Ingredients) -> dict[str, str]:
    """Every text file of the package by its path in it, complete and formatted."""
    plan = ingredients.plan
    package = plan.name
    context = _context(ingredients)
    files = {
        "service.py": _filled("service.py", context),
        "bentofile.yaml": _filled("bentofile.yaml", context),
        "README.md": _filled("README.md", context),
        "requirements.txt": _lines(f"{each.name}=={each.version}" for each in plan.requirements),
        "requirements.lock.txt": _lines(ingredients.lock),
        "provenance.json": _document(ingredients.provenance),
        "pytest.ini": _HERE.joinpath("templates/pytest.ini").read_text("utf-8"),
        "tests/test_examples.py": _filled("test_examples.py", context),
        f"{package}/__init__.py": f"{doc(context['about'])}\n",
        f"{package}/prediction.py": prediction_source(ingredients),
        f"{package}/examples.json": _document(_shown(ingredients), in_order=True),
        f"{package}/values/values.json": _document(
            {
                value.name: {"file": value.file, "sha256": value.sha256, "globals": sorted(value.globals)}
                for value in ingredients.values
            }
        ),
    }
    for name in RUNTIME_MODULES:
        files[f"{package}/{name}.py"] = _HERE.joinpath(f"runtime/{name}.py").read_text("utf-8")
    if ingredients.code is not None:
        about = f"What {plan.notebook} defines and its service needs, with the notebook's own comments."
        files[f"{package}/notebook.py"] = f"{doc(about)}\n\n{ingredients.code}"
    for endpoint, examples in ingredients.examples.items():
        document = {
            "endpoint": endpoint,
            "tolerance": ingredients.tolerance,
            "examples": [{"row": each.row, "answer": each.answer} for each in examples],
        }
        files[f"tests/examples/{endpoint}.json"] = _document(document, in_order=True)
    return _formatted(files, own_code=f"{package}/notebook.py")


def prediction_source(ingredients: Ingredients) -> str:
    """`prediction.py` before formatting."""
    rows = row_source(_signature(ingredients.plan), ingredients.plan.model or ingredients.model_value)
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
        "has_code": ingredients.code is not None,
        "has_settings": has_settings,
        "model_value": ingredients.model_value,
    }
    return _filled("prediction.py", context)


def _context(ingredients: Ingredients) -> dict[str, Any]:
    plan = ingredients.plan
    signature = _signature(plan)
    model = plan.model or ingredients.model_value
    kind = f", a {plan.model_class}," if plan.model_class else ""
    shown = _shown(ingredients)
    return {
        "package": plan.name,
        "service": _class_name(plan.name),
        "notebook": plan.notebook,
        "run": plan.run,
        "model": model,
        "about": f"Answers of `{model}`{kind} from {plan.notebook}.",
        "endpoints": [
            {
                "name": endpoint.name,
                "answers": f"list[{_answer_type(endpoint.answer)}]",
                "summary": [f"One answer a row: what `{model}.{endpoint.name}` gives.", *_classes(endpoint)],
                "request": _request(shown.get(endpoint.name)),
                "response": json.dumps([shown.get(endpoint.name, {}).get("answer")], ensure_ascii=False),
            }
            for endpoint in plan.endpoints
        ],
        "fence": "`" * (3 + _longest_ticks(json.dumps(shown))),
        "max_rows": f"{MAX_ROWS:_}",
        "rows_text": _rows_text(signature),
        "table": _table(signature),
    }


def _signature(plan: Plan) -> Signature:
    if plan.signature is None:
        raise ExportError.of("rows-have-no-schema", f"the plan of `{plan.name}` has no signature")
    return plan.signature


def _class_name(package: str) -> str:
    name = "".join(part[:1].upper() + part[1:] for part in package.split("_")) or "Model"
    return f"{name}Service" if keyword.iskeyword(name) or name in {"Any", "ClassVar", "Rows"} else name


def _answer_type(answer: Answer) -> str:
    item = _PYTHON_TYPES[answer.type] + (" | None" if answer.nullable else "")
    if answer.columns is not None:
        return f"dict[str, {item}]"
    return item if answer.width is None else f"list[{item}]"


def _classes(endpoint: Endpoint) -> list[str]:
    """What the answers mean, where the classes are known and few."""
    classes = endpoint.classes
    if not classes or len(classes) > _MOST_CLASSES:
        return []
    listed = ", ".join(json.dumps(each, ensure_ascii=False, default=str) for each in classes)
    if endpoint.name == "predict":
        return [f"The classes are {listed}."]
    return [f"The classes in their order are {listed}."] if endpoint.answer.width == len(classes) else []


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
            return f"A row is a list of {signature.width} values ({signature.type}, {signature.dtype}){null}."
        case _:
            return "A row is a string."


def _table(signature: Signature) -> list[list[str]]:
    if not isinstance(signature, FrameInput):
        return []
    return [
        [
            _code(column.name),
            f"{column.type} ({_code(column.dtype)})",
            "yes" if column.nullable else "",
            _admitted(column),
        ]
        for column in signature.columns
    ]


def _admitted(column: Column) -> str:
    if column.categories is not None:
        shown = ", ".join(_code(each) for each in column.categories[:_MOST_CLASSES])
        return shown + (", …" if len(column.categories) > _MOST_CLASSES else "")
    if column.type == "datetime":
        return "with a time zone" if column.aware else "without a time zone"
    return ""


def _code(value: object) -> str:
    """A value as code in a cell of a Markdown table."""
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) or not _is_simple(value) else value
    ticks = "`" * (1 + _longest_ticks(text))
    pad = " " if "`" in text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}".replace("|", "\\|")


def _is_simple(text: str) -> bool:
    return text.isprintable() and text.strip() == text != ""


def _longest_ticks(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


# --- text


def py(value: object) -> str:
    """A value as a Python literal."""
    return repr(value)


def doc(paragraphs: str | Sequence[str], indent: int = 0) -> str:
    """A docstring, quotes included, whatever its text holds; each paragraph is wrapped."""
    texts = [paragraphs] if isinstance(paragraphs, str) else paragraphs
    width = LINE_LENGTH - indent - 3
    blocks = [textwrap.wrap(plain_text(text), width, break_long_words=False) for text in texts]
    lines = [line for block in blocks for line in ["", *map(_escaped, block)]][1:]
    if len(lines) == 1 and len(lines[0]) <= width - 3:
        return f'"""{lines[0]}"""'
    pad = " " * indent
    rest = "".join(f"\n{pad}{line}" if line else "\n" for line in lines[1:])
    return f'"""{lines[0]}{rest}\n{pad}"""'


def _escaped(line: str) -> str:
    text = line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'{text[:-1]}\\"' if text.endswith('"') else text


def plain_text(text: str) -> str:
    """Text on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _filled(name: str, context: Mapping[str, Any]) -> str:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (Python and Markdown, not HTML)
    )
    environment.filters.update(py=py, doc=doc, text=plain_text)
    source = _HERE.joinpath(f"templates/{name}.j2").read_text("utf-8")
    return environment.from_string(source).render(context)


def _lines(lines: Any) -> str:
    return "".join(f"{line}\n" for line in lines)


def _document(value: object, *, in_order: bool = False) -> str:
    """A JSON file, its keys sorted unless the order says something (that of columns in a row)."""
    plain = msgspec.to_builtins(value, enc_hook=str)
    return json.dumps(plain, indent=2, sort_keys=not in_order, ensure_ascii=False, allow_nan=False) + "\n"


def _ruff(command: str, *words: str) -> None:
    call = [find_ruff_bin(), command, "--isolated", "--no-cache", "--quiet", f"--line-length={LINE_LENGTH}"]
    done = subprocess.run([*call, "--target-version=py311", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ExportError.of("cannot-format", "the package's code could not be formatted", reason=done.stderr)


def _formatted(files: dict[str, str], own_code: str) -> dict[str, str]:
    """All Python formatted by ruff, the imports of the notebook's code sorted. Lines that no formatter can break
    are excused by name."""
    with tempfile.TemporaryDirectory() as folder:
        sources = {name: text for name, text in files.items() if name.endswith(".py")}
        for name, text in sources.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        if own_code in sources:
            _ruff("check", "--select=I", "--fix", str(Path(folder, own_code)))
        _ruff("format", folder)
        formatted = {name: Path(folder, name).read_text(encoding="utf-8") for name in sources}
    for name, text in formatted.items():
        if name != own_code and any(len(line) > LINE_LENGTH for line in text.splitlines()):
            formatted[name] = f"# ruff: noqa: E501\n{text}"
    return files | formatted
