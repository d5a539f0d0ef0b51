"""Executions and clean runs side by side, for people: what differs, and which cells were others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from jupyter_mlops.cli.run_tables import coloured, seconds, when
from jupyter_mlops.documents import ComparedMetric, ComparedSource, Execution, IndexedRun, RunComparison

_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_FOUND = {
    "traces": "the cells that gave what it read",
    "order": "the cells that ran before it, since what they read and wrote was not recorded",
    "run": "all cells of the run",
    "nothing": "its cells are not recorded",
}


def show_comparison(console: Console, comparison: RunComparison) -> None:
    """Print a comparison."""
    console.print(_table(comparison))
    for cell in comparison.cells:
        _show_cell(console, cell, comparison.items)
    if not (comparison.metrics or comparison.parameters or comparison.environment or comparison.cells):
        console.print("nothing that was recorded differs")
    for item, how in zip(comparison.items, comparison.cells_from, strict=True):
        if how in ("order", "nothing"):
            console.print(f"[dim]{item.id}: {_FOUND[how]}[/dim]")
    equal = comparison.equal
    hidden = equal.metrics + equal.parameters + equal.environment
    if hidden or equal.cells:
        console.print(f"[dim]{hidden} equal values and {equal.cells} equal cells: --all[/dim]")


def _table(comparison: RunComparison) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for item in comparison.items:
        table.add_column(str(item.id), overflow="fold")
    items = comparison.items
    table.add_row("status", *(coloured(each.status if isinstance(each, Execution) else each.verdict) for each in items))
    table.add_row("cell", *(escape(_cell(each)) for each in items))
    table.add_row("started", *(when(each.started) for each in items))
    table.add_row("seconds", *(seconds(each.seconds) for each in items))
    sections: list[tuple[str, list[tuple[str, list[str]]]]] = [
        ("metrics", [(each.name, list(_metric(each))) for each in comparison.metrics]),
        ("parameters", [(each.name, _texts(each.values, lambda value: value.text)) for each in comparison.parameters]),
        ("environment", [(each.name, _texts(each.values, str)) for each in comparison.environment]),
    ]
    for title, rows in sections:
        if rows:
            table.add_row(f"[bold]{title}[/bold]")
        for name, values in rows:
            table.add_row(f"  {escape(name)}", *map(escape, values))
    return table


def _cell(item: Execution | IndexedRun) -> str:
    return (item.cell or item.begins) if isinstance(item, Execution) else item.notebook


def _texts(values: Sequence[Any], text: Callable[[Any], str]) -> list[str]:
    return ["–" if value is None else text(value) for value in values]


def _metric(metric: ComparedMetric) -> Iterator[str]:
    """Each value, and after the first by how much it differs and whether that is better."""
    first = metric.values[0]
    for position, value in enumerate(metric.values):
        if value is None:
            yield "–"
        elif position == 0 or first is None or first.value is None or value.value is None or value == first:
            yield value.text
        else:
            change = value.value - first.value
            judged = (
                "" if metric.better is None else " better" if (change > 0) == (metric.better == "higher") else " worse"
            )
            yield f"{value.text} ({change:+.4g}{judged})"


def _show_cell(console: Console, cell: ComparedSource, items: Sequence[Execution | IndexedRun]) -> None:
    name = f"cell {cell.cell}" if cell.cell else f"the cell “{cell.begins}”"
    there = [item for item, digest in zip(items, cell.hashes, strict=True) if digest is not None]
    if len(there) < len(items):
        console.print(Text(f"\n{name} had a part in {', '.join(str(item.id) for item in there)} only", "bold"))
    elif len(set(cell.hashes)) == 1:
        console.print(Text(f"\n{name} was the same", "bold"))
    for item, diff in zip(items, cell.diffs, strict=True):
        if diff:
            console.print(Text(f"\n{name} was another in {item.id} than in {there[0].id}:", "bold"))
            for line in diff:
                console.print(Text(f"  {line}", _STYLES.get(line[:1], "dim")))
