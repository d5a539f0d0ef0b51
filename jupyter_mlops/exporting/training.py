"""What `train.py` holds: the slice of the notebook that makes the learned values, and the options of its parameters.

From the cells

    seed = 7                                    # cell 1, tagged parameters
    X, y = load(); X.plot()                     # cell 2
    model = Forest(random_state=seed)           # cell 3
    model.fit(X, y)

and the learned name `model` come the option `--seed` and three pieces: `seed = _options.seed`, `X, y = load()`, and the
two statements of cell 3. Statements stay at the top level, since a function would change what their names mean and what
can be pickled. Imports go to the top as far as nothing before them may change what they find.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from jupyter_mlops.analysis.code import ParsedCell, parse_cell
from jupyter_mlops.analysis.magics import effect_of, magic_call
from jupyter_mlops.analysis.slicing import backward_slice
from jupyter_mlops.analysis.statements import Unit, units
from jupyter_mlops.errors import Finding, Fix, NotebookError
from jupyter_mlops.exporting import own_names
from jupyter_mlops.exporting.lambdas import NamedLambda, with_names
from jupyter_mlops.exporting.module_text import Place, place
from jupyter_mlops.exporting.training_options import Option, options_of, parameter_lines
from jupyter_mlops.notebook import Cell
from jupyter_mlops.tags import RAISES_TAG

_MOST_NAMED = 6
# what stands beside the script, which finds modules there first
_NOTEBOOK_ONLY = re.compile(r"get_ipython|display|In|Out|_{1,3}|_i{0,3}|_i?\d+")
_SEARCHED_ANYWHERE = frozenset({"exec", "eval", "globals", "locals", "vars"})
_AT_NAME = re.compile(r"@([^\W\d]\w*)")


@dataclass(frozen=True)
class Statement:
    """A piece of the script with its place in the notebook: the cell's id and index, the line within the cell.

    `count` says how many statements of Python the text has, `apart` that it stood apart from the one before,
    `rewritten` that its lines are not the notebook's."""

    text: str
    cell: str
    index: int
    line: int
    count: int = 1
    apart: bool = False
    rewritten: bool = False


@dataclass(frozen=True)
class Piece:
    """What the script holds of one cell, and the names that it makes."""

    index: int
    names: tuple[str, ...]
    statements: tuple[Statement, ...]

    @property
    def title(self) -> str:
        """The line that says that it begins: `cell 4: X, y`."""
        return f"cell {self.index}" + (f": {', '.join(self.names)}" if self.names else "")


@dataclass(frozen=True)
class Training:
    """The content of `train.py`. `parser`, `options` and `runtime` are names that the notebook does not use."""

    pieces: tuple[Piece, ...]
    imports: tuple[Statement, ...]
    options: tuple[Option, ...]
    learned: tuple[str, ...]
    metrics: tuple[str, ...]
    lazy_annotations: bool
    parser_name: str
    options_name: str
    runtime_name: str


def metric_names(cells: Sequence[Cell]) -> list[str]:
    """The names that cells tagged `evaluate` bind last, by statements at their top level that are no loops."""
    last: dict[str, Unit] = {}
    for unit in units([parse_cell(cell.source) for cell in cells]):
        last.update(dict.fromkeys(sorted(unit.binds), unit))
    loops = ast.For | ast.AsyncFor | ast.While
    return [
        name
        for name, unit in last.items()
        if cells[unit.cell].role == "evaluate" and not isinstance(unit.statement, loops) and not name.startswith("_")
    ]


def training_of(
    cells: Sequence[Cell],
    learned: Sequence[str],
    metrics: Sequence[str],
    literals: Mapping[str, str | None],
    package: str = "",
    named: Sequence[NamedLambda] = (),
) -> Training | Finding:
    """What the script holds, or the finding that says why there is none.

    `cells` are those that were executed, the injected one included; `metrics` are names of numbers. `literals` has the
    values that names had at the end of the run, as far as they are literals. Metrics that no script can compute are
    left out of it. `package` is the name of the package that it stands beside. `named` are the lambdas that values
    hold: they become functions, so that the values' files ask for the same names.
    """
    parsed = [parse_cell(cell.source) for cell in cells]
    lambdas: dict[Place, list[NamedLambda]] = {}
    for each in named:
        lambdas.setdefault(place(each.unit), []).append(each)
    made = _made(cells, parsed, learned, metrics, literals, package, lambdas)
    if isinstance(made, Training) or not metrics:
        return made
    # one by one: a metric that cannot be computed takes no other with it
    kept = [
        name
        for name in metrics
        if isinstance(_made(cells, parsed, learned, (name,), literals, package, lambdas), Training)
    ]
    return _made(cells, parsed, learned, kept, literals, package, lambdas)


