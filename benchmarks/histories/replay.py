"""A history as it really happens in a live kernel, and the document at its end as a fresh kernel runs it.

The live kernel records, and is sent what JupyterLab sends: a cell's id and tags with each request, and the notebook's
path in its environment. The notebook's file is saved before each run, with what the cells show. The verdicts are those
that `jupyter mlops status` gives while that kernel still lives. Fresh kernels know nothing of the recorder.

Where a verdict says `not-repeatable`, two clean runs follow (`jupyter mlops run`), as its user is told to, and the
verdicts are asked for again. Where two fresh runs differ, two more follow without chance: what still differs then is
no draw's doing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from benchmarks.live import LiveKernel
from jupyter_mlops.documents import CellVerdict
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.running.certificate import status

from .results import Ran, Values, difference
from .steps import Cell, Document, History, Restart

IN_KERNEL = Path(__file__).with_name("in_kernel")
LOOK = "__import__('histories_probe').look(get_ipython())"
WITHOUT_CHANCE = "__import__('histories_probe').without_chance()"
CELL_SECONDS = 120


@dataclass(frozen=True)
class Replayed:
    """All that was observed: the last execution of each cell, and of the document in fresh kernels.

    `decided` are the verdicts after two clean runs, `chanceless` the fresh runs without chance where there were some.
    """

    document: list[Cell]
    live: dict[str, Ran]
    verdicts: dict[str, CellVerdict]
    decided: dict[str, CellVerdict]
    fresh: list[dict[str, Ran]] = field(default_factory=list[dict[str, Ran]])
    chanceless: list[dict[str, Ran]] = field(default_factory=list[dict[str, Ran]])


@dataclass
class Place:
    """A project of its own with the notebook in a folder, which can be laid anew."""

    root: Path
    beside: Path | None
    python: Path
    environment: dict[str, str]

    @property
    def notebook(self) -> Path:
        """The notebook's file."""
        return self.root / "work" / "notebook.ipynb"

    def lay(self) -> None:
        """The folder as it was at the beginning."""
        work = self.notebook.parent
        shutil.rmtree(work, ignore_errors=True)
        if self.beside is None:
            work.mkdir()
        else:
            shutil.copytree(self.beside, work, ignore=shutil.ignore_patterns("*.ipynb", ".ipynb_checkpoints"))

    def kernel(self, more: Mapping[str, str] | None = None) -> LiveKernel:
        """A kernel that belongs to the notebook."""
        variables = {**self.environment, "JPY_SESSION_NAME": str(self.notebook), **(more or {})}
        return LiveKernel(self.python, self.notebook.parent, variables)


@contextmanager
def place(
    beside: Path | None = None, python: Path | None = None, more: dict[str, str] | None = None
) -> Iterator[Place]:
    """A place for one history, gone at the end."""
    # the default prefix: what is shown of such a path is never compared
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        (root / "pyproject.toml").touch()
        environment = {
            "PYTHONPATH": str(IN_KERNEL),
            "JUPYTER_MLOPS_STORE": "",
            "XDG_STATE_HOME": str(root / "state"),
            "IPYTHONDIR": str(root / "ipython"),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            **(more or {}),
        }
        found = Place(root, beside, python or Path(sys.executable), environment)
        found.lay()
        yield found


def replayed(history: History, where: Place) -> Replayed:
    """Do all that a history says, ask for the verdicts, and run what it leaves in two fresh kernels."""
    document, live = Document(list(history.cells)), dict[str, Ran]()
    kernel = _recording(where)
    try:
        values = _values(kernel)
        for step in history.steps:
            document.change(step)
            if isinstance(step, Restart):
                kernel.end()
                kernel = _recording(where)
                values = _values(kernel)
            for cell in document.runs(step):
                _save(where.notebook, document.cells, live)
                live[cell.id] = ran = _run(kernel, cell, values)
                values = ran.after
        _save(where.notebook, document.cells, live)
        verdicts = decided = _verdicts(where.notebook)
        if any(entry.verdict == "not-repeatable" for each in verdicts.values() for entry in each.verdicts):
            for _ in range(2):
                _run_clean(where)
            decided = _verdicts(where.notebook)
    finally:
        kernel.kill()
    runs = [fresh(document.cells, where) for _ in range(2)]
    chanceless = list[dict[str, Ran]]()
    if any(difference(cell, *(run[cell.id] for run in runs)) for cell in document.cells):
        chanceless = [fresh(document.cells, where, chance=False) for _ in range(2)]
    return Replayed(document.cells, live, verdicts, decided, runs, chanceless)


def fresh(document: Sequence[Cell], where: Place, *, chance: bool = True) -> dict[str, Ran]:
    """The document top to bottom in a new kernel without the recorder, on past cells that fail."""
    where.lay()
    _save(where.notebook, document, {})
    with where.kernel({} if chance else {"PYTHONHASHSEED": "0"}) as kernel:
        if not chance:
            kernel.ask(WITHOUT_CHANCE)
        result, values = dict[str, Ran](), _values(kernel)
        for cell in document:
            result[cell.id] = ran = _run(kernel, cell, values)
            values = ran.after
        return result


def _recording(where: Place) -> LiveKernel:
    kernel = where.kernel()
    kernel.record()
    return kernel


def _run(kernel: LiveKernel, cell: Cell, before: Values) -> Ran:
    shown = kernel.run(cell.source, cell=cell.id, limit=CELL_SECONDS)
    return Ran(cell.source, shown, before, _values(kernel))


def _values(kernel: LiveKernel) -> Values:
    return json.loads(kernel.ask(LOOK))


def _save(path: Path, document: Sequence[Cell], live: dict[str, Ran]) -> None:
    node = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    for cell in document:
        shown = live[cell.id].shown if cell.id in live else None
        outputs = (
            [{key: value for key, value in each.items() if key != "_display"} for each in shown.outputs]
            if shown
            else []
        )
        node.cells.append(nbformat.v4.new_code_cell(cell.source, id=cell.id, outputs=outputs))
    part = path.with_suffix(".part")
    part.write_text(json.dumps(node), encoding="utf-8")
    os.replace(part, path)  # noqa: PTH105 - as a front end saves


def _run_clean(where: Place) -> None:
    """A clean run that is recorded; one that fails tells something too."""
    command = [where.python, "-m", "jupyter_mlops", "run", where.notebook, "-k", "python3"]
    subprocess.run(
        command,
        cwd=where.root,
        env={**os.environ, **where.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=10 * CELL_SECONDS,
    )


def _verdicts(notebook: Path) -> dict[str, CellVerdict]:
    return {each.id: each for each in status(read_notebook(notebook)).cells}
