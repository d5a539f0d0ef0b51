"""Parameters of a notebook that requests may set, because their hints say so.

    threshold: Annotated[float, "argument"] = 0.5           # in the cell tagged `parameters`

    def decide(score: float) -> bool:                       # in a cell tagged `serve`
        return score > threshold

The package gets the function that the author would have written to be asked with a threshold,

    def decide(score: float, *, threshold: float = 0.5) -> bool:

with the value of the run as its default. All other parameters stay what the run had. Only the functions of `serve`
cells can be given arguments: where other code that is carried reads the parameter too, the plan says so.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

import msgspec

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.served import Function, functions
from jupyter_mlops.analysis.statements import Unit, units
from jupyter_mlops.documents import PlannedName
from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.exporting.constants import assignments
from jupyter_mlops.exporting.module_text import Place, place
from jupyter_mlops.notebook import Cell
from jupyter_mlops.tags import INJECTED_TAG, PARAMETERS_TAG

MARK = "argument"


@dataclass(frozen=True)
class ParameterArgument:
    """A parameter that is marked: its type without the mark, the value of the run as source (None where that is no
    literal), and where it is declared."""

    name: str
    hint: str
    value: str | None
    cell: Cell
    line: int


@dataclass(frozen=True)
class Extended:
    """Functions with the arguments that they get: `added` has the parameters that each reads, `units` their definitions
    by the places of those in the notebook."""

    added: Mapping[str, tuple[ParameterArgument, ...]]
    units: Mapping[Place, Unit]
    findings: tuple[Finding, ...]

    @property
    def nodes(self) -> dict[str, Function]:
        """The definitions by name."""
        return {unit.statement.name: unit.statement for unit in self.units.values() if _is_function(unit.statement)}


def marked_parameters(cells: Sequence[Cell]) -> dict[str, ParameterArgument]:
    """The parameters whose hint is `Annotated[..., "argument"]`, with the value that was given last."""
    found: dict[str, ParameterArgument] = {}
    for cell in cells:
        if not cell.tags & {PARAMETERS_TAG, INJECTED_TAG}:
            continue
        for statement in parse_cell(cell.source).tree.body:
            hint = _marked_hint(statement.annotation) if isinstance(statement, ast.AnnAssign) else None
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and hint is not None:
                name = statement.target.id
                found[name] = ParameterArgument(name, hint, None, cell, statement.lineno)
            for name, value in assignments(statement):
                if name in found:
                    found[name] = replace(found[name], value=_literal(value))
    return found


def extended(cells: Sequence[Cell]) -> Extended:
    """The functions of `serve` cells as if they had taken the marked parameters that they read."""
    parameters = marked_parameters(cells)
    if not parameters:
        return Extended({}, {}, ())
    added: dict[str, tuple[ParameterArgument, ...]] = {}
    found: dict[Place, Unit] = {}
    for position, cell in enumerate(cells):
        if cell.role != "serve":
            continue
        parsed = parse_cell(cell.source)
        late = {node.name: _late(unit) for unit in units([parsed]) if _is_function(node := unit.statement)}
        reading = {
            node.name: tuple(each for name, each in parameters.items() if name in late[node.name])
            for node in functions(parsed)
        }
        added |= {name: read for name, read in reading.items() if read}
        text = parsed.text
        # from the last to the first, so that the places above stay right
        for function in sorted(functions(parsed), key=lambda each: -each.lineno):
            if reading[function.name]:
                text = _with_arguments(text, function, reading[function.name])
        written = parse_cell(text)
        last = {id(node) for node in functions(written)}
        for unit in units([written]):
            if id(unit.statement) in last and _is_function(unit.statement) and reading[unit.statement.name]:
                here = replace(unit, cell=position)
                found[place(here)] = here
    read = {each.name for names in added.values() for each in names}
    findings = [finding for each in parameters.values() if (finding := _doubt(each, used=each.name in read))]
    return Extended(added, found, tuple(findings))


def told(names: Iterable[PlannedName], extension: Extended) -> list[PlannedName]:
    """The decisions of a plan with what became of the marked parameters."""
    readers: dict[str, list[str]] = {}
    for function, parameters in extension.added.items():
        for each in parameters:
            readers.setdefault(each.name, []).append(function)
    values = {each.name: each.value for parameters in extension.added.values() for each in parameters}
    result: list[PlannedName] = []
    for each in names:
        if each.kind == "not-needed" and each.name in readers:
            functions_of = ", ".join(f"`{name}`" for name in readers[each.name])
            reason = f"an argument of {functions_of}; the run had {values[each.name]}"
            result.append(msgspec.structs.replace(each, kind="parameter", reason=reason))
        else:
            result.append(each)
    return result


def left_behind(carried: Iterable[PlannedName], cells: Sequence[Cell], extension: Extended) -> list[Finding]:
    """What would not hear the argument: other code that reads the parameter, or that calls such a function."""
    code = {each.name for each in carried if each.kind == "code"}
    parameters = {each.name for added in extension.added.values() for each in added}
    found: list[Finding] = []
    for written in units([parse_cell(cell.source) for cell in cells]):
        unit, cell = extension.units.get(place(written), written), cells[written.cell]
        if not unit.binds & code or cell.tags & {PARAMETERS_TAG, INJECTED_TAG}:
            continue
        owner = next(iter(sorted(unit.binds & code)))
        for name in sorted(unit.reads & parameters):
            found.append(_unheard(cell, unit, owner, name, f"it reads `{name}` itself"))
        for function in sorted(unit.reads & extension.added.keys()):
            if function != owner:
                name = extension.added[function][0].name
                found.append(_unheard(cell, unit, owner, name, f"it calls `{function}`, which reads `{name}`"))
    return found


def _unheard(cell: Cell, unit: Unit, owner: str, name: str, reason: str) -> Finding:
    return Finding(
        code="parameter-read-elsewhere",
        message=f"`{owner}` would answer with the run's `{name}`, whatever a request says",
        cell=cell.id,
        index=cell.index,
        line=unit.line,
        reason=f"{reason}, and only functions of cells tagged `serve` are given `{name}` by a request",
        fix=Fix(
            text=f"let `{owner}` take it as an argument (`def {owner}(..., limit)`) and hand `{name}` over where it is "
            f'called, or take the "{MARK}" out of its hint'
        ),
    )


def _doubt(parameter: ParameterArgument, *, used: bool) -> Finding | None:
    if used and parameter.value is not None:
        return None
    if not used:
        message = f"no endpoint takes `{parameter.name}`"
        reason = "its hint says that it is an argument, and no function of a cell tagged `serve` reads it"
        fix = f'read it in such a function, or take the "{MARK}" out of its hint'
    else:
        message = f"the parameter `{parameter.name}` cannot come from a request"
        reason = "its value is computed, so that a request without it would have no default"
        fix = "give it a plain value: a number, a text, a list or a dict of them"
    return Finding(
        code="argument-has-no-schema" if used else "parameter-not-an-argument",
        severity="error" if used else "warning",
        message=message,
        cell=parameter.cell.id,
        index=parameter.cell.index,
        line=parameter.line,
        reason=reason,
        fix=Fix(text=fix),
    )


# --- source


def _marked_hint(annotation: ast.expr) -> str | None:
    """A hint without its mark; None where it has none: `Annotated[int, Field(ge=1), "argument"]` keeps the field."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value.strip(), mode="eval").body
        except SyntaxError:
            return None
    match annotation:
        case ast.Subscript(
            value=ast.Name(id="Annotated") | ast.Attribute(attr="Annotated"), slice=ast.Tuple(elts=[kind, *rest])
        ):
            kept = [each for each in rest if not (isinstance(each, ast.Constant) and each.value == MARK)]
            if len(kept) == len(rest):
                return None
            whole = ast.Subscript(annotation.value, ast.Tuple([kind, *kept], ast.Load()), ast.Load())
            return ast.unparse(ast.fix_missing_locations(whole) if kept else kind)
        case _:
            return None


