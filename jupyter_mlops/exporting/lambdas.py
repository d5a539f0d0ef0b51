"""Names for the lambdas of a notebook, so that files of values can refer to them.

    model = make_pipeline(FunctionTransformer(lambda x: np.log1p(x)), Ridge())
    half = lambda x: x / 2

The first becomes `def model_function(x): return np.log1p(x)` before its statement, after what the statement binds; a
second one of the statement would be `model_function_2`. The other is `def half(x): return x / 2` in the place of its
statement. Which of them close over values of a function is for the kernel to say, which has their code.

No name is there for a lambda within a class or another lambda, in a cell whose text is in the notebook twice, nor for
one whose default values may not be the same above its statement.
"""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jupyter_mlops.analysis import syntax
from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.statements import Unit, units
from jupyter_mlops.notebook import Cell

_SIMPLE = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_STEADY = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Set, ast.Dict),
    *(ast.UnaryOp, ast.BinOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.expr_context, ast.operator, ast.unaryop),
    *(ast.cmpop, ast.boolop),
)


@dataclass(frozen=True)
class NamedLambda:
    """A lambda with its name. `unit` is the statement that holds it, `definition` the function that stands for it, at
    the same place; `own` says that the statement only binds the lambda to that name.

    `source`, `line` and `column` are where the kernel finds it: the cell's text, the line from the first that is not
    empty, the column in bytes. `position` is its number among the lambdas of the statement.
    """

    name: str
    unit: Unit
    definition: Unit
    own: bool
    source: str
    line: int
    column: int
    position: int

    @property
    def key(self) -> dict[str, str | int]:
        """The place and the name, for the kernel."""
        return {"source": self.source, "line": self.line, "column": self.column, "name": self.name}


def named_lambdas(cells: Sequence[Cell]) -> list[NamedLambda]:
    """The lambdas of some cells that can stand as named functions, in document order."""
    with syntax.deep():
        return _named(cells)


def _named(cells: Sequence[Cell]) -> list[NamedLambda]:
    parsed = [parse_cell(cell.source) for cell in cells]
    everything = units(parsed)
    taken = {word for cell in parsed for word in re.findall(r"\w+", cell.text)} | set(dir(builtins))
    binders: dict[str, int] = {}
    for unit in everything:
        for name in unit.binds:
            binders[name] = binders.get(name, 0) + 1
    texts = [cell.text.strip() for cell in parsed]
    found: list[NamedLambda] = []
    for unit in everything:
        source = texts[unit.cell]
        if texts.count(source) > 1:
            continue
        for position, node in _fit_for_a_name(unit):
            bound = _bound_alone(unit)
            own = bound is not None and binders[bound] == 1
            name = bound if own and bound else _free(_stem(unit, node), taken)
            taken.add(name)
            definition = _definition(name, unit, position, own=own)
            if definition is not None:
                line = node.lineno - syntax.empty_lines_above(parsed[unit.cell].text)
                found.append(NamedLambda(name, unit, definition, own, source, line, node.col_offset, position))
    return found


def with_names(unit: Unit, named: Sequence[NamedLambda]) -> tuple[str, int]:
    """A statement with some of its lambdas as functions above it, and how many statements that makes."""
    if named[0].own:
        return named[0].definition.text, 1
    with syntax.deep():
        text = _renamed(unit, {each.position: each.name for each in named})
    return "\n".join([*(each.definition.text for each in named), text]), len(named) + 1


def _renamed(unit: Unit, by_position: dict[int, str]) -> str:
    tree = _parsed(unit.text)
    spans = [(node, by_position[i]) for i, node in enumerate(_lambdas(tree)) if i in by_position]
    expected = _Renamed({id(node): name for node, name in spans})
    data, starts = unit.text.encode(), _line_starts(unit.text)
    for node, name in sorted(spans, key=lambda pair: (pair[0].lineno, pair[0].col_offset), reverse=True):
        first = starts[node.lineno - 1] + node.col_offset
        last = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        data = data[:first] + name.encode() + data[last:]
    text = data.decode(errors="replace")
    replaced = expected.visit(tree)
    if not _is_same(text, replaced):
        # where the positions are not those of the text, as within f-strings of Python 3.11
        return ast.unparse(replaced)
    return text


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[int, str]) -> None:
        self._names = names

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        name = self._names.get(id(node))
        return self.generic_visit(node) if name is None else ast.copy_location(ast.Name(name, ast.Load()), node)


# --- which lambdas


