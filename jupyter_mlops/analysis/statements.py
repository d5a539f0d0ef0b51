"""Statements as units that can be moved: each with its text, its comments and the names it uses.

From the cell

    # how a price is written
    def price(x: float) -> str:  # euros
        return f"{x:.2f}"
    total = 3; print(total)

come three units. The first carries the comment above it and the one on its line; the last two share a line, so
each is cut out of it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_mlops.analysis.code import ParsedCell
from jupyter_mlops.analysis.names import Use, cell_uses


@dataclass(frozen=True)
class Unit:
    """One top-level statement. `cell` is the position of its cell in the list given, `line` its first line."""

    cell: int
    line: int
    statement: ast.stmt
    text: str
    uses: tuple[Use, ...]

    @property
    def binds(self) -> frozenset[str]:
        """The names that this statement may bind."""
        return frozenset(use.name for use in self.uses if use.kind == "bind")

    @property
    def reads(self) -> frozenset[str]:
        """The names it reads when it runs or when what it defines is called."""
        return frozenset(use.name for use in self.uses if use.kind in ("read", "later"))


# What IPython makes of `%time x = f()`; the tree has the statement in its place.
_TIME_LINE = "get_ipython().run_line_magic('time',"


def units(cells: Sequence[ParsedCell]) -> list[Unit]:
    """All statements of the cells in document order."""
    result: list[Unit] = []
    for position, cell in enumerate(cells):
        statements = cell_uses(cell)
        lines = cell.text.split("\n")
        previous_end = 0
        for index, (statement, uses) in enumerate(statements):
            first = first_line(statement)
            last = statement.end_lineno or first
            following = first_line(statements[index + 1][0]) if index + 1 < len(statements) else None
            shares_line = first <= previous_end or following == last
            if shares_line:
                text = ast.get_source_segment(cell.text, statement) or ""
            else:
                start = _comment_start(lines, first, previous_end)
                text = "\n".join(lines[start - 1 : last]).rstrip()
            if _TIME_LINE in text:
                text = ast.unparse(statement)
            result.append(Unit(position, first, statement, text, tuple(uses)))
            previous_end = last
    return result


def first_line(statement: ast.stmt) -> int:
    """The first line of a statement, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])


def _comment_start(lines: Sequence[str], first: int, floor: int) -> int:
    """The first line of the block of comments that stands directly above line `first`."""
    start = first
    while start - 1 > floor and lines[start - 2].lstrip().startswith("#"):
        start -= 1
    return start


# Calls whose result depends on their arguments alone, so that the statement can be run again anywhere.
_PURE_CALLS = frozenset(
    [
        "re.compile",
        "frozenset",
        "set",
        "dict",
        "list",
        "tuple",
        "range",
        "str",
        "int",
        "float",
        "bool",
        "bytes",
        "sorted",
        "len",
        "min",
        "max",
        "sum",
        "abs",
        "round",
        "math.sqrt",
        "math.log",
        "math.exp",
        "pathlib.Path",
        "Path",
        "datetime.timedelta",
        "timedelta",
        "string.punctuation",
    ]
)
_CHANGING_ATTRIBUTES = frozenset({"os.environ", "sys.argv", "sys.path", "sys.modules"})
_PURE_METHODS = frozenset(
    [
        "split",
        "lower",
        "upper",
        "strip",
        "join",
        "format",
        "replace",
        "keys",
        "values",
        "items",
        "union",
        "intersection",
        "difference",
        "encode",
    ]
)


def is_constant_expression(node: ast.expr, constant_names: frozenset[str]) -> bool:
    """Whether an expression gives the same value whenever it is evaluated.

    `constant_names` are names already known to be constant; modules count among them.
    """
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in constant_names
        case ast.Attribute(value=ast.Name(id=module)):
            return module in constant_names and ast.unparse(node) not in _CHANGING_ATTRIBUTES
        case ast.Call(func=func, args=arguments, keywords=keywords):
            dotted = ast.unparse(func)
            pure = dotted in _PURE_CALLS or (
                isinstance(func, ast.Attribute)
                and func.attr in _PURE_METHODS
                and is_constant_expression(func.value, constant_names)
            )
            return pure and all(
                is_constant_expression(part, constant_names) for part in [*arguments, *(k.value for k in keywords)]
            )
        case (
            ast.Tuple()
            | ast.List()
            | ast.Set()
            | ast.Dict()
            | ast.BinOp()
            | ast.UnaryOp()
            | ast.BoolOp()
            | ast.Subscript()
            | ast.Slice()
            | ast.Starred()
            | ast.JoinedStr()
            | ast.FormattedValue()
            | ast.Compare()
            | ast.IfExp()
        ):
            parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
            return all(is_constant_expression(part, constant_names) for part in parts)
        case _:
            return False