def _literal(value: ast.expr) -> str | None:
    try:
        ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError):
        return None
    return ast.unparse(value)


def _is_function(node: ast.stmt) -> TypeGuard[Function]:
    return isinstance(node, Function)


def _late(unit: Unit) -> set[str]:
    """The names that a function reads when it is called."""
    return {use.name for use in unit.uses if use.kind == "later"}


def _with_arguments(text: str, function: Function, parameters: Sequence[ParameterArgument]) -> str:
    """A cell's text in which a function takes more arguments, by keyword; no line moves."""
    close, last = _signature_end(text, function)
    star = "" if function.args.kwonlyargs else "*, "
    words = star + ", ".join(f"{each.name}: {each.hint} = {each.value}" for each in parameters)
    lines = text.split("\n")
    row, column = close
    lines[row] = lines[row][:column] + words + lines[row][column:]
    if last is not None:
        # behind the last argument, which a comment may stand between
        row, column = last
        lines[row] = lines[row][:column] + ", " + lines[row][column:]
    return "\n".join(lines)


def _signature_end(text: str, function: Function) -> tuple[tuple[int, int], tuple[int, int] | None]:
    """Where the parenthesis of a function's arguments closes (row from 0, column), and where a comma has to be added
    before it, if one has to."""
    lines = text.split("\n")
    depth, last = 0, None
    source = "\n".join([*lines[function.lineno - 1 :], ""])
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        row, column = token.end[0] + function.lineno - 2, token.end[1]
        if token.type == tokenize.OP and token.string in "([{":
            depth += 1
        elif token.type == tokenize.OP and token.string in ")]}":
            depth -= 1
            if depth == 0 and token.string == ")":
                return (row, column - 1), last
        if depth and token.type not in (tokenize.NL, tokenize.COMMENT):
            opened = depth == 1 and token.string in ("(", ",")
            last = None if opened and token.type == tokenize.OP else (row, column)
    raise ValueError(f"the arguments of {function.name} have no end")
