"""A service package under `bentoml serve` on 127.0.0.1, from its start to its end.

Every process gets a BENTOML_HOME of its own: two that share one wipe each other's metrics.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from jupyter_mlops.errors import ExportError

HOST = "127.0.0.1"
READY_SECONDS = 180
_POLL_SECONDS = 0.1
_MOST_TOLD = 6
_LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\dT", re.MULTILINE)


class Service:
    """A running service; `address` is where it listens."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.address = f"http://{HOST}:{port}"
        self._log = log

    def wait_ready(self) -> None:
        """Return when `/readyz` answers 200.

        Raises ExportError with the end of the log where the process ends or is not ready in time.
        """
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise _did_not_start(f"it ended with status {self.process.returncode}; {_tail(self._log)}")
            fault = start_fault(self._log.read_text(encoding="utf-8", errors="replace"))
            if fault is not None:
                # BentoML would start its worker again, for ever
                raise _did_not_start(fault)
            try:
                if httpx.get(f"{self.address}/readyz", timeout=5, trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                pass  # nobody listens yet
            time.sleep(_POLL_SECONDS)
        raise _did_not_start(f"it was not ready within {READY_SECONDS} s; {_tail(self._log)}")

    def stop(self) -> None:
        """End the whole process group; in-flight requests get BentoML's grace period."""
        if self.process.poll() is None:
            _signal_group(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                _signal_group(self.process.pid, signal.SIGKILL)
                self.process.wait()
        _signal_group(self.process.pid, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def start_fault(log: str) -> str | None:
    """What the service raised when it was made, from BentoML's log; None where it has not been told whole."""
    _, mark, rest = log.partition("Initializing service error\n")
    trace = _LOG_LINE.split(rest, maxsplit=1)
    return trace[0].strip().splitlines()[-1] if mark and len(trace) > 1 and trace[0].strip() else None


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_MOST_TOLD:]
    return "the end of its log:\n" + "\n".join(lines)


def _did_not_start(reason: str) -> ExportError:
    return ExportError.of(
        "service-did-not-start",
        "the service did not start",
        reason=reason,
        fix="start it by hand to see more: bentoml serve, in the folder",
    )


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ExportError.of(
                "port-not-free",
                f"nothing can be served on port {port} of {HOST}",
                reason=error.strerror or str(error),
                fix="name another with --port, or leave it out to get a free one",
            ) from None


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def environment(home: Path) -> dict[str, str]:
    """The variables of a process of BentoML that keeps its things in a folder of its own."""
    return {
        **os.environ,
        "BENTOML_HOME": str(home),
        "BENTOML_DO_NOT_TRACK": "True",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@contextmanager
def service(folder: Path, program: str, port: int | None = None) -> Generator[Service]:
    """Start `bentoml serve` in a package's folder with an interpreter, and end it with the block."""
    if port is not None:
        _check_free(port)
    home = Path(tempfile.mkdtemp(prefix="jupyter-mlops-serve-"))
    log = home / "service.log"
    chosen = port or free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "-m", "bentoml", "serve", ".", "--host", HOST, "--port", str(chosen)],
            cwd=folder,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Service(process, chosen, log)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(home, ignore_errors=True)
