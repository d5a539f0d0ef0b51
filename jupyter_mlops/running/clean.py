"""A clean run: the whole notebook in a fresh kernel, judged by us, with a record that is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from nbformat import NotebookNode
from papermill.engines import papermill_engines

from jupyter_mlops.documents import CellEvent, CellFault, Event, LogEvent, PhaseEvent, RunRecord
from jupyter_mlops.errors import Finding, Fix, RunError
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.project import relative
from jupyter_mlops.running import environment
from jupyter_mlops.running.client import LiveKernel
from jupyter_mlops.running.copying import Copy, copied, missing_in_copy
from jupyter_mlops.running.observing import CellOutcome
from jupyter_mlops.running.preparing import ENGINE, prepared
from jupyter_mlops.running.recording import Recording
from jupyter_mlops.running.records import EXECUTED
from jupyter_mlops.running.remote import check_output, write_output

# The client's names of the faults of a cell that a limit ended, with our code and the option that sets the limit.
_LIMITS = {"CellTimeoutError": ("cell-timeout", "--cell-timeout"), "RunTimeoutError": ("run-timeout", "--timeout")}


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
    """A run that ended: its record, the executed document and the folder that holds both.

    `copy` is the copy that it took place in, which is gone by now; `unwritten` says why the user's output is missing.
    """

    record: RunRecord
    executed: NotebookNode
    folder: Path
    root: Path
    copy: Copy | None = None
    unwritten: RunError | None = None


def run_clean(
    notebook: Notebook,
    *,
    parameters: Mapping[str, Any] | None = None,
    kernel: str | None = None,
    report: Callable[[Event], None] = silent,
    guest: Guest | None = None,
    copy: bool = False,
    output: Path | str | None = None,
    cell_timeout: float | None = None,
    timeout: float | None = None,
) -> CleanRun:
    """Run a notebook top to bottom in a fresh kernel and keep the record, whatever happens.

    `parameters` are checked values by name. With `copy` it runs in a copy of the files that git knows. `output`, a
    path or an address, gets the executed notebook too when the run has ended. `cell_timeout` and `timeout` are the
    seconds that a cell and the whole run may take. The returned run may have failed: `failure` says how.
    Raises RunError where no kernel could be started or what was asked for cannot be done, KeyboardInterrupt where
    the user stopped it, and whatever the guest raises; of a run that began, the record is written in each case.
    """
    given = dict(parameters or {})
    name = kernel or notebook.kernel or environment.DEFAULT_KERNEL
    environment.interpreter(name)
    if output is not None:
        check_output(output, notebook)
    executed = prepared(notebook, given, name)
    if copy:
        report(PhaseEvent(name="copy"))
    with copied(notebook) if copy else nullcontext() as place:
        recording = Recording(notebook, given, name, copy=copy)

        def end() -> CleanRun:
            unwritten = _unwritten(recording.folder / EXECUTED, output, report)
            return CleanRun(recording.record(), executed, recording.folder, recording.root, place, unwritten)

        report(PhaseEvent(name="run"))
        try:
            _execute(
                executed,
                name,
                recording=recording,
                watcher=_RunWatcher(report, guest, recording, executed),
                resources={"metadata": {"path": str(place.folder if place else notebook.path.resolve().parent)}},
                execution_timeout=cell_timeout,
                run_timeout=timeout,
            )
        except BaseException:
            unwritten = end().unwritten
            if unwritten:
                # the error on its way says what stopped the run
                report(LogEvent(text=str(unwritten)))
            raise
        return end()


def _execute(executed: NotebookNode, kernel: str, **options: Any) -> None:
    """Have our engine run the document."""
    try:
        with _papermill_quiet():
            papermill_engines.execute_notebook_with_engine(ENGINE, executed, kernel, progress_bar=False, **options)
    except RuntimeError as error:
        raise _not_started(kernel, error) from None


def _unwritten(executed: Path, output: Path | str | None, report: Callable[[Event], None]) -> RunError | None:
    """Write the user's output, or say why that failed."""
    if output is None:
        return None
    if isinstance(output, str):
        report(PhaseEvent(name="upload"))
    try:
        write_output(executed, output)
    except RunError as error:
        return error
    return None


def failure(notebook: Notebook, run: CleanRun) -> RunError | None:
    """What stopped a run, as an error that names the cell and the fix, and why its output is missing; None of a run
    that passed and has written what it should."""
    findings = run.unwritten.findings if run.unwritten else ()
    if run.record.verdict != "passed":
        findings = (_stopped(notebook, run), *findings)
    return RunError(*findings) if findings else None


def _stopped(notebook: Notebook, run: CleanRun) -> Finding:
    """What stopped a run, and where."""
    cells = run.record.cells
    culprit = next((cell for cell in cells if cell.status in ("error", "interrupted")), None)
    if culprit is None:
        culprit = next((cell for cell in reversed(cells) if cell.status == "ok"), None)
    if culprit is None:
        return replace(_told(notebook, run, "the cell", None), notebook=notebook.name)
    cell = notebook.cell(culprit.id)
    fault = culprit.error if culprit.status == "error" else None
    return replace(
        _told(notebook, run, f"cell {cell.index}" if cell else "the cell", fault),
        notebook=notebook.name,
        cell=culprit.id,
        index=cell.index if cell else None,
        line=fault.line if fault else None,
    )


def _told(notebook: Notebook, run: CleanRun, cell: str, fault: CellFault | None) -> Finding:
    record = run.record
    if record.verdict == "interrupted":
        return Finding(
            code="interrupted",
            message=record.reason,
            reason="the run was stopped before its end",
            fix=Fix(text="run it again"),
        )
    if record.verdict == "stopped-early":
        return Finding(
            code="stopped-early",
            message=record.reason + " before the last cell",
            reason="the cells below it never ran",
            fix=Fix(text="remove the call, or tag the cell skip-execution"),
        )
    if record.verdict == "kernel-died":
        return Finding(
            code="kernel-died",
            message=record.reason,
            reason="the process of the kernel ended; running out of memory is the usual cause",
            fix=Fix(text="run with less data, or look at what the cell allocates"),
        )
    # a notebook may have an exception of the same name
    if fault and fault.name in _LIMITS and fault.message.startswith("no end of "):
        code, option = _LIMITS[fault.name]
        return Finding(
            code=code,
            message=fault.message,
            reason=f"{option} says so, and {cell} was running",
            fix=Fix(text=f"raise {option}, or do less in {cell}"),
        )
    missing = missing_in_copy(run.copy, fault) if run.copy and fault else None
    return Finding(
        code="cell-failed",
        message=f"{fault.name}: {fault.message}" if fault else record.reason,
        reason=missing.reason if missing else "a clean run passes only when every cell does",
        fix=Fix(text=missing.fix if missing else _mending(notebook, run, cell, fault)),
    )


def _mending(notebook: Notebook, run: CleanRun, cell: str, fault: CellFault | None) -> str:
    if fault and fault.name == "ModuleNotFoundError":
        program = environment.interpreter(run.record.kernel)
        module = fault.message.split("'")[1] if "'" in fault.message else "the module"
        return f"install {module} where the kernel runs: {program} -m pip install {module.partition('.')[0]}"
    if fault and fault.name == "NameError":
        return "bind the name in a cell above this one; it may come from a cell that was deleted or moved"
    where = relative(run.folder / EXECUTED, Path.cwd())
    return f"mend {cell}; the executed notebook with the whole traceback is {where} (from {notebook.name})"


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
        self._recording.load_recorder(kernel)
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
