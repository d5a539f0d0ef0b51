"""The plan of an export whose endpoints are functions: those of the notebook's cells tagged `serve`.

    def price(area: float, kind: Literal["flat", "house"] = "flat") -> float: ...   # in a cell tagged serve

becomes `POST /price` with `{"area": 70.5}`. The types come from the hints, else from the calls that the notebook
made; so do the examples for the proof.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.rewriting.awaits import without_async
from jupyter_mlops.analysis.rewriting.definitions import with_hint
from jupyter_mlops.analysis.served import Function, functions, is_generator
from jupyter_mlops.documents import (
    Argument,
    ElementsInput,
    Endpoint,
    Example,
    FrameInput,
    ItemType,
)
from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.exporting import requirements
from jupyter_mlops.exporting.parameter_arguments import ParameterArgument, extended, left_behind, told
from jupyter_mlops.exporting.plan import ENOUGH_EXAMPLES, Answering, Drawn, Executed, completed
from jupyter_mlops.exporting.signature import signature
from jupyter_mlops.notebook import Cell
from jupyter_mlops.rules import endpoint_name
from jupyter_mlops.rules.edits import concerned, edit_of, edits_of

_BUILTINS = frozenset(dir(builtins))
_NO_TYPE = "argument-without-type"
_ELEMENTS: dict[str, ItemType] = {"int": "integer", "uint": "integer", "float": "number", "bool": "boolean"}


@dataclass(frozen=True)
class Served:
    """A function that is to become an endpoint, with the cell that defines it."""

    cell: Cell
    node: Function

    @property
    def name(self) -> str:
        """Its name, and the path of its route."""
        return self.node.name

    def finding(self, code: str, message: str, reason: str, fix: str | Fix, *, warning: bool = False) -> Finding:
        """A finding that points to the definition."""
        return Finding(
            code=code,
            message=message,
            severity="warning" if warning else "error",
            cell=self.cell.id,
            index=self.cell.index,
            line=self.node.lineno,
            reason=reason,
            fix=Fix(text=fix) if isinstance(fix, str) else fix,
        )


def watched(cells: Sequence[Cell]) -> list[str] | None:
    """The names of the functions that are served; None of a notebook without `serve` cells."""
    if not any(cell.role == "serve" for cell in cells):
        return None
    return [each.name for each in served_functions(cells)]


def served_functions(cells: Sequence[Cell]) -> list[Served]:
    """The public functions of all `serve` cells in document order; of two of a name the last."""
    found: dict[str, Served] = {}
    for cell in cells:
        if cell.role == "serve":
            found.update({node.name: Served(cell, node) for node in functions(parse_cell(cell.source))})
    return list(found.values())


def draw_functions(executed: Executed) -> Drawn:
    """Make the plan of a service of the functions in cells tagged `serve`."""
    extension = extended(executed.cells)
    executed = replace(executed, instead=extension.units)
    cells, dialogue = executed.cells, executed.dialogue
    served = [replace(each, node=extension.nodes.get(each.name, each.node)) for each in served_functions(cells)]
    findings = [*extension.findings, *([] if served else [_no_function(cells)])]
    known: dict[str, Any] = dialogue.functions([each.name for each in served])["functions"]
    endpoints: list[Endpoint] = []
    examples: dict[str, list[Example]] = {}
    for each in served:
        problems = _unfit(each, executed.notebook.cells)
        if not problems:
            endpoint, given, problems = _endpoint(each, _with_values(known[each.name], extension.added.get(each.name)))
            endpoints.append(endpoint)
            examples[each.name] = given
        findings += problems

    carrier = executed.carrier
    arguments = [argument for endpoint in endpoints for argument in endpoint.arguments or ()]
    hinted = sorted({each for argument in arguments for each in names_of(argument.type)})
    imported = {each: line for each in hinted if (line := carrier.imported(each)) is not None}
    carried = carrier.carry_functions([each.name for each in endpoints], hinted)
    findings += [*carried.findings, *left_behind(carried.names, cells, extension)]
    carried = replace(carried, names=tuple(told(carried.names, extension)))
    modules = {"pydantic", *(each for line in imported.values() for each in requirements.import_names(line))}
    modules |= {"numpy", "pandas"} if any(isinstance(each.content, FrameInput) for each in arguments) else set[str]()
    modules |= {"numpy"} if any(isinstance(each.content, ElementsInput) for each in arguments) else set[str]()
    return replace(completed(executed, Answering(endpoints, examples), carried, modules, findings), hints=imported)


def watched_parameters(cells: Sequence[Cell]) -> dict[str, dict[str, str]]:
    """For each function that is served, the parameters that are arguments of its endpoint, with their hints."""
    return {name: {each.name: each.hint for each in added} for name, added in extended(cells).added.items()}


def names_of(hint: str) -> set[str]:
    """The names that a type hint has beside Python's own."""
    nodes = ast.walk(ast.parse(hint, mode="eval"))
    return {node.id for node in nodes if isinstance(node, ast.Name) and node.id not in _BUILTINS}


