"""A clean run: the whole notebook in a fresh kernel, judged by us, with a record that is kept."""

from __future__ import annotations

import copy
import hashlib
import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.parameterize import parameterize_notebook  # pyright: ignore[reportUnknownVariableType]

from jupyter_mlops.documents import CellEvent, Event, PhaseEvent, RunRecord
from jupyter_mlops.errors import Finding, Fix, ProjectError, RunError
from jupyter_mlops.notebook import INJECTED_TAG, Cell, Notebook
from jupyter_mlops.parameters.types import source
from jupyter_mlops.project import relative
from jupyter_mlops.running import environment
from jupyter_mlops.running.client import CellOutcome, LiveKernel
from jupyter_mlops.running.recording import Recording
from jupyter_mlops.running.records import EXECUTED

ENGINE = "jupyter-mlops"


def silent(event: Event) -> None:
    """Hears events and says nothing."""


class Guest(Protocol):
    """Who speaks with a run's kernel: the export captures and saves through this."""

    def kernel_ready(self, kernel: LiveKernel) -> None:
        """Called before the first cell."""

    def before_end(self, kernel: LiveKernel, run: CleanRun) -> None:
        """Called after the last cell of a run that passed, while the kernel still lives."""


@dataclass(frozen=True)
class CleanRun:
    """A run that ended: its record, the executed document and the folder that holds both."""

    record: RunRecord
    executed: NotebookNode
    folder: Path
    root: Path


def run_clean(
    notebook: Notebook,
    *,
    parameters: Mapping[str, Any] | None = None,
    kernel: str | None = None,
    report: Callable[[Event], None] = silent,
    guest: Guest | None = None,
) -> CleanRun:
    """Run a notebook top to bottom in a fresh kernel and keep the record, whatever happens.

    `parameters` are checked values by name. The returned run may have failed: `failure` says how.
    Raises RunError where no kernel could be started, KeyboardInterrupt where the user stopped it, and whatever
    the guest raises; the record is written in each case.
    """
    given = dict(parameters or {})
    name = kernel or notebook.kernel or environment.DEFAULT_KERNEL
    environment.interpreter(name)
    executed = _prepared(notebook, given, name)
    recording = Recording(notebook, given, name)
    report(PhaseEvent(name="run"))
    try:
        with _papermill_quiet():
            papermill_engines.execute_notebook_with_engine(
                ENGINE,
                executed,
                name,
                progress_bar=False,
                observation=recording.observation,
                watcher=_RunWatcher(report, guest, recording, executed),
                iopub_timeout=600,
                resources={"metadata": {"path": str(notebook.path.resolve().parent)}},
            )
    except ProjectError:
        raise
    except RuntimeError as error:
        raise _not_started(name, error) from None
    finally:
        record = recording.finish(executed)
    return CleanRun(record, executed, recording.folder, recording.root)


def failure(notebook: Notebook, run: CleanRun) -> RunError | None:
    """What stopped a run, as an error that names the cell and the fix; None of a run that passed."""
    record = run.record
    if record.verdict == "passed":
        return None
    culprit = next((cell for cell in record.cells if cell.status in ("error", "interrupted")), None)
    if culprit is None:
        culprit = next((cell for cell in reversed(record.cells) if cell.status == "ok"), None)
    cell = notebook.cell(culprit.id) if culprit else None
    fault = culprit.error if culprit else None
    text = {
        "failed": f"{fault.name}: {fault.message}" if fault else record.reason,
        "stopped-early": record.reason + " before the last cell",
        "kernel-died": record.reason,
        "interrupted": record.reason,
    }[record.verdict]
    return RunError(
        Finding(
            code={
                "failed": "cell-failed",
                "stopped-early": "stopped-early",
                "kernel-died": "kernel-died",
            }.get(record.verdict, "interrupted"),
            message=text,
            notebook=notebook.path.name,
            cell=culprit.id if culprit else None,
            index=cell.index if cell else None,
            line=fault.line if fault else None,
            reason=_why(record),
            fix=Fix(text=_way_out(notebook, record, cell, run)),
        )
    )


def _why(record: RunRecord) -> str:
    return {
        "failed": "a clean run passes only when every cell does",
        "stopped-early": "the cells below it never ran",
        "kernel-died": "the process of the kernel ended; running out of memory is the usual cause",
        "interrupted": "the run was stopped before its end",
    }.get(record.verdict, "")


