"""A comparison of saved outputs with those of a clean run, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from jupyter_mlops.documents import ComparedCell, Comparison, OutputDifference

_STATES = {
    "same": "the same",
    "different": "different",
    "not-saved": "never saved",
    "skipped": "skipped",
    "not-run": "not run",
}
_STYLES = {"- ": "red", "+ ": "green", "? ": "yellow"}


def show(comparison: Comparison, console: Console) -> None:
    """Print how many cells are the same, and what differs in the others."""
    console.print(_summary(comparison))
    for cell in comparison.cells:
        if cell.differences:
            console.print(_cell(cell))


def _summary(comparison: Comparison) -> Text:
    counts = Counter(cell.state for cell in comparison.cells)
    parts = [f"{counts[state]} {words}" for state, words in _STATES.items() if counts[state]]
    mark, style = ("✗ ", "bold red") if comparison.different else ("✓ ", "green")
    if not counts["same"] and not counts["different"]:
        mark, style = "! ", "bold yellow"
    noun = "cell" if len(comparison.cells) == 1 else "cells"
    return Text.assemble((mark, style), f"saved outputs of {len(comparison.cells)} {noun}: ", ", ".join(parts))


def _cell(cell: ComparedCell) -> Text:
    text = Text.assemble((f"\ncell {cell.index}", "bold"))
    for difference in cell.differences:
        text.append(f"\n  {difference.output}: {difference.message}")
        for line in _lines(difference):
            text.append(f"\n  {line}".rstrip(" "), _STYLES.get(line[:2], "dim"))
    return text


def _lines(difference: OutputDifference) -> Iterator[str]:
    """The lines of a difference, made from the two short texts where it has none."""
    if difference.diff or difference.saved == difference.now:
        yield from difference.diff
        return
    if difference.saved is not None:
        yield f"- {difference.saved}"
    if difference.now is not None:
        yield f"+ {difference.now}"
