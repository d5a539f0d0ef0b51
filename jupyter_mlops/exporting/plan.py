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
from jupyter_mlops.analysis.names import cell_uses
from jupyter_mlops.analysis.statements import Unit
from jupyter_mlops.documents import Endpoint, EstimatorFact, Example, Plan, Requirement, RunFacts, Signature
from jupyter_mlops.errors import ExportError, Finding, in_notebook
from jupyter_mlops.exporting import own_names, requirements
from jupyter_mlops.exporting.carrying import Carried, Carrier
from jupyter_mlops.exporting.dialogue import Dialogue
from jupyter_mlops.exporting.lambdas import NamedLambda
from jupyter_mlops.exporting.local_modules import local_modules
from jupyter_mlops.exporting.module_text import Place
from jupyter_mlops.exporting.opened_files import OpenedFiles, Service, opened_files
from jupyter_mlops.exporting.requirements import Installed
from jupyter_mlops.exporting.training import Training
from jupyter_mlops.notebook import Cell, Notebook
from jupyter_mlops.project import project_root
from jupyter_mlops.rules import estimators as estimator_rules

ENOUGH_EXAMPLES = 20
CODE_MODULE = "notebook"
# BentoML's names have 63 characters at most, and the service's name is longer than the package's
LONGEST_NAME = 46
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

    A name that another module has already, installed or beside the notebook, gets `_service`. A long one ends with
    the last word that fits.
    """
    # without its accents a letter stays readable: `Prévision` gives `prevision`
    plain = unicodedata.normalize("NFKD", notebook.stem).encode("ascii", "ignore").decode()
    name = re.sub(r"\W+", "_", plain, flags=re.ASCII).strip("_").lower() or "notebook"
    if name[0].isdigit():
        name = f"notebook_{name}"
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME + 1].rpartition("_")[0].rstrip("_") or name[:LONGEST_NAME]
    return f"{name}_service" if _is_taken(name, installed, notebook.parent) else name


def check_name(name: str, installed: Installed, folder: Path) -> None:
    """Raises ExportError where a name that the user gave cannot be the package's."""
    reason = None
    if not name.isidentifier() or keyword.iskeyword(name) or not name.isascii() or name != name.lower():
        reason = "it has to be a Python name of lower-case letters, digits and underscores"
    elif len(name) > LONGEST_NAME:
        reason = f"it has {len(name)} characters, and BentoML's names leave room for {LONGEST_NAME}"
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
    modules = {module for distribution in installed.distributions for module in distribution.imports}
    beside = (folder / f"{name}.py").exists() or any((folder / name).glob("*.py"))
    # Python has a package `test` that it does not list
    own = own_names.MODULES | {"test"}
    return beside or name in own or name in sys.stdlib_module_names or name in modules or keyword.iskeyword(name)


@dataclass(frozen=True)
class Executed:
    """What a plan is made from: the notebook and its cells as they were executed, the injected one included, with their
    lambdas that can have names; the run, what its kernel says of the names, and the talk with it; what is installed
    there; and the package's name. `instead` has definitions that take the places of the notebook's own."""

    notebook: Notebook
    cells: Sequence[Cell]
    lambdas: Sequence[NamedLambda]
    run: str
    described: Mapping[str, Any]
    dialogue: Dialogue
    installed: Installed
    name: str
    instead: Mapping[Place, Unit] = field(default_factory=dict[Place, Unit])

    @property
    def carrier(self) -> Carrier:
        """Who decides what becomes of the notebook's names."""
        module = f"{self.name}.{CODE_MODULE}"
        return Carrier(
            self.cells,
            self.described["names"],
            lambda each: self.dialogue.needs(each, module),
            self.lambdas,
            self.instead,
        )

    @property
    def row_names(self) -> tuple[list[str], list[str]]:
        """The names that may hold rows: those that cells tagged `data` bind, and all others, the last bound first."""
        data: dict[str, None] = {}
        others: dict[str, None] = {}
        for cell in reversed(self.cells):
            bound = [use.name for _, uses in cell_uses(parse_cell(cell.source)) for use in uses if use.kind == "bind"]
            (data if cell.role == "data" else others).update(dict.fromkeys(reversed(bound)))
        return list(data), [name for name in others if name not in data]

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