def _way_out(notebook: Notebook, record: RunRecord, cell: Cell | None, run: CleanRun) -> str:
    fault = next((c.error for c in record.cells if c.status == "error"), None)
    if fault is not None and fault.name == "ModuleNotFoundError":
        program = environment.interpreter(record.kernel)
        module = fault.message.split("'")[1] if "'" in fault.message else "the module"
        return f"install {module} where the kernel runs: {program} -m pip install {module.partition('.')[0]}"
    if fault is not None and fault.name == "NameError":
        return "bind the name in a cell above this one; it may come from a cell that was deleted or moved"
    if record.verdict == "stopped-early":
        return "remove the call, or tag the cell skip-execution"
    if record.verdict == "interrupted":
        return "run it again"
    if record.verdict == "kernel-died":
        return "run with less data, or look at what the cell allocates"
    where = relative(run.folder / EXECUTED, Path.cwd())
    place = f"cell {cell.index}" if cell else "the cell"
    return f"mend {place}; the executed notebook with the whole traceback is {where} (from {notebook.path.name})"


class _RunWatcher:
    """Turns what the engine tells into events, and lets the guest speak with the kernel."""

    def __init__(
        self, report: Callable[[Event], None], guest: Guest | None, recording: Recording, executed: NotebookNode
    ) -> None:
        self._report = report
        self._guest = guest
        self._recording = recording
        self._executed = executed

    def kernel_ready(self, kernel: LiveKernel) -> None:
        if self._guest:
            self._guest.kernel_ready(kernel)

    def cell_changed(self, index: int, of: int, cell: CellOutcome, *, running: bool) -> None:
        self._report(
            CellEvent(
                index=index,
                of=of,
                id=cell.id,
                state="running" if running else cell.status,
                seconds=None if running else cell.seconds,
            )
        )

    def all_cells_passed(self, kernel: LiveKernel) -> None:
        recording = self._recording
        recording.observe_environment(kernel)
        if self._guest:
            self._guest.before_end(
                kernel, CleanRun(recording.record(), self._executed, recording.folder, recording.root)
            )


def _prepared(notebook: Notebook, parameters: Mapping[str, Any], kernel: str) -> NotebookNode:
    """A copy of the document with papermill's metadata and, where parameters are given, the injected cell."""
    node = copy.deepcopy(notebook.node)
    node.metadata.setdefault("papermill", {})
    node.metadata.papermill.update(default_parameters={}, parameters={}, environment_variables={}, version=None)
    node.metadata.papermill.update(input_path=notebook.path.name, output_path=None)
    for cell in node.cells:
        # papermill looks for both without asking whether they are there
        cell.metadata.setdefault("papermill", {})
        cell.metadata.setdefault("tags", [])
    if not parameters:
        return node
    # papermill warns that there is no parameters cell; ours was looked for before
    shown = {name: value if _is_json(value) else source(value) for name, value in parameters.items()}
    injected = cast("Any", parameterize_notebook)(
        node, shown, kernel_name=kernel, language="python", engine_name=ENGINE
    )
    for cell in injected.cells:
        if INJECTED_TAG in cell.metadata.get("tags", []):
            # papermill turns dates, paths, tuples and keys that are no text into text
            cell.source = "\n".join(
                ["# Parameters", *(f"{name} = {source(value)}" for name, value in parameters.items())]
            )
            cell["id"] = "injected-" + hashlib.sha256(cell.source.encode()).hexdigest()[:8]
    return injected


def _is_json(value: Any) -> bool:
    """Whether papermill's metadata can hold a value as it is."""
    if isinstance(value, list):
        return all(_is_json(part) for part in cast("list[Any]", value))
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value)
        return all(isinstance(key, str) and _is_json(part) for key, part in pairs.items())
    return value is None or (type(value) in (bool, int, float, str) and value == value)  # noqa: PLR0124  (NaN)


def _not_started(kernel: str, error: RuntimeError) -> RunError:
    program = environment.interpreter(kernel)
    return RunError.of(
        "kernel-not-started",
        f"the kernel `{kernel}` did not start",
        reason=str(error),
        fix=f"see that ipykernel is installed for it: {program} -m pip install ipykernel",
    )


@contextmanager
def _papermill_quiet() -> Generator[None]:
    """papermill and nbclient log to standard error what our own errors say better."""
    logger = logging.getLogger("papermill")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
