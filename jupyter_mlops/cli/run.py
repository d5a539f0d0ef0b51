"""`jupyter mlops run`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import Voice, speaking

if TYPE_CHECKING:
    from jupyter_mlops.notebook import Notebook
    from jupyter_mlops.running.clean import CleanRun


_SECONDS = click.FloatRange(min=0, min_open=True)


@click.command()
@click.argument("notebook", type=options.PathOrAddress)
@click.option(
    "-o",
    "--output",
    type=options.PathOrAddress,
    metavar="PATH_OR_URL",
    help="Write the executed notebook there too, however the run ends.",
)
@options.parameters
@options.kernel
@click.option("--compare", is_flag=True, help="Hold the saved outputs against those of the run.")
@click.option("--copy", is_flag=True, help="Run in a temporary copy of the files that git knows.")
@click.option("--cell-timeout", type=_SECONDS, metavar="SECONDS", help="The time that each cell may take.")
@click.option("--timeout", type=_SECONDS, metavar="SECONDS", help="The time that the whole run may take.")
@click.option("--help-notebook", is_flag=True, help="Show the notebook's parameters and stop.")
@options.events
@options.as_json
@speaking
def run(
    notebook: Path | str,
    output: Path | str | None,
    given: tuple[tuple[str, str], ...],
    file: Path | None,
    kernel: str | None,
    cell_timeout: float | None,
    timeout: float | None,
    *,
    compare: bool,
    copy: bool,
    help_notebook: bool,
    voice: Voice,
) -> int:
    """Run a notebook top to bottom in a fresh kernel, and record how it went.

    NOTEBOOK is a file or an address that papermill can read (s3://, https://, ...); the kernel of a notebook that comes
    from an address works in the current folder. The notebook itself is not changed; the executed one lies beside the
    record.
    """
    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.parameters.checking import checked
    from jupyter_mlops.running.clean import failure, run_clean
    from jupyter_mlops.running.remote import read_remote

    document = read_notebook(notebook) if isinstance(notebook, Path) else read_remote(notebook)
    if help_notebook:
        return _show_parameters(document, voice)
    done = run_clean(
        document,
        parameters=checked(document, options.given_parameters(given, file)),
        kernel=kernel,
        report=voice.event,
        copy=copy,
        output=output,
        cell_timeout=cell_timeout,
        timeout=timeout,
    )
    fault = failure(document, done)
    if fault is not None:
        raise fault
    if compare:
        return _compare(document, done, voice, lambda console: _show(console, document, done, output))
    voice.result(done.record, lambda console: _show(console, document, done, output))
    return 0


def _compare(document: Notebook, done: CleanRun, voice: Voice, show_run: Callable[[Console], None]) -> int:
    """The comparison is the result then; differences are something found."""
    from jupyter_mlops.cli import comparison
    from jupyter_mlops.running.comparing import compare

    found = compare(document.node, done.executed, run=done.record.id, notebook=done.record.notebook)

    def show(console: Console) -> None:
        show_run(console)
        comparison.show(found, console)

    voice.result(found, show)
    return 1 if found.different else 0


def _show(console: Console, notebook: Notebook, done: CleanRun, output: Path | str | None) -> None:
    from jupyter_mlops.notebook import public_url
    from jupyter_mlops.project import relative
    from jupyter_mlops.running.records import EXECUTED
    from jupyter_mlops.tags import RAISES_TAG

    passed = [cell for cell in done.record.cells if cell.status == "ok"]
    allowed = {cell.id for cell in notebook.cells if RAISES_TAG in cell.tags}
    raised = sum(cell.error is not None and cell.id in allowed for cell in passed)
    cells = f"{len(passed)} cells" + (f", {raised} of them with an expected exception," if raised else "")
    seconds = sum(cell.seconds or 0 for cell in passed)
    console.print(f"[green]✓[/green] {escape(notebook.name)} ran clean: {cells} in {seconds:.1f} s")
    console.print(f"  executed notebook: {escape(relative(done.folder / EXECUTED, Path.cwd()))}")
    if output is not None:
        console.print(f"  written to: {escape(public_url(output) if isinstance(output, str) else str(output))}")


def _show_parameters(notebook: Notebook, voice: Voice) -> int:
    from rich.table import Table

    from jupyter_mlops.parameters.declarations import as_papermill, declarations, parameters_cell
    from jupyter_mlops.parameters.types import spelled

    cell = parameters_cell(notebook)
    declared = declarations(cell) if cell else {}

    def show(console: Console) -> None:
        if not declared:
            console.print(f"{escape(notebook.name)} has no parameters: no cell is tagged `parameters`")
            return
        table = Table("parameter", "type", "default", "", box=None, pad_edge=False, header_style="dim")
        for each in declared.values():
            table.add_row(*map(escape, (each.name, spelled(each.type), each.default or "", each.description)))
        console.print(table)

    voice.result(as_papermill(declared), show)
    return 0
