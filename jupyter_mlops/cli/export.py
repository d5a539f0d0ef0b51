"""`jupyter mlops export`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import FAILED, Voice, as_text, speaking
from jupyter_mlops.documents import Endpoint, ExportResult, Plan

_TRAINING = {
    "reproducible": "  train.py: its values give the same answers",
    "not-reproducible": "  train.py: [yellow]training is not reproducible[/yellow]; served is what the run fitted",
    "no-script": "  train.py: there is none",
}
_KINDS = {"code": "copied", "learned": "saved", "parameter": "frozen"}


@click.command()
@click.argument("notebook", type=options.NotebookPath)
@click.option("-o", "--output", "target", type=options.NotebookPath, help="The folder to write.")
@options.parameters
@click.option("--model", metavar="NAME", help="The notebook's name of the estimator to serve.")
@click.option("--name", metavar="NAME", help="The name of the package; by default the notebook's.")
@click.option("--plan", "plan_only", is_flag=True, help="Run, print what the package would hold, and stop.")
@click.option("--overwrite-edits", is_flag=True, help="Give up hand edits to an earlier export.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    default=1e-9,
    show_default=True,
    help="The relative difference that floats may have in the proof.",
)
@click.option("--isolated", is_flag=True, help="Prove it again in a new environment with nothing but its lock.")
@options.kernel
@options.events
@options.as_json
@speaking
def export(
    notebook: Path,
    target: Path | None,
    given: tuple[tuple[str, str], ...],
    file: Path | None,
    model: str | None,
    name: str | None,
    kernel: str | None,
    tolerance: float,
    *,
    plan_only: bool,
    overwrite_edits: bool,
    isolated: bool,
    voice: Voice,
) -> int:
    """Run a notebook clean, and write a BentoML service whose answers are proved equal to the notebook's."""
    from jupyter_mlops.exporting.export import Options
    from jupyter_mlops.exporting.export import export as export_notebook
    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.parameters.checking import checked

    document = read_notebook(notebook)
    chosen = Options(
        target=target,
        parameters=checked(document, options.given_parameters(given, file)),
        model=model,
        name=name,
        kernel=kernel,
        overwrite_edits=overwrite_edits,
        plan_only=plan_only,
        tolerance=tolerance,
        isolated=isolated,
    )
    result = export_notebook(document, chosen, voice.event)
    voice.result(result, lambda console: _show(console, result))
    if isinstance(result, Plan):
        return FAILED if any(finding.severity == "error" for finding in result.findings) else 0
    return 0


def _show(console: Console, result: ExportResult | Plan) -> None:
    if isinstance(result, Plan):
        show_plan(console, result)
        return
    for finding in result.plan.findings:
        console.print(as_text(finding))
    folder = escape(result.folder)
    console.print(f"[green]✓[/green] {escape(result.plan.notebook)} is exported and proved: [bold]{folder}[/bold]")
    for part in {part.endpoint: part for part in result.proof.parts}.values():
        weak = f"  [yellow]weak: {part.examples} examples[/yellow]" if part.weak else ""
        console.print(
            f"  {part.endpoint}: {part.examples} answers equal to the notebook's (floats to {part.tolerance:g}){weak}"
        )
    console.print(f"  each asked {'; '.join(dict.fromkeys(part.how for part in result.proof.parts))}")
    console.print(_TRAINING[result.proof.training])
    console.print(f"  serve it:  jupyter mlops serve {folder}")


def show_plan(console: Console, plan: Plan) -> None:
    """The plan as tables: endpoints, what becomes of each name, requirements, findings."""
    console.print(f"[bold]Plan of {plan.name}[/bold], from {escape(plan.notebook)} (run {plan.run})")
    for endpoint in plan.endpoints:
        weak = ", weak" if endpoint.weak else ""
        console.print(f"  POST /{endpoint.name}  {escape(_asked(plan, endpoint))}, {endpoint.examples} examples{weak}")
    names = Table("name", "what becomes of it", "cell", "reason", box=None, pad_edge=False, header_style="dim")
    for each in plan.names:
        if each.kind != "not-needed":
            names.add_row(each.name, _KINDS[each.kind], str(each.index or ""), escape(each.reason))
    console.print(names)
    left_out = [each.name for each in plan.names if each.kind == "not-needed"]
    if left_out:
        console.print("  [dim]left out, as nothing that serves reads it:[/dim] " + ", ".join(left_out))
    for each in plan.requirements:
        console.print(f"  {each.name}=={each.version}  [dim]{each.reason}[/dim]")
    for finding in plan.findings:
        console.print(as_text(finding))


def _asked(plan: Plan, endpoint: Endpoint) -> str:
    """What answers: a method of the model, or a function with its arguments."""
    if endpoint.kind == "model":
        return f"{plan.model}.{endpoint.name}"
    given = [
        f"{each.name}: {each.type}" + ("" if each.required else f" = {each.default or '…'}")
        for each in endpoint.arguments or ()
    ]
    return f"{endpoint.name}({', '.join(given)})"