def _made(
    cells: Sequence[Cell],
    parsed: Sequence[ParsedCell],
    learned: Sequence[str],
    metrics: Sequence[str],
    literals: Mapping[str, str | None],
    package: str,
    lambdas: Mapping[Place, Sequence[NamedLambda]],
) -> Training | Finding:
    everything = units(parsed)
    bound = frozenset[str]().union(*(unit.binds for unit in everything))
    unseen = [name for name in learned if name not in bound]
    if unseen:
        reason = f"no statement binds `{unseen[0]}` where it can be seen: it comes from a star import, exec or a magic"
        return _no_script(None, None, reason, f"bind `{unseen[0]}` by a statement of its own")
    try:
        sliced = [each.unit for each in backward_slice(parsed, [*learned, *metrics])]
    except NotebookError as error:
        fix = error.findings[0].fix
        return _no_script(None, None, str(error), fix.text if fix else "bind the name by a statement of its own")
    kept = [unit for unit in sliced if not _is_idle_magic(unit)]
    for unit in kept:
        obstacle = _obstacle(unit, cells[unit.cell], bound, {*own_names.MODULES, package})
        if obstacle is not None:
            return _no_script(cells[unit.cell], unit.line, *obstacle)

    def free(name: str) -> str:
        while name in bound or any(name in unit.reads for unit in everything):
            name = f"_{name}"
        return name

    runtime, options_name = free("_training"), free("_options")
    options = options_of(cells, everything, kept, literals, runtime)
    lines = parameter_lines(cells, kept, {option.name for option in options}, options_name)
    used = _used(kept, [*learned, *metrics])
    tops = _moved_to_top(kept)
    pieces: dict[int, list[Unit]] = {}
    for unit in kept:
        if unit not in tops and not _is_future(unit.statement):
            pieces.setdefault(unit.cell, []).append(unit)
    return Training(
        pieces=tuple(_piece(cells[position], own, lines, lambdas) for position, own in pieces.items()),
        imports=tuple(
            Statement(line, cells[unit.cell].id, cells[unit.cell].index, unit.line)
            for unit in tops
            for line in _import_lines(unit.statement, used)
        ),
        options=tuple(options),
        learned=tuple(learned),
        metrics=tuple(metrics),
        lazy_annotations=any(_is_future(unit.statement) for unit in everything),
        parser_name=free("_parser"),
        options_name=options_name,
        runtime_name=runtime,
    )


def _piece(
    cell: Cell,
    own: Sequence[Unit],
    lines: Mapping[Place, Sequence[str]],
    lambdas: Mapping[Place, Sequence[NamedLambda]],
) -> Piece:
    statements: list[Statement] = []
    named: dict[str, None] = {}
    end: int | None = None
    for unit in own:
        instead, functions = lines.get(place(unit)), lambdas.get(place(unit))
        text, count = ("\n".join(instead), len(instead)) if instead else (unit.text, 1)
        if functions and not instead:
            text, count = with_names(unit, functions)
        above = sum(1 for _ in itertools.takewhile(lambda line: line.lstrip().startswith("#"), unit.text.splitlines()))
        apart = end is not None and unit.line - above - end > 1
        statements.append(Statement(text, cell.id, cell.index, unit.line, count, apart, bool(functions)))
        end = unit.statement.end_lineno or unit.line
        if not isinstance(unit.statement, ast.Import | ast.ImportFrom):
            uses = [use.name for use in unit.uses if use.kind in ("bind", "change")]
            named.update(dict.fromkeys(name for name in uses if not name.startswith("_")))
    names = list(named)
    shown = names if len(names) <= _MOST_NAMED else [*names[:_MOST_NAMED], "…"]
    return Piece(cell.index, tuple(shown), tuple(statements))


# --- what no plain script can do


def _is_idle_magic(unit: Unit) -> bool:
    """`%matplotlib inline` and the like do nothing to what a script computes."""
    call = magic_call(unit.statement.value) if isinstance(unit.statement, ast.Expr) else None
    if call is None or call.name not in _IDLE:
        return False
    effect = effect_of(call)
    return not effect.binds and not effect.opaque


