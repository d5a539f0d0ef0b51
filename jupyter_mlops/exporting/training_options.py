"""The parameters of a notebook as options of its `train.py`.

    rate: float = 0.1        # learning rate          --rate RATE      learning rate (default: 0.1)
    balanced = False                                  --balanced, --no-balanced
    kind: Literal["a", "b"] = "a"                     --kind {a,b}
    sizes = [10, 5]                                   --sizes "[10, 5]", as Python writes it

The default is the value that the run had. A parameter whose value is no literal stays as the notebook has it.
"""

from __future__ import annotations

import ast
import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from jupyter_mlops.analysis.statements import Unit
from jupyter_mlops.notebook import Cell
from jupyter_mlops.parameters.declarations import Declared, declarations
from jupyter_mlops.parameters.types import Anything, Choice, Items, ParameterType, Plain, Union, of_default, spelled
from jupyter_mlops.tags import INJECTED_TAG, PARAMETERS_TAG

Place = tuple[int, int, int]

_OURS = ("help", "values", "metrics")
_NO_VALUE = object()


@dataclass(frozen=True)
class Option:
    """One option: the parameter's name, its flag, and the source of the words that `add_argument` gets beside them."""

    name: str
    flag: str
    words: Mapping[str, str]


def options_of(
    cells: Sequence[Cell],
    everything: Sequence[Unit],
    kept: Sequence[Unit],
    literals: Mapping[str, str | None],
    runtime: str,
) -> list[Option]:
    """An option for each parameter that the kept statements set. `runtime` is the name of the module with converters,
    `literals` are values at the end of the run."""
    declared: dict[str, Declared] = {}
    for cell in cells:
        if PARAMETERS_TAG in cell.tags:
            declared.update(declarations(cell))
    elsewhere = {name for unit in everything if not _is_of_parameters(cells[unit.cell]) for name in unit.binds}
    found: list[Option] = []
    taken = {f"--{name}" for name in _OURS}
    for name, unit in _last_binders(cells, kept).items():
        value = _value(_assigned(unit.statement))
        if value is _NO_VALUE and name not in elsewhere and literals.get(name) is not None:
            value = ast.literal_eval(literals[name] or "None")
        if value is _NO_VALUE:
            continue
        each = declared.get(name)
        kind = each.type if each else _kind_of(unit.statement)
        words = _words(value, kind, runtime)
        if words is None:
            continue
        description = each.description if each else ""
        flag = _flag(name, kind, taken)
        if flag.removeprefix("--").replace("-", "_") != name:
            words["dest"] = repr(name)
        words["help"] = repr((description or spelled(kind)).replace("%", "%%"))
        found.append(Option(name, flag, words))
    return found


def parameter_lines(
    cells: Sequence[Cell], kept: Sequence[Unit], options: set[str], options_name: str
) -> dict[Place, list[str]]:
    """What stands in the place of the statements that set parameters: `seed = _options.seed`."""
    lines: dict[Place, list[str]] = {}
    for name, unit in _last_binders(cells, kept).items():
        if name in options:
            place = unit.cell, unit.line, unit.statement.col_offset
            lines.setdefault(place, []).append(f"{name} = {options_name}.{name}")
    # of `a = b = object()` with one option, the other name keeps its statement
    return {
        place: texts
        for place, texts in lines.items()
        for unit in kept
        if (unit.cell, unit.line, unit.statement.col_offset) == place and len(texts) == len(_targets(unit.statement))
    }


def _is_of_parameters(cell: Cell) -> bool:
    return bool(cell.tags & {PARAMETERS_TAG, INJECTED_TAG})


def _last_binders(cells: Sequence[Cell], kept: Sequence[Unit]) -> dict[str, Unit]:
    """Each name that a cell of parameters assigns by itself, with the statement that does so last."""
    found: dict[str, Unit] = {}
    for unit in kept:
        if _is_of_parameters(cells[unit.cell]):
            found.update(dict.fromkeys(_targets(unit.statement), unit))
    return found


