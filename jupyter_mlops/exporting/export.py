"""The whole export: clean run, plan, values, package, proof, and only then the folder.

    check the target ─► run the notebook ─► draw the plan ─► save the values   (the kernel lives up to here)
                     ─► render ─► prove in process, over HTTP, as a bento ─► train again ─► put in place

Everything is made in a folder beside the target; what fails leaves the target as it was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from packaging.version import Version

from jupyter_mlops.documents import Event, ExportResult, PhaseEvent, Plan, PlannedName, Proof, RunRecord
from jupyter_mlops.errors import ExportError, Finding
from jupyter_mlops.exporting import folder as export_folder
from jupyter_mlops.exporting.dialogue import Dialogue, Refusal
from jupyter_mlops.exporting.estimator_plan import draw_estimator
from jupyter_mlops.exporting.facts import write_facts
from jupyter_mlops.exporting.function_plan import draw_functions, watched, watched_parameters
from jupyter_mlops.exporting.isolation import isolated
from jupyter_mlops.exporting.lambdas import named_lambdas
from jupyter_mlops.exporting.plan import Drawn, Executed, check_name, package_name
from jupyter_mlops.exporting.render import LOCK, Ingredients, SavedValue, render
from jupyter_mlops.exporting.requirements import SERVICE_REQUIREMENTS, Installed, read_installed
from jupyter_mlops.exporting.retraining import retrain
from jupyter_mlops.exporting.training_plan import with_training
from jupyter_mlops.exporting.verify import TOLERANCE, prove, refuted
from jupyter_mlops.notebook import Cell, Notebook, read_notebook
from jupyter_mlops.parameters.checking import checked
from jupyter_mlops.project import write_whole
from jupyter_mlops.running import environment
from jupyter_mlops.running.clean import CleanRun, failure, run_clean, silent
from jupyter_mlops.running.client import LiveKernel

# the first whose validation can be told to refuse what no field names
_PYDANTIC = Version("2.12")


@dataclass(frozen=True)
class Options:
    """What the user may say of an export. `target` None is a folder beside the notebook; with `isolated` the proof is
    repeated in a new environment that has nothing but the lock."""

    target: Path | None = None
    parameters: Mapping[str, Any] | None = None
    model: str | None = None
    name: str | None = None
    kernel: str | None = None
    overwrite_edits: bool = False
    plan_only: bool = False
    tolerance: float = TOLERANCE
    isolated: bool = False


def export(notebook: Notebook, options: Options, report: Callable[[Event], None] = silent) -> ExportResult | Plan:
    """Export a notebook and prove it; with `plan_only`, stop at the plan.

    Raises ExportError with every finding that blocks, RunError where the notebook does not run clean, and
    ProofError where the package does not give the notebook's answers. Nothing is left behind then but the
    run's record.
    """
    kernel = options.kernel or notebook.kernel or environment.DEFAULT_KERNEL
    program = environment.interpreter(kernel)
    installed = read_installed(program)
    served = watched(notebook.code_cells)
    _check_kernel(installed, kernel, program, functions=served is not None)
    if served is not None and options.model is not None:
        raise ExportError.of(
            "model-with-serve",
            "--model cannot be given for a notebook with cells tagged `serve`",
            notebook=notebook.path.name,
            reason="their functions are what is exported",
            fix="leave --model out, or take the tag `serve` off the cells",
        )
    if options.name is not None:
        check_name(options.name, installed, notebook.path.parent)
    name = options.name or package_name(notebook.path, installed)
    target = options.target or notebook.path.parent / f"{name}_service"
    if not options.plan_only:
        export_folder.check_target(target, overwrite_edits=options.overwrite_edits)

    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-export-") as scratch:
        guest = _ExportGuest(notebook, options, name, served, installed, Path(scratch), report)
        run = run_clean(notebook, parameters=options.parameters, kernel=kernel, report=report, guest=guest)
        fault = failure(notebook, run)
        if fault is not None:
            raise fault
        drawn = guest.drawn
        if drawn is None:
            raise ExportError.of("internal-error", "the run passed, but no plan was made")
        if options.plan_only:
            return drawn.plan
        _raise_blocking(drawn.plan)
        report(PhaseEvent(name="render"))
        with export_folder.staging(target.absolute()) as staged:
            _write_package(staged, run, drawn, guest.saved, options.tolerance, Path(scratch))
            report(PhaseEvent(name="proof"))
            proof = prove(staged, name, drawn.plan.endpoints, drawn.examples, program, tolerance=options.tolerance)
            if not proof.passed:
                raise refuted(proof, notebook.path.name, _answering(drawn.plan))
            if options.isolated:
                proof = _prove_isolated(staged, drawn, proof, program, report)
            data = notebook.path.resolve().parent
            plan, proof = _train_again(staged, run, drawn, proof, program, data, Path(scratch), report)
            export_folder.put_in_place(staged, target.absolute())
    return ExportResult(folder=str(target), run=run.record.id, plan=plan, proof=proof)


def export_file(
    path: str | Path, options: Options | None = None, report: Callable[[Event], None] = silent
) -> ExportResult | Plan:
    """Export the notebook in a file, as `jupyter mlops export` does: the call for programs.

        result = export_file("churn.ipynb", Options(target=Path("service"), parameters={"seed": 8}))

    The parameters are converted to their declared types. Raises what `export` does, NotebookError where the file
    cannot be used, and ParameterError where a parameter is unknown or does not fit.
    """
    options = options or Options()
    notebook = read_notebook(Path(path))
    parameters = checked(notebook, options.parameters or {})
    return export(notebook, replace(options, parameters=parameters), report)


class _ExportGuest:
    """The export's talk with the kernel of its clean run."""

    def __init__(
        self,
        notebook: Notebook,
        options: Options,
        name: str,
        served: list[str] | None,
        installed: Installed,
        scratch: Path,
        report: Callable[[Event], None],
    ) -> None:
        self._notebook = notebook
        self._options = options
        self._name = name
        self._served = served
        self._installed = installed
        self._scratch = scratch
        self._report = report
        self.drawn: Drawn | None = None
        self.saved: list[SavedValue] = []

    def kernel_ready(self, kernel: LiveKernel) -> None:
        parameters = watched_parameters(self._notebook.code_cells) if self._served else {}
        Dialogue(kernel, self._scratch).start(self._served or (), parameters)

    def before_end(self, kernel: LiveKernel, run: CleanRun) -> None:
        self._report(PhaseEvent(name="plan"))
        dialogue = Dialogue(kernel, self._scratch)
        cells = _executed_cells(run, self._notebook)
        lambdas = named_lambdas(cells)
        dialogue.name_lambdas([each.key for each in lambdas])
        executed = Executed(
            notebook=self._notebook,
            cells=cells,
            lambdas=lambdas,
            run=run.record.id,
            described=dialogue.describe(),
            dialogue=dialogue,
            installed=self._installed,
            name=self._name,
        )
        drawn = draw_estimator(executed, self._options.model) if self._served is None else draw_functions(executed)
        self.drawn = with_training(drawn, executed)
        write_facts(run.folder, self.drawn.facts)
        if self._options.plan_only or _blocking(self.drawn.plan):
            return
        for value in self.drawn.learned:
            file = f"{value}.pkl"
            answer = dialogue.save(value, f"{self._name}.notebook", self._scratch / file)
            if isinstance(answer, Refusal):
                raise ExportError.of("value-cannot-be-saved", f"`{value}` cannot be saved", reason=answer.reason)
            self.saved.append(SavedValue(value, file, answer.sha256, answer.globals))


