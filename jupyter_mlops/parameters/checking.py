"""Given values against the declarations, and against the cells that should read them.

A sweep over a misspelt name would run to its end with the default. So a name that the cell does not assign is an
error, and so is a value that no cell would ever see: one that nothing below reads, that is overwritten before it
is read, or that comes too late since the cell itself has already computed another name from the default.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from jupyter_mlops.analysis.code import ParsedCell, parse_cell
from jupyter_mlops.analysis.names import Use, cell_uses
from jupyter_mlops.errors import ParameterError
from jupyter_mlops.notebook import Cell, Notebook
from jupyter_mlops.parameters.declarations import Declared, declarations, parameters_cell
from jupyter_mlops.parameters.types import convert, spelled


def checked(notebook: Notebook, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values by name, each converted to its declared type.

    Raises ParameterError for a notebook without a `parameters` cell, an unknown name, a value that does not fit,
    or one that no cell would see.
    """
    if not given:
        return {}
    cell = parameters_cell(notebook)
    if cell is None:
        raise ParameterError.of(
            "no-parameters-cell",
            "the notebook has no cell tagged `parameters`",
            notebook=notebook.name,
            reason="a value given by -p replaces one that such a cell assigns: " + ", ".join(given),
            fix="tag the cell that assigns the defaults: View, Right Sidebar, Cell Tags, parameters",
        )
    declared = declarations(cell)
    result: dict[str, Any] = {}
    for name, value in given.items():
        if name not in declared:
            raise _unknown(notebook, cell, name, declared)
        try:
            result[name] = convert(value, declared[name].type)
        except (ValueError, OverflowError) as error:
            raise ParameterError.of(
                "wrong-parameter",
                f"the value {value!r} does not fit the parameter `{name}` ({spelled(declared[name].type)})",
                notebook=notebook.name,
                cell=cell.id,
                index=cell.index,
                line=declared[name].line,
                reason=str(error),
                fix="give a value of that type, or change the declaration in the cell",
            ) from None
    for name in result:
        _check_sibling(notebook, cell, declared[name], result)
        _check_reader(notebook, cell, declared[name])
    return result


def _unknown(notebook: Notebook, cell: Cell, name: str, declared: Mapping[str, Declared]) -> ParameterError:
    near = difflib.get_close_matches(name, declared, 1)
    return ParameterError.of(
        "unknown-parameter",
        f"the parameters cell does not assign `{name}`",
        notebook=notebook.name,
        cell=cell.id,
        index=cell.index,
        reason="it assigns " + (", ".join(f"`{each}`" for each in declared) or "nothing"),
        fix=f"write `{near[0]}`" if near else f"assign a default: {name} = …",
    )


def _check_sibling(notebook: Notebook, cell: Cell, parameter: Declared, given: Mapping[str, Any]) -> None:
    """In `n = 10; half = n / 2` the cell computes `half` before the new `n` is there."""
    name = parameter.name
    for statement, uses in cell_uses(parse_cell(cell.source)):
        if not any(use.kind == "read" and use.name == name for use in uses):
            continue
        derived = [use.name for use in uses if use.kind == "bind" and use.name not in given]
        if derived:
            raise ParameterError.of(
                "derived-from-default",
                f"`{derived[0]}` is computed from the default of `{name}`, in the same cell",
                notebook=notebook.name,
                cell=cell.id,
                index=cell.index,
                line=statement.lineno,
                reason=f"the new value of `{name}` comes after this cell, so `{derived[0]}` would keep the old one",
                fix=f"compute `{derived[0]}` in a cell below, or give it too",
            )


def _check_reader(notebook: Notebook, cell: Cell, parameter: Declared) -> None:
    """Some cell below has to read the value before another one is bound to its name."""
    fault = unread(notebook, cell, parameter, _below(notebook, cell))
    if fault is not None:
        raise fault


CellUses = tuple[Cell, ParsedCell, Sequence[Use]]


def _below(notebook: Notebook, cell: Cell) -> Iterator[CellUses]:
    for each in notebook.code_cells:
        if each.index > cell.index:
            parsed = parse_cell(each.source)
            yield each, parsed, [use for _, uses in cell_uses(parsed) for use in uses]


def unread(notebook: Notebook, cell: Cell, parameter: Declared, below: Iterable[CellUses]) -> ParameterError | None:
    """Why no cell below would see a given value of a parameter; None where one reads it, or may do so."""
    name = parameter.name
    for each, parsed, uses in below:
        if parsed.fault is not None or parsed.opaque or _mentioned(parsed, name):
            return None
        for use in uses:
            if use.kind in ("star", "hide") or (use.name == name and use.kind in ("read", "later", "change")):
                return None
            if use.name == name and use.kind in ("bind", "delete"):
                return ParameterError.of(
                    "parameter-overwritten",
                    f"`{name}` is overwritten before anything reads it",
                    notebook=notebook.name,
                    cell=each.id,
                    index=each.index,
                    line=use.line,
                    reason="the given value would change nothing",
                    fix=f"take the assignment of `{name}` out of cell {each.index}",
                )
    return ParameterError.of(
        "parameter-never-read",
        f"no cell below reads `{name}`",
        notebook=notebook.name,
        cell=cell.id,
        index=cell.index,
        line=parameter.line,
        reason="the given value would change nothing",
        fix=f"use `{name}` in a cell, or take it out of the parameters",
    )


def _mentioned(parsed: ParsedCell, name: str) -> bool:
    """Whether a text of the cell names it, as `frame.query("x > @limit")` and shell lines do."""
    texts = (n.value for n in ast.walk(parsed.tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return any(name in _words(text) for text in texts)


def _words(text: str) -> Sequence[str]:
    return "".join(c if c.isidentifier() or c.isdigit() else " " for c in text).split()