def _fit_for_a_name(unit: Unit) -> Iterator[tuple[int, ast.Lambda]]:
    """The lambdas of a statement that mean the same above it, each with its number among all of them."""
    if "lambda" not in unit.text or not _is_same(unit.text, ast.Module([unit.statement], [])):
        return
    changed = {use.name for use in unit.uses if use.kind in ("bind", "change")}
    positions = {id(node): i for i, node in enumerate(_lambdas(unit.statement))}
    fit: list[ast.Lambda] = []
    waiting: list[tuple[ast.AST, bool]] = [(unit.statement, isinstance(unit.statement, _SIMPLE))]
    while waiting:
        node, once = waiting.pop()
        if isinstance(node, ast.ClassDef):
            continue
        if isinstance(node, ast.Lambda):
            if _same_defaults(node, changed, once=once):
                fit.append(node)
            # lambdas of default values are made where this one is
            waiting += [(part, once) for part in _defaults(node)]
            continue
        within = once and not isinstance(node, _FUNCTIONS)
        waiting += [(part, within) for part in ast.iter_child_nodes(node)]
    for node in sorted(fit, key=lambda each: (each.lineno, each.col_offset)):
        yield positions[id(node)], node


def _defaults(node: ast.Lambda) -> list[ast.expr]:
    return [*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None)]


def _same_defaults(node: ast.Lambda, changed: set[str], *, once: bool) -> bool:
    """Whether default values are the same when they are computed above the statement; `once` where it makes the lambda
    at most once."""
    parts = [part for each in _defaults(node) for part in ast.walk(each)]
    if all(isinstance(each, ast.Constant) for each in _defaults(node)):
        return True
    read = {part.id for part in parts if isinstance(part, ast.Name)}
    return once and all(isinstance(part, _STEADY) for part in parts) and not read & changed


# --- names and texts


def _bound_alone(unit: Unit) -> str | None:
    """`half` of `half = lambda x: x / 2`."""
    match unit.statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda()):
            return name
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Lambda()):
            return name
        case _:
            return None


def _stem(unit: Unit, node: ast.Lambda) -> str:
    """What a lambda is for: the function that makes it, else the target of its line, else what the statement binds."""
    names = [use.name for kind in ("bind", "change") for use in unit.uses if use.kind == kind]
    around = [each for each in ast.walk(unit.statement) if isinstance(each, ast.stmt)]
    line = next((each for each in reversed(around) if any(part is node for part in ast.walk(each))), unit.statement)
    if not isinstance(unit.statement, ast.FunctionDef | ast.AsyncFunctionDef):
        match line:
            case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                names = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)] + names
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
                names = [name, *names]
            case _:
                pass
    return next((each.strip("_") for each in names if each.strip("_")), "notebook")


def _free(stem: str, taken: set[str]) -> str:
    name, number = f"{stem}_function", 1
    while name in taken or keyword.iskeyword(name):
        number += 1
        name = f"{stem}_function_{number}"
    return name


def _definition(name: str, unit: Unit, position: int, *, own: bool) -> Unit | None:
    """The function that stands for a lambda, with the places that the lambda has in its cell."""
    node, there = _lambdas(_parsed(unit.text))[position], _lambdas(unit.statement)[position]
    text = _definition_text(name, node, unit.text)
    if text is None:
        return None
    made = next(iter(units([parse_cell(text)])), None)
    if made is None or not isinstance(made.statement, ast.FunctionDef):
        return None
    returned = made.statement.body[0]
    if not isinstance(returned, ast.Return):
        return None
    made.statement.args, returned.value = there.args, there.body
    made.statement.lineno, made.statement.col_offset = unit.line, unit.statement.col_offset
    made.statement.end_lineno = unit.statement.end_lineno
    comments = _comments(unit.text, node.body) if own else []
    return replace(made, cell=unit.cell, line=unit.line, text="\n".join([*comments, text]))


def _definition_text(name: str, node: ast.Lambda, source: str) -> str | None:
    body = ast.get_source_segment(source, node.body)
    expected = ast.dump(node.args), ast.dump(node.body)
    for each in (body, f"({body})", ast.unparse(node.body)):
        text = f"def {name}({ast.unparse(node.args)}):\n    return {each}"
        try:
            (made,) = _parsed(text).body
        except (SyntaxError, ValueError):
            continue
        match made:
            case ast.FunctionDef(args=arguments, body=[ast.Return(value=ast.expr() as value)]):
                if (ast.dump(arguments), ast.dump(value)) == expected:
                    return text
            case _:
                continue
    return None


def _comments(text: str, body: ast.expr) -> list[str]:
    """The comments above an expression and after it; those within go with it."""
    tokens = [each for each in tokenize.generate_tokens(io.StringIO(text).readline) if each.type == tokenize.COMMENT]
    last = body.end_lineno or body.lineno
    return [each.string for each in tokens if each.start[0] < body.lineno or each.start[0] >= last]


# --- trees and their texts


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cell's own SyntaxWarnings are the kernel's to show
        return ast.parse(text)


def _lambdas(tree: ast.AST) -> list[ast.Lambda]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]


def _is_same(text: str, tree: ast.AST) -> bool:
    try:
        return ast.dump(_parsed(text)) == ast.dump(tree)
    except (SyntaxError, ValueError):
        return False


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.encode().split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts
