"""Cells top to bottom in a fresh kernel, watched and judged.

A `Watcher` hears of every cell and may speak with the kernel before the first cell and after the last one.
What happened is told by `Observation`, never by papermill's metadata, which says "completed" of cells that
never ran. papermill itself is imported by `engine` alone: it loads that module while it is being imported.
"""

from __future__ import annotations

import asyncio
import re
import signal
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from jupyter_mlops.documents import CellFault, CellRecord, CellStatus, RunVerdict
from jupyter_mlops.errors import RunError
from jupyter_mlops.notebook import SKIP_TAG

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_MOST_SAID = 5
_PLACE = re.compile(r"Cell In\[(\d+)\], line (\d+)")


@dataclass
class CellOutcome:
    """What became of one code cell of the executed document."""

    id: str
    source: str
    status: CellStatus = "not-run"
    execution_count: int | None = None
    started: str | None = None
    seconds: float | None = None
    error: CellFault | None = None

    def record(self, code_hash: str) -> CellRecord:
        """The outcome as the run record keeps it."""
        return CellRecord(
            id=self.id,
            code_hash=code_hash,
            status=self.status,
            execution_count=self.execution_count,
            started=self.started,
            seconds=self.seconds,
            error=self.error,
        )


@dataclass
class Observation:
    """Everything an engine's run showed: the cells in order and how it ended."""

    cells: list[CellOutcome] = field(default_factory=list[CellOutcome])
    verdict: RunVerdict = "interrupted"
    reason: str = "the run did not end"


class LiveKernel:
    """The kernel of a run while it lives, for silent requests that leave no trace in the notebook."""

    def __init__(self, client: WatchedClient) -> None:
        self._client = client

    def execute(self, code: str) -> None:
        """Run code silently: no output, no history, no execution count.

        Raises RunError with what the code raised.
        """
        kc: Any = self._client.kc
        message = kc.execute(code, silent=True, store_history=False, allow_stdin=False, stop_on_error=False)
        reply = self._client.wait_for_reply(message)
        content: dict[str, Any] = (reply or {}).get("content", {})
        if content.get("status") != "ok":
            traceback = _ANSI.sub("", "\n".join(content.get("traceback", [])))
            raise RunError.of(
                "kernel-request-failed",
                f"a request to the kernel failed: {content.get('ename')}: {content.get('evalue')}",
                reason=traceback,
            )


class Watcher(Protocol):
    """Who looks on while a notebook runs."""

    def kernel_ready(self, kernel: LiveKernel) -> None:
        """Called before the first cell."""

    def cell_changed(self, index: int, of: int, cell: CellOutcome, *, running: bool) -> None:
        """Called when a code cell starts and when it ends; `index` counts code cells from 1."""

    def all_cells_passed(self, kernel: LiveKernel) -> None:
        """Called after the last cell of a run without a fault, while the kernel still lives."""


class _Stop(Exception):  # noqa: N818  (a signal, not an error)
    """Ends the loop over the cells; the observation already says why."""


