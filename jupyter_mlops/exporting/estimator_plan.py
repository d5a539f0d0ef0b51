"""The plan of an export whose endpoints are the methods of one fitted estimator.

    model = make_pipeline(Imputer(), Ridge()).fit(X, y)     # the only one, or the one that --model names

becomes `POST /predict`, with the rows that the run was seen to give it as the schema and the examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jupyter_mlops.analysis.rewriting.frames import with_names
from jupyter_mlops.documents import Endpoint, EstimatorFact, Example, Plan, Signature
from jupyter_mlops.errors import Finding, Fix, in_notebook
from jupyter_mlops.exporting.plan import ENOUGH_EXAMPLES, Answering, Drawn, Executed, completed
from jupyter_mlops.exporting.signature import NAME_THE_COLUMNS, answer_type, signature
from jupyter_mlops.notebook import Cell
from jupyter_mlops.rules import estimators as estimator_rules
from jupyter_mlops.rules.edits import edits_of

ENDPOINT_ORDER = ("predict", "predict_proba", "decision_function", "transform")


def draw_estimator(executed: Executed, model: str | None) -> Drawn:
    """Make the plan of a service of one estimator: of the one that the user names, if any."""
    facts = executed.facts
    chosen, findings = estimator_rules.choose(facts.estimators, model, executed.notebook.cells)
    if chosen is None:
        plan = _empty(executed, in_notebook(findings, executed.notebook.path.name))
        return Drawn(plan, None, (), {}, (), facts)

    carried = executed.carrier.carry(chosen.name)
    findings += carried.findings
    evidence = executed.dialogue.examples(chosen.name, chosen.methods, *executed.row_names)
    shape, endpoints, examples, problems = _endpoints(chosen, evidence)
    findings += [_with_names(each, executed.notebook.code_cells) for each in problems]
    findings += _stand_in(executed.cells, chosen.name, evidence["stand_in"])
    frames = {"numpy", "pandas"} if shape is not None else set[str]()
    return completed(executed, Answering(endpoints, examples, chosen, shape), carried, frames, findings)


def _empty(executed: Executed, findings: Sequence[Finding]) -> Plan:
    return Plan(
        run=executed.run,
        notebook=executed.notebook.path.name,
        name=executed.name,
        model=None,
        model_class=None,
        signature=None,
        endpoints=[],
        names=[],
        requirements=[],
        findings=list(findings),
    )


def _endpoints(
    model: EstimatorFact, evidence: dict[str, Any]
) -> tuple[Signature | None, list[Endpoint], dict[str, list[Example]], list[Finding]]:
    findings: list[Finding] = []
    if evidence["profile"] is None:
        return None, [], {}, [_no_rows(model.name)]
    shape, findings = signature(evidence["profile"], model.name)
    if shape is None:
        return None, [], {}, findings
    if evidence["left_out"]:
        findings.append(_left_out(model.name, evidence["left_out"]))
    endpoints: list[Endpoint] = []
    examples: dict[str, list[Example]] = {}
    for method in (each for each in ENDPOINT_ORDER if each in model.methods):
        found = evidence["endpoints"][method]
        if "problem" not in found and not found["rows"]:
            findings.append(_no_rows(model.name))
            continue
        try:
            if "problem" in found:
                raise ValueError(found["problem"])
            answer = answer_type(
                found["answers"], found["columns"], single=found["single"], by_output=found["by_output"]
            )
        except ValueError as error:
            findings.append(_no_endpoint(model.name, method, str(error)))
            continue
        if found["differs"]:
            findings.append(_with_arguments(model.name, method))
        count = len(found["rows"])
        distinct = len({repr(each) for each in found["answers"]})
        examples[method] = [
            Example(row=row, answer=given) for row, given in zip(found["rows"], found["answers"], strict=True)
        ]
        endpoints.append(
            Endpoint(
                name=method,
                answer=answer,
                examples=count,
                weak=count < ENOUGH_EXAMPLES or distinct < 2,
                classes=found["classes"],
            )
        )
    if not endpoints and not any(finding.severity == "error" for finding in findings):
        findings.append(_no_rows(model.name))
    return shape, endpoints, examples, findings


def _with_names(finding: Finding, cells: Sequence[Cell]) -> Finding:
    """The finding on columns without names with the statement that gives them some, where that is certain."""
    if finding.fix is None or finding.fix.text != NAME_THE_COLUMNS:
        return finding
    edits = edits_of(cells, with_names([cell.source for cell in cells]))
    return replace(finding, fix=replace(finding.fix, edits=edits))


def _no_rows(model: str) -> Finding:
    return Finding(
        code="no-rows",
        message=f"no rows were seen that `{model}` was fitted on or asked about",
        reason="the schema and the proof are made from rows that the notebook itself used; calls of fit and "
        "predict are seen in cells and in functions of the notebook, not inside libraries or decorated functions",
        fix=Fix(
            text=f"call {model}.fit(...) or {model}.predict(...) in a cell, or tag the cell that makes its rows `data`"
        ),
    )


def _stand_in(cells: Sequence[Cell], model: str, name: str | None) -> list[Finding]:
    """The warning that rows were taken which the model was not seen with."""
    if name is None:
        return []
    cell, line = estimator_rules.binding(cells, name)
    return [
        Finding(
            code="rows-not-seen",
            severity="warning",
            message=f"the schema and the examples are from `{name}`, since `{model}` was not seen with any rows",
            cell=cell.id if cell else None,
            index=cell.index if cell else None,
            line=line,
            reason=f"`{model}` answers to them, though it may have been fitted on others",
            fix=Fix(
                text=f"tag the cell `data` if these are its rows, or call {model}.predict(...) with those that are"
            ),
        )
    ]


def _left_out(model: str, differences: Sequence[str]) -> Finding:
    return Finding(
        code="rows-of-other-types",
        severity="warning",
        message=f"some rows that `{model}` was asked about are left out of the proof: {differences[0]}",
        reason="the service takes rows as the model was fitted on",
        fix=Fix(text="give the model rows of the same types as in the fit"),
    )


def _with_arguments(model: str, method: str) -> Finding:
    return Finding(
        code="answers-with-arguments",
        severity="warning",
        message=f"`{model}.{method}` was called with more than rows, and answers otherwise to rows alone",
        reason="a request carries rows and nothing else, so the service answers what the method gives by itself",
        fix=Fix(text="write the call that is meant as a function in a cell tagged `serve`"),
    )


def _no_endpoint(model: str, method: str, reason: str) -> Finding:
    severity = "error" if method == "predict" else "warning"
    fix = f"see what {model}.{method}(...) gives for the first rows in a cell of the notebook"
    if "infinite" in reason:
        given = "cannot be sent" in reason
        fix = "replace infinite numbers " + ("before the fit" if given else f"in what {model}.{method} gives")
    return Finding(
        code="no-endpoint",
        severity=severity,
        message=f"`{model}.{method}` gets no endpoint",
        reason=reason,
        fix=Fix(text=fix),
    )
