"""A test that is left out for want of a tool counts as a failure in CI; `-ra` lists it with its reason."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from hypothesis import settings

# An example may take long on a busy machine; speed has its own place, benchmarks/. CI tries the same examples each
# time, so that it judges the change; new ones are looked for everywhere else.
settings.register_profile("calm", deadline=None)
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same" if os.environ.get("CI") else "calm")


# A shell has what it starts in the background ignore interrupts, and processes hand that on.
signal.signal(signal.SIGINT, signal.default_int_handler)


def _too_few_ran(config: pytest.Config) -> bool:
    # A worker of xdist has no terminal; its reports arrive at the controller's.
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    in_ci = os.environ.get("CI", "").lower() in ("true", "1")
    return bool(in_ci and terminal and terminal.stats.get("skipped"))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus == pytest.ExitCode.OK and _too_few_ran(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if _too_few_ran(config):
        terminalreporter.section("tests were left out", red=True)
        terminalreporter.line("That fails the run, because CI is set: install what they ask for.")


@pytest.fixture
def write_notebook() -> Callable[..., Path]:
    """Write a notebook of code cells: `write_notebook(path, "x = 1", ("y = 2", "tag"), kernel="python3")`."""

    def write(path: Path, *cells: str | tuple[str, ...], kernel: str = "python3") -> Path:
        node = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
        )
        for index, cell in enumerate(cells, start=1):
            source, *tags = (cell,) if isinstance(cell, str) else cell
            node.cells.append(nbformat.v4.new_code_cell(source, id=f"cell-{index}", metadata={"tags": tags}))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(node), encoding="utf-8")
        return path

    return write


@pytest.fixture
def mlops() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `jupyter mlops` as a user does, in a process of its own: `mlops("run", path, cwd=folder)`."""

    def run(*words: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jupyter_mlops", *map(str, words)],
            capture_output=True,
            text=True,
            cwd=cwd,
            env={**os.environ, **environment},
            check=False,
        )

    return run