# --- one function


def _no_function(cells: Sequence[Cell]) -> Finding:
    cell = next(cell for cell in cells if cell.role == "serve")
    return Finding(
        code="no-served-function",
        message="no cell tagged `serve` defines a public function",
        cell=cell.id,
        index=cell.index,
        line=1,
        reason="the functions of these cells become endpoints; names that begin with an underscore, classes and "
        "functions inside of others do not",
        fix=Fix(text="define a function at the top level of the cell, or take the tag `serve` off it"),
    )


def _unfit(served: Served, cells: Sequence[Cell]) -> list[Finding]:
    """What its definition alone shows to be no endpoint."""
    found: list[Finding] = []
    reason = endpoint_name.owner(served.name)
    if reason is not None:
        message = f"`{served.name}` cannot be the name of an endpoint"
        found.append(served.finding(endpoint_name.CODE, message, reason, endpoint_name.renaming(served.name, cells)))
    message = f"`{served.name}` gets no endpoint"
    if isinstance(served.node, ast.AsyncFunctionDef):
        reason = "it is an async function, and calls of those are not followed"
        code = concerned(cells, served.name)
        edits = edits_of(code, without_async([cell.source for cell in code], served.name))
        fix = Fix(text=f"write it as a plain `def {served.name}`", edits=edits)
        found.append(served.finding("async-function", message, reason, fix))
    elif is_generator(served.node):
        reason = "it is a generator, and a service answers at once"
        found.append(served.finding("generator-function", message, reason, "return a list instead of yielding"))
    arguments = served.node.args
    star = next((each for each in (arguments.vararg, arguments.kwarg) if each), None)
    if star is not None:
        stars = "*" if star is arguments.vararg else "**"
        reason = f"`{stars}{star.arg}` takes any arguments, and a service refuses those that it does not know"
        found.append(served.finding("argument-has-no-schema", message, reason, f"name each argument of {served.name}"))
    return found


def _endpoint(served: Served, known: dict[str, Any]) -> tuple[Endpoint, list[Example], list[Finding]]:
    description = ast.get_docstring(served.node)
    if known["problem"] is not None:
        fix = f"see to it that `{served.name}` is still the function of this cell when the notebook ends"
        finding = served.finding("no-endpoint", f"`{served.name}` gets no endpoint", known["problem"], fix)
        empty = Endpoint(name=served.name, kind="function", examples=0, weak=True, arguments=[], returns="Any")
        return empty, [], [finding]
    findings: list[Finding] = []
    loose: dict[str, Finding] = {}
    arguments: list[Argument] = []
    for fact in known["parameters"]:
        found = _argument(served, fact, called=bool(known["calls"]))
        if isinstance(found, Finding) and found.code == _NO_TYPE:
            loose[fact["name"]] = found
        elif isinstance(found, Finding):
            findings.append(found)
        elif found is not None:
            arguments.append(found)
    findings += _with_types(served, loose, known["parameters"])
    findings += _doubts(served, known, sound=not findings)
    examples = [Example(row=each["arguments"], answer=each["answer"]) for each in known["calls"]]
    distinct = len({repr(each.answer) for each in examples})
    endpoint = Endpoint(
        name=served.name,
        kind="function",
        examples=len(examples),
        weak=len(examples) < ENOUGH_EXAMPLES or distinct < 2,
        arguments=arguments,
        returns=known["answers"],
        description=description,
    )
    return endpoint, examples, findings


def _with_values(known: dict[str, Any], added: Sequence[ParameterArgument] | None) -> dict[str, Any]:
    """What the kernel says of a function, with the run's own values as the defaults of its parameters' arguments."""
    values = {each.name: each.value for each in added or ()}
    if known["problem"] is not None or not values:
        return known
    parameters = [
        {**fact, "default": values[fact["name"]]} if fact["name"] in values else fact for fact in known["parameters"]
    ]
    return {**known, "parameters": parameters}


def _doubts(served: Served, known: dict[str, Any], *, sound: bool) -> list[Finding]:
    """No calls, calls that cannot be examples, answers that change; `sound` where all arguments have types."""
    name, left_out = served.name, known["left_out"]
    found: list[Finding] = []
    if known["changing"] is not None:
        given = known["changing"]
        reason = f"for {given['arguments']} it answered {given['first']} and later {given['then']}"
        fix = "let it draw no random numbers, read no clock and change no names of the notebook"
        message = f"`{name}` answered differently for the same arguments"
        found.append(served.finding("answer-changes", message, reason[:300], fix))
    if known["unvaried"] and known["calls"]:
        names = ", ".join(f"`{each}`" for each in known["unvaried"])
        message = f"the proof of `{name}` has one value of {names} only"
        reason = "no other value could be tried: the function raised, or its type names none"
        fix = "write its type as a Literal of the values that it may have, or try others by hand"
        found.append(served.finding("parameter-not-varied", message, reason, fix, warning=True))
    if not known["calls"] and sound:
        call = f"call `{name}(...)` in a cell below, so that the answer can be proved"
        if left_out:
            message = f"no call of `{name}` can be an example: {left_out[0]}"
            reason = "the proof asks the service what the notebook asked the function"
            fix = "call it with what its hints say, and let it return numbers, texts, lists, dicts or tables"
        elif known["made"]:
            message, reason, fix = f"no call of `{name}` returned", "a call that raises is no example", call
        else:
            message, fix = f"`{name}` is never called in the notebook", call
            reason = (
                "calls by its name are seen in cells and functions; those with * or **, and by map or apply, are not"
            )
        found.append(served.finding("no-calls", message, reason, fix))
    elif left_out and known["calls"]:
        message = f"some calls of `{name}` are left out of the proof: {left_out[0]}"
        reason = "the service takes what the hints say, and answers what JSON can carry"
        fix = "call it with the types of its hints"
        found.append(served.finding("calls-left-out", message, reason, fix, warning=True))
    return found


