"""The `parameters` cell as declarations, and given values checked against them before anything starts.

    rate: float = 0.1   # learning rate
    rounds = 100

declares `rate` (float, by its annotation) and `rounds` (int, by its default). A value given as text is parsed by
the declared type; a name that the cell does not assign is an error, as a misspelt one would leave the default.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.errors import ParameterError
from jupyter_mlops.notebook import PARAMETERS_TAG, Cell, Notebook

_SIMPLE: dict[str, type] = {"int": int, "float": float, "str": str, "bool": bool}
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Declared:
    """One parameter: its type where it is one of int, float, str and bool, and the line that assigns it."""

    name: str
    type: type | None
    line: int


def declarations(cell: Cell) -> dict[str, Declared]:
    """The parameters that a cell assigns at its top level."""
    found: dict[str, Declared] = {}
    for statement in parse_cell(cell.source).tree.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                found[name] = Declared(name, _annotated(annotation) or _of_default(value), statement.lineno)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = Declared(target.id, _of_default(value), statement.lineno)
            case _:
                pass
    return found


def _annotated(annotation: ast.expr) -> type | None:
    return _SIMPLE.get(annotation.id) if isinstance(annotation, ast.Name) else None


def _of_default(value: ast.expr | None) -> type | None:
    if value is None:
        return None
    try:
        default: object = ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError):
        return None
    return type(default) if type(default) in _SIMPLE.values() else None


def checked(notebook: Notebook, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values by name, each converted to its declared type; text is parsed, other values are checked.

    Raises ParameterError for a notebook without a `parameters` cell, an unknown name or a value that does not fit.
    """
    if not given:
        return {}
    cell = next((cell for cell in notebook.cells if PARAMETERS_TAG in cell.tags and cell.kind == "code"), None)
    if cell is None:
        raise ParameterError.of(
            "no-parameters-cell",
            "the notebook has no cell tagged `parameters`",
            notebook=notebook.path.name,
            reason="a value given by -p replaces one that such a cell assigns: " + ", ".join(given),
            fix="tag the cell that assigns the defaults: View, Right Sidebar, Cell Tags, parameters",
        )
    declared = declarations(cell)
    result: dict[str, Any] = {}
    for name, value in given.items():
        if name not in declared:
            near = difflib.get_close_matches(name, declared, 1)
            raise ParameterError.of(
                "unknown-parameter",
                f"the parameters cell does not assign `{name}`",
                notebook=notebook.path.name,
                cell=cell.id,
                index=cell.index,
                reason="it assigns " + (", ".join(f"`{each}`" for each in declared) or "nothing"),
                fix=f"write `{near[0]}`" if near else f"assign a default: {name} = …",
            )
        try:
            result[name] = _converted(value, declared[name].type)
        except ValueError as error:
            raise ParameterError.of(
                "wrong-parameter",
                f"the value {value!r} does not fit the parameter `{name}`",
                notebook=notebook.path.name,
                cell=cell.id,
                index=cell.index,
                line=declared[name].line,
                reason=str(error),
                fix="give a value of that type, or change the default in the cell",
            ) from None
    return result


def _converted(value: Any, kind: type | None) -> Any:
    if not isinstance(value, str):
        return _checked_value(value, kind)
    if kind is str:
        return value
    if kind is bool:
        if value.lower() not in _BOOLEANS:
            raise ValueError("it is neither true nor false")
        return _BOOLEANS[value.lower()]
    if kind is int:
        return int(value)
    if kind is float:
        return float(value)
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value


def _checked_value(value: Any, kind: type | None) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    if kind is not None and type(value) is not kind:
        raise ValueError(f"it is {type(value).__name__}, not {kind.__name__}")
    if value is not None and type(value) not in (bool, int, float, str, list, dict):
        raise ValueError(f"a value of type {type(value).__name__} cannot be written into a cell")
    return value
