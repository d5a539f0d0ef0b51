"""Runs as other processes see them: their commands, their records and their kernels."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 60


def records(folder: Path) -> list[dict]:
    """All run records below a folder without project files, oldest first."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob(".jupyter_mlops/runs/*/run.json"))]


def command(way: str, path: Path, limit: int | None = None) -> list[str | Path]:
    """The command line that runs a notebook in one of the two ways."""
    if way == "ours":
        words = [sys.executable, "-m", "jupyter_mlops", "run", path, "-o", path.with_suffix(".out.ipynb")]
        return [*words, "--cell-timeout", str(limit)] if limit else words
    words = [sys.executable, "-m", "papermill", "--engine", "jupyter-mlops", path, path.with_suffix(".out.ipynb")]
    return [*words, "--execution-timeout", str(limit)] if limit else words


def kernels_of(folder: Path) -> list[str]:
    """The processes of kernels whose working folder this is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().split("\0")
            if (process / "cwd").readlink() == folder and any("ipykernel_launcher" in word for word in words):
                found.append(process.name)
        except OSError:
            continue
    return found


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        os.sched_yield()
