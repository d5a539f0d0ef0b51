"""`jupyter mlops run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import Voice, speaking

if TYPE_CHECKING:
    from jupyter_mlops.notebook import Notebook


@click.command()
@click.argument("notebook", type=options.NotebookPath)
@options.parameters
@options.kernel
@click.option("--help-notebook", is_flag=True, help="Show the notebook's parameters and stop.")
@options.events
@options.as_json
@speaking
def run(
    notebook: Path,
    given: tuple[tuple[str, str], ...],
    file: Path | None,
    kernel: str | None,
    *,
    help_notebook: bool,
    voice: Voice,
) -> int:
    """Run a notebook top to bottom in a fresh kernel, and record how it went.

    The notebook itself is not changed; the executed one lies beside the record.
    """
    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.parameters.checking import checked
    from jupyter_mlops.project import relative
    from jupyter_mlops.running.clean import failure, run_clean
    from jupyter_mlops.running.records import EXECUTED

    document = read_notebook(notebook)
    if help_notebook:
        return _show_parameters(document, voice)
    values = checked(document, options.given_parameters(given, file))
    done = run_clean(document, parameters=values, kernel=kernel, report=voice.event)
    fault = failure(document, done)
    if fault is not None:
        raise fault

    def show(console: Console) -> None:
        cells = sum(cell.status == "ok" for cell in done.record.cells)
        seconds = sum(cell.seconds or 0 for cell in done.record.cells)
        console.print(f"[green]✓[/green] {escape(notebook.name)} ran clean: {cells} cells in {seconds:.1f} s")
        console.print(f"  executed notebook: {escape(relative(done.folder / EXECUTED, Path.cwd()))}")

    voice.result(done.record, show)
    return 0


def _show_parameters(notebook: Notebook, voice: Voice) -> int:
    from rich.table import Table

    from jupyter_mlops.parameters.declarations import as_papermill, declarations, parameters_cell
    from jupyter_mlops.parameters.types import spelled

    cell = parameters_cell(notebook)
    declared = declarations(cell) if cell else {}

    def show(console: Console) -> None:
        if not declared:
            console.print(f"{escape(notebook.path.name)} has no parameters: no cell is tagged `parameters`")
            return
        table = Table("parameter", "type", "default", "", box=None, pad_edge=False, header_style="dim")
        for each in declared.values():
            table.add_row(*map(escape, (each.name, spelled(each.type), each.default or "", each.description)))
        console.print(table)

    voice.result(as_papermill(declared), show)
    return 0
