"""What the code of a cell says before it runs: its hash, and what it may bind, change and delete.

df = df.dropna()       reads df, binds df
rows.append(1)         reads and changes rows
import numpy as np     binds np; the statement alone settles what np is
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from jupyter_mlops.analysis import syntax
from jupyter_mlops.analysis.code import ParsedCell, canonical, code_hash, parse_cell
from jupyter_mlops.analysis.dataflow.arguments import Arguments
from jupyter_mlops.analysis.effects import Fact, facts
from jupyter_mlops.analysis.names import cell_uses
from jupyter_mlops.analysis.uses import Use
from jupyter_mlops.tracking.state.words import words

_REMEMBERED = 16_384
_MODULES = {"np": "numpy", "pd": "pandas"}
_BRANCHES = re.compile(r"\b(if|for|while|try|with|match|and|or)\b")
_SEEDED = {"numpy": "<numpy.random>", "random": "<random>", "torch": "<torch.random>"}


@dataclass(frozen=True)
class Facts:
    """What one cell may do.

    `sure` are the names that it binds whenever it comes to its end, `deletes` those that are gone then, `undone` those
    that have to be there for it to delete them. `opaque` says that names may be bound out of sight, `seeds` are the
    random streams that it sets, `settled` names whose value one statement alone settles, with that statement in
    canonical form, `imports` its import statements.
    """

    reads: frozenset[str]
    binds: frozenset[str]
    changes: frozenset[str]
    sure: frozenset[str]
    deletes: frozenset[str]
    undone: frozenset[str]
    opaque: bool
    seeds: frozenset[str]
    settled: dict[str, str]
    imports: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """The source of a cell. What is known of it is found out when somebody asks, as parsing is what takes the time."""

    text: str

    @cached_property
    def key(self) -> str:
        """The hash of the code, which does not change with comments and layout."""
        return code_hash(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """What sources of the same code have in common."""
        return words(self.text)

    @cached_property
    def facts(self) -> Facts:
        """What it may do."""
        return _facts(parse_cell(self.text))

    @cached_property
    def deletes(self) -> frozenset[str]:
        """The names that are gone after it, whether there were such before or not."""
        return self.facts.deletes if "del" in self.text else frozenset()

    @cached_property
    def undone(self) -> frozenset[str]:
        """The names that it deletes before it binds them, so that it matters whether they are there."""
        return self.facts.undone if "del" in self.text else frozenset()

    @cached_property
    def perhaps(self) -> frozenset[str]:
        """The names that it binds in some cases only."""
        return self.facts.binds - self.facts.sure if _BRANCHES.search(self.text) else frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to run: white space and comments only."""
        return not self.words and self.key == EMPTY


@lru_cache(_REMEMBERED)
def code(text: str) -> Code:
    """The code of a source, always the same object for the same text."""
    return Code(text)


EMPTY = code_hash("")


def _facts(cell: ParsedCell) -> Facts:
    statements = [(statement, _at_once(statement, uses, cell)) for statement, uses in cell_uses(cell)]
    uses = [use for _, each in statements for use in each]
    calls = [node for node in ast.walk(cell.tree) if isinstance(node, ast.Call)]
    bound = {use.name: use for use in uses if use.kind in ("bind", "delete")}
    first = {use.name: use for use in reversed(uses) if use.kind in ("bind", "delete")}
    return Facts(
        reads=frozenset(use.name for use in uses if use.kind in ("read", "later", "change")),
        binds=frozenset(use.name for use in uses if use.kind == "bind"),
        changes=frozenset(use.name for use in uses if use.kind == "change") | frozenset(_changed(calls)),
        sure=frozenset(use.name for use in uses if use.kind == "bind" and use.sure),
        deletes=frozenset(name for name, last in bound.items() if last.kind == "delete" and last.sure),
        undone=frozenset(name for name, use in first.items() if use.kind == "delete"),
        opaque=bool(cell.opaque) or any(use.kind in ("star", "hide") for use in uses),
        seeds=frozenset(stream for call in calls for stream in _seeds(call)),
        settled=_settled(statements),
        imports=tuple(ast.unparse(each) for each in cell.tree.body if isinstance(each, ast.Import | ast.ImportFrom)),
    )


def _at_once(statement: ast.stmt, uses: list[Use], cell: ParsedCell) -> list[Use]:
    """What a statement does when it runs: a function binds its global names when it is called, here or elsewhere."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return uses
    name = statement.name
    if any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(cell.tree)):
        return uses
    return [use for use in uses if use.kind != "bind" or use.name == name]


def _changed(calls: list[ast.Call]) -> Iterator[str]:
    """The names whose objects are changed by calls that are known to do so."""
    for call in calls:
        fact = _fact(call)
        text: dict[int | str, ast.expr] = dict(enumerate(call.args))
        text.update({each.arg: each.value for each in call.keywords if each.arg is not None})
        arguments = Arguments(text=text)
        for touch in fact.changes if fact else ():
            changed = None
            if touch.what == "receiver" and isinstance(call.func, ast.Attribute):
                changed = syntax.root(call.func)
            elif touch.what == "argument" and (given := arguments.written(touch.position, touch.keyword)) is not None:
                changed = syntax.root(given)
            if changed is not None and arguments.applies(touch):
                yield changed.id


def _fact(call: ast.Call) -> Fact | None:
    """What is known of a function by its full name, or of a method by its own."""
    known = facts().functions.find(".".join(_words(call)))
    if known is None and isinstance(call.func, ast.Attribute):
        known = facts().methods.exact.get(call.func.attr)
    return known


def _seeds(call: ast.Call) -> Collection[str]:
    """The streams that a call seeds; a helper such as `seed_everything(1)` seeds all of them."""
    words = _words(call)
    if "seed" not in words[-1].lower() or not (call.args or call.keywords):
        return ()
    return [_SEEDED[words[0]]] if words[0] in _SEEDED else _SEEDED.values()


def _words(call: ast.Call) -> list[str]:
    """`numpy`, `random`, `seed` of `np.random.seed(1)`."""
    words = ast.unparse(call.func).split(".")
    return [_MODULES.get(words[0], words[0]), *words[1:]]


def _settled(statements: list[tuple[ast.stmt, list[Use]]]) -> dict[str, str]:
    """Imports, definitions and constants whose names nothing else in the cell binds or changes."""
    writers: dict[str, list[ast.stmt]] = {}
    for statement, uses in statements:
        for name in {use.name for use in uses if use.kind in ("bind", "delete", "change", "borrow", "expire")}:
            writers.setdefault(name, []).append(statement)
    return {name: canonical(each[0]) for name, each in writers.items() if len(each) == 1 and _settles(each[0])}


def _settles(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.FunctionDef(args=arguments) | ast.AsyncFunctionDef(args=arguments):
            defaults = [*arguments.defaults, *(each for each in arguments.kw_defaults if each)]
            return not statement.decorator_list and all(_is_constant(each) for each in defaults)
        case ast.Assign(value=value):
            return _is_constant(value)
        case _:
            return False


def _is_constant(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return _is_constant(operand)
        case ast.Tuple(elts=parts):
            return all(_is_constant(part) for part in parts)
        case _:
            return False
