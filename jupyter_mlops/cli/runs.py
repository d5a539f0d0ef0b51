"""`jupyter mlops runs`: what was executed."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import Voice, speaking
from jupyter_mlops.documents import Execution, ExecutionDetail, IndexedRun, RunDetail, SessionRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDE = 200
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would go, and delete nothing.")
_GOOD = {"ok": "green", "passed": "green", "running": "blue"}


@click.group()
def runs() -> None:
    """What was executed: cells in kernels that record, and clean runs."""


@runs.command("list")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@click.option("--notebook", metavar="PATH", help="Only of this notebook, by its path from the project's root.")
@click.option("--cell", metavar="ID", help="Only of this cell, those of clean runs too.")
@click.option("--run", metavar="RUN", help="Only the cells of this clean run.")
@click.option("--nested", is_flag=True, help="Also code that cells gave to run_cell.")
@options.as_json
@speaking
def list_command(
    limit: int, notebook: str | None, cell: str | None, run: str | None, *, nested: bool, voice: Voice
) -> int:
    """List executions and clean runs, newest first. The cells of clean runs are shown with --run or --cell."""
    from jupyter_mlops.tracking.reading import Selection, list_runs

    found = list_runs(_store(), Selection(limit=limit, notebook=notebook, cell=cell, run=run, nested=nested))

    def print_it(console: Console) -> None:
        if found.items:
            _print_table(console, found.items)
        else:
            console.print("nothing is recorded: run `%load_ext jupyter_mlops` in a notebook, or jupyter mlops run")

    voice.result(found, print_it)
    return 0


@runs.command("show")
@click.argument("wanted", metavar="ID")
@options.as_json
@speaking
def show_command(wanted: str, *, voice: Voice) -> int:
    """Show an execution by its number, or a clean run by its id or the beginning of it."""
    from jupyter_mlops.tracking.reading import show

    found = show(_store(), wanted)

    def print_it(console: Console) -> None:
        if isinstance(found, ExecutionDetail):
            _show_execution(console, found)
        else:
            _show_run(console, found)

    voice.result(found, print_it)
    return 0


@runs.command()
@click.option("--keep-days", type=click.FloatRange(min=0), required=True, metavar="N", help="Keep the last N days.")
@_DRY_RUN
@options.as_json
@speaking
def prune(keep_days: float, *, dry_run: bool, voice: Voice) -> int:
    """Delete executions that are older. Records of clean runs stay."""
    return _forget(voice, dry_run=dry_run, before=time.time() - keep_days * 86_400)


@runs.command()
@click.option("--notebook", metavar="PATH", help="Of this notebook, by its path from the project's root.")
@click.option("--cell", metavar="ID", help="Of this cell.")
@click.option("--before", type=click.DateTime(), help="Begun before this time, in your own zone.")
@_DRY_RUN
@options.as_json
@speaking
def forget(notebook: str | None, cell: str | None, before: datetime | None, *, dry_run: bool, voice: Voice) -> int:
    """Delete the executions that fit all that is given. Records of clean runs stay."""
    if notebook is None and cell is None and before is None:
        raise click.UsageError("say what to forget: --notebook, --cell or --before")
    moment = None if before is None else before.astimezone().timestamp()
    return _forget(voice, dry_run=dry_run, notebook=notebook, cell=cell, before=moment)


def _forget(
    voice: Voice,
    *,
    dry_run: bool,
    notebook: str | None = None,
    cell: str | None = None,
    before: float | None = None,
) -> int:
    from jupyter_mlops.tracking.forgetting import Forgotten
    from jupyter_mlops.tracking.forgetting import forget as forget_executions

    found = forget_executions(_store(), Forgotten(notebook, cell, before), dry_run=dry_run)
    verb = "would go" if found.dry_run else "deleted"
    text = f"{found.executions} executions, {found.sources} sources and {found.sessions} sessions {verb}"
    voice.result(found, lambda console: console.print(text))
    return 0


def _store() -> Path:
    """The store of the current folder's project."""
    from jupyter_mlops.tracking.access import store_of

    return store_of(Path.cwd())


