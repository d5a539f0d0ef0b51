"""What a cell takes from the notebook's namespace and what it may leave there, by its code alone.

    total = rate * len(rows)      reads rate, rows; binds total
    rows.append(total)            may change rows through `append`
    np.random.seed(7)             seeds
    rng = default_rng()           an unseeded generator

A name is read where it is loaded before it is surely bound. What a function that is only defined will read is no input
of the cell; lambdas that are handed on count as called, and calls of functions that the cell defines are followed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jupyter_mlops.analysis import syntax
from jupyter_mlops.analysis.calls import followed
from jupyter_mlops.analysis.code import ParsedCell
from jupyter_mlops.analysis.uses import Use

_GENERATORS = frozenset({"default_rng", "RandomState", "Random", "SeedSequence", "MT19937", "PCG64", "Philox"})
_UNIQUE = frozenset({"uuid1", "uuid4", "token_hex", "token_bytes", "token_urlsafe", "urandom"})
_STATES = frozenset({"set_state", "setstate"})
_SEED_WORDS = ("random_state", "seed", "rng")
_AWAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_SHOWING = {"print", "display"}
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Touch:
    """A call that may change the object behind a name: `rows.append` touches rows by `append`; an argument of a
    function is touched by the function's name."""

    name: str
    by: str
    receiver: bool


@dataclass(frozen=True)
class CellInputs:
    """The facts of one cell. `changes` are names whose object an assignment changes (`a.x = 1`, `a[0] += 1`), `calls`
    the last names of the calls that have no seed of their own, such as `train_test_split` and `SVC`.

    `bound_at` has the line of the first sure binding of a name, `read_at` that of its first read.

    `anything` says that names may be bound out of sight (`exec`, star import, an opaque magic); `mentions` are the
    attributes that stand anywhere in it, `seeds` the functions that seed: `np.random.seed`, `set_seed`, and `early` the
    calls without a seed of their own that stand before the first of these.

    `quiet` says that the cell only binds names and shows nothing, unless a function that it calls does.
    """

    reads: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    touches: tuple[Touch, ...] = ()
    calls: frozenset[str] = frozenset()
    seeds: frozenset[str] = frozenset()
    early: frozenset[str] = frozenset()
    unseeded: bool = False
    anything: bool = False
    awaits: bool = False
    quiet: bool = False
    mentions: frozenset[str] = frozenset()
    bound_at: Mapping[str, int] = field(default_factory=dict[str, int])
    read_at: Mapping[str, int] = field(default_factory=dict[str, int])


