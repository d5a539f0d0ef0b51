"""A service package under `bentoml serve` on 127.0.0.1, from its start to its end.

Every process gets a BENTOML_HOME of its own: two that share one wipe each other's metrics.
"""

from __future__ import annotations

import os
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
                raise _did_not_start(f"it ended with status {self.process.returncode}", self._log)
            try:
                if httpx.get(f"{self.address}/readyz", timeout=5, trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                pass  # nobody listens yet
            time.sleep(_POLL_SECONDS)
        raise _did_not_start(f"it was not ready within {READY_SECONDS} s", self._log)

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


def _did_not_start(reason: str, log: Path) -> ExportError:
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
    return ExportError.of(
        "service-did-not-start",
        "the service did not start",
        reason=f"{reason}; the end of its log:\n{tail}",
        fix="start it by hand to see more: bentoml serve, in the folder",
    )


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def service(folder: Path, program: str, port: int | None = None) -> Generator[Service]:
    """Start `bentoml serve` in a package's folder with an interpreter, and end it with the block."""
    home = Path(tempfile.mkdtemp(prefix="jupyter-mlops-serve-"))
    log = home / "service.log"
    chosen = port or free_port()
    environment = {
        **os.environ,
        "BENTOML_HOME": str(home),
        "BENTOML_DO_NOT_TRACK": "True",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "-m", "bentoml", "serve", ".", "--host", HOST, "--port", str(chosen)],
            cwd=folder,
            env=environment,
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
