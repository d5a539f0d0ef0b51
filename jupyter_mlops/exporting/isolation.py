"""A virtual environment that has what the lock says and nothing else, for as long as a block runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from uv import find_uv_bin

from jupyter_mlops.errors import ExportError

_MOST_TOLD = 8


@contextmanager
def isolated(lock: Path, program: str) -> Generator[str]:
    """The interpreter of a new environment with the distributions of a lock file, of the Python that `program` is.

    They come from the package index that uv or else pip is configured for, or from uv's cache; nothing is added that
    the lock does not list. Raises ExportError where that cannot be done.
    """
    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-isolated-") as folder:
        environment = Path(folder) / "environment"
        python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        _uv(["venv", "--no-project", "--python", program, str(environment)], {})
        # several processes are going to import all of it
        install = ["pip", "install", "--no-deps", "--compile-bytecode"]
        _uv([*install, "--python", str(python), "--requirement", str(lock)], _pips_index())
        yield str(python)


def _pips_index() -> dict[str, str]:
    """uv does not read pip's configuration: the index that pip was told of, unless uv was told of one."""
    if any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        return {}
    index = os.environ.get("PIP_INDEX_URL")
    if not index:
        command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
        index = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return {"UV_DEFAULT_INDEX": index} if index else {}


def _uv(words: Sequence[str], index: Mapping[str, str]) -> None:
    done = subprocess.run(
        [find_uv_bin(), "--quiet", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **index},
        check=False,
    )
    if done.returncode != 0:
        raise ExportError.of(
            "lock-not-installable",
            "the lock cannot be installed into a new environment",
            reason="\n".join(done.stderr.strip().splitlines()[-_MOST_TOLD:]),
            fix="see that uv reaches the index that has these versions (UV_DEFAULT_INDEX), or leave --isolated out",
        )
