"""The `parameters` cell as typed declarations.

    rate: float = 0.1   # learning rate
    rounds = 100

declares `rate` (float, by its annotation, described by its comment) and `rounds` (int, by its default).
"""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.notebook import Cell, Notebook
from jupyter_mlops.parameters.types import Anything, ParameterType, of_annotation, of_default, spelled
from jupyter_mlops.tags import PARAMETERS_TAG


@dataclass(frozen=True)
class Declared:
    """One parameter: its type, its default as source (None where there is none), what its comment says, and the
    line that assigns it."""

    name: str
    type: ParameterType
    default: str | None
    description: str
    line: int


def parameters_cell(notebook: Notebook) -> Cell | None:
    """The first code cell tagged `parameters`."""
    return next((cell for cell in notebook.cells if PARAMETERS_TAG in cell.tags and cell.kind == "code"), None)


def declarations(cell: Cell) -> dict[str, Declared]:
    """The parameters that a cell assigns at its top level, in order."""
    parsed = parse_cell(cell.source)
    comments = _comments(parsed.text)
    found: dict[str, Declared] = {}
    for statement in parsed.tree.body:
        description = comments.get(statement.end_lineno or statement.lineno) or comments.get(-statement.lineno, "")
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                kind = of_annotation(annotation)
                if isinstance(kind, Anything) and value is not None:
                    kind = of_default(value)
                default = ast.unparse(value) if value is not None else None
                found[name] = Declared(name, kind, default, description, statement.lineno)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = Declared(
                            target.id, of_default(value), ast.unparse(value), description, statement.lineno
                        )
            case _:
                pass
    return found


def _comments(text: str) -> dict[int, str]:
    """The comment at the end of each line; under minus its number, the comment lines right above a line."""
    ends: dict[int, str] = {}
    alone: dict[int, str] = {}
    lines = text.splitlines()
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return {}
    for token in tokens:
        if token.type == tokenize.COMMENT:
            line, column = token.start
            words = token.string.lstrip("#").strip()
            if lines[line - 1][:column].strip():
                ends[line] = words
            else:
                alone[line] = words
    for line in sorted(alone):
        above = alone.get(line)
        if line + 1 in alone:
            alone[line + 1] = f"{above} {alone[line + 1]}"
        else:
            ends[-(line + 1)] = above or ""
    return ends


def as_papermill(found: dict[str, Declared]) -> dict[str, dict[str, str]]:
    """The shape of `papermill.inspect_notebook`: name, inferred_type_name, default and help of each."""
    return {
        name: {
            "name": name,
            "inferred_type_name": "None" if isinstance(each.type, Anything) else spelled(each.type),
            "default": each.default or "",
            "help": each.description,
        }
        for name, each in found.items()
    }
