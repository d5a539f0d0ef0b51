"""What becomes of each name that serving needs: code to copy, a learned value to save, a parameter to freeze.

The start is what the model's own file asks for. From the notebook

    CUTS = [0, 10, 20]                                  # cell 1
    medians = frame.groupby("area").price.median()      # cell 2
    class Fill(TransformerMixin): ...  # reads medians, CUTS  # cell 3
    model = make_pipeline(Fill(), Ridge()).fit(X, y)    # cell 4

the file of `model` needs the class `Fill` (code), which reads `CUTS` (code: a constant) and `medians` (learned:
computed from data). `frame`, `X` and `y` are not needed. The module that comes out holds the statements in the
notebook's order, with their comments, imports first.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.statements import Unit, is_constant_expression, units
from jupyter_mlops.analysis.syntax import empty_lines_above
from jupyter_mlops.documents import NameKind, PlannedName
from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.exporting import repairs
from jupyter_mlops.exporting.constants import assignments, constant_names, ended_with
from jupyter_mlops.exporting.dialogue import Needs, Refusal
from jupyter_mlops.exporting.lambdas import NamedLambda
from jupyter_mlops.exporting.module_text import ModuleText, Place, place
from jupyter_mlops.notebook import Cell, cell_with
from jupyter_mlops.tags import INJECTED_TAG, PARAMETERS_TAG

_BUILTINS = frozenset(dir(builtins))
_NOTEBOOK_ONLY = frozenset({"get_ipython", "display", "In", "Out"})


@dataclass(frozen=True)
class Carried:
    """The decision on every name, the text of the package's module (None where nothing is needed), the names
    to save as files and the globals that those files load."""

    names: tuple[PlannedName, ...]
    code: str | None
    learned: tuple[str, ...]
    globals: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass
class _Work:
    module: ModuleText
    decided: dict[str, PlannedName] = field(default_factory=dict[str, PlannedName])
    learned: list[str] = field(default_factory=list[str])
    globals: set[str] = field(default_factory=set[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    queue: list[tuple[str, str, Unit | None]] = field(default_factory=list[tuple[str, str, Unit | None]])


class Carrier:
    """Decides, name by name, from the executed cells and the facts about what they bound."""

    def __init__(
        self,
        cells: Sequence[Cell],
        facts: Mapping[str, Mapping[str, Any]],
        needs: Callable[[str], Needs | Refusal],
        named: Sequence[NamedLambda],
        instead: Mapping[Place, Unit] | None = None,
    ) -> None:
        self._cells = cells
        self._facts = facts
        self._needs = needs
        functions = {place(each.unit): each.definition for each in named if each.own} | dict(instead or {})
        everything = units([parse_cell(cell.source) for cell in cells])
        self._units = [functions.get(place(unit), unit) for unit in everything]
        self._binders: dict[str, list[Unit]] = {}
        for unit in self._units:
            for name in unit.binds:
                self._binders.setdefault(name, []).append(unit)
        for each in named:
            self._binders.setdefault(each.name, [each.definition])
        self._parameters = frozenset(
            name
            for unit in self._units
            if cells[unit.cell].tags & {PARAMETERS_TAG, INJECTED_TAG}
            for name in unit.binds
            if name in facts and facts[name].get("literal") is not None
        )
        self._constants = constant_names(self._units, self._binders, facts, self._parameters)

    def carry(self, model: str) -> Carried:
        """Everything that the service of `model` needs."""
        work = self._work()
        self._learn(work, model, "the fitted estimator that answers", in_module=False)
        return self._carried(work)

    def carry_functions(self, functions: Sequence[str], hinted: Sequence[str]) -> Carried:
        """Everything that the service of some functions needs; `hinted` are names that their type hints have."""
        work = self._work()
        work.queue += [(name, "an endpoint", None) for name in functions]
        work.queue += [(name, "a type of arguments", None) for name in hinted]
        return self._carried(work)

    def imported(self, name: str) -> str | None:
        """The line that imports a name, where its last binding is an import."""
        binders = self._binders.get(name)
        statement = binders[-1].statement if binders else None
        for alias in statement.names if isinstance(statement, ast.Import | ast.ImportFrom) else ():
            if name == (alias.asname or alias.name):
                as_name = f" as {alias.asname}" if alias.asname else ""
                module = f"from {statement.module} " if isinstance(statement, ast.ImportFrom) else ""
                return f"{module}import {alias.name}{as_name}"
        return None

    def _work(self) -> _Work:
        return _Work(ModuleText(load=self._free("load"), values=self._free("VALUES"), path=self._free("Path")))

    def _carried(self, work: _Work) -> Carried:
        self._take_settings(work)
        while work.queue:
            name, because, reader = work.queue.pop(0)
            if name not in work.decided:
                self._decide(work, name, because, reader)
        for name in self._facts:
            if name not in work.decided and name in self._binders:
                work.decided[name] = self._planned(name, "not-needed", "nothing that serves reads it")
        ordered = sorted(work.decided.values(), key=lambda each: (each.kind == "not-needed", each.index or 0))
        return Carried(
            tuple(ordered),
            work.module.text(lazy_annotations=any(_is_future(unit.statement) for unit in self._units)),
            tuple(work.learned),
            tuple(sorted(work.globals)),
            tuple(work.findings),
        )

    # --- one name

    def _decide(self, work: _Work, name: str, because: str, reader: Unit | None) -> None:
        binders = self._binders.get(name, [])
        if not binders:
            self._decide_unbound(work, name, because, reader)
            return
        last = binders[-1]
        if name in self._parameters:
            literal = self._facts[name]["literal"]
            work.decided[name] = self._planned(name, "parameter", f"{because}; the run had {_short(literal)}")
            work.module.add_line(place(binders[0]), f"{name} = {literal}")
            return
        if isinstance(last.statement, ast.Import | ast.ImportFrom):
            work.decided[name] = self._planned(name, "code", f"{because}; imported")
            for binder in binders:
                self._import(work, binder, name)
            return
        if self._facts.get(name, {}).get("kind") == "module":
            # `try: import simplejson as json ...`: the run decided which it is
            self._import_by_facts(work, name, f"{because}; imported")
            return
        if self._is_copied(name, last):
            work.decided[name] = self._planned(name, "code", because)
            self._copy(work, last, name)
            for unit in self._units:
                # `Model.version = 2` belongs to the class that it changes
                if any(use.kind == "change" and use.name == name for use in unit.uses) and name not in unit.binds:
                    self._copy(work, unit, name)
            return
        self._learn(work, name, because)

    def _is_copied(self, name: str, unit: Unit) -> bool:
        if isinstance(unit.statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return _defines(unit, name)
        if name in self._constants:
            return True
        value = dict(assignments(unit.statement)).get(name)
        if value is not None and is_constant_expression(value, frozenset()) and ended_with(self._facts, name, value):
            # bound before, but this is what the run ended with
            return True
        fact = self._facts.get(name, {})
        return fact.get("kind") in ("function", "class") and fact.get("module") == "__main__"

    def _decide_unbound(self, work: _Work, name: str, because: str, reader: Unit | None) -> None:
        fact = self._facts.get(name)
        cell, line = (self._cells[reader.cell], _line_that_reads(reader, name)) if reader else (None, None)
        if fact is not None and fact.get("module") and fact["module"] not in ("__main__", "builtins"):
            # bound by a star import: the module is known from the object
            self._import_by_facts(work, name, f"{because}; imported by a star import")
        elif fact is not None:
            self._learn(work, name, because)
        elif name in _NOTEBOOK_ONLY:
            work.findings.append(
                Finding(
                    code="notebook-only",
                    message=f"`{name}` exists only in a notebook",
                    cell=cell.id if cell else None,
                    index=cell.index if cell else None,
                    line=line,
                    reason=because,
                    fix=Fix(
                        text=f"take `{name}` out of the functions and classes that serve",
                        edits=repairs.without(name, cell, line),
                    ),
                )
            )
        elif name not in _BUILTINS:
            work.findings.append(
                Finding(
                    code="undefined-name",
                    message=f"no cell binds `{name}`",
                    cell=cell.id if cell else None,
                    index=cell.index if cell else None,
                    line=line,
                    reason=because,
                    fix=Fix(text=f"bind `{name}` in a cell above, or take it out of the code that serves"),
                )
            )

    def _import_by_facts(self, work: _Work, name: str, reason: str) -> None:
        fact = self._facts[name]
        attribute = None if fact["kind"] == "module" else fact["qualname"]
        work.module.add_import_of(fact["module"], attribute, name)
        work.decided[name] = self._planned(name, "code", reason)

    def _learn(self, work: _Work, name: str, because: str, *, in_module: bool = True) -> None:
        needs = self._needs(name)
        if isinstance(needs, Refusal):
            cell = cell_with(needs.source, self._cells) if needs.source is not None else None
            cell = cell or self._cell_of(name)
            line = _line_of(cell, needs, name) if cell else None
            work.findings.append(
                Finding(
                    code="value-cannot-be-saved",
                    message=f"`{name}` cannot be saved: {needs.reason}",
                    cell=cell.id if cell else None,
                    index=cell.index if cell else None,
                    line=line,
                    reason=because,
                    fix=Fix(text=needs.fix, edits=repairs.named(cell, line, self._cells)),
                )
            )
            work.decided[name] = self._planned(name, "learned", because)
            return
        work.decided[name] = self._planned(name, "learned", because)
        work.learned.append(name)
        work.globals.update(needs.globals)
        work.queue += [(each, f"`{name}` is made of it", None) for each in needs.defined_here]
        if in_module:
            # below the functions and classes that the file asks for
            places = [self._place_of(each) for each in (name, *needs.defined_here)]
            known = [each for each in places if each is not None]
            work.module.add_load(max(known) if known else None, name)

    # --- pieces of the module

    def _copy(self, work: _Work, unit: Unit, owner: str) -> None:
        if not work.module.add_statement(unit):
            return
        work.queue += [(each, f"`{owner}` reads it", unit) for each in sorted(unit.reads | unit.binds)]
        for name in _read_at_once(unit):
            self._keep_earlier(work, unit, name, owner)

    def _keep_earlier(self, work: _Work, unit: Unit, name: str, owner: str) -> None:
        """`def f(x=RATE)` keeps the `RATE` that it was defined with, though a line below binds the name again: the
        statement that had bound it goes along."""
        binders = self._binders.get(name, [])
        before = [each for each in binders if place(each) < place(unit)]
        if not before or len(before) == len(binders) or name in self._parameters:
            return
        earlier = before[-1]
        between = [each for each in self._units if place(earlier) < place(each) < place(unit)]
        changed = any(use.kind == "change" and use.name == name for each in between for use in each.uses)
        value = dict(assignments(earlier.statement)).get(name)
        if isinstance(earlier.statement, ast.Import | ast.ImportFrom):
            self._import(work, earlier, name)
        elif not changed and (
            _defines(earlier, name) or (value is not None and is_constant_expression(value, self._constants))
        ):
            self._copy(work, earlier, owner)
        else:
            cell = self._cells[unit.cell]
            work.findings.append(
                Finding(
                    code="bound-again",
                    message=f"`{owner}` took the value of `{name}` when it was defined, and `{name}` was bound again",
                    cell=cell.id,
                    index=cell.index,
                    line=unit.line,
                    reason=f"the run holds only the last value of `{name}`, and `{owner}` has the one before it",
                    fix=Fix(text=f"give one of the two another name than `{name}`"),
                )
            )

    def _free(self, name: str) -> str:
        """A name for what the module has of its own, which the notebook does not use for something else."""
        fact = self._facts.get(name, {})
        if name == "Path" and str(fact.get("module")).partition(".")[0] == "pathlib":
            return name
        while name in self._facts or name in self._binders:
            name = f"_{name}"
        return name

    def _import(self, work: _Work, unit: Unit, name: str) -> None:
        statement = unit.statement
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            self._copy(work, unit, name)
            return
        work.module.add_import(place(unit), statement, name)

    def _take_settings(self, work: _Work) -> None:
        """`sklearn.set_config(transform_output="pandas")` decides what transformers hand to each other."""
        for unit in self._units:
            if _is_set_config(unit.statement):
                self._copy(work, unit, "set_config")

    # --- places

    def _place_of(self, name: str) -> Place | None:
        binders = self._binders.get(name)
        return place(binders[-1]) if binders else None

    def _cell_of(self, name: str) -> Cell | None:
        binders = self._binders.get(name)
        return self._cells[binders[-1].cell] if binders else None

    def _planned(self, name: str, kind: NameKind, reason: str) -> PlannedName:
        cell = self._cell_of(name)
        return PlannedName(
            name=name,
            kind=kind,
            reason=reason,
            cell=cell.id if cell else None,
            index=cell.index if cell else None,
        )


def _read_at_once(unit: Unit) -> list[str]:
    """The names that a statement reads when it runs, from before it: not those that it binds first."""
    bound: set[str] = set()
    found: dict[str, None] = {}
    for use in unit.uses:
        if use.kind == "bind":
            bound.add(use.name)
        elif use.kind == "read" and use.name not in bound:
            found[use.name] = None
    return list(found)


def _defines(unit: Unit, name: str) -> bool:
    statement = unit.statement
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and statement.name == name


def _line_that_reads(unit: Unit, name: str) -> int:
    """The first line of a statement that has a name."""
    lines = [node.lineno for node in ast.walk(unit.statement) if isinstance(node, ast.Name) and node.id == name]
    return min(lines, default=unit.line)


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_set_config(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id="set_config") | ast.Attribute(attr="set_config"))):
            return True
        case _:
            return False


def _line_of(cell: Cell, refusal: Refusal, name: str) -> int | None:
    """The line of the lambda, function or class at fault, else of the statement that binds the name."""
    parsed = parse_cell(cell.source)
    if refusal.line is not None:
        return refusal.line + empty_lines_above(parsed.text)
    if refusal.source is not None:
        for node in ast.walk(parsed.tree):
            if isinstance(node, ast.Lambda):
                return node.lineno
    for statement in parsed.tree.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
                return node.lineno
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
                return node.lineno
    return None


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
