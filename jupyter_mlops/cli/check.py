"""`jupyter mlops check`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import FAILED, Voice, as_text, speaking
from jupyter_mlops.cli.repairs import ChangedCell, repaired, show_repairs
from jupyter_mlops.documents import CheckResult


@click.command()
@click.argument("notebooks", nargs=-1, required=True, type=options.NotebookPath, metavar="NOTEBOOK…")
@click.option("--fix", "fixing", is_flag=True, help="Write the repairs that findings offer into the notebook.")
@options.as_json
@speaking
def check(notebooks: tuple[Path, ...], *, fixing: bool, voice: Voice) -> int:
    """Look for what would stop a clean run or an export, without running anything."""
    from jupyter_mlops.exporting.facts import newest_facts
    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.rules.check import check as check_notebook

    results: list[CheckResult] = []
    repairs: list[list[ChangedCell]] = []
    for path in notebooks:
        notebook = read_notebook(path)
        facts = newest_facts(notebook)
        result, changes = repaired(notebook, facts) if fixing else (check_notebook(notebook, facts), [])
        results.append(result)
        repairs.append(changes)

    def show(console: Console) -> None:
        for result, changes in zip(results, repairs, strict=True):
            show_repairs(console, result, changes)
            for finding in result.findings:
                console.print(as_text(finding))
            grave = sum(finding.severity != "info" for finding in result.findings)
            verdict = f"{grave} finding{'s' if grave != 1 else ''}" if grave else "[green]nothing found[/green]"
            facts = (
                f"with the facts of run {result.run}"
                if result.run
                else "no export run of this code is recorded, so rules that need one were left out"
            )
            console.print(f"{escape(result.notebook)}: {verdict} ({facts})")

    voice.result(results[0] if len(results) == 1 else results, show)
    grave = any(finding.severity != "info" for result in results for finding in result.findings)
    return FAILED if grave else 0
