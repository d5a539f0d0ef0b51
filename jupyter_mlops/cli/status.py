"""`jupyter mlops status`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import FAILED, Voice, speaking
from jupyter_mlops.documents import CellVerdict, SessionInfo, Status, VerdictEntry

_SHOWN = {
    "certified": "[green]✓ certified[/green]",
    "other-parameters": "[yellow]! certified for other parameters only[/yellow]",
    "outdated": "[yellow]! no longer certified[/yellow]",
    "none": "[red]✗ not certified[/red]",
}
_MARKS = {
    "hidden-state": ("◆ hidden state", "red"),
    "stale": ("↻ stale", "yellow"),
    "not-repeatable": ("≠ not repeatable", "blue"),
    "never-run": ("○ never run", "dim"),
}


@click.command()
@click.argument("notebook", type=options.NotebookPath)
@click.option("--session", metavar="ID", help="Judge the cells as this kernel left them, not the newest one.")
@options.as_json
@speaking
def status(notebook: Path, *, session: str | None, voice: Voice) -> int:
    """Say whether the notebook as it is now has passed a clean run, and which of its cells can be trusted."""
    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.running.certificate import status as status_of

    found = status_of(read_notebook(notebook), session)

    def show(console: Console) -> None:
        certificate = found.certificate
        console.print(f"{escape(notebook.name)}: {_SHOWN[certificate.state]}")
        console.print(f"  {escape(certificate.reason)}" + (f" (run {certificate.run})" if certificate.run else ""))
        if certificate.fix:
            console.print(f"  [green]fix: {escape(certificate.fix)}[/green]")
        _show_cells(console, found)

    voice.result(found, show)
    return 0 if found.certificate.state == "certified" else FAILED


def _show_cells(console: Console, found: Status) -> None:
    if found.session is None and all(cell.verdict in ("never-run", "fresh") for cell in found.cells):
        return
    console.print()
    if found.session is not None:
        console.print(_session(found.session), style="dim")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("cell", "verdict", "reason", "fix"):
        table.add_column(column, no_wrap=column in ("cell", "verdict"))
    for is_fresh, cells in groupby(found.cells, key=lambda cell: not cell.verdicts):
        if is_fresh:
            table.add_row(_places(list(cells)), "✓ fresh", "", "", style="dim")
        else:
            _add_entries(table, cells)
    console.print(table)


def _add_entries(table: Table, cells: Iterable[CellVerdict]) -> None:
    """A row for each thing that is known of a cell; what hangs on another cell is dim."""
    for cell in cells:
        name = escape(_name(cell))
        for entry in cell.verdicts:
            mark, style = _MARKS[entry.verdict]
            root = entry.because_of is None
            verdict = f"[{style}]{mark}[/]" if root else f"  {entry.verdict.replace('-', ' ')}"
            table.add_row(name, verdict, escape(entry.reason), escape(_fix(entry)), style="" if root else "dim")
            name = ""


def _fix(entry: VerdictEntry) -> str:
    return entry.fix or ""


def _session(session: SessionInfo) -> str:
    state = "its kernel runs" if session.alive else "its kernel has ended"
    return f"session {session.id}, {state}"


def _name(cell: CellVerdict) -> str:
    return f"cell {cell.index}" if cell.execution_count is None else f"[{cell.execution_count}]"


def _places(cells: list[CellVerdict]) -> str:
    """`[3]`, or `[3] … [9]` for several in a row."""
    names = [_name(cell) for cell in cells]
    return escape(names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}")