def cell_inputs(cell: ParsedCell) -> CellInputs:
    """The facts of a cell that parses; of one that does not there are none."""
    steps: list[ast.stmt] = []
    blocks = _blocks(cell.tree.body, steps)
    straight = replace(cell, tree=ast.Module(body=steps, type_ignores=[]))
    names = _Names()
    names.run(blocks, followed([straight])[0], set())
    nodes = list(_executed(cell.tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    attributes = (node.attr for node in nodes if isinstance(node, ast.Attribute))
    return CellInputs(
        reads=frozenset(names.reads),
        binds=frozenset(names.binds),
        changes=frozenset(names.changes),
        touches=tuple(_touches(calls)),
        calls=frozenset(name for call in calls if (name := _last(call)) and not _is_seeded(call)),
        seeds=frozenset(ast.unparse(call.func) for call in calls if seeds(call)),
        early=frozenset(_early(calls)),
        unseeded=any(makes_unseeded(call) for call in calls),
        anything=bool(cell.opaque) or names.anything,
        awaits=any(isinstance(node, _AWAITING) for node in nodes),
        quiet=not cell.opaque and not any(_shows(node) for node in nodes),
        mentions=frozenset(attributes),
        bound_at=names.bound_at,
        read_at=names.read_at,
    )


def _shows(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _SHOWING
    return isinstance(node, ast.Expr)


def _executed(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes of a cell without the bodies of functions that nothing in the cell mentions."""
    bodies: dict[str, list[ast.stmt]] = {}
    mentioned: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting or not mentioned.isdisjoint(bodies):
        if not waiting:
            for name in mentioned & bodies.keys():
                waiting += bodies.pop(name)
        node = waiting.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            bodies.setdefault(node.name, []).extend(node.body)
            waiting += [*node.decorator_list, node.args]
            continue
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            mentioned.add(node.id if isinstance(node, ast.Name) else node.attr)
        waiting += ast.iter_child_nodes(node)


@dataclass(frozen=True)
class _Choice:
    """Blocks of which one is taken; `else` of an `if` that has none is an empty one."""

    blocks: tuple[_Block, ...]


# a number is the place of a simple statement in the list of all of them
_Block = list["int | _Choice"]


def _blocks(statements: Iterable[ast.stmt], steps: list[ast.stmt]) -> _Block:
    """The simple statements in order, and where one of several ways is taken. Bodies of loops count as taken, since an
    empty loop is rare; so do those of `try`."""
    block: _Block = []

    def simple(*parts: ast.stmt) -> None:
        for part in parts:
            steps.append(part)
            block.append(len(steps) - 1)

    for statement in statements:
        match statement:
            case ast.If():
                simple(_evaluated(statement.test))
                block.append(_Choice((_blocks(statement.body, steps), _blocks(statement.orelse, steps))))
            case ast.For() | ast.AsyncFor():
                simple(_evaluated(statement.iter), _assigned(statement.target))
                block += _blocks([*statement.body, *statement.orelse], steps)
            case ast.While():
                simple(_evaluated(statement.test))
                block += _blocks([*statement.body, *statement.orelse], steps)
            case ast.With() | ast.AsyncWith():
                for item in statement.items:
                    simple(_evaluated(item.context_expr))
                    if item.optional_vars is not None:
                        simple(_assigned(item.optional_vars))
                block += _blocks(statement.body, steps)
            case ast.Try() | ast.TryStar():
                block += _blocks(statement.body, steps)
                for handler in statement.handlers:
                    inside: _Block = _blocks([_with_handler(handler)], steps)
                    block.append(_Choice((inside, [])))
                block += _blocks([*statement.orelse, *statement.finalbody], steps)
            case _:
                simple(statement)
    return block


def _evaluated(expression: ast.expr) -> ast.stmt:
    return ast.copy_location(ast.Expr(expression), expression)


def _assigned(target: ast.expr) -> ast.stmt:
    return ast.copy_location(ast.Assign([target], ast.copy_location(ast.Constant(None), target)), target)


def _with_handler(handler: ast.ExceptHandler) -> ast.stmt:
    """`except E as e:` as an `if` that binds e, which nobody sees below it."""
    bound = [_assigned(ast.copy_location(ast.Name(handler.name, ast.Store()), handler))] if handler.name else []
    test = handler.type or ast.copy_location(ast.Constant(None), handler)
    return ast.copy_location(ast.If(test, [*bound, *handler.body], []), handler)


class _Names:
    """What names are read and bound, block by block."""

    def __init__(self) -> None:
        self.reads: set[str] = set()
        self.binds: set[str] = set()
        self.changes: set[str] = set()
        self.bound_at: dict[str, int] = {}
        self.read_at: dict[str, int] = {}
        self.anything = False

    def run(self, block: _Block, uses: Sequence[tuple[ast.stmt, Sequence[Use]]], bound: set[str]) -> None:
        """Go through a block; `bound` are the names that are surely bound, before and then after it."""
        for part in block:
            if isinstance(part, _Choice):
                ways = [set(bound) for _ in part.blocks]
                for inner, way in zip(part.blocks, ways, strict=True):
                    self.run(inner, uses, way)
                bound.clear()
                bound |= set[str].intersection(*ways)
            else:
                statement, each = uses[part]
                defines = _only_defines(statement)
                for use in each:
                    if not _is_for_later(statement, use):
                        self._note(use, bound, defines=defines)

    def _note(self, use: Use, bound: set[str], *, defines: bool) -> None:
        match use.kind:
            case "read":
                if not use.through:
                    self.read_at.setdefault(use.name, use.line)
                if use.name not in bound:
                    self.reads.add(use.name)
            case "later":
                if use.name not in bound and not defines:
                    self.reads.add(use.name)
            case "bind" | "borrow":
                self.binds.add(use.name)
                if use.sure:
                    bound.add(use.name)
                    self.bound_at.setdefault(use.name, use.line)
            case "delete" | "expire":
                self.binds.add(use.name)
                bound.discard(use.name)
            case "change":
                self.changes.add(use.name)
            case "star" | "hide":
                self.anything = True


def _is_for_later(statement: ast.stmt, use: Use) -> bool:
    """Whether a `def` makes a function that will bind a global name: only a call does."""
    return (
        use.kind == "bind"
        and not use.through
        and isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        and use.name != statement.name
    )


def _only_defines(statement: ast.stmt) -> bool:
    """Whether a statement makes a function that nobody calls in it: `def`, `class`, `f = lambda …`."""
    if isinstance(statement, ast.ClassDef):
        return not any(_hands_on(each) for each in statement.body)
    return isinstance(statement, _DEFINITIONS) or (
        isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Lambda)
    )


def _hands_on(statement: ast.stmt) -> bool:
    """Whether a statement of a class body hands a lambda on, so that it may be called at once."""
    return not _only_defines(statement) and any(isinstance(node, ast.Lambda) for node in ast.walk(statement))


def _touches(calls: Iterable[ast.Call]) -> Iterator[Touch]:
    for call in calls:
        if isinstance(call.func, ast.Attribute):
            receiver = syntax.root(call.func)
            if receiver is not None:
                yield Touch(receiver.id, call.func.attr, receiver=True)
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
            value = argument.value if isinstance(argument, ast.Starred) else argument
            given = syntax.root(value)
            if given is not None:
                yield Touch(given.id, _last(call), receiver=False)


def _early(calls: Sequence[ast.Call]) -> Iterator[str]:
    seeding = [_place(call) for call in calls if seeds(call)]
    for call in calls:
        if seeding and _place(call) < min(seeding) and not _is_seeded(call):
            yield ast.unparse(call.func)


def _place(call: ast.Call) -> tuple[int, int]:
    return call.lineno, call.col_offset


def _last(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _is_seeded(call: ast.Call) -> bool:
    return any(each.arg in _SEED_WORDS and not _is_none(each.value) for each in call.keywords)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def seeds(call: ast.Call) -> bool:
    """Whether a call seeds: `np.random.seed(7)`, `torch.manual_seed(7)`, or a helper called so, `set_seed(7)`."""
    name = _last(call)
    if not ("seed" in name.lower() or name in _STATES) or name == "SeedSequence":
        return False
    given = [*call.args, *(each.value for each in call.keywords)]
    return bool(given) and not all(_is_none(each) for each in given)


def makes_unseeded(call: ast.Call) -> bool:
    """Whether a call makes a generator that the system seeds, or something unique."""
    name = _last(call)
    if name in _UNIQUE:
        return True
    return name in _GENERATORS and all(_is_none(each) for each in [*call.args, *(k.value for k in call.keywords)])
