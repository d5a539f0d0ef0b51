"""Three generated packages stand in `tests/goldens` for a reviewer to read, and what is generated now equals them.

The code has to be the same to the byte; values, versions and hashes belong to the run that made them. Where a
change is meant, `python tests/exporting/test_goldens.py` writes them anew.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jupyter_mlops.exporting.export import Options, export
from jupyter_mlops.notebook import read_notebook

EXAMPLES = Path(__file__).parents[2] / "examples"
GOLDENS = Path(__file__).parents[1] / "goldens"
PACKAGES = ["churn", "houses", "quotes"]
SAME_BYTES = {".py", ".yaml", ".ini", ".toml"}
TOOLS = Path(sys.executable).parent


def generated(name: str, folder: Path) -> Path:
    """Export an example into a folder."""
    shutil.copytree(EXAMPLES / name, folder / name)
    target = folder / f"{name}_service"
    export(read_notebook(folder / name / f"{name}.ipynb"), Options(target=target))
    return target


def texts(folder: Path) -> dict[str, str]:
    """The files that are the same from run to run; of the README without its run and its answers."""
    found = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.suffix in SAME_BYTES and "__pycache__" not in path.parts
    }
    readme = re.sub(r"run `[^`]*`", "run", (folder / "README.md").read_text(encoding="utf-8"))
    found["README.md"] = re.sub(r"```json\n.*?```", "", readme, flags=re.DOTALL)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
def test_what_is_generated_equals_the_golden(name, tmp_path):
    made = texts(generated(name, tmp_path))
    golden = texts(GOLDENS / f"{name}_service")
    assert made.keys() == golden.keys()
    for file, text in made.items():
        assert text == golden[file], f"{file} differs: see the head of this file for how goldens are made anew"


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
def test_goldens_pass_ruff_and_the_type_checker(name, tmp_path):
    # away from this project, whose settings are not the package's
    folder = shutil.copytree(GOLDENS / f"{name}_service", tmp_path / "package")
    for call in (
        [TOOLS / "ruff", "check", "--isolated", "--no-cache", "--select", "E,F,I,UP,B", "--line-length", "100", "."],
        [TOOLS / "ruff", "format", "--isolated", "--no-cache", "--check", "--line-length", "100", "."],
        # the statements of train.py are the notebook's own, without types
        [TOOLS / "pyright", "--pythonpath", sys.executable, "service.py", name, "tests"],
    ):
        done = subprocess.run(list(map(str, call)), cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


if __name__ == "__main__":
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as scratch:
            shutil.rmtree(GOLDENS / f"{package}_service", ignore_errors=True)
            shutil.copytree(
                generated(package, Path(scratch)),
                GOLDENS / f"{package}_service",
                ignore=shutil.ignore_patterns("__pycache__"),
            )
