"""`jupyter mlops status`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import FAILED, Voice, speaking

_SHOWN = {
    "certified": "[green]✓ certified[/green]",
    "other-parameters": "[yellow]! certified for other parameters only[/yellow]",
    "outdated": "[yellow]! no longer certified[/yellow]",
    "none": "[red]✗ not certified[/red]",
}


@click.command()
@click.argument("notebook", type=options.NotebookPath)
@options.as_json
@speaking
def status(notebook: Path, *, voice: Voice) -> int:
    """Say whether the notebook as it is now has passed a clean run."""
    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.running.certificate import status as status_of

    found = status_of(read_notebook(notebook))

    def show(console: Console) -> None:
        certificate = found.certificate
        console.print(f"{escape(notebook.name)}: {_SHOWN[certificate.state]}")
        console.print(f"  {escape(certificate.reason)}" + (f" (run {certificate.run})" if certificate.run else ""))
        if certificate.fix:
            console.print(f"  [green]fix: {escape(certificate.fix)}[/green]")

    voice.result(found, show)
    return 0 if found.certificate.state == "certified" else FAILED
