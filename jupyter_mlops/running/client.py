"""Cells top to bottom in a fresh kernel, watched and judged.

A `Watcher` hears of every cell and may speak with the kernel before the first cell and after the last one.
What happened is told by `Observation`, never by papermill's metadata, which says "completed" of cells that
never ran. papermill itself is imported by `engine` alone: it loads that module while it is being imported.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output  # pyright: ignore[reportUnknownVariableType]

from jupyter_mlops.documents import CellFault
from jupyter_mlops.errors import RunError
from jupyter_mlops.running import kernels
from jupyter_mlops.running.interrupts import cancel_pending, interrupts_held
from jupyter_mlops.running.observing import CellOutcome, Observation, fault_of, without_colours
from jupyter_mlops.running.outputs import merged
from jupyter_mlops.tags import SKIP_TAG

_MOST_SAID = 5
# What a kernel may take to send the rest of a large output, and to say where a time limit hit it.
_OUTPUT_SECONDS = 600
_GRACE_SECONDS = 5
# The last words of a kernel that died are still under way when its process has ended.
_LAST_WORDS_SECONDS = 0.1


class LiveKernel:
    """The kernel of a run while it lives, for silent requests that leave no trace in the notebook."""

    def __init__(self, client: WatchedClient) -> None:
        self._client = client

    def send(self, code: str) -> None:
        """Have code run silently before the next cell, without waiting for it; what it raises is lost."""
        kc: Any = self._client.kc
        kc.execute(code, silent=True, store_history=False, allow_stdin=False, stop_on_error=False)

    def execute(self, code: str) -> None:
        """Run code silently: no output, no history, no execution count.

        Raises RunError with what the code raised.
        """
        kc: Any = self._client.kc
        message = kc.execute(code, silent=True, store_history=False, allow_stdin=False, stop_on_error=False)
        reply = self._client.wait_for_reply(message)
        content: dict[str, Any] = (reply or {}).get("content", {})
        if content.get("status") != "ok":
            traceback = without_colours("\n".join(content.get("traceback", [])))
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


@dataclass(frozen=True)
class Limits:
    """The seconds that a cell and that the whole run may take; None is no limit."""

    cell: float | None = None
    run: float | None = None


class WatchedClient(NotebookClient):
    """A client that papermill's stands behind (`engine.CleanClient`), with an observation of its own."""

    nb_man: Any

    def __init__(
        self,
        manager: Any,
        observation: Observation,
        watcher: Watcher | None,
        limits: Limits,
        **options: Any,
    ) -> None:
        options = {"iopub_timeout": _OUTPUT_SECONDS, "kernel_manager_class": kernels.CleanKernelManager} | options
        super().__init__(manager, **options)
        self.observation = observation
        self.watcher = watcher
        self.on_cell_executed = self._look_at_reply
        self.interrupt_on_timeout = True
        self._limits = limits
        self._deadline = float("inf")
        self._asked_exit = False
        self._overrun: CellFault | None = None

    def execute(self, **options: Any) -> NotebookNode:
        """Run the whole notebook; the kernel is gone when this returns or raises."""
        self.reset_execution_trackers()
        if self._limits.run is not None:
            self._deadline = time.monotonic() + self._limits.run
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
            cancel_pending()
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
            with interrupts_held():
                # hit here, a process would be known to nobody, and so would the socket that is made for it: the
                # traceback keeps that one open, and its context waits for it for ever
                self.start_new_kernel(stderr=log, **options)
            try:
                self.start_new_kernel_client()
            except RuntimeError as error:
                log.seek(0)
                said = log.read().decode(errors="replace").strip().splitlines()[-_MOST_SAID:]
                raise RuntimeError("\n".join([str(error), *said])) from None

    async def async_start_new_kernel_client(self) -> Any:
        """As nbclient's, but the kernel is ready at the first sign, and ends in order."""
        manager: Any = self.km
        with interrupts_held():  # as in `_start_kernel`
            self.kc = client = manager.client()
            client.start_channels()
        try:
            info = await kernels.ready(client, manager.is_alive, self.startup_timeout)
        except RuntimeError:
            await self._async_cleanup_kernel()
            raise
        client.allow_stdin = False
        self.nb.metadata["language_info"] = info["language_info"]
        if info["language_info"].get("name") == "python":
            client.execute(kernels.PREPARATION, silent=True, store_history=False)
        return client

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    async def _async_poll_kernel_alive(self) -> None:
        manager: Any = self.km
        if manager.ended is None:
            await super()._async_poll_kernel_alive()
            return
        await manager.ended.wait()
        await asyncio.sleep(_LAST_WORDS_SECONDS)
        if self.task_poll_for_reply is not None:
            self.task_poll_for_reply.cancel()

    def _get_timeout(self, cell: NotebookNode | None) -> Any:
        """The seconds until the first limit; silent requests have none."""
        if cell is None:
            return None
        left = max(self._deadline - time.monotonic(), 0.001)
        limit = min(self._limits.cell or float("inf"), left)
        return None if limit == float("inf") else limit

    async def _async_handle_timeout(self, timeout: float, cell: NotebookNode | None = None) -> Any:
        """Interrupt the kernel, so that the traceback says where the limit hit; who ignores that is not waited for."""
        if time.monotonic() >= self._deadline:
            self._overrun = CellFault(
                name="RunTimeoutError", message=f"no end of the run within {self._limits.run:g} s"
            )
        else:
            self._overrun = CellFault(name="CellTimeoutError", message=f"no end of the cell within {timeout:g} s")
        self.error_on_timeout = {"ename": self._overrun.name, "evalue": self._overrun.message, "traceback": []}
        self.iopub_timeout = _GRACE_SECONDS
        return await super()._async_handle_timeout(timeout, cell)  # pyright: ignore[reportArgumentType]

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
        kc: Any = self.kc
        session = kc.session
        try:
            # as JupyterLab does it, so that the kernel's recorder knows the cell
            session.metadata = {"cellId": cell["id"], "tags": cell.metadata.get("tags", [])}
            self.execute_cell(cell, index)
            outcome.status = "ok"
        except CellExecutionError as error:
            self.nb_man.cell_exception(cell, cell_index=index, exception=error)
            outcome.status = "error"
            # a failed magic leaves no error among the outputs
            outcome.error = fault_of(cell) or CellFault(name=error.ename, message=without_colours(error.evalue))
        except CellTimeoutError as error:
            self.nb_man.cell_exception(cell, cell_index=index, exception=error)
            outcome.status = "error"
            outcome.error = CellFault(name="CellTimeoutError", message=str(error))
        finally:
            session.metadata = {}
            outcome.seconds = round(time.perf_counter() - clock, 6)
            outcome.execution_count = cell.get("execution_count")
            outcome.error = outcome.error or fault_of(cell)
            if self._overrun is not None:
                self._mark_overrun(cell, outcome, self._overrun)
            self._merge_streams(cell, index)
            self.nb_man.cell_complete(cell, cell_index=index)
        self._tell(position, total, outcome)
        self._judge(outcome, position)

    def _mark_overrun(self, cell: NotebookNode, outcome: CellOutcome, overrun: CellFault) -> None:
        """The cell failed by a limit, whatever its tags allow; the kernel is in the middle of it."""
        where = fault_of(cell)
        outcome.status = "error"
        outcome.error = CellFault(name=overrun.name, message=overrun.message, line=where.line if where else None)
        if where is None:
            cell.outputs.append(new_output("error", ename=overrun.name, evalue=overrun.message, traceback=[]))
        cell.metadata.papermill["exception"] = True
        self.shutdown_kernel = "immediate"

    def _merge_streams(self, cell: NotebookNode, cell_index: int) -> None:
        """One output for what was printed in a row; how the kernel cuts it is chance.

        Where a display is updated later, nbclient looks for it at its position among the outputs.
        """
        cell.outputs, places = merged(cell.outputs)
        for cells in self._display_id_map.values():
            if cell_index in cells:
                cells[cell_index] = [places[place] for place in cells[cell_index]]

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
