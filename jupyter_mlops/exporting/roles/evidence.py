"""What each cell of a notebook does, as far as roles are concerned: load, prepare, fit, score, answer.

    rows = pd.read_csv("a.csv")             loads rows
    X = rows.drop(columns="y")              prepares X, since the fit below needs it
    rows.describe()                         nothing: nobody reads the result
    model = Ridge().fit(X, rows["y"])       fits model (Ridge)
    print(r2_score(y, model.predict(X)))    scores

The statements are walked twice. Forwards, with what each name holds there: a module, an estimator, data, answers.
Then backwards, to find the data that a fit or a score needs; what is only looked at is no preparation.
Code inside functions counts where the function is called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from jupyter_mlops.analysis.names import Use, cell_uses
from jupyter_mlops.exporting.roles import calls
from jupyter_mlops.exporting.roles.estimators import Estimators, Fit
from jupyter_mlops.exporting.roles.names import Deeds, Names, function_deeds
from jupyter_mlops.exporting.roles.syntax import (
    changes_receiver,
    executed_calls,
    is_literal,
    replaced,
    root,
    simple_statements,
    targets,
)
from jupyter_mlops.kernel.calls import FIT_METHODS
from jupyter_mlops.rules.facts import CellFacts, Facts


@dataclass
class Evidence:
    """What one cell does. `loads`, `makes` and `scores` are calls as they are written; `prepares` are names, `serves`
    functions with the estimator that they answer with; `needs` are the names read by code that a fit or a score
    depends on."""

    facts: CellFacts
    loads: list[str] = field(default_factory=list[str])
    makes: list[str] = field(default_factory=list[str])
    prepares: list[str] = field(default_factory=list[str])
    fits: list[Fit] = field(default_factory=list[Fit])
    scores: list[str] = field(default_factory=list[str])
    serves: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    needs: set[str] = field(default_factory=set[str])


@dataclass
class _Step:
    """A top-level statement: `gives` are the names that it binds or changes, `data` those of them that hold rows.

    `decides` says that it fits or scores; `opens` and `makes` are calls that load only where the data are needed.
    """

    evidence: Evidence
    reads: set[str]
    gives: set[str]
    replaces: set[str]
    data: list[str] = field(default_factory=list[str])
    fits: list[Fit] = field(default_factory=list[Fit])
    opens: list[str] = field(default_factory=list[str])
    makes: list[str] = field(default_factory=list[str])
    decides: bool = False


def gather_evidence(facts: Facts) -> list[Evidence]:
    """What each cell of a clean run does, in document order."""
    reader = _Reader(facts)
    found = [Evidence(each) for each in facts.cells]
    _trace_back([step for evidence in found for step in reader.steps(evidence)])
    for evidence in found:
        evidence.serves = reader.served(evidence.facts.parsed.tree)
    return found


def _trace_back(steps: Sequence[_Step]) -> None:
    """Keep of what was prepared only what a fit or a score further down needs.

    A transformer's fit prepares rows; it is the notebook's fit where there is no other and it is kept.
    """
    only_transformers = all(fit.prepares for step in steps for fit in step.fits)
    needed: set[str] = set()
    for step in reversed(steps):
        evidence = step.evidence
        fits = [fit for fit in step.fits if not fit.prepares or (only_transformers and not fit.at_once)]
        evidence.fits[:0] = fits
        wanted = step.gives & needed
        if wanted and not fits:
            transformers = [fit.name for fit in step.fits]
            names = [name for name in [*step.data, *transformers] if name in wanted]
            evidence.prepares[:0] = [name for name in names if name not in evidence.prepares]
            evidence.loads[:0] = step.opens
            evidence.makes[:0] = step.makes
        if wanted or fits or step.decides:
            evidence.needs |= step.reads
            needed -= step.replaces
            needed |= step.reads


class _Reader:
    """The walk forwards. `_data` and `_answers` are the names that hold rows, and what estimators said of rows."""

    def __init__(self, facts: Facts) -> None:
        self._names = Names()
        self._estimators = Estimators(facts)
        self._functions: dict[str, Deeds] = {}
        self._data: set[str] = set()
        self._answers: set[str] = set()

    def steps(self, evidence: Evidence) -> Iterator[_Step]:
        """The statements of a cell, in order; what is certain at once goes into the evidence."""
        for statement, uses in cell_uses(evidence.facts.parsed):
            yield self._step(evidence, statement, uses)

    def _step(self, evidence: Evidence, statement: ast.stmt, uses: Sequence[Use]) -> _Step:
        bound = list(dict.fromkeys(use.name for use in uses if use.kind == "bind"))
        changed = {use.name for use in uses if use.kind == "change"}
        reads = {use.name for use in uses if use.kind in ("read", "later", "change")}
        step = _Step(evidence, reads, {*bound, *changed}, replaced(statement))
        self._names.bind(bound, statement)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._define(statement, uses)
            return step
        known = len(evidence.scores)
        asks, loads = False, False
        for part in simple_statements(statement):
            names = targets(part)
            for call in executed_calls(part):
                self._note(step, call, part, names)
                asks = asks or self._asks(call)
                loads = self._load(step, call, part, names) or loads
            self._names.build(part)
        scores = len(evidence.scores) > known
        step.decides = step.decides or scores
        is_data = loads or bool(step.makes or step.opens)
        is_answer = asks or scores or (not is_data and not self._answers.isdisjoint(reads))
        is_data = is_data or (not self._data.isdisjoint(reads) and not self._builds(statement))
        for names in (self._data, self._answers):
            names.difference_update(bound)
        if is_answer:
            self._answers.update(bound)
        elif is_data:
            self._data.update(bound)
            step.data = [*bound, *sorted(step.gives & self._data - {*bound})]
        for name in bound:
            self._functions.pop(name, None)
        self._note_alias(statement)
        return step

    def _define(self, statement: ast.stmt, uses: Sequence[Use]) -> None:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            later = {use.name for use in uses if use.kind == "later"}
            self._functions[statement.name] = function_deeds(statement, self._names, later)
        elif isinstance(statement, ast.ClassDef):
            self._estimators.define(statement)

    # --- calls

    def _note(self, step: _Step, call: ast.Call, part: ast.stmt, names: Sequence[str]) -> None:
        """Note what a call fits, scores or makes."""
        dotted = self._names.dotted(call.func)
        if dotted is not None:
            self._note_library(step, call, dotted, names)
        elif isinstance(call.func, ast.Name) and call.func.id in self._functions:
            self._note_function(step, call, call.func.id, names)
        elif isinstance(call.func, ast.Attribute):
            receiver, method = root(call.func.value), call.func.attr
            if method in FIT_METHODS:
                fit = self._estimators.fit_by_method(call, part, names, self._names)
                if fit is not None:
                    step.fits.append(fit)
                    step.gives.add(fit.name)
            elif method in ("score", "evaluate") and (call.args or call.keywords):
                if self._estimators.knows(receiver, self._names):
                    step.evidence.scores.append(ast.unparse(call.func))
            elif names and self._names.makes_numbers(receiver):
                step.makes.append(ast.unparse(call.func))
            if receiver is not None and changes_receiver(call):
                step.gives.add(receiver)

    def _note_library(self, step: _Step, call: ast.Call, dotted: str, names: Sequence[str]) -> None:
        if calls.scores(dotted):
            step.decides = True
            if not calls.is_curve(dotted):
                step.evidence.scores.append(ast.unparse(call.func))
        elif calls.trains(dotted):
            fit = self._estimators.fit_by_function(names, None)
            step.fits.extend([fit] if fit else [])
        elif names and calls.makes(dotted):
            step.makes.append(ast.unparse(call.func))

    def _note_function(self, step: _Step, call: ast.Call, name: str, names: Sequence[str]) -> None:
        deeds = self._deeds(name)
        only_plots = deeds.plots and not (deeds.gives or deeds.prints)
        step.decides = step.decides or deeds.fits or deeds.scores
        fit = self._estimators.fit_by_function(names, deeds) if deeds.fits else None
        if fit is not None:
            step.fits.append(fit)
        elif deeds.makes and deeds.gives and names:
            step.makes.append(name)
        elif deeds.scores and not only_plots:
            given = [*call.args, *(each.value for each in call.keywords)]
            fits_given = deeds.fits and any(self._estimators.knows(root(each), self._names) for each in given)
            if not fits_given:
                step.evidence.scores.append(name)

    def _load(self, step: _Step, call: ast.Call, part: ast.stmt, names: Sequence[str]) -> bool:
        """Whether a call loads data that the statement keeps."""
        kept = bool(names) or any(changes_receiver(each) for each in executed_calls(part))
        if not kept:
            return False
        dotted = self._names.dotted(call.func)
        if isinstance(call.func, ast.Name) and dotted is None:
            deeds = self._deeds(call.func.id)
            loads = deeds.loads and not deeds.fits
            if call.func.id == "open" and "open" not in self._functions and calls.opens_for_reading(call):
                step.opens.append("open")
        else:
            loads = dotted is not None and calls.loads(dotted)
        if loads:
            step.evidence.loads.append(ast.unparse(call.func))
        return loads

    def _asks(self, call: ast.Call) -> bool:
        """Whether a call gives answers of an estimator, or an object that was saved by another program."""
        dotted = self._names.dotted(call.func)
        if dotted is not None:
            return calls.answers(dotted)
        return isinstance(call.func, ast.Attribute) and calls.is_answer(call.func.attr)

    def _builds(self, statement: ast.stmt) -> bool:
        """Whether a statement builds an object that is not rows, such as a pipeline from lists of columns."""
        value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        if not isinstance(value, ast.Call):
            return False
        dotted = self._names.dotted(value.func)
        name = value.func.id if isinstance(value.func, ast.Name) else (dotted or "").rpartition(".")[2]
        return (dotted is not None and calls.estimator_class(dotted) is not None) or calls.builds_no_rows(name)

    def _note_alias(self, statement: ast.stmt) -> None:
        """`best = search.best_estimator_` is fitted as `search` is."""
        if isinstance(statement, ast.Assign) and root(statement.value) in self._estimators.fitted:
            self._estimators.fitted.update(targets(statement))

    # --- functions of the notebook

    def _deeds(self, name: str, seen: frozenset[str] = frozenset()) -> Deeds:
        """What a function does itself and through the functions of the notebook that it calls."""
        deeds = self._functions.get(name)
        if deeds is None or name in seen:
            return Deeds()
        for called in sorted(deeds.calls):
            deeds = deeds.with_inner(self._deeds(called, seen | {name}))
        return deeds

    def served(self, tree: ast.Module) -> list[tuple[str, str]]:
        """The functions with parameters that answer with a fitted estimator, in a cell that only defines."""
        functions: list[tuple[str, str]] = []
        for statement in tree.body:
            match statement:
                case ast.FunctionDef(name=name, args=arguments) | ast.AsyncFunctionDef(name=name, args=arguments):
                    deeds = self._deeds(name)
                    asked = sorted(deeds.answers_with & self._estimators.fitted)
                    takes = bool([*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs])
                    if asked and takes and deeds.gives and not (deeds.plots or deeds.scores or deeds.fits):
                        functions.append((name, asked[0]))
                case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
                    pass
                case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value) if is_literal(value):
                    pass
                case _:
                    return []
        return functions
