"""Which statements a fit hangs on, by the names alone.

    X = load()                     # on the way: the fit reads X_train, which comes from X
    jitter = np.random.rand(9)     # not on the way
    X_train, X_test = split(X)     # on the way
    np.random.shuffle(X_train)     # on the way: a call for its effect may change what it is given
    model.fit(X_train)             # the fit

Names are walked upwards from the fit; a plain assignment ends the search for its name. That is coarser than
`analysis.slicing`, which follows objects, and takes milliseconds for any notebook.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_mlops.analysis import syntax
from jupyter_mlops.analysis.calls import followed
from jupyter_mlops.analysis.names import Use
from jupyter_mlops.rules.facts import CellFacts
from jupyter_mlops.rules.library_calls import LibraryCall

_FITS = frozenset({"fit", "fit_transform", "fit_predict", "fit_resample", "partial_fit", "conformalize"})
_CROSS = ("sklearn.model_selection.cross_val", "sklearn.model_selection.learning_curve")


@dataclass(frozen=True)
class Step:
    """A top-level statement: the position of its cell, the calls in it, the names that it reads and sets; `fresh` are
    those of these whose earlier values no longer count."""

    cell: int
    statement: ast.stmt
    calls: tuple[LibraryCall, ...]
    reads: frozenset[str]
    sets: frozenset[str]
    fresh: frozenset[str]


def steps(cells: Sequence[CellFacts]) -> list[Step]:
    """The statements of a notebook in order."""
    found: list[Step] = []
    for position, (each, statements) in enumerate(zip(cells, followed([c.parsed for c in cells]), strict=True)):
        for statement, uses in statements:
            last = statement.end_lineno or statement.lineno
            decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
            first = min([statement.lineno, *(node.lineno for node in decorators)])
            calls = tuple(call for call in each.calls if first <= call.line <= last)
            found.append(_step(position, statement, calls, uses))
    return found


def _step(position: int, statement: ast.stmt, calls: tuple[LibraryCall, ...], uses: Sequence[Use]) -> Step:
    reads = frozenset(use.name for use in uses if use.kind in ("read", "later", "change"))
    binds = frozenset(use.name for use in uses if use.kind == "bind")
    changes = {use.name for use in uses if use.kind == "change"}
    if isinstance(statement, ast.Expr):
        for call in calls:
            changes |= _changed(call)
    plain = isinstance(statement, ast.Assign | ast.AnnAssign)
    return Step(position, statement, calls, reads, binds | changes, binds - reads if plain else frozenset())


def _changed(call: LibraryCall) -> set[str]:
    """What a call for its effect may change: its receiver, and what is shuffled."""
    nodes = [call.receiver, *(call.node.args if call.last == "shuffle" else ())]
    roots = [syntax.root(node) for node in nodes if node is not None]
    return {root.id for root in roots if root is not None}


def fits(call: LibraryCall) -> bool:
    """Whether a call fits something."""
    return (call.last in _FITS and call.name.startswith(".")) or call.name.startswith(_CROSS)


def fitting(found: Sequence[Step]) -> list[int]:
    """The statements that fit when they run, by a call of their own or through functions of the notebook."""
    functions: set[str] = set()
    result: list[int] = []
    for number, step in enumerate(found):
        if any(fits(call) or call.name in functions for call in step.calls):
            if isinstance(step.statement, ast.FunctionDef | ast.AsyncFunctionDef):
                functions.add(step.statement.name)
            else:
                result.append(number)
    return result


def reached(found: Sequence[Step]) -> dict[int, int]:
    """The statements that fits hang on, the fits among them, each with the first such fit."""
    result: dict[int, int] = {}
    for fit in fitting(found):
        wanted = set(found[fit].reads)
        result.setdefault(fit, fit)
        for number in range(fit - 1, -1, -1):
            step = found[number]
            if wanted.isdisjoint(step.sets):
                continue
            result.setdefault(number, fit)
            wanted -= step.fresh
            wanted |= step.reads
    return result