def _prove_isolated(staged: Path, drawn: Drawn, proof: Proof, program: str, report: Callable[[Event], None]) -> Proof:
    """The proof with its repetition in an environment that has nothing but the lock."""
    plan = drawn.plan
    report(PhaseEvent(name="isolation"))
    with isolated(staged / LOCK, program) as python:
        report(PhaseEvent(name="isolated-proof"))
        again = prove(
            staged,
            plan.name,
            plan.endpoints,
            drawn.examples,
            python,
            tolerance=proof.tolerance,
            builder=program,
        )
    if not again.passed:
        raise refuted(again, plan.notebook, _answering(plan))
    parts = [msgspec.structs.replace(part, how=f"{part.how}, isolated") for part in again.parts]
    return msgspec.structs.replace(proof, parts=[*proof.parts, *parts])


def _train_again(
    staged: Path,
    run: CleanRun,
    drawn: Drawn,
    proof: Proof,
    program: str,
    data: Path,
    scratch: Path,
    report: Callable[[Event], None],
) -> tuple[Plan, Proof]:
    """Prove `train.py`, if there is one; the plan gets the warning of a training that is not reproducible."""
    plan = drawn.plan
    if drawn.training is None:
        return plan, proof
    report(PhaseEvent(name="training"))
    warning = retrain(
        staged,
        plan.name,
        drawn.training,
        plan.endpoints,
        drawn.examples,
        program,
        data=data,
        run_seconds=sum(cell.seconds or 0 for cell in run.record.cells),
        tolerance=proof.tolerance,
        notebook=plan.notebook,
        scratch=scratch,
    )
    if warning is not None:
        plan = msgspec.structs.replace(plan, findings=[*plan.findings, warning])
    return plan, msgspec.structs.replace(proof, training="not-reproducible" if warning else "reproducible")


