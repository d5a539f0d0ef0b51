"""Where the notebooks run: an environment of their packages, and one on top of it that adds this checkout.

Stock papermill loads the engines of every distribution that it finds, so the lower one holds all that this project
depends on, but not the project. The upper one sees the lower one's packages by a `.pth` file.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
import venv
from dataclasses import dataclass
from pathlib import Path

from .sources import SOURCES

ROOT = Path(__file__).parents[2]
# what the notebooks import beside their own package, where it is of ordinary size; the bounds are those of the
# newest releases that the five packages work with
COMPANIONS = (
    "scikit-learn>=1.8,<1.9",
    "matplotlib>=3.10,<3.11",
    *("cvxpy", "lightgbm", "optuna", "plotly", "pmdarima", "rdata", "requests", "seaborn", "statsmodels", "tqdm"),
    "tsfresh",
)
JUPYTEXT = "jupytext>=1.16"


@dataclass(frozen=True)
class Environment:
    """Folders of virtual environments; `home` is the home folder of what runs in them, `version` our code's hash."""

    stock: Path
    ours: Path
    home: Path
    version: str


def prepared(folder: Path) -> Environment:
    """The environments, made where they are not there and brought up to this checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [f"{each.name}=={each.version}" for each in SOURCES] + [*COMPANIONS, JUPYTEXT, *project["dependencies"]]
    name = f"{sys.version_info.major}.{sys.version_info.minor}-{hashlib.sha256(repr(wanted).encode()).hexdigest()[:8]}"
    stock, ours, home = folder / f"stock-{name}", folder / f"ours-{name}", folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    if not (stock / "complete").is_file():
        print(f"making {stock} (some minutes) ...", file=sys.stderr, flush=True)
        venv.create(stock, clear=True, with_pip=True)
        _pip(stock, *wanted)
        (stock / "complete").touch()
    version = checkout()
    stamp = ours / "checkout"
    if not stamp.is_file() or stamp.read_text() != version:
        venv.create(ours, clear=True, with_pip=True)
        _pip(ours, "--no-deps", ROOT)
        (_packages(ours) / "stock.pth").write_text(f"{_packages(stock)}\n")
        stamp.write_text(version)
    return Environment(stock, ours, home, version)


def checkout() -> str:
    """A hash of this project's code as it is now."""
    files = sorted(path for path in (ROOT / "jupyter_mlops").rglob("*") if path.is_file() and path.suffix != ".pyc")
    total = hashlib.sha256()
    for path in files:
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def _packages(environment: Path) -> Path:
    return next((environment / "lib").glob("python*/site-packages"))


def _pip(environment: Path, *arguments: str | Path) -> None:
    python = environment / "bin" / "python"
    # the front end is none of this
    environment = {**os.environ, "SKIP_JUPYTER_BUILDER": "1"}
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, env=environment)