# --- one argument


def _argument(served: Served, fact: dict[str, Any], *, called: bool) -> Argument | Finding | None:
    """An argument with its type; None where only a call could tell and there is none, which is a finding itself."""
    name = fact["name"]
    hint = _hint(served.node, name)
    if fact["annotated"] and hint is None:
        return _no_schema(served, name, "a decorator gave the function other arguments than its definition has")
    if fact["reason"] is not None:
        return _no_schema(served, name, fact["reason"])
    content: FrameInput | ElementsInput | None = None
    if fact["kind"] != "value":
        if not fact["required"]:
            return _no_schema(served, name, "an array or a frame with a default has no form in a request yet")
        if fact["profile"] is None:
            return None
        found = _frame(served, fact) if fact["kind"] == "frame" else _elements(served, fact)
        if isinstance(found, Finding):
            return found
        content = found
    elif hint is None and fact["type"] is None:
        return _without_type(served, fact) if called else None
    default = fact["default"]
    if hint is None and default is not None and default.startswith("("):
        # a request has lists only
        default = None
    return Argument(
        name=name,
        type=hint or fact["type"] or ("pd.DataFrame" if fact["kind"] == "frame" else "np.ndarray"),
        required=fact["required"],
        default=default,
        positional=fact["passing"] == "positional_only",
        content=content,
    )


def _hint(function: Function, name: str) -> str | None:
    """The text of an argument's hint, taken out of quotes."""
    arguments = function.args
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if each.arg == name and each.annotation is not None:
            hint = each.annotation
            if isinstance(hint, ast.Constant) and isinstance(hint.value, str):
                hint = ast.parse(hint.value.strip(), mode="eval").body
            return ast.unparse(hint)
    return None


def _frame(served: Served, fact: dict[str, Any]) -> FrameInput | Finding:
    shape, problems = signature(fact["profile"], fact["name"])
    if isinstance(shape, FrameInput):
        return shape
    fix = problems[0].fix.text if problems[0].fix else ""
    found = _no_schema(served, fact["name"], problems[0].reason or problems[0].message)
    return replace(found, fix=Fix(text=fix.replace("before the fit", "before the call")))


def _elements(served: Served, fact: dict[str, Any]) -> ElementsInput | Finding:
    profile = fact["profile"]
    kind = _ELEMENTS.get(re.sub(r"\d+$", "", profile["dtype"]))
    if kind is None or profile["ndim"] == 0 or profile["dtype"] == "float128":
        what = f"an array of {profile['dtype']} with {profile['ndim']} dimensions"
        return _no_schema(served, fact["name"], f"it was given as {what}, and arrays of numbers and booleans are taken")
    return ElementsInput(
        ndim=profile["ndim"], width=profile["width"], dtype=profile["dtype"], type=kind, nullable=profile["nulls"]
    )


def _no_schema(served: Served, name: str, reason: str) -> Finding:
    return served.finding(
        "argument-has-no-schema",
        f"the argument `{name}` of `{served.name}` cannot come from a request",
        reason,
        "let it take numbers, texts, lists, dicts, data classes, pydantic models, arrays or frames, and use what else "
        "it needs as a name of the notebook",
    )


def _without_type(served: Served, fact: dict[str, Any]) -> Finding:
    return served.finding(
        _NO_TYPE,
        f"the argument `{fact['name']}` of `{served.name}` has no type hint",
        "the calls gave it values of no one simple type",
        f"write its type: def {served.name}({fact['name']}: {fact['shared'] or 'float'}, ...)",
    )


def _with_types(served: Served, loose: dict[str, Finding], facts: Sequence[dict[str, Any]]) -> list[Finding]:
    """Findings on arguments without types, with the edit that writes all types that the calls showed."""
    source, typed = served.cell.source, set[str]()
    for fact in facts:
        if fact["name"] in loose and fact["shared"]:
            made = with_hint(source, served.name, fact["name"], fact["shared"])
            if made is not None:
                source = made
                typed.add(fact["name"])
    return [
        replace(finding, fix=replace(finding.fix, edits=edit_of(served.cell, source)))
        if finding.fix and name in typed
        else finding
        for name, finding in loose.items()
    ]
