"""A package as a built bento, in a store of its own that goes with the block."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from jupyter_mlops.errors import ProofError
from jupyter_mlops.exporting.serving import environment

_SECONDS = 600
_MOST_TOLD = 6


@contextmanager
def built(folder: Path, package: str, program: str) -> Generator[Path]:
    """The folder of the bento that `bentoml build` makes of a package with an interpreter.

    Raises ProofError where it cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-bento-") as scratch:
        home, copy = Path(scratch) / "home", Path(scratch) / "package"
        # BentoML builds nothing in folders whose path has a hidden part, as ours has until it is put in place
        shutil.copytree(folder, copy)
        try:
            done = subprocess.run(
                [program, "-m", "bentoml", "build", "--output", "tag"],
                cwd=copy,
                env=environment(home),
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _not_built(f"`bentoml build` took more than {_SECONDS} s") from None
        bentos = [each.parent for each in (home / "bentos" / package).glob("*/bento.yaml") if _is_own(each)]
        if done.returncode != 0 or len(bentos) != 1:
            said = (done.stderr or done.stdout).strip().splitlines()[-_MOST_TOLD:]
            raise _not_built("\n".join(said))
        yield bentos[0]


def _is_own(file: Path) -> bool:
    """`latest` may be a link to the version."""
    return not file.parent.is_symlink() and file.parent.name != "latest"


def _not_built(reason: str) -> ProofError:
    return ProofError.of(
        "bento-not-built",
        "the package cannot be built into a bento",
        reason=reason,
        fix="build it by hand to see more: bentoml build, in the folder",
    )
