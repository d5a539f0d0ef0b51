"""No fitted estimator, or several and none named: what an untagged notebook is exported by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.names import cell_uses
from jupyter_mlops.documents import EstimatorFact
from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.notebook import Cell
from jupyter_mlops.rules.facts import Facts

NONE, SEVERAL, NOT_FITTED, UNKNOWN = "no-estimator", "several-estimators", "never-fitted", "unknown-model"
NO_ANSWERS = "no-answer-method"


def find(facts: Facts) -> Iterator[Finding]:
    """The finding that an export without `--model` would stop at; nothing without a run's facts."""
    # functions of `serve` cells are what such a notebook is exported by
    if facts.run is not None and not any(each.cell.role == "serve" for each in facts.cells):
        _, findings = choose(facts.run.estimators, None, facts.notebook.cells)
        for finding in findings:
            # the notebook may not be meant for export, and several models only need a name
            yield replace(finding, severity="warning")


def choose(
    estimators: Sequence[EstimatorFact], model: str | None, cells: Sequence[Cell]
) -> tuple[EstimatorFact | None, list[Finding]]:
    """The estimator to serve: the one named, else the only fitted one that is no part of another."""
    if model is not None:
        return _named(estimators, model, cells)
    fitted = [each for each in estimators if each.fitted and each.methods]
    whole = [each for each in fitted if each.part_of is None]
    if len(whole) == 1:
        return whole[0], []
    if not whole:
        return None, [_none(estimators, cells)]
    names = ", ".join(f"`{each.name}` ({each.class_name.rpartition('.')[2]})" for each in whole)
    # what only transforms is rarely what is to be served
    likely = [each for each in whole if "predict" in each.methods] or whole
    cell, line = binding(cells, likely[-1].name)
    return None, [
        Finding(
            code=SEVERAL,
            message=f"the notebook leaves {len(whole)} fitted estimators: {names}",
            cell=cell.id if cell else None,
            index=cell.index if cell else None,
            line=line,
            reason="the export serves one of them, and cannot know which",
            fix=Fix(
                text="name it: "
                + " or ".join(f"--model {each.name}" for each in likely[-3:])
                + "; if one prepares the "
                "rows of another, put both into a pipeline and fit that"
            ),
        )
    ]


def _named(
    estimators: Sequence[EstimatorFact], model: str, cells: Sequence[Cell]
) -> tuple[EstimatorFact | None, list[Finding]]:
    found = next((each for each in estimators if model == each.name or model in each.also), None)
    cell, line = binding(cells, model)
    if found is None:
        names = ", ".join(f"`{each.name}`" for each in estimators) or "none"
        return None, [
            Finding(
                code=UNKNOWN,
                message=f"`{model}` is no estimator at the end of the run",
                cell=cell.id if cell else None,
                index=cell.index if cell else None,
                line=line,
                reason=f"estimators there: {names}",
                fix=Fix(text="name one of them with --model" if estimators else "fit an estimator in the notebook"),
            )
        ]
    if not found.fitted or not found.methods:
        return None, [_not_to_serve(found, cells)]
    return EstimatorFact(
        name=model,
        also=[each for each in [found.name, *found.also] if each != model],
        class_name=found.class_name,
        fitted=True,
        methods=found.methods,
        part_of=found.part_of,
    ), []


def _none(estimators: Sequence[EstimatorFact], cells: Sequence[Cell]) -> Finding:
    if estimators:
        fitted = [each for each in estimators if each.fitted and each.part_of is None]
        return _not_to_serve((fitted or estimators)[-1], cells)
    return Finding(
        code=NONE,
        message="the notebook leaves no fitted estimator behind",
        reason="an export serves a fitted object with scikit-learn's methods (fit, predict) that a name of the "
        "notebook holds at the end of the run",
        fix=Fix(
            text="assign the fitted model to a name at the top level of a cell: model = ….fit(X, y); a class of the "
            "notebook's own has to derive from sklearn.base.BaseEstimator"
        ),
    )


def _not_to_serve(estimator: EstimatorFact, cells: Sequence[Cell]) -> Finding:
    cell, line = binding(cells, estimator.name)
    kind = estimator.class_name.rpartition(".")[2]
    if estimator.fitted:
        return Finding(
            code=NO_ANSWERS,
            message=f"`{estimator.name}` ({kind}) is fitted, but has no method that a service could offer",
            cell=cell.id if cell else None,
            index=cell.index if cell else None,
            line=line,
            reason="served are predict, predict_proba, decision_function and transform",
            fix=Fix(text="wrap it in a class of your own that has one of these methods, and fit that"),
        )
    return Finding(
        code=NOT_FITTED,
        message=f"`{estimator.name}` ({kind}) is not fitted at the end of the run",
        cell=cell.id if cell else None,
        index=cell.index if cell else None,
        line=line,
        reason="an estimator that was never fitted has nothing to answer with",
        fix=Fix(text=f"call {estimator.name}.fit(…) in a cell"),
    )


def binding(cells: Sequence[Cell], name: str) -> tuple[Cell | None, int | None]:
    """The last cell and line that bind a name."""
    for cell in reversed(cells):
        if cell.counts:
            for statement, uses in reversed(cell_uses(parse_cell(cell.source))):
                if any(use.kind == "bind" and use.name == name for use in uses):
                    return cell, statement.lineno
    return None, None
