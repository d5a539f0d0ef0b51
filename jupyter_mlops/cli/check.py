"""`jupyter mlops check`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import FAILED, Voice, as_text, speaking
from jupyter_mlops.cli.repairs import ChangedCell, repaired, show_repairs
from jupyter_mlops.documents import CheckResult, RuleEntry, RuleList, RunFacts

if TYPE_CHECKING:
    from jupyter_mlops.notebook import Notebook
    from jupyter_mlops.rules.selection import Selection

_NOTHING_TO_CHECK = frozenset({"no-code", "not-python"})


def _codes(context: click.Context, parameter: click.Parameter, value: Sequence[str]) -> frozenset[str]:
    """Codes, given one by one or with commas between."""
    if not value:
        return frozenset()
    from jupyter_mlops.rules.selection import fault

    codes = [code.strip() for each in value for code in each.split(",") if code.strip()]
    wrong = fault(codes, ignoring=parameter.name == "ignore")
    if wrong is not None:
        raise click.BadParameter(f"{wrong[0]}: {wrong[1]}", context, parameter)
    return frozenset(codes)


@click.command()
@click.argument("notebooks", nargs=-1, type=options.NotebookPath, metavar="NOTEBOOK…")
@click.option("--select", multiple=True, callback=_codes, metavar="CODE", help="Only these rules.")
@click.option("--ignore", multiple=True, callback=_codes, metavar="CODE", help="Without these rules.")
@click.option("--fix", "fixing", is_flag=True, help="Write the repairs that findings offer into the notebook.")
@click.option("--rules", "list_rules", is_flag=True, help="List the rules with their codes.")
@options.report_format
@options.as_json
@speaking
def check(
    notebooks: tuple[Path, ...],
    *,
    select: frozenset[str],
    ignore: frozenset[str],
    fixing: bool,
    list_rules: bool,
    voice: Voice,
) -> int:
    """Look for what would stop a clean run or an export, or change its result, without running anything."""
    if list_rules:
        return _list_rules(voice)
    if not notebooks:
        raise click.UsageError("Missing argument 'NOTEBOOK…'.", click.get_current_context())
    from jupyter_mlops.rules.selection import Selection

    selection = Selection(select or None, ignore)
    checked = [_checked(path, selection, fixing=fixing) for path in notebooks]
    results = [result for result, _ in checked]

    def show(console: Console) -> None:
        for result, changes in checked:
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


def _checked(path: Path, selection: Selection, *, fixing: bool) -> tuple[CheckResult, list[ChangedCell]]:
    """The findings for one notebook with the cells that were repaired; of one without code, or in another language, a
    note that says so."""
    from jupyter_mlops.errors import NotebookError
    from jupyter_mlops.exporting.facts import newest_facts
    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.rules.check import check as check_notebook
    from jupyter_mlops.rules.surroundings.kernelspec import interpreter

    try:
        notebook = read_notebook(path)
    except NotebookError as error:
        if not {finding.code for finding in error.findings} <= _NOTHING_TO_CHECK:
            raise
        findings = [replace(finding, severity="info") for finding in error.findings]
        return CheckResult(notebook=path.name, run=None, findings=findings), []

    def look(document: Notebook, facts: RunFacts | None) -> CheckResult:
        return check_notebook(document, facts, python=interpreter(notebook.kernel), selection=selection)

    facts = newest_facts(notebook)
    return repaired(notebook, facts, look) if fixing else (look(notebook, facts), [])


def _list_rules(voice: Voice) -> int:
    from jupyter_mlops.rules.catalogue import CODES

    entries = [
        RuleEntry(code=each.code, severities=list(each.severities), summary=each.summary) for each in CODES.values()
    ]

    def show(console: Console) -> None:
        for entry in entries:
            console.print(f"{entry.code:<26}{', '.join(entry.severities):<22}{entry.summary}", markup=False)

    voice.result(RuleList(rules=entries), show)
    return 0
