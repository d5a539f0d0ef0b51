"""The plan of an export: everything that the package will contain, decided before anything is written.

It is made while the kernel of the clean run still lives, since only that kernel can say what its values need.
Whatever blocks the export stands in the plan's findings with severity `error`.
"""

from __future__ import annotations

import ast
import keyword
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.documents import Endpoint, EstimatorFact, Example, Plan, Requirement, RunFacts, Signature
from jupyter_mlops.errors import ExportError, Finding, Fix, in_notebook
from jupyter_mlops.exporting import requirements
from jupyter_mlops.exporting.carrying import Carried, Carrier
from jupyter_mlops.exporting.dialogue import Dialogue
from jupyter_mlops.exporting.local_modules import local_modules
from jupyter_mlops.exporting.opened_files import OpenedFiles, Service, opened_files
from jupyter_mlops.exporting.requirements import Installed
from jupyter_mlops.exporting.signature import answer_type, signature
from jupyter_mlops.exporting.training import Training
from jupyter_mlops.notebook import Cell, Notebook
from jupyter_mlops.project import project_root
from jupyter_mlops.rules import estimators as estimator_rules

ENOUGH_EXAMPLES = 20
ENDPOINT_ORDER = ("predict", "predict_proba", "decision_function", "transform")
CODE_MODULE = "notebook"
_ON_THE_MODEL = ("no-rows", "no-endpoint", "rows-have-no-schema", "rows-of-other-types", "answers-with-arguments")

_ON_AN_IMPORT = ("import-not-installed", "module-name-taken", "module-is-no-source")


@dataclass(frozen=True)
class Drawn:
    """A plan with what goes into the package beside it: the module's text, the values, examples, the lock.

    `hints` has the line that imports each name of a type hint, where the notebook imported it. `training` is what
    `train.py` holds, and `training_requirements` what it needs beside the lock; `metrics` are the run's.
    `modules` are files of the project, by their paths in the package, and `files` those that the serving code reads.
    """

    plan: Plan
    code: str | None
    learned: tuple[str, ...]
    examples: dict[str, list[Example]]
    lock: tuple[str, ...]
    facts: RunFacts
    hints: Mapping[str, str] = field(default_factory=dict[str, str])
    training: Training | None = None
    training_requirements: tuple[str, ...] = ()
    modules: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, Path] = field(default_factory=dict[str, Path])
    metrics: Mapping[str, float | None] = field(default_factory=dict[str, "float | None"])


def package_name(notebook: Path, installed: Installed) -> str:
    """A Python name for the package, made from the notebook's: `Churn model.ipynb` gives `churn_model`.

    A name that another module has already, installed or beside the notebook, gets `_service`.
    """
    # without its accents a letter stays readable: `Prévision` gives `prevision`
    plain = unicodedata.normalize("NFKD", notebook.stem).encode("ascii", "ignore").decode()
    name = re.sub(r"\W+", "_", plain, flags=re.ASCII).strip("_").lower() or "notebook"
    if name[0].isdigit():
        name = f"notebook_{name}"
    return f"{name}_service" if _is_taken(name, installed, notebook.parent) else name


def check_name(name: str, installed: Installed, folder: Path) -> None:
    """Raises ExportError where a name that the user gave cannot be the package's."""
    reason = None
    if not name.isidentifier() or keyword.iskeyword(name) or not name.isascii() or name != name.lower():
        reason = "it has to be a Python name of lower-case letters, digits and underscores"
    elif _is_taken(name, installed, folder):
        reason = "a module of that name is installed, lies beside the notebook, or is part of what every package holds"
    if reason:
        raise ExportError.of(
            "package-name",
            f"the package cannot be called `{name}`",
            reason=reason,
            fix="give another with --name",
        )


def _is_taken(name: str, installed: Installed, folder: Path) -> bool:
    own = {"service", "tests", "test"}
    modules = {module for distribution in installed.distributions for module in distribution.imports}
    beside = (folder / f"{name}.py").exists() or any((folder / name).glob("*.py"))
    return beside or name in own or name in sys.stdlib_module_names or name in modules or keyword.iskeyword(name)


