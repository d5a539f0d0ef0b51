"""`jupyter mlops runs`: what was executed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import Voice, speaking
from jupyter_mlops.cli.run_tables import coloured, plain, print_items, seconds, when
from jupyter_mlops.documents import ExecutionDetail, FileUse, MetricValue, ParameterValue, RunDetail, SessionRecord

_SEEN = {"open": "its opening", "call": "the call", "logged": "log_artifact"}
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would go, and delete nothing.")


@click.group()
def runs() -> None:
    """What was executed: cells in kernels that record, and clean runs."""


@runs.command("list")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@click.option("--where", metavar="EXPR", help="Only those that fit, as in: auc > 0.83 and cut_by = 'cost'.")
@click.option("--sort", metavar="COLUMN", help="By this column, the least first; -COLUMN for the greatest first.")
@click.option("--desc", is_flag=True, help="With --sort, the greatest first.")
@click.option("--notebook", metavar="PATH", help="Only of this notebook, by its path from the project's root.")
@click.option("--cell", metavar="ID", help="Only of this cell, those of clean runs too.")
@click.option("--run", metavar="RUN", help="Only the cells of this clean run.")
@click.option("--nested", is_flag=True, help="Also code that cells gave to run_cell.")
@options.table_format
@options.as_json
@speaking
def list_command(
    limit: int,
    where: str | None,
    sort: str | None,
    notebook: str | None,
    cell: str | None,
    run: str | None,
    *,
    desc: bool,
    nested: bool,
    voice: Voice,
) -> int:
    """List executions and clean runs with what they measured, newest first.

    The cells of clean runs are shown with --run or --cell. Conditions and --sort take the columns by their names; one
    that is a metric and a parameter, or one of the first columns, is metric.NAME or param.NAME.
    """
    from jupyter_mlops.tracking.reading import list_runs
    from jupyter_mlops.tracking.selecting import Selection

    if desc and sort is None:
        raise click.UsageError("--desc needs --sort")
    order = f"-{sort}" if desc and sort is not None and not sort.startswith("-") else sort
    wanted = Selection(limit=limit, notebook=notebook, cell=cell, run=run, nested=nested, where=where, sort=order)
    found = list_runs(_store(), wanted)

    def asked_for() -> list[str]:
        """The columns that a condition or an order speaks of."""
        from jupyter_mlops.tracking.selecting import written_names

        return written_names(wanted)

    def print_it(console: Console) -> None:
        if found.items:
            print_items(console, found.items, asked_for())
        elif where is not None:
            console.print("no execution and no run fits the condition")
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


@runs.command("compare")
@click.argument("wanted", metavar="ID ID...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Also what is the same.")
@options.as_json
@speaking
def compare_command(wanted: tuple[str, ...], *, everything: bool, voice: Voice) -> int:
    """Compare executions and clean runs with the first of them: what was measured, with which parameters, in which
    environment, and which of the cells that made it was another."""
    from jupyter_mlops.tracking.comparing import compare

    if len(wanted) < 2:
        raise click.UsageError("name two or more: jupyter mlops runs compare 12 17")
    found = compare(_store(), wanted, everything=everything)

    def print_it(console: Console) -> None:
        from jupyter_mlops.cli.run_comparison import show_comparison

        show_comparison(console, found)

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


def _show_execution(console: Console, detail: ExecutionDetail) -> None:
    each = detail.execution
    count = "" if each.execution_count is None else f" [{each.execution_count}]"
    console.print(f"[bold]execution {each.id}[/bold]{count}: {coloured(each.status)}, {seconds(each.seconds)} s")
    if each.error:
        console.print(f"  {escape(each.error)}: {escape(each.message or '')}", style="red")
    known = {"metadata": "as the front end said", "source": "by its source", "none": "not found"}[each.found]
    role = f", {each.role}" if each.role else ""
    console.print(f"  cell {plain(each.cell) or 'unknown'} ({known}){role}, {plain(each.notebook) or 'no notebook'}")
    console.print(f"  started {when(each.started)}" + (f", run {each.run}" if each.run else ""))
    _show_session(console, detail.session)
    console.print(Syntax(detail.source, "python", background_color="default", word_wrap=True))
    _show_values(console, each.parameters, "parameters")
    _show_values(console, each.metrics, "metrics")
    for name, points in detail.curves.items():
        last = points[-1]
        console.print(f"  {name}: {len(points)} values, from {points[0].text} to {last.text}", markup=False)
    _show_names(console, "reads", detail.reads)
    _show_names(console, "writes", detail.writes)
    _show_names(console, "deletes", detail.deleted)
    _show_files(console, detail.files)
    if detail.versions:
        versions = ", ".join(f"{each.last}" for each in detail.versions)
        console.print(f"\nbefore, the cell was another (executions {versions}):")
        for line in detail.diff:
            style = {"+": "green", "-": "red"}.get(line[:1], "dim")
            console.print(line, style=style, markup=False)


def _show_run(console: Console, detail: RunDetail) -> None:
    run = detail.run
    console.print(
        f"[bold]run {run.id}[/bold] of {escape(run.notebook)}: {coloured(run.verdict)} ({escape(run.reason)})"
    )
    console.print(f"  started {when(run.started)}, {seconds(run.seconds)} s, kernel {escape(run.kernel)}")
    _show_values(console, run.parameters, "parameters")
    _show_values(console, run.metrics, "metrics")
    _show_files(console, detail.files)
    if detail.session is not None:
        _show_session(console, detail.session)
    if detail.executions:
        print_items(console, detail.executions)
    else:
        console.print("  its cells are not recorded: the kernel has no jupyter_mlops")


def _show_session(console: Console, session: SessionRecord) -> None:
    commit = f", commit {session.git_commit[:8]} ({session.git_branch or 'detached'})" if session.git_commit else ""
    console.print(f"  session {session.id}, Python {session.python}, IPython {session.ipython}{commit}")
    versions = ", ".join(f"{name} {version}" for name, version in session.modules.items() if version)
    if versions:
        console.print(f"  [dim]{escape(versions)}[/dim]")


def _show_values(console: Console, values: Mapping[str, ParameterValue | MetricValue], what: str) -> None:
    if values:
        text = ", ".join(f"{name} = {value.text}" for name, value in values.items())
        console.print(f"  {what}: {text}", markup=False)


def _show_names(console: Console, verb: str, names: Sequence[str] | None) -> None:
    if names:
        console.print(f"  {verb} {', '.join(names)}", markup=False)


def _show_files(console: Console, files: Sequence[FileUse]) -> None:
    for file in files:
        size = "" if file.size is None else f", {file.size} bytes"
        digest = "" if file.hash is None else f", {'' if file.complete else 'begins '}{file.hash[:8]}"
        verb = {"read": "reads", "write": "writes"}[file.mode]
        console.print(f"  {verb} file {file.path} (seen by {_SEEN[file.seen]}{size}{digest})", markup=False)
