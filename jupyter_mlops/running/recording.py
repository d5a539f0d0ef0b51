"""The record of one run, from before its first cell to after its last.

It is written at the start with the verdict `interrupted`, so that a run that is killed still has one, and again
at the end. Our own commands and papermill's engine record through this.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from nbformat import NotebookNode

from jupyter_mlops.analysis.code import code_hash
from jupyter_mlops.documents import Environment, ParameterValue, RunRecord
from jupyter_mlops.errors import StoreError
from jupyter_mlops.kernel.faults import FaultLog
from jupyter_mlops.kernel.store import store_path
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.project import project_root, relative
from jupyter_mlops.running import environment
from jupyter_mlops.running.client import LiveKernel
from jupyter_mlops.running.observing import CellOutcome, Observation
from jupyter_mlops.running.records import new_run_id, run_folder, write_record
from jupyter_mlops.tracking.indexing import index_runs

# Runs in the kernel before its first cell and leaves no name there. Whatever stands in the way (jupyter_mlops is not
# installed there, or in another version; the kernel is not IPython's) the run goes on without.
_LOAD = """
try:
    from jupyter_mlops.kernel.recorder import start
    start(get_ipython(), **given)
except Exception:
    pass
"""


class Recording:
    """A run under way: what is observed of it, and the folder that keeps it."""

    def __init__(self, notebook: Notebook, parameters: Mapping[str, Any], kernel: str, *, copy: bool = False) -> None:
        self.root = project_root(notebook.path)
        self._store = store_path(self.root)
        self.observation = Observation()
        self._environment: Future[Environment] | None = None
        self._started = RunRecord(
            id=new_run_id(),
            notebook=notebook.name if notebook.url else relative(notebook.path, self.root),
            code_hash=notebook.code_hash,
            cells=[],
            parameters={
                name: ParameterValue(type=type(value).__name__, text=repr(value)) for name, value in parameters.items()
            },
            kernel=kernel,
            environment=None,
            git=environment.git_state(self.root),
            data_files=None,
            verdict="interrupted",
            reason="the run did not end",
            copy=copy,
        )
        self.folder = run_folder(self.root, self._started.id)
        write_record(self.root, self._started)

    def load_recorder(self, kernel: LiveKernel) -> None:
        """Have the kernel record its cells, where it has jupyter_mlops."""
        given = {
            "run": self._started.id,
            "root": str(self.root),
            "store": str(self._store),
            "notebook": self._started.notebook,
        }
        kernel.send(f"__import__('builtins').exec({_LOAD!r}, {{'given': {given!r}, 'get_ipython': get_ipython}})")

    def observe_environment(self, kernel: LiveKernel) -> None:
        """Ask the kernel, after the last cell, what it imported."""
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder) / "environment.json"
            kernel.execute(environment.imported_snippet(answer))
            imported = environment.read_imported(answer)
        # told apart while the kernel ends, which takes as long
        executor = ThreadPoolExecutor(max_workers=1)
        self._environment = executor.submit(environment.environment_of, imported)
        executor.shutdown(wait=False)

    def record(self) -> RunRecord:
        """The record as far as it is known now."""
        return msgspec.structs.replace(
            self._started,
            cells=[outcome.record(code_hash(outcome.source)) for outcome in self.observation.cells],
            environment=self._environment.result() if self._environment else None,
            verdict=self.observation.verdict,
            reason=self.observation.reason,
        )

    def mark(self, executed: NotebookNode) -> RunRecord:
        """Note in the executed notebook how its run ended as far as is known now, for who reads that file alone."""
        record = self.record()
        executed.metadata["jupyter_mlops"] = {"run": record.id, "verdict": record.verdict, "reason": record.reason}
        return record

    def finish(self) -> RunRecord:
        """Write the record as it is at the end. The executed notebook is the engine's to write."""
        record = self.record()
        write_record(self.root, record)
        try:
            index_runs(self._store, [record])
        except (sqlite3.Error, OSError, StoreError) as error:
            # the record itself is written; `jupyter mlops doctor --rebuild` finds it
            FaultLog(record.id, self._store).report(error)
        return record


class RecordingWatcher:
    """The watcher of a run that papermill drives: it has the cells recorded, and adds the environment to the record."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def kernel_ready(self, kernel: LiveKernel) -> None:
        self._recording.load_recorder(kernel)

    def cell_changed(self, index: int, of: int, cell: CellOutcome, *, running: bool) -> None:
        """papermill draws its own bar."""

    def all_cells_passed(self, kernel: LiveKernel) -> None:
        self._recording.observe_environment(kernel)
