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

import msgspec

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.rewriting.frames import with_names
from jupyter_mlops.documents import Endpoint, EstimatorFact, Example, Plan, Requirement, RunFacts, Signature
from jupyter_mlops.errors import ExportError, Finding, Fix, in_notebook
from jupyter_mlops.exporting import requirements
from jupyter_mlops.exporting.carrying import Carried, Carrier
from jupyter_mlops.exporting.dialogue import Dialogue
from jupyter_mlops.exporting.lambdas import NamedLambda
from jupyter_mlops.exporting.local_modules import local_modules
from jupyter_mlops.exporting.opened_files import OpenedFiles, Service, opened_files
from jupyter_mlops.exporting.requirements import Installed
from jupyter_mlops.exporting.signature import NAME_THE_COLUMNS, answer_type, signature
from jupyter_mlops.exporting.training import Training
from jupyter_mlops.notebook import Cell, Notebook
from jupyter_mlops.project import project_root
from jupyter_mlops.rules import estimators as estimator_rules
from jupyter_mlops.rules.edits import edits_of

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


@dataclass(frozen=True)
class Executed:
    """What a plan is made from: the notebook and its cells as they were executed, the injected one included, with their
    lambdas that can have names; the run, what its kernel says of the names, and the talk with it; what is installed
    there; and the package's name."""

    notebook: Notebook
    cells: Sequence[Cell]
    lambdas: Sequence[NamedLambda]
    run: str
    described: Mapping[str, Any]
    dialogue: Dialogue
    installed: Installed
    name: str

    @property
    def carrier(self) -> Carrier:
        """Who decides what becomes of the notebook's names."""
        module = f"{self.name}.{CODE_MODULE}"
        return Carrier(
            self.cells, self.described["names"], lambda each: self.dialogue.needs(each, module), self.lambdas
        )

    @property
    def facts(self) -> RunFacts:
        """What the kernel says of estimators, as facts for `check`; without findings."""
        estimators = [EstimatorFact(**fact) for fact in _with_class(self.described["estimators"])]
        return RunFacts(run=self.run, estimators=estimators, findings=[], text_hash=self.notebook.text_hash)


@dataclass(frozen=True)
class Answering:
    """What answers: the estimator and the schema of its rows, both None where functions do; the endpoints with their
    examples."""

    endpoints: list[Endpoint]
    examples: dict[str, list[Example]]
    model: EstimatorFact | None = None
    signature: Signature | None = None


def draw(executed: Executed, model: str | None) -> Drawn:
    """Make the plan of a service of one estimator: of the one that the user names, if any."""
    facts = executed.facts
    chosen, findings = estimator_rules.choose(facts.estimators, model, executed.notebook.cells)
    if chosen is None:
        plan = _empty(executed, in_notebook(findings, executed.notebook.path.name))
        return Drawn(plan, None, (), {}, (), facts)

    carried = executed.carrier.carry(chosen.name)
    findings += carried.findings
    shape, endpoints, examples, problems = _endpoints(chosen, executed.dialogue.examples(chosen.name, chosen.methods))
    findings += [_with_names(each, executed.notebook.code_cells) for each in problems]
    frames = {"numpy", "pandas"} if shape is not None else set[str]()
    return completed(executed, Answering(endpoints, examples, chosen, shape), carried, frames, findings)


def completed(
    executed: Executed, answering: Answering, carried: Carried, imported: set[str], findings: list[Finding]
) -> Drawn:
    """The plan of what answers and of what is carried for it; `imported` are further modules that the package needs."""
    root = project_root(executed.notebook.path)
    needed = _needed(executed, carried, imported, root)
    read = _read(executed, carried, needed, root)
    model = answering.model
    findings = placed([*findings, *needed.findings, *read.findings], executed.cells, model.name if model else "")
    found = in_notebook(findings, executed.notebook.path.name)
    plan = Plan(
        run=executed.run,
        notebook=executed.notebook.path.name,
        name=executed.name,
        model=model.name if model else None,
        model_class=model.class_name if model else None,
        signature=answering.signature,
        endpoints=answering.endpoints,
        names=list(carried.names),
        requirements=needed.requirements,
        modules=sorted(needed.modules),
        files=list(read.files),
        findings=list(found),
    )
    remembered = [each for each in found if each.code == "value-cannot-be-saved" or (each.fix and each.fix.edits)]
    return Drawn(
        plan,
        carried.code,
        carried.learned,
        answering.examples,
        needed.lock,
        msgspec.structs.replace(executed.facts, findings=remembered),
        modules=needed.modules,
        files=read.files,
    )


def _with_class(estimators: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{("class_name" if key == "class" else key): value for key, value in fact.items()} for fact in estimators]


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


def _needed(executed: Executed, carried: Carried, imported: set[str], root: Path) -> Needed:
    """What the carried code, the value files and some more modules need."""
    installed, name = executed.installed, executed.name
    modules = {entry.partition(":")[0] for entry in carried.globals} | imported
    if carried.code:
        modules |= requirements.import_names(carried.code)
    provided = {each for distribution in installed.distributions for each in distribution.imports}
    local = local_modules(modules, executed.dialogue.modules(root), name, provided)
    top = requirements.top_level(modules | local.imports, installed, own={name, *local.names})
    findings = [*local.findings, *top.findings]
    if any(finding.severity == "error" for finding in findings):
        return Needed(top.requirements, (), local.files, findings)
    lock = requirements.closure(top.requirements, installed)
    return Needed(top.requirements, tuple(lock.lines), local.files, [*findings, *lock.findings])


def _read(executed: Executed, carried: Carried, needed: Needed, root: Path) -> OpenedFiles:
    """The files that the carried code and the project's modules opened in the run, when they answered."""
    service = Service(executed.name, {each.name for each in carried.names if each.kind == "code"}, needed.modules)
    folder = executed.notebook.path.resolve().parent
    return opened_files(executed.dialogue.opened(root), service, folder, root, executed.cells)


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
