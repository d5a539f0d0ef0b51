"""A kernel of any environment, driven as a front end drives it: what each cell shows, as a notebook keeps it.

    with LiveKernel(Path("python"), folder) as kernel:
        kernel.run("print(1)", cell="a")            # Shown("ok", [stream "1\\n"], 0.004 s)
        kernel.ask("len(get_ipython().user_ns)")    # evaluated by a silent request that no hook of IPython sees

The connection is by sockets in a folder of its own, so that kernels that start side by side never take the same port.
"""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from types import TracebackType
from typing import Any, Self

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from nbformat import NotebookNode
from nbformat.v4 import output_from_msg

LOAD = "get_ipython().run_line_magic('load_ext', 'jupyter_mlops')"
START_SECONDS = 120
_POLL_SECONDS = 0.5
_GRACE_SECONDS = 5


class TooSlowError(Exception):
    """A cell took longer than it may."""


class KernelDiedError(Exception):
    """The kernel's process ended while something was asked of it."""


@dataclass(frozen=True)
class Shown:
    """How a cell ended, and what stands below it; `status` is the reply's: ok, error or aborted."""

    status: str
    outputs: list[NotebookNode] = field(default_factory=list)
    seconds: float = 0.0


class LiveKernel:
    """A stock ipykernel of the Python of an environment; `environment` adds to this process' variables."""

    def __init__(self, python: Path, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="k", ignore_cleanup_errors=True)
        file, _ = write_connection_file(
            str(Path(self._place.name) / "c.json"), transport="ipc", ip=str(Path(self._place.name) / "s")
        )
        self.process = subprocess.Popen(
            [python, "-m", "ipykernel_launcher", "-f", file],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.client = BlockingKernelClient()
        self.client.load_connection_file(file)
        # without the heart: it would call a kernel dead that is slow to start
        self.client.start_channels(hb=False)
        try:
            self.client.wait_for_ready(timeout=START_SECONDS)
        except BaseException:
            self.kill()
            raise

    def record(self) -> None:
        """Load the recorder by a silent request, as JupyterLab's extension does."""
        self._hear(self.client.execute(LOAD, silent=True, store_history=False), START_SECONDS)

    def run(self, source: str, *, cell: str | None = None, tags: list[str] | None = None, limit: float = 600) -> Shown:
        """Run a cell to its end. Raises TooSlowError after `limit` seconds, KernelDiedError where there is none."""
        self.client.session.metadata = {"cellId": cell, "tags": tags or []} if cell else {}
        start = time.perf_counter()
        try:
            request = self.client.execute(source, allow_stdin=False, stop_on_error=False)
        finally:
            self.client.session.metadata = {}
        outputs = _Outputs()
        reply = self._hear(request, limit, outputs.take)
        return Shown(reply["status"], outputs.nodes, time.perf_counter() - start)

    def processor_seconds(self) -> float:
        """What the kernel's threads have used of the processors until now (Linux)."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def ask(self, expression: str, limit: float = 120) -> Any:
        """The value of an expression that gives a text, read as a literal.

        The request has no code: neither what IPython calls before and after cells nor its transformers hear of it.
        """
        request = self.client.execute("", silent=True, store_history=False, user_expressions={"it": expression})
        answer = self._hear(request, limit)["user_expressions"]["it"]
        if answer["status"] != "ok":
            raise RuntimeError(f"{answer['ename']}: {answer['evalue']}")
        return ast.literal_eval(answer["data"]["text/plain"])

    def _hear(
        self, request: str, limit: float, take: Callable[[Mapping[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """The reply to a request, once the kernel is idle again; each message in between goes to `take`."""
        deadline = time.monotonic() + limit
        while True:
            message = self._next(self.client.get_iopub_msg, deadline)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
            if take is not None:
                take(message)
        while True:
            message = self._next(self.client.get_shell_msg, deadline)
            if message["parent_header"].get("msg_id") == request:
                return message["content"]

    def _next(self, get: Callable[..., dict[str, Any]], deadline: float) -> dict[str, Any]:
        while True:
            try:
                return get(timeout=_POLL_SECONDS)
            except Empty:
                if self.process.poll() is not None:
                    raise KernelDiedError(f"status {self.process.returncode}") from None
                if time.monotonic() > deadline:
                    raise TooSlowError from None

    def end(self) -> None:
        """End the kernel as a front end does, and whatever it started too."""
        with suppress(OSError):
            self.client.shutdown()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_GRACE_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it at once."""
        # workers of joblib outlive their kernel, and are of its group
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.client.stop_channels()
        self._place.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()


class _Outputs:
    """Messages become what a notebook keeps below a cell."""

    def __init__(self) -> None:
        self.nodes: list[NotebookNode] = []
        self._clear = False

    def take(self, message: Mapping[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind == "clear_output":
            self._clear = True
            if not content.get("wait"):
                self._cleared()
        elif kind == "update_display_data":
            shown = content.get("transient", {}).get("display_id")
            for node in self.nodes:
                if shown is not None and node.get("_display") == shown:
                    node["data"] = content["data"]
        elif kind in ("stream", "display_data", "execute_result", "error"):
            self._cleared()
            node = output_from_msg(message)
            if display := content.get("transient", {}).get("display_id"):
                # not in a notebook's file, so it is no field of the format
                node["_display"] = display
            last = self.nodes[-1] if self.nodes else None
            if kind == "stream" and last is not None and last.output_type == "stream" and last.name == node.name:
                last.text += node.text
            else:
                self.nodes.append(node)

    def _cleared(self) -> None:
        if self._clear:
            self.nodes.clear()
            self._clear = False