def _targets(statement: ast.stmt) -> list[str]:
    """The names of `a = b = 1` and `a: int = 1`; none where another target is among them."""
    match statement:
        case ast.Assign(targets=targets) if all(isinstance(each, ast.Name) for each in targets):
            return [each.id for each in targets if isinstance(each, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return [name]
        case _:
            return []


def _assigned(statement: ast.stmt) -> ast.expr | None:
    return statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None


def _kind_of(statement: ast.stmt) -> ParameterType:
    value = _assigned(statement)
    return of_default(value) if value is not None else Anything()


# --- values


def _value(node: ast.expr | None) -> Any:
    """The value of an expression that can be told from its text: a literal, a path, a day; else _NO_VALUE."""
    if node is None:
        return _NO_VALUE
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        pass
    match node:
        case ast.Call(func=function, args=arguments, keywords=[]):
            try:
                given = [ast.literal_eval(each) for each in arguments]
                return _MADE[_dotted(function)](*given)
            except (KeyError, ValueError, TypeError):
                return _NO_VALUE
        case _:
            return _NO_VALUE


def _dotted(function: ast.expr) -> str:
    """`date.fromisoformat` of `datetime.date.fromisoformat` and of `__import__('datetime').date.fromisoformat`."""
    parts = ast.unparse(function).split(".")
    return ".".join(part for part in parts if part != "dt" and not part.startswith("__import__")).removeprefix(
        "pathlib."
    )


_MADE = {
    "Path": Path,
    "float": float,
    "date": datetime.date,
    "datetime.date": datetime.date,
    "datetime": datetime.datetime,
    "datetime.datetime": datetime.datetime,
    "date.fromisoformat": datetime.date.fromisoformat,
    "datetime.date.fromisoformat": datetime.date.fromisoformat,
    "datetime.fromisoformat": datetime.datetime.fromisoformat,
    "datetime.datetime.fromisoformat": datetime.datetime.fromisoformat,
}


# --- options


def _flag(name: str, kind: ParameterType, taken: set[str]) -> str:
    text = name.replace("_", "-").strip("-") or name
    flag = f"--{text}"
    wanted = {flag, f"--no-{text}"} if kind == Plain("bool") else {flag}
    if wanted & taken:
        flag = f"--parameter-{text}"
        wanted = {flag, f"--no-parameter-{text}"}
    taken |= wanted
    return flag


def _words(value: Any, kind: ParameterType, runtime: str) -> dict[str, str] | None:
    """The words of `add_argument` for a type and a default; None where the default has no form in source."""
    default = _source(value)
    if default is None:
        return None
    match kind:
        case Plain("bool") if isinstance(value, bool):
            return {"action": f"{runtime}.BooleanOptionalAction", "default": default}
        case Plain("str") if isinstance(value, str):
            return {"default": default}
        case Plain("int" | "float" as name):
            return {"type": name, "default": default}
        case Plain("Path" | "date" | "datetime" as name):
            converter = {"Path": "Path", "date": "date", "datetime": "moment"}[name]
            return {"type": f"{runtime}.{converter}", "default": default}
        case Choice(values) if value in values:
            return _choice(values, default, runtime)
        case _:
            kinds = ", ".join(map(repr, _kinds(kind)))
            # argparse reads a default that is text as if it had been given
            return {
                "type": f"{runtime}.literal({kinds})",
                "default": repr(repr(value)) if isinstance(value, str) else default,
            }


def _choice(values: tuple[Any, ...], default: str, runtime: str) -> dict[str, str]:
    listed = repr(list(values))
    if all(isinstance(value, str) for value in values):
        return {"choices": listed, "default": default}
    return {"type": f"{runtime}.one_of({', '.join(map(repr, values))})", "choices": listed, "default": default}


def _kinds(kind: ParameterType) -> list[str]:
    """The names of the types that a value may have, at its outermost; none where it may have any."""
    match kind:
        case Plain(name):
            return [name]
        case Items(container):
            return [container]
        case Choice(values):
            return list(dict.fromkeys(type(value).__name__.replace("NoneType", "None") for value in values))
        case Union(options):
            return list(dict.fromkeys(name for option in options for name in _kinds(option)))
        case Anything():
            return []


def _source(value: Any) -> str | None:
    """A default as source that needs no import; paths and days as the text that their converter reads."""
    if isinstance(value, PurePath):
        return repr(str(value))
    if isinstance(value, datetime.date):
        return repr(value.isoformat())
    if isinstance(value, float) and not math.isfinite(value):
        return repr(str(value))
    text = repr(value)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return text
