"""The denominator: what stock papermill runs offline in a minute, and what that leaves behind.

A copy of the notebook with `probe.py` as its last cell runs under papermill's own engine in the benchmark's
environment, beside a copy of what lies beside it. Its time ends where the probe's begins.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import nbformat

from .environment import Environment

LIMIT_SECONDS = 60
PROBE_SECONDS = 30
CLOSED = "http://127.0.0.1:9"
PROBE = Path(__file__).with_name("probe.py")


@dataclass(frozen=True)
class Eligibility:
    """Whether a notebook counts; `estimators` are those that the probe found usable rows for, last bound last."""

    notebook: str
    eligible: bool
    reason: str
    seconds: float
    estimators: list[dict[str, Any]]

    @property
    def model(self) -> str | None:
        """What a user would name: the last bound, of those that predict where one does."""
        likely = [each for each in self.estimators if "predict" in each["methods"]] or self.estimators
        return likely[-1]["name"] if likely else None


@dataclass(frozen=True)
class Ended:
    """How a process ended; `status` is None where it had to be stopped."""

    status: int | None
    output: str
    errors: str
    seconds: float


def eligibility(root: Path, notebook: str, environment: Environment, cache: Path) -> Eligibility:
    """What is known of a notebook, from the cache or by running it."""
    if cache.is_file():
        return Eligibility(**json.loads(cache.read_text(encoding="utf-8")))
    with beside(root / notebook) as copy:
        found = _run(copy, notebook, environment)
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
    return found


@contextmanager
def beside(notebook: Path) -> Iterator[Path]:
    """A copy of a notebook in a copy of its folder, without the other notebooks there."""
    with tempfile.TemporaryDirectory(prefix="corpus-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / notebook.parent.name
        others = shutil.ignore_patterns("*.ipynb", ".ipynb_checkpoints")
        shutil.copytree(notebook.parent, folder, ignore=others)
        yield Path(shutil.copy(notebook, folder))


def _run(copy: Path, notebook: str, environment: Environment) -> Eligibility:
    node = nbformat.read(copy, as_version=4)
    node.cells.append(nbformat.v4.new_code_cell(PROBE.read_text(encoding="utf-8")))
    if node.nbformat_minor < 5:
        del node.cells[-1]["id"]
    nbformat.write(node, copy)
    report = copy.parent.parent / "probe.json"
    started = time.time()
    command = [environment.stock / "bin" / "papermill", copy, copy.with_name("executed.ipynb"), "-k", "python3"]
    ended = run(
        [*command, "--no-progress-bar"],
        copy.parent,
        offline(environment.stock, environment.home) | {"CORPUS_PROBE": str(report)},
        LIMIT_SECONDS + PROBE_SECONDS,
    )
    if not report.is_file():
        # papermill ends with the exception's own line
        last = (ended.errors.strip().splitlines() or ["it left no report"])[-1]
        return Eligibility(notebook, False, "too slow" if ended.status is None else last[:300], ended.seconds, [])
    probed = json.loads(report.read_text(encoding="utf-8"))
    seconds, estimators = probed["started"] - started, probed["estimators"]
    reason = "too slow" if seconds > LIMIT_SECONDS else "" if estimators else "no fitted estimator with usable rows"
    return Eligibility(notebook, not reason, reason, seconds, estimators)


def offline(environment: Path, home: Path) -> dict[str, str]:
    """The variables of a process without a network, and without anything that an earlier user left at home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "JUPYTER_", "IPYTHON"))}
    proxies = {name: CLOSED for each in ("HTTP", "HTTPS", "ALL", "FTP") for name in (f"{each}_PROXY", f"{each}_proxy")}
    return (
        kept
        | {name.lower() if name.endswith("_proxy") else name: value for name, value in proxies.items()}
        | {
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "HOME": str(home),
            "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(environment),
        }
    )


def run(command: list[str | Path], folder: Path, variables: dict[str, str], limit: float) -> Ended:
    """Run a command with a limit in seconds; at its end it is interrupted, and soon after killed.

    What a notebook started and left behind ends with it: workers of joblib hold on to pipes and processors.
    """
    start = time.monotonic()
    mark = f"CORPUS_RUN={uuid.uuid4().hex}"
    with _text_file() as output, _text_file() as errors:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=variables | dict([mark.split("=")]),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            status = None
            os.killpg(process.pid, signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
        seconds = time.monotonic() - start
        _kill_marked(mark)
        process.wait()
        output.seek(0)
        errors.seek(0)
        return Ended(status, output.read(), errors.read(), seconds)


def _text_file() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")


def _kill_marked(mark: str) -> None:
    """Kill every process that inherited a variable."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
