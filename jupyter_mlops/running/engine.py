"""The papermill engine `jupyter-mlops`.

papermill drives it like any engine; our own commands hand it an `Observation` to fill and a `Watcher`. Import
papermill first: it imports this module itself, by its entry point.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager
from papermill.log import logger

from jupyter_mlops.errors import NotebookError
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.running.client import Observation, WatchedClient, Watcher
from jupyter_mlops.running.recording import Recording, RecordingWatcher


class CleanClient(WatchedClient, PapermillNotebookClient):
    """papermill's client, which logs outputs as papermill's options say, watched by ours."""


class CleanEngine(Engine):
    """Registered for papermill as `jupyter-mlops`."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        observation: Observation | None = None,
        watcher: Watcher | None = None,
        **options: Any,
    ) -> NotebookNode:
        """Run the managed notebook; `observation` and `watcher` come from our own commands.

        Papermill's status of cells that never ran is put back to `pending`.
        """
        input_path = options.pop("input_path", None)
        recording = None if observation is not None else _recording(input_path, nb_man.nb, kernel_name)  # pyright: ignore[reportUnknownArgumentType]
        if recording is not None:
            observation, watcher = recording.observation, RecordingWatcher(recording)
        seen = observation if observation is not None else Observation()
        client = CleanClient(
            nb_man,
            seen,
            watcher,
            kernel_name=kernel_name,
            timeout=execution_timeout,
            startup_timeout=start_timeout,
            log=logger,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
            **options,
        )
        try:
            return client.execute()
        finally:
            _correct_statuses(nb_man.nb, seen)  # pyright: ignore[reportUnknownArgumentType]
            if recording is not None:
                recording.finish(nb_man.nb)  # pyright: ignore[reportUnknownArgumentType]


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