_IDLE = frozenset(
    [
        *("matplotlib", "load_ext", "reload_ext", "autoreload", "config", "precision", "pprint", "xmode", "colors"),
        *("pip", "conda", "mamba", "uv", "who", "whos", "who_ls", "history", "logstart", "doctest_mode", "autosave"),
    ]
)


def _obstacle(unit: Unit, cell: Cell, bound: frozenset[str], own: Collection[str]) -> tuple[str, str] | None:
    """Why a statement cannot stand in a script, and what to do about it."""
    if RAISES_TAG in cell.tags:
        return (
            "the values need a statement of a cell tagged `raises-exception`, which may end before it",
            "take the tag off, or catch the exception with try and except",
        )
    for node in ast.walk(unit.statement):
        module = next((name for name in _modules(node) if name in own), None)
        if module is not None:
            return (
                f"the package has a module `{module}` of its own",
                f"give the notebook's module `{module}` another name",
            )
        call = magic_call(node)
        if call is not None:
            what = f"the shell line `!{call.line.strip()}`" if call.name == "!" else f"the magic `{call.spelling}`"
            return f"the values need {what}, which only a notebook can run", "write it in plain Python"
    names = sorted(name for name in unit.reads - bound if _NOTEBOOK_ONLY.fullmatch(name))
    if names:
        reason = f"the values need `{names[0]}`, which exists only in a notebook"
        return reason, f"take `{names[0]}` out of the code that makes them"
    if _awaits(unit.statement):
        return (
            "the values need an `await` outside of a function, which only a notebook can run",
            "call it through asyncio.run in a function of its own thread, or load the data without await",
        )
    return None


def _modules(node: ast.AST) -> list[str]:
    """The first parts of the modules that a statement imports."""
    match node:
        case ast.Import(names=names):
            return [alias.name.partition(".")[0] for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module.partition(".")[0]]
        case _:
            return []


def _awaits(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return False
    if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith) or getattr(node, "is_async", 0):
        return True
    return any(_awaits(child) for child in ast.iter_child_nodes(node))


def _no_script(cell: Cell | None, line: int | None, reason: str, fix: str) -> Finding:
    return Finding(
        code="no-training-script",
        severity="warning",
        message="the package gets no train.py",
        cell=cell.id if cell else None,
        index=cell.index if cell else None,
        line=line,
        reason=reason,
        fix=Fix(text=f"{fix}; the service itself is not touched by this"),
    )


# --- imports


def _used(kept: Sequence[Unit], wanted: Sequence[str]) -> frozenset[str] | None:
    """The names that the script reads; None where it may read any."""
    names = set(wanted)
    for unit in kept:
        names |= unit.reads
        for node in ast.walk(unit.statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.update(_AT_NAME.findall(node.value))
    return None if names & _SEARCHED_ANYWHERE else frozenset(names)


def _moved_to_top(kept: Sequence[Unit]) -> list[Unit]:
    """The imports that may stand before everything else: no other statement binds their names, and those before them
    define functions and names, but set nothing (`sys.path.insert`, `os.environ`)."""
    binders: dict[str, int] = {}
    for unit in kept:
        for name in unit.binds:
            binders[name] = binders.get(name, 0) + (not _is_import(unit.statement))
    found: list[Unit] = []
    for unit in kept:
        statement = unit.statement
        if _is_import(statement):
            if not any(binders[name] for name in unit.binds) and not _is_star(statement) and not _is_future(statement):
                found.append(unit)
        elif not _only_binds(statement):
            break
    return found


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _is_star(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _only_binds(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=targets):
            return all(isinstance(each, ast.Name | ast.Tuple | ast.List) for each in targets)
        case ast.AnnAssign(target=ast.Name()) | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case _:
            return False


def _import_lines(statement: ast.stmt, used: frozenset[str] | None) -> list[str]:
    """An import, without the names that the script does not read; whole where it reads none of them, since then its
    effect is what counts."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return []
    read = [
        alias
        for alias in statement.names
        if used is None
        or (alias.asname or (alias.name if isinstance(statement, ast.ImportFrom) else alias.name.partition(".")[0]))
        in used
    ]
    names = read or statement.names
    if isinstance(statement, ast.Import):
        return [ast.unparse(ast.Import(names=[alias])) for alias in names]
    return [ast.unparse(ast.ImportFrom(module=statement.module, names=names, level=statement.level))]
