"""How often and where a notebook is saved while it runs through papermill."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import papermill
import pytest
from nbclient.exceptions import DeadKernelError
from papermill.iorw import papermill_io

from jupyter_mlops.running import saving
from jupyter_mlops.running.saving import ThrottledManager


@pytest.fixture
def node() -> nbformat.NotebookNode:
    """A notebook as papermill hands it to an engine."""
    cells = [nbformat.v4.new_code_cell("x = 1") for _ in range(200)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.papermill = {}
    return notebook


class Shelf:
    """Notebooks that are not on this machine."""

    def __init__(self) -> None:
        self.writes: list[str] = []

    def write(self, text: str, path: str) -> None:  # noqa: ARG002
        self.writes.append(text)

    def pretty_path(self, path: str) -> str:
        return path


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """What papermill writes to `shelf://...`."""
    shelf = Shelf()
    papermill_io.register("shelf://", shelf)
    yield shelf
    papermill_io._handlers.remove(("shelf://", shelf))


def run_through(manager: ThrottledManager) -> None:
    manager.notebook_start()
    for index, cell in enumerate(manager.nb.cells):
        manager.cell_start(cell, index)
        manager.autosave_cell()
        manager.cell_complete(cell, cell_index=index)
    manager.cleanup_pbar()
    manager.notebook_complete()


def test_saves_do_not_grow_with_the_cells(tmp_path, node, monkeypatch):
    output = tmp_path / "out.ipynb"
    written = []
    monkeypatch.setattr(saving, "write_whole", lambda path, text: written.append((path, text)))
    start = time.monotonic()
    run_through(ThrottledManager(node, output_path=str(output), progress_bar=False))
    taken = time.monotonic() - start
    assert 2 <= len(written) <= 2 + taken / 2
    assert {path for path, _ in written} == {output}
    statuses = {cell["metadata"]["papermill"]["status"] for cell in json.loads(written[-1][1])["cells"]}
    assert statuses == {"completed"}


def test_the_bar_is_drawn_at_most_ten_times_a_second(tmp_path, node):
    for cell in node.cells:
        cell.source = "x = 1  # papermill_description=step"
    screen = io.StringIO()
    start = time.monotonic()
    run_through(ThrottledManager(node, output_path=None, progress_bar={"file": screen}))
    taken = time.monotonic() - start
    # the first and the last state are always drawn
    assert screen.getvalue().count("\r") <= 3 + taken * 10


def test_devices_and_links_are_left_as_they_are(tmp_path, node):
    for number in range(2):
        target = tmp_path / f"target{number}.ipynb"
        link = tmp_path / f"link{number}.ipynb"
        link.symlink_to(target)
        run_through(ThrottledManager(node, output_path=str(link), progress_bar=False))
        assert link.is_symlink()
        assert len(nbformat.read(target, as_version=4).cells) == 200
    run_through(ThrottledManager(node, output_path="/dev/null", progress_bar=False))
    assert not Path("/dev/null").is_file()


def test_a_folder_that_is_not_there_is_refused_at_the_start(tmp_path, node):
    with pytest.raises(FileNotFoundError, match="doesn't exist"):
        ThrottledManager(node, output_path=str(tmp_path / "no" / "out.ipynb"), progress_bar=False).notebook_start()


ENDS = {
    "passes": ("print('end')", None, "completed"),
    "fails": ("1 / 0", papermill.PapermillExecutionError, "failed"),
    "dies": ("import os; os._exit(1)", DeadKernelError, "failed"),
    "stops": ("exit()", papermill.exceptions.PapermillException, "completed"),
}


@pytest.mark.slow
@pytest.mark.parametrize("end", ENDS)
def test_a_remote_output_is_kept_here_and_written_once_at_the_end(tmp_path, write_notebook, shelf, end):
    source, error, status = ENDS[end]
    path = write_notebook(tmp_path / "case.ipynb", "print('first')", source)

    def run() -> None:
        papermill.execute_notebook(path, "shelf://out.ipynb", engine_name="jupyter-mlops", progress_bar=False)

    if error is None:
        run()
    else:
        with pytest.raises(error):
            run()
    assert len(shelf.writes) == 1
    [kept] = tmp_path.glob(".jupyter_mlops/runs/*/notebook.ipynb")
    for text in (shelf.writes[0], kept.read_text()):
        cells = {cell.id: cell for cell in nbformat.reads(text, as_version=4).cells}
        assert cells["cell-1"].outputs[0].text == "first\n"
        assert cells["cell-2"].metadata.papermill.status == status
