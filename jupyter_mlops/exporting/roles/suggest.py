"""Roles that the cells of a notebook could have, each with its reason.

    customers = pd.read_csv(data_file)        data      reads data (pd.read_csv)
    model = Ridge().fit(X, y)                 train     fits `model` (Ridge)
    print(r2_score(y, model.predict(X)))      evaluate  scores (r2_score)

Of several things that a cell does the most decisive counts: fitting, scoring, answering, loading. Where the signs
are weak there is no suggestion, and a role that the user has set is never questioned.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from jupyter_mlops.documents import CellRole, Role, RolesResult
from jupyter_mlops.exporting.roles.evidence import Evidence, gather_evidence
from jupyter_mlops.exporting.roles.syntax import is_literal
from jupyter_mlops.notebook import Cell
from jupyter_mlops.rules.facts import CellFacts, Facts
from jupyter_mlops.tags import INJECTED_TAG, PARAMETERS_TAG, SKIP_TAG

_SHOWN = 3


@dataclass(frozen=True)
class Suggestion:
    """A role for a cell that has none, and why."""

    cell: Cell
    role: Role
    reason: str


def list_roles(facts: Facts, suggestions: Sequence[Suggestion] = ()) -> RolesResult:
    """The roles that all code cells have by their tags, beside those that are suggested for them."""
    proposed = {each.cell.id: each for each in suggestions}
    cells: list[CellRole] = []
    for cell in facts.notebook.cells:
        if cell.kind == "code" and cell.source.strip():
            own = proposed.get(cell.id)
            cells.append(
                CellRole(
                    id=cell.id,
                    index=cell.index,
                    role=own_role(cell),
                    suggested=own.role if own else None,
                    reason=own.reason if own else None,
                )
            )
    run = facts.run.run if facts.run else None
    return RolesResult(notebook=facts.notebook.name, run=run, cells=cells, applied=False)


def own_role(cell: Cell) -> Role | None:
    """The role that a cell's tags give it now."""
    return "skip-execution" if SKIP_TAG in cell.tags else cast("Role | None", cell.role)


def suggest(facts: Facts) -> list[Suggestion]:
    """Roles for the cells that have none, in document order."""
    evidence = gather_evidence(facts)
    decided = {each.facts.cell.id: found for each in evidence if (found := _decide(each)) is not None}
    parameters = _parameters(evidence, decided.keys())
    if parameters is not None:
        decided[parameters.cell.id] = parameters
    return [decided[cell.id] for cell in facts.notebook.code_cells if cell.id in decided and cell.role is None]


def _decide(evidence: Evidence) -> Suggestion | None:
    cell = evidence.facts.cell
    if evidence.fits:
        fits = [f"`{fit.name}`" + (f" ({fit.class_name})" if fit.class_name else "") for fit in evidence.fits]
        more = "reads data" if evidence.loads else "scores" if evidence.scores else None
        return Suggestion(cell, "train", f"fits {_listed(fits)}" + _apart(more))
    if evidence.scores:
        more = "reads data" if evidence.loads else None
        return Suggestion(cell, "evaluate", f"scores ({_listed(evidence.scores)})" + _apart(more))
    if evidence.serves:
        function, estimator = evidence.serves[0]
        return Suggestion(cell, "serve", f"`{function}` answers with `{estimator}`")
    if evidence.loads:
        return Suggestion(cell, "data", f"reads data ({_listed(evidence.loads)})")
    if evidence.makes:
        return Suggestion(cell, "data", f"makes data ({_listed(evidence.makes)})")
    if evidence.prepares:
        names = [f"`{name}`" for name in evidence.prepares]
        return Suggestion(cell, "data", f"prepares {_listed(names)} for a fit or a score below")
    return None


def _apart(more: str | None) -> str:
    return f"; it also {more}: two cells would be clearer" if more else ""


def _listed(words: Sequence[str]) -> str:
    words = list(dict.fromkeys(words))
    shown = ", ".join(words[:_SHOWN])
    return shown if len(words) <= _SHOWN else f"{shown} and {len(words) - _SHOWN} more"


def _parameters(evidence: Sequence[Evidence], decided: Iterable[str]) -> Suggestion | None:
    """The first cell of plain values above all work that the work depends on, where no cell is tagged yet."""
    tags = {tag for each in evidence for tag in each.facts.cell.tags}
    if not tags.isdisjoint({PARAMETERS_TAG, INJECTED_TAG}):
        return None
    works = [each.facts.cell.id in decided or each.facts.cell.role is not None for each in evidence]
    if True not in works:
        return None
    for position, each in enumerate(evidence[: works.index(True)]):
        values = _plain_values(each.facts)
        if values and _are_parameters(values, evidence, position):
            names = _listed([f"`{name}`" for name in values])
            return Suggestion(each.facts.cell, "parameters", f"sets {names} to plain values that cells below depend on")
    return None


def _plain_values(facts: CellFacts) -> dict[str, ast.expr]:
    """The names and values of a cell that assigns plain values to single names and does nothing else."""
    found: dict[str, ast.expr] = {}
    for statement in facts.parsed.tree.body:
        match statement:
            case ast.Expr(value=ast.Constant(value=str())):
                continue
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                return {}
        if name in found or not is_literal(value):
            return {}
        found[name] = value
    return found


def _are_parameters(values: dict[str, ast.expr], evidence: Sequence[Evidence], position: int) -> bool:
    """Whether each name is read below and bound nowhere else, and a number, a text or a flag among them is handed to
    a call as it is, in code that a fit or a score depends on."""
    below = evidence[position + 1 :]
    others = [use for each in (*evidence[:position], *below) for use in each.facts.uses]
    if any(use.kind in ("bind", "delete") and use.name in values for use in others):
        return False
    if not values.keys() <= {use.name for each in below for use in each.facts.uses if use.kind in ("read", "later")}:
        return False
    containers = (ast.List, ast.Dict, ast.Set, ast.Tuple)
    scalars = {name for name, value in values.items() if not isinstance(value, containers)}
    return any(
        isinstance(value, ast.Name) and value.id in scalars & each.needs
        for each in below
        for node in ast.walk(each.facts.parsed.tree)
        if isinstance(node, ast.Call)
        for value in (*node.args, *(keyword.value for keyword in node.keywords))
    )