def _executed_cells(run: CleanRun, notebook: Notebook) -> list[Cell]:
    """The code cells as they ran; the injected one points to the place of the cell above it."""
    cells: list[Cell] = []
    index = 1
    for node in run.executed.cells:
        own = notebook.cell(node["id"])
        index = own.index if own else index
        cell = Cell(node["id"], index, node.cell_type, node.source, frozenset(node.metadata.get("tags", [])))
        if cell.counts:
            cells.append(cell)
    return cells


def _check_kernel(installed: Installed, kernel: str, program: str, *, functions: bool) -> None:
    present = {module for distribution in installed.distributions for module in distribution.imports}
    missing = [name for name in ("jupyter_mlops", *SERVICE_REQUIREMENTS) if name not in present]
    if missing:
        raise ExportError.of(
            "kernel-lacks-packages",
            f"the kernel `{kernel}` lacks " + ", ".join(missing),
            reason="the export saves and proves with the notebook's own interpreter",
            fix=f"{program} -m pip install " + " ".join(missing),
        )
    pydantic = next((each.version for each in installed.distributions if each.name == "pydantic"), None)
    if functions and (pydantic is None or Version(pydantic) < _PYDANTIC):
        raise ExportError.of(
            "kernel-lacks-packages",
            f"the kernel `{kernel}` has pydantic {pydantic}",
            reason="services of functions refuse unknown fields at any depth, which older versions cannot",
            fix=f'{program} -m pip install "pydantic>={_PYDANTIC}"',
        )


def _answering(plan: Plan) -> dict[str, PlannedName]:
    """For each endpoint the name of the notebook that answers: the model, or the function itself."""
    names = {each.name: each for each in plan.names}
    answering = {each.name: each.name if each.kind == "function" else plan.model for each in plan.endpoints}
    return {endpoint: names[name] for endpoint, name in answering.items() if name in names}


def _blocking(plan: Plan) -> list[Finding]:
    return [finding for finding in plan.findings if finding.severity == "error"]


def _raise_blocking(plan: Plan) -> None:
    findings = _blocking(plan)
    if findings:
        raise ExportError(*findings)


def _write_package(
    staged: Path,
    run: CleanRun,
    drawn: Drawn,
    saved: list[SavedValue],
    tolerance: float,
    scratch: Path,
) -> None:
    provenance = _provenance(run.record, drawn)
    texts = render(
        Ingredients(
            plan=drawn.plan,
            code=drawn.code,
            values=tuple(saved),
            model_value=drawn.learned[0] if drawn.plan.model else None,
            hints=drawn.hints,
            modules=drawn.modules,
            training=drawn.training,
            training_requirements=drawn.training_requirements,
            metrics=drawn.metrics,
            examples=drawn.examples,
            tolerance=tolerance,
            lock=drawn.lock,
            provenance=provenance,
        )
    )
    texts.pop(export_folder.PROVENANCE, None)
    for value in saved:
        write_whole(staged / drawn.plan.name / "values" / value.file, (scratch / value.file).read_bytes())
    for place, file in drawn.files.items():
        write_whole(staged / place, file.read_bytes())
    export_folder.fill(staged, texts, provenance)


def _provenance(record: RunRecord, drawn: Drawn) -> dict[str, Any]:
    """Where the package comes from: the same for the same run and plan."""
    return {
        "format": 1,
        "notebook": record.notebook,
        "run": record.id,
        "code_hash": record.code_hash,
        "cells": [{"id": cell.id, "code_hash": cell.code_hash} for cell in record.cells],
        "parameters": msgspec.to_builtins(record.parameters),
        "kernel": record.kernel,
        "environment": msgspec.to_builtins(record.environment),
        "git": msgspec.to_builtins(record.git),
        "data_files": record.data_files,
        "package": drawn.plan.name,
        "model": drawn.plan.model,
        "metrics": dict(drawn.metrics),
    }
