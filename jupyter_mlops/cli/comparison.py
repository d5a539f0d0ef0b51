"""A comparison of saved outputs with those of a clean run, for people and as findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from jupyter_mlops.documents import ComparedCell, Comparison, OutputDifference
from jupyter_mlops.errors import Finding, Fix

CODE = "output-differs"
_STATES = {
    "same": "the same",
    "different": "different",
    "not-saved": "never saved",
    "skipped": "skipped",
    "not-run": "not run",
}
_STYLES = {"- ": "red", "+ ": "green", "? ": "yellow"}
_REASONS = {
    "text": "printed and displayed text must match but for addresses, times and the like",
    "number": "whole numbers must be equal, others within the tolerance of {tolerance:g}",
    "image": "a picture must have the same size and look alike from afar",
    "missing": "every saved output must come out of a clean run",
    "extra": "a clean run must give no other outputs than the saved ones",
    "error": "the same error must be raised, or none",
}


def show(comparison: Comparison, console: Console) -> None:
    """Print how many cells are the same, and what differs in the others."""
    console.print(_summary(comparison))
    for cell in comparison.cells:
        if cell.differences:
            console.print(_cell(cell))


def findings(comparison: Comparison) -> list[Finding]:
    """One finding for each cell whose saved outputs a clean run does not give."""
    return [_finding(comparison, cell) for cell in comparison.cells if cell.differences]


def _summary(comparison: Comparison) -> Text:
    counts = Counter(cell.state for cell in comparison.cells)
    parts = [f"{counts[state]} {words}" for state, words in _STATES.items() if counts[state]]
    mark, style = ("✗ ", "bold red") if comparison.different else ("✓ ", "green")
    if not counts["same"] and not counts["different"]:
        mark, style = "! ", "bold yellow"
    noun = "cell" if len(comparison.cells) == 1 else "cells"
    return Text.assemble((mark, style), f"saved outputs of {len(comparison.cells)} {noun}: ", ", ".join(parts))


def _cell(cell: ComparedCell) -> Text:
    text = Text(f"\ncell {cell.index}", style="bold")
    for difference in cell.differences:
        text.append(f"\n  {difference.output}: {difference.message}", "not bold")
        for line in _lines(difference):
            text.append(f"\n  {line}", "not bold " + _STYLES.get(line[:2], "dim"))
    return text


def _lines(difference: OutputDifference) -> Iterator[str]:
    """The lines of a difference, made from the two short texts where it has none."""
    yield from difference.diff
    if not difference.diff and difference.saved is not None:
        yield f"- {difference.saved}"
    if not difference.diff and difference.now is not None:
        yield f"+ {difference.now}"


def _finding(comparison: Comparison, cell: ComparedCell) -> Finding:
    first, *others = cell.differences
    more = f" (and {len(others)} more)" if others else ""
    return Finding(
        code=CODE,
        message=f"a clean run gives another output: {first.output}: {first.message}{more}",
        notebook=comparison.notebook,
        cell=cell.id,
        index=cell.index,
        reason=_REASONS[first.kind].format(tolerance=comparison.tolerance),
        fix=Fix(
            text="where the new output is right, run the notebook from the top and save it; where it differs each "
            "time, give the cell a fixed seed or fixed data"
        ),
    )
