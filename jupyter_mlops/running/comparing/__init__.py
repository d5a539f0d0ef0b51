"""The saved outputs of a notebook held against those of a clean run, cell by cell.

The rules, each kept in the module that is named:

- Cells are matched by id. A cell that was saved without outputs and without an execution count was never saved;
  what a run injected has no partner (here).
- What a cell printed is one text, wherever it came among the displays. Standard error (warnings, progress bars,
  logs) is not compared. Displays count in order, each in every form that it has; an error counts with its name
  and message, not its traceback (`outputs`).
- Of a text counts what a terminal shows: after carriage returns and backspaces, without colours, space at the
  ends of lines and empty lines at the end; how much space lies between words does not count, line breaks do
  (`text`).
- Numbers: whole ones exactly, also when written 12.0; others within the relative tolerance, as they are shown;
  below 1e-12 of it all are zero. A whole number that got a decimal point is another one. nan equals nan (`text`).
- Left out: addresses, uuids, process and thread ids, execution counts, the kernel's own and temporary paths,
  durations after a word such as `took`, `%time`, rates of progress bars, how long a drawn line is (`ignored`);
  numbers that id() gave on Linux (`text`); dates and times that the run read from its clock (`clocks`).
- HTML by its text and tags and the JSON in its scripts; ids, classes, styles and code are left out (`markup`).
  JSON, Vega and Plotly part by part (`structures`). Widgets, Bokeh, PDF, sound and film: that they are there.
- Pictures by size and a coarse look, SVG by its elements and roughly where they lie, never by their bytes
  (`images`, `markup`).

    saved   [1] "trained in 1.2 s"   accuracy 0.8312      [2] never saved
    now     [1] "trained in 2.9 s"   accuracy 0.8401      [2] 12
    gives   cell 1 different: a number differs: 0.8312 → 0.8401 (+1.07 %); cell 2 not-saved
"""

from __future__ import annotations

from datetime import datetime

from nbformat import NotebookNode

from jupyter_mlops.documents import ComparedCell, ComparedState, Comparison
from jupyter_mlops.running.comparing.clocks import Span
from jupyter_mlops.running.comparing.outputs import Outputs, differences
from jupyter_mlops.running.comparing.terms import TOLERANCE, Terms
from jupyter_mlops.tags import SKIP_TAG

__all__ = ["TOLERANCE", "compare"]


def compare(
    saved: NotebookNode, executed: NotebookNode, *, run: str, notebook: str, tolerance: float = TOLERANCE
) -> Comparison:
    """Hold the outputs of a notebook as it was read against those of a clean run of it.

    `run` and `notebook` are the run record's id and path; `tolerance` is the relative difference up to which two
    numbers are equal.
    """
    terms = Terms(tolerance, _span(executed))
    partners = {cell["id"]: cell for cell in executed.cells if cell.cell_type == "code"}
    cells = [
        _compared(cell, partners.get(cell["id"]), index, terms)
        for index, cell in enumerate(saved.cells, start=1)
        if cell.cell_type == "code" and cell.source.strip()
    ]
    return Comparison(
        run=run,
        notebook=notebook,
        tolerance=tolerance,
        cells=cells,
        different=sum(cell.state == "different" for cell in cells),
    )


def _compared(saved: NotebookNode, now: NotebookNode | None, index: int, terms: Terms) -> ComparedCell:
    def result(state: ComparedState) -> ComparedCell:
        return ComparedCell(id=saved["id"], index=index, state=state, differences=[])

    if SKIP_TAG in saved.metadata.get("tags", []):
        return result("skipped")
    if now is None or now.get("execution_count") is None:
        return result("not-run")
    if not saved.get("outputs") and saved.get("execution_count") is None:
        return result("not-saved")
    unlike = list(differences(Outputs.of(saved), Outputs.of(now), terms))
    state = "different" if unlike else "same"
    return ComparedCell(id=saved["id"], index=index, state=state, differences=unlike)


def _span(executed: NotebookNode) -> Span | None:
    """When the run took place, as papermill noted it; None where that is not known."""
    times = executed.metadata.get("papermill", {})
    start, end = times.get("start_time"), times.get("end_time")
    return Span(datetime.fromisoformat(start), datetime.fromisoformat(end)) if start and end else None
