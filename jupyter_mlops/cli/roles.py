"""`jupyter mlops roles`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import Voice, speaking
from jupyter_mlops.documents import RolesResult

if TYPE_CHECKING:
    from jupyter_mlops.notebook import Notebook


@click.command()
@click.argument("notebook", type=options.NotebookPath)
@click.option("--suggest", "suggested", is_flag=True, help="Suggest roles for the cells that have none.")
@click.option("--apply", "applied", is_flag=True, help="Suggest roles and write them into the notebook as tags.")
@options.as_json
@speaking
def roles(notebook: Path, *, suggested: bool, applied: bool, voice: Voice) -> int:
    """List the roles of the cells (data, train, evaluate, serve, ...), and suggest those that are missing."""
    from jupyter_mlops.editing import Edited, write_edits
    from jupyter_mlops.exporting.facts import newest_facts
    from jupyter_mlops.exporting.roles.suggest import list_roles, suggest
    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.rules.facts import gather

    document = read_notebook(notebook)
    facts = gather(document, newest_facts(document))
    suggestions = suggest(facts) if suggested or applied else []
    if applied and suggestions:
        write_edits(document, Edited(tags={each.cell.id: (each.role,) for each in suggestions}))
    result = msgspec.structs.replace(list_roles(facts, suggestions), applied=applied and bool(suggestions))

    def show(console: Console) -> None:
        if suggested or applied:
            _show_suggestions(console, document, result)
        else:
            _show_roles(console, document, result)

    voice.result(result, show)
    return 0


def _show_roles(console: Console, notebook: Notebook, result: RolesResult) -> None:
    table = Table("cell", "role", "begins", box=None, pad_edge=False, header_style="dim")
    for each in result.cells:
        cell = notebook.cell(each.id)
        first = cell.source.strip().splitlines()[0] if cell else ""
        table.add_row(str(each.index), each.role or "", f"[dim]{escape(first[:60])}[/dim]")
    console.print(table)
    having = sum(each.role is not None for each in result.cells)
    console.print(f"{escape(result.notebook)}: {having} of {len(result.cells)} code cells have a role")
    if having < len(result.cells):
        console.print(f"  for suggestions:  jupyter mlops roles {_typed(notebook)} --suggest")


def _show_suggestions(console: Console, notebook: Notebook, result: RolesResult) -> None:
    proposed = [each for each in result.cells if each.suggested]
    for each in proposed:
        console.print(f"cell {each.index} → [bold]{each.suggested}[/bold]: {escape(each.reason or '')}")
    facts = (
        f"with what run {result.run} left" if result.run else "from the code alone, as no export run of it is recorded"
    )
    path = escape(str(notebook.path))
    if not proposed:
        console.print(f"{escape(result.notebook)}: no role to suggest ({facts})")
    elif result.applied:
        console.print(f"[green]✓[/green] {len(proposed)} tags are written into {path} ({facts})")
    else:
        console.print(f"{escape(result.notebook)}: {len(proposed)} suggestions ({facts}); nothing is written")
        console.print(f"  write the tags:  jupyter mlops roles {_typed(notebook)} --apply")


def _typed(notebook: Notebook) -> str:
    """The notebook's path as it is typed in a shell, for a console that reads markup."""
    return escape(shlex.quote(str(notebook.path)))