class WatchedClient(NotebookClient):
    """A client that papermill's stands behind (`engine.CleanClient`), with an observation of its own."""

    nb_man: Any

    def __init__(
        self,
        manager: Any,
        observation: Observation,
        watcher: Watcher | None,
        **options: Any,
    ) -> None:
        super().__init__(manager, **options)
        self.observation = observation
        self.watcher = watcher
        self.on_cell_executed = self._look_at_reply
        if hasattr(KernelManager, "transport_encryption"):
            # the kernel warns on every start where it talks over TCP in the clear
            self.config.KernelManager.transport_encryption = "auto"
        self._asked_exit = False

    def execute(self, **options: Any) -> NotebookNode:
        """Run the whole notebook; the kernel is gone when this returns or raises."""
        self.reset_execution_trackers()
        self.observation.cells = [
            CellOutcome(cell["id"], cell.source) for cell in self.nb.cells if cell.cell_type == "code"
        ]
        try:
            self._start_kernel(options)
            kernel = LiveKernel(self)
            if self.watcher:
                self.watcher.kernel_ready(kernel)
            self._execute_all(kernel)
        except DeadKernelError:
            self._kernel_died()
        except KeyboardInterrupt:
            self.observation.verdict, self.observation.reason = "interrupted", "the run was interrupted"
            self.shutdown_kernel = "immediate"
            _cancel_pending()
            raise
        finally:
            with interrupts_held():
                self._end_kernel()
        return self.nb

    def _start_kernel(self, options: dict[str, Any]) -> None:
        """What nbclient's `setup_kernel` does, but a kernel that an interrupt hits while it starts has an end."""
        self.km = self.km or self.create_kernel_manager()
        # what the kernel's process says of itself; what cells print comes as messages
        with tempfile.TemporaryFile() as log:
            self.start_new_kernel(stderr=log, **options)
            try:
                self.start_new_kernel_client()
            except RuntimeError as error:
                log.seek(0)
                said = log.read().decode(errors="replace").strip().splitlines()[-_MOST_SAID:]
                raise RuntimeError("\n".join([str(error), *said])) from None

    def _execute_all(self, kernel: LiveKernel) -> None:
        try:
            self.papermill_execute_cells()
        except _Stop:
            return
        self.observation.verdict, self.observation.reason = "passed", "every cell ran in order"
        self.set_widgets_metadata()
        if self.watcher:
            self.watcher.all_cells_passed(kernel)

    def papermill_execute_cells(self) -> None:
        """Execute the cells in document order, up to the first that ends the run."""
        outcomes = iter(self.observation.cells)
        total = len(self.observation.cells)
        position = 0
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type != "code":
                self.nb_man.cell_start(cell, index)
                self.nb_man.cell_complete(cell, cell_index=index)
                continue
            outcome = next(outcomes)
            position += 1
            self._execute_one(index, cell, outcome, position, total)

    def _execute_one(self, index: int, cell: NotebookNode, outcome: CellOutcome, position: int, total: int) -> None:
        self.nb_man.cell_start(cell, index)
        if not cell.source.strip() or SKIP_TAG in cell.metadata.get("tags", []):
            outcome.status = "skipped"
            self.nb_man.cell_complete(cell, cell_index=index)
            self._tell(position, total, outcome)
            return
        outcome.status, outcome.started = "interrupted", datetime.now(UTC).isoformat(timespec="milliseconds")
        self._tell(position, total, outcome, running=True)
        clock = time.perf_counter()
        try:
            self.execute_cell(cell, index)
            outcome.status = "ok"
        except CellExecutionError as error:
            self.nb_man.cell_exception(cell, cell_index=index, exception=error)
            outcome.status = "error"
            # a failed magic leaves no error among the outputs
            outcome.error = _fault(cell) or CellFault(name=error.ename, message=_ANSI.sub("", error.evalue))
        except CellTimeoutError as error:
            self.nb_man.cell_exception(cell, cell_index=index, exception=error)
            outcome.status = "error"
            outcome.error = CellFault(name="CellTimeoutError", message=f"no end within {self.timeout} s")
        finally:
            outcome.seconds = round(time.perf_counter() - clock, 6)
            outcome.execution_count = cell.get("execution_count")
            outcome.error = outcome.error or _fault(cell)
            self.nb_man.cell_complete(cell, cell_index=index)
        self._tell(position, total, outcome)
        self._judge(outcome, position)

    def _judge(self, outcome: CellOutcome, position: int) -> None:
        """End the run where the cell ended it."""
        observation = self.observation
        if outcome.status == "error":
            fault = outcome.error
            if fault is not None and fault.name == "SystemExit":
                observation.verdict = "stopped-early"
                observation.reason = f"a cell called sys.exit({fault.message})"
            else:
                observation.verdict = "failed"
                observation.reason = f"{fault.name}: {fault.message}" if fault else "a cell failed without an error"
            raise _Stop
        if self._asked_exit:
            observation.verdict, observation.reason = "stopped-early", "a cell called exit() or quit()"
            raise _Stop
        executed = sum(1 for cell in observation.cells[:position] if cell.status == "ok")
        if outcome.execution_count != executed:
            observation.verdict = "failed"
            observation.reason = (
                f"the kernel counted {outcome.execution_count} where {executed} cells had run: "
                "it was restarted, or a cell executed others"
            )
            raise _Stop

    def _look_at_reply(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:  # noqa: ARG002
        payload: list[dict[str, Any]] = execute_reply.get("content", {}).get("payload") or []
        self._asked_exit = any(part.get("source") == "ask_exit" for part in payload)

    def _kernel_died(self) -> None:
        running = next((cell for cell in self.observation.cells if cell.status == "interrupted"), None)
        self.observation.verdict = "kernel-died"
        self.observation.reason = "the kernel died" + (" while a cell ran" if running else "")

    def _end_kernel(self) -> None:
        if self.km is not None and self.km.has_kernel:
            self._cleanup_kernel()

    def _tell(self, index: int, of: int, outcome: CellOutcome, *, running: bool = False) -> None:
        if self.watcher:
            self.watcher.cell_changed(index, of, outcome, running=running)


def _cancel_pending() -> None:
    """An interrupt leaves the task that it hit waiting for a kernel that is about to go."""
    loop = ensure_event_loop()
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))


@contextmanager
def interrupts_held() -> Generator[None]:
    """A second Ctrl-C must not leave the kernel to nobody, and a first one must not be lost: it counts when the block
    has ended, which takes seconds at most."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, lambda number, _: held.append(number)) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
        if held:
            signal.raise_signal(held[0])


def _fault(cell: NotebookNode) -> CellFault | None:
    """The error among a cell's outputs, with the line of this cell that raised it."""
    error = next((output for output in cell.outputs if output.output_type == "error"), None)
    if error is None:
        return None
    text = _ANSI.sub("", "\n".join(error.get("traceback", [])))
    count = cell.get("execution_count")
    lines = [int(line) for number, line in _PLACE.findall(text) if count is None or int(number) == count]
    # of a chain of calls, the first line of this cell
    return CellFault(name=error.ename, message=_ANSI.sub("", error.evalue), line=lines[0] if lines else None)
