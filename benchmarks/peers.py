"""The environment in which the recorder is measured beside its peers: ipyflow and MLflow, pinned, and this checkout.

It is made once, in a folder outside the repository; the checkout is put in anew where it changed. All kernels that are
compared run in it, so that only what they load differs.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "jupyter-mlops-peers"
WANTED = ("ipyflow==0.0.231", "mlflow==3.17.2", "ipykernel", "numpy", "pandas", "scikit-learn")


def prepared(folder: Path = CACHE) -> Path:
    """The Python of the environment."""
    name = f"{sys.version_info.major}.{sys.version_info.minor}-{hashlib.sha256(repr(WANTED).encode()).hexdigest()[:8]}"
    environment = folder.absolute() / name
    python = environment / "bin" / "python"
    if not (environment / "complete").is_file():
        print(f"making {environment} (some minutes) ...", file=sys.stderr, flush=True)
        venv.create(environment, clear=True, with_pip=True)
        _pip(python, *WANTED)
        (environment / "complete").touch()
    # what the kernel loads is the standard library's and IPython's: the other dependencies are not needed here
    _pip(python, "--no-deps", "--force-reinstall", ROOT)
    return python


def versions(python: Path) -> dict[str, str]:
    """What is compared, by distribution."""
    names = ["ipyflow", "mlflow", "ipykernel", "ipython", "scikit-learn", "pandas"]
    code = f"from importlib.metadata import version; print(*map(version, {names}))"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(names, found, strict=True))


def _pip(python: Path, *arguments: str | Path) -> None:
    # the front end is none of this
    environment = {**os.environ, "SKIP_JUPYTER_BUILDER": "1"}
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, env=environment)