def _table(items: Iterable[Execution | IndexedRun]) -> Table:
    items = list(items)
    table = Table(box=None, pad_edge=False, header_style="dim")
    # a number or an id is there to be typed again, so it is never cut; where the line is short, long names are
    widths = {
        "id": max(len(str(item.id)) for item in items),
        "kind": 4,
        "role": 4,
        "status": 6,
        "seconds": 7,
        "when": 14,
    }
    for column in ("id", "kind", "notebook", "cell", "role", "status", "seconds", "when"):
        table.add_column(column, no_wrap=True, min_width=widths.get(column))
    for item in items:
        if isinstance(item, Execution):
            what = (str(item.id), "cell", item.notebook, item.cell or f"“{item.begins[:30]}”", item.role)
            table.add_row(*map(_plain, what), _coloured(item.status), _seconds(item.seconds), _when(item.started))
        else:
            what = (item.id, "run", item.notebook, f"{item.cells} cells", None)
            table.add_row(*map(_plain, what), _coloured(item.verdict), _seconds(item.seconds), _when(item.started))
    return table


def _print_table(console: Console, items: Iterable[Execution | IndexedRun]) -> None:
    # a file or a pipe has room for all of it
    console.print(_table(items), width=None if console.is_terminal else _WIDE)


def _show_execution(console: Console, detail: ExecutionDetail) -> None:
    each = detail.execution
    count = "" if each.execution_count is None else f" [{each.execution_count}]"
    console.print(f"[bold]execution {each.id}[/bold]{count}: {_coloured(each.status)}, {_seconds(each.seconds)} s")
    if each.error:
        console.print(f"  {escape(each.error)}: {escape(each.message or '')}", style="red")
    known = {"metadata": "as the front end said", "source": "by its source", "none": "not found"}[each.found]
    role = f", {each.role}" if each.role else ""
    console.print(f"  cell {_plain(each.cell) or 'unknown'} ({known}){role}, {_plain(each.notebook) or 'no notebook'}")
    console.print(f"  started {_when(each.started)}" + (f", run {each.run}" if each.run else ""))
    _show_session(console, detail.session)
    console.print(Syntax(detail.source, "python", background_color="default", word_wrap=True))
    if detail.versions:
        versions = ", ".join(f"{each.last}" for each in detail.versions)
        console.print(f"\nbefore, the cell was another (executions {versions}):")
        for line in detail.diff:
            style = {"+": "green", "-": "red"}.get(line[:1], "dim")
            console.print(line, style=style, markup=False)


def _show_run(console: Console, detail: RunDetail) -> None:
    run = detail.run
    console.print(
        f"[bold]run {run.id}[/bold] of {escape(run.notebook)}: {_coloured(run.verdict)} ({escape(run.reason)})"
    )
    console.print(f"  started {_when(run.started)}, {_seconds(run.seconds)} s, kernel {escape(run.kernel)}")
    for name, value in run.parameters.items():
        console.print(f"  {name} = {value.text}", markup=False)
    if detail.session is not None:
        _show_session(console, detail.session)
    if detail.executions:
        _print_table(console, detail.executions)
    else:
        console.print("  its cells are not recorded: the kernel has no jupyter_mlops")


def _show_session(console: Console, session: SessionRecord) -> None:
    commit = f", commit {session.git_commit[:8]} ({session.git_branch or 'detached'})" if session.git_commit else ""
    console.print(f"  session {session.id}, Python {session.python}, IPython {session.ipython}{commit}")
    versions = ", ".join(f"{name} {version}" for name, version in session.modules.items() if version)
    if versions:
        console.print(f"  [dim]{escape(versions)}[/dim]")


def _plain(value: str | None) -> str:
    return escape(value or "")


def _coloured(state: str) -> str:
    style = _GOOD.get(state, "red")
    return f"[{style}]{state}[/{style}]"


def _seconds(seconds: float | None) -> str:
    return "?" if seconds is None else f"{seconds:.3g}" if seconds < 100 else f"{seconds:.0f}"


def _when(started: str) -> str:
    """A time of the store in the reader's own zone."""
    return f"{datetime.fromisoformat(started).astimezone():%m-%d %H:%M:%S}"