def draw(
    notebook: Notebook,
    cells: Sequence[Cell],
    run_id: str,
    dialogue: Dialogue,
    installed: Installed,
    *,
    name: str,
    model: str | None,
) -> Drawn:
    """Make the plan from what the kernel says. `cells` are those that were executed, the injected one included."""
    described = dialogue.describe()
    facts = facts_of(run_id, described)
    chosen, findings = estimator_rules.choose(facts.estimators, model, notebook.cells)
    if chosen is None:
        plan = _empty(notebook, run_id, name, in_notebook(findings, notebook.path.name))
        return Drawn(plan, None, (), {}, (), facts)

    module = f"{name}.{CODE_MODULE}"
    carried = Carrier(cells, described["names"], lambda each: dialogue.needs(each, module)).carry(chosen.name)
    findings += carried.findings
    shape, endpoints, examples, problems = _endpoints(chosen, dialogue.examples(chosen.name, chosen.methods))
    findings += problems
    frames = {"numpy", "pandas"} if shape is not None else set[str]()
    needed = needs_of(carried, frames, dialogue.modules(project_root(notebook.path)), installed, name)
    findings += needed.findings
    read = read_by(carried, needed, notebook, cells, dialogue, name)
    findings += read.findings
    found = in_notebook(placed(findings, cells, chosen.name), notebook.path.name)
    plan = Plan(
        run=run_id,
        notebook=notebook.path.name,
        name=name,
        model=chosen.name,
        model_class=chosen.class_name,
        signature=shape,
        endpoints=endpoints,
        names=list(carried.names),
        requirements=needed.requirements,
        modules=sorted(needed.modules),
        files=list(read.files),
        findings=list(found),
    )
    facts = RunFacts(
        run=run_id,
        estimators=facts.estimators,
        findings=[f for f in found if f.code == "value-cannot-be-saved"],
    )
    return Drawn(
        plan,
        carried.code,
        carried.learned,
        examples,
        needed.lock,
        facts,
        modules=needed.modules,
        files=read.files,
    )


def facts_of(run_id: str, described: Mapping[str, Any]) -> RunFacts:
    """What the kernel says of estimators, as facts for `check`; without findings."""
    estimators = [EstimatorFact(**fact) for fact in _with_class(described["estimators"])]
    return RunFacts(run=run_id, estimators=estimators, findings=[])


def _with_class(estimators: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{("class_name" if key == "class" else key): value for key, value in fact.items()} for fact in estimators]


def _empty(notebook: Notebook, run_id: str, name: str, findings: Sequence[Finding]) -> Plan:
    return Plan(
        run=run_id,
        notebook=notebook.path.name,
        name=name,
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
            answer = answer_type(found["answers"], found["columns"], single=found["single"])
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


def _no_rows(model: str) -> Finding:
    return Finding(
        code="no-rows",
        message=f"no rows were seen that `{model}` was fitted on or asked about",
        reason="the schema and the proof are made from rows that the notebook itself used; calls of fit and "
        "predict are seen in cells and in functions of the notebook, not inside libraries or decorated functions",
        fix=Fix(text=f"call {model}.fit(...) or {model}.predict(...) in a cell"),
    )


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


@dataclass(frozen=True)
class Needed:
    """What a package needs from outside of the notebook: distributions and their lock, files of the project by their
    paths in the package, and what stands in the way."""

    requirements: list[Requirement]
    lock: tuple[str, ...]
    modules: Mapping[str, str]
    findings: list[Finding]


def needs_of(
    carried: Carried, imported: set[str], loaded: Mapping[str, str], installed: Installed, name: str
) -> Needed:
    """What the carried code, the value files and some more modules need. `loaded` are the files of the project's own
    modules."""
    modules = {entry.partition(":")[0] for entry in carried.globals} | imported
    if carried.code:
        modules |= requirements.import_names(carried.code)
    provided = {each for distribution in installed.distributions for each in distribution.imports}
    local = local_modules(modules, loaded, name, provided)
    top = requirements.top_level(modules | local.imports, installed, own={name, *local.names})
    findings = [*local.findings, *top.findings]
    if any(finding.severity == "error" for finding in findings):
        return Needed(top.requirements, (), local.files, findings)
    lock = requirements.closure(top.requirements, installed)
    return Needed(top.requirements, tuple(lock.lines), local.files, [*findings, *lock.findings])


def read_by(
    carried: Carried, needed: Needed, notebook: Notebook, cells: Sequence[Cell], dialogue: Dialogue, name: str
) -> OpenedFiles:
    """The files that the carried code and the project's modules opened in the run, when they answered."""
    root = project_root(notebook.path)
    service = Service(name, {each.name for each in carried.names if each.kind == "code"}, needed.modules)
    return opened_files(dialogue.opened(root), service, notebook.path.resolve().parent, root, cells)


def placed(findings: Sequence[Finding], cells: Sequence[Cell], model: str) -> list[Finding]:
    """Findings that point nowhere yet: those on the model go to the line that binds it, those on a module that
    cannot be installed to the line that imports it."""
    binding = estimator_rules.binding(cells, model)
    result: list[Finding] = []
    for finding in findings:
        place = None, None
        if finding.cell is None and finding.code in _ON_THE_MODEL:
            place = binding
        elif finding.cell is None and finding.code in _ON_AN_IMPORT:
            place = _import_of(finding, cells)
        cell, line = place
        result.append(replace(finding, cell=cell.id, index=cell.index, line=line) if cell else finding)
    return result


def _import_of(finding: Finding, cells: Sequence[Cell]) -> tuple[Cell, int] | tuple[None, None]:
    """The first line that imports the module which a finding names."""
    for cell in cells:
        for node in ast.walk(parse_cell(cell.source).tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and any(
                f"`{name}`" in finding.message for name in requirements.import_names(ast.unparse(node))
            ):
                return cell, node.lineno
    return None, None
