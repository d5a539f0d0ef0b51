"""The papermill engine `jupyter-mlops`.

papermill drives it like any engine; our own commands hand it an `Observation` to fill and a `Watcher`. Import
papermill first: it imports this module itself, by its entry point.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine
from papermill.exceptions import PapermillException
from papermill.log import logger

from jupyter_mlops.errors import NotebookError
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.running.client import Limits, WatchedClient, Watcher
from jupyter_mlops.running.interrupts import interrupts_held
from jupyter_mlops.running.observing import Observation
from jupyter_mlops.running.recording import Recording, RecordingWatcher
from jupyter_mlops.running.records import EXECUTED
from jupyter_mlops.running.saving import ThrottledManager


class CleanClient(WatchedClient, PapermillNotebookClient):
    """papermill's client, which logs outputs as papermill's options say, watched by ours."""


class _TerminatedError(KeyboardInterrupt):
    """SIGTERM, on its way through a run that has to be saved."""


class CleanEngine(Engine):
    """Registered for papermill as `jupyter-mlops`."""

    @classmethod
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool | dict[str, Any] = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,  # noqa: ARG003  (papermill gives it; saving has one rule here)
        recording: Recording | None = None,
        watcher: Watcher | None = None,
        **options: Any,
    ) -> NotebookNode:
        """As papermill's, with saves that are throttled, and a SIGTERM that leaves the notebook saved.

        Our own commands give a `recording`, and read there how the run ended. Where papermill drives, the run is
        recorded too, and one that did not pass raises: papermill itself would call some of them a success.
        """
        manager = ThrottledManager(nb, output_path=output_path, progress_bar=progress_bar, log_output=log_output)
        ours = recording is not None
        recording = recording or _recording(options.get("input_path"), nb, kernel_name)
        if recording is not None:
            options["observation"] = recording.observation
            watcher = watcher or RecordingWatcher(recording)
            manager.keep_at(recording.folder / EXECUTED)
            recording.mark(nb)
        manager.notebook_start()
        with _termination_delayed():
            try:
                cls.execute_managed_notebook(manager, kernel_name, log_output=log_output, watcher=watcher, **options)
                if recording is not None and not ours:
                    _raise_for(recording.observation)
            finally:
                with interrupts_held():
                    if recording is not None:
                        recording.mark(manager.nb)
                        recording.finish()
                    manager.cleanup_pbar()
                    manager.notebook_complete()
        return manager.nb

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: ThrottledManager,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: float | None = None,
        run_timeout: float | None = None,
        observation: Observation | None = None,
        watcher: Watcher | None = None,
        input_path: str | None = None,  # noqa: ARG003  (papermill gives it)
        **options: Any,
    ) -> None:
        """Run the managed notebook, and fill `observation`.

        `execution_timeout` and `run_timeout` are the seconds for each cell and for the whole run. Papermill's status
        of cells that never ran is put back to `pending`.
        """
        seen = observation or Observation()
        client = CleanClient(
            nb_man,
            seen,
            watcher,
            Limits(cell=execution_timeout, run=run_timeout),
            kernel_name=kernel_name,
            startup_timeout=start_timeout,
            log=logger,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
            **options,
        )
        try:
            client.execute()
        finally:
            _correct_statuses(nb_man.nb, seen)


def _recording(input_path: str | None, node: NotebookNode, kernel: str) -> Recording | None:
    """The record of a run that papermill drives; None where its input is no Python notebook on this disk, which
    papermill may run all the same."""
    if input_path is None or not Path(input_path).is_file():
        return None
    try:
        notebook = read_notebook(Path(input_path))
    except NotebookError:
        return None
    return Recording(notebook, node.metadata.papermill.get("parameters", {}), kernel)


def _raise_for(observation: Observation) -> None:
    """Raise for what papermill does not see; what a cell raised papermill tells itself."""
    if observation.verdict == "kernel-died":
        raise DeadKernelError(observation.reason)
    if observation.verdict == "stopped-early":
        raise PapermillException(f"{observation.reason}, and the cells below it never ran")
    if observation.verdict != "passed" and not any(cell.error for cell in observation.cells):
        raise PapermillException(observation.reason)


def _correct_statuses(node: NotebookNode, observation: Observation) -> None:
    """papermill's manager calls every pending cell completed at the end; a failed mark on the first one that
    did not run keeps it from that, and is what the cell deserves."""
    outcomes = {cell.id: cell for cell in observation.cells}
    for cell in node.cells:
        outcome = outcomes.get(cell["id"])
        if outcome is not None and outcome.status in ("interrupted", "not-run"):
            cell.metadata.papermill["status"] = "failed"
            node.metadata.papermill["exception"] = True
            return


@contextmanager
def _termination_delayed() -> Generator[None]:
    """A SIGTERM that nobody handles ends the process only after the block has saved what there is."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return

    def leave(*_: object) -> None:
        raise _TerminatedError

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    except _TerminatedError:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
