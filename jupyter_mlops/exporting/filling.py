"""Templates filled, documents written, Python formatted: what every file of a package goes through.

Whatever comes from the notebook reaches generated source as a literal (`py`) or inside a docstring, escaped (`doc`),
and Markdown as `code`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from ruff.__main__ import find_ruff_bin

from jupyter_mlops.documents import Column, FrameInput
from jupyter_mlops.errors import ExportError

LINE_LENGTH = 100
TEMPLATES = resources.files("jupyter_mlops.exporting").joinpath("templates")
_MOST_LISTED = 20


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


def filled(name: str, context: Mapping[str, Any]) -> str:
    """The text of a template, `name` without its last ending."""
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (Python and Markdown, not HTML)
        loader=jinja2.FunctionLoader(lambda name: TEMPLATES.joinpath(name).read_text("utf-8")),
    )
    environment.filters.update(py=py, doc=doc, text=plain_text)
    return environment.get_template(f"{name}.j2").render(context)


def line_file(texts: Iterable[str]) -> str:
    """A text file of some lines."""
    return "".join(f"{each}\n" for each in texts)


def json_file(value: object, *, in_order: bool = False) -> str:
    """A JSON file, its keys sorted unless the order says something (that of columns in a row)."""
    plain = msgspec.to_builtins(value, enc_hook=str)
    return json.dumps(plain, indent=2, sort_keys=not in_order, ensure_ascii=False, allow_nan=False) + "\n"


def _ruff(folder: str, command: str, *words: str) -> None:
    """Run ruff in a folder: which modules are the package's own must not hang on the user's current one."""
    call = [find_ruff_bin(), command, "--isolated", "--no-cache", "--quiet", f"--line-length={LINE_LENGTH}"]
    call += ["--target-version=py311", *words]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ExportError.of("cannot-format", "the package's code could not be formatted", reason=done.stderr)


def format_python(files: dict[str, str], own_code: str, made_code: Sequence[str]) -> dict[str, str]:
    """All Python formatted by ruff, the imports of the notebook's code and of what is made after it sorted. Lines that
    no formatter can break are excused by name, but not in the notebook's code."""
    with tempfile.TemporaryDirectory() as folder:
        sources = {name: text for name, text in files.items() if name.endswith(".py")}
        for name, text in sources.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        for name in (own_code, *made_code):
            if name in sources:
                _ruff(folder, "check", "--select=I", "--fix", name)
        _ruff(folder, "format", ".")
        formatted = {name: Path(folder, name).read_text(encoding="utf-8") for name in sources}
    for name, text in formatted.items():
        if name != own_code and any(len(line) > LINE_LENGTH for line in text.splitlines()):
            formatted[name] = f"# ruff: noqa: E501\n{text}"
    return files | formatted


# --- Markdown


def column_table(shape: FrameInput) -> list[list[str]]:
    """A line for each column of a frame: its name, type, nulls and values."""
    return [
        [
            code(column.name),
            _type(column),
            "yes" if column.nullable else "",
            _admitted(column),
        ]
        for column in shape.columns
    ]


def _type(column: Column) -> str:
    if column.cells is None:
        return f"{column.type} ({code(column.dtype)})"
    count = "one or more" if column.cells.length is None else str(column.cells.length)
    return f"list of {count} values ({column.type}, {code(column.cells.dtype)})"


def _admitted(column: Column) -> str:
    if column.categories is not None:
        shown = ", ".join(code(each) for each in column.categories[:_MOST_LISTED])
        return shown + (", …" if len(column.categories) > _MOST_LISTED else "")
    if column.type == "datetime":
        return "with a time zone" if column.aware else "without a time zone"
    return ""


def code(value: object) -> str:
    """A value as code in a cell of a Markdown table."""
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) or not _is_simple(value) else value
    ticks = "`" * (1 + longest_ticks(text))
    pad = " " if "`" in text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}".replace("|", "\\|")


def _is_simple(text: str) -> bool:
    return text.isprintable() and text.strip() == text != ""


def longest_ticks(text: str) -> int:
    """The longest run of backticks; a fence has to be longer."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
