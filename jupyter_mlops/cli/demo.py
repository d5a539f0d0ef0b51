"""`jupyter mlops demo`: the whole way on a bundled example."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click
from rich.console import Console

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import FAILED, Voice, as_text, speaking
from jupyter_mlops.documents import ExportResult, LogEvent, PhaseEvent

EXAMPLE = "churn"


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("mlops-demo"),
    show_default=True,
    help="A new folder to write the example into.",
)
@options.events
@speaking
def demo(folder: Path, *, voice: Voice) -> int:
    """Write an example notebook into a new folder, and take it from check to an answered request."""
    import httpx

    from jupyter_mlops.errors import ProjectError
    from jupyter_mlops.exporting.export import Options, export
    from jupyter_mlops.exporting.facts import newest_facts
    from jupyter_mlops.exporting.serving import service
    from jupyter_mlops.notebook import read_notebook
    from jupyter_mlops.rules.check import check
    from jupyter_mlops.running.clean import failure, run_clean
    from jupyter_mlops.running.environment import DEFAULT_KERNEL, interpreter

    if folder.exists():
        raise ProjectError.of(
            "folder-exists",
            f"{folder} exists already",
            fix="name a new folder: jupyter mlops demo --folder NAME",
        )
    shutil.copytree(_examples() / EXAMPLE, folder, ignore=shutil.ignore_patterns(".*", "*_service"))
    path = folder / f"{EXAMPLE}.ipynb"

    def say(text: str) -> None:
        voice.event(LogEvent(text=text))

    say(f"1. check    jupyter mlops check {path}")
    notebook = read_notebook(path)
    findings = check(notebook, newest_facts(notebook), python=interpreter(notebook.kernel or DEFAULT_KERNEL)).findings
    for finding in findings:
        say(as_text(finding).plain)
    if any(finding.severity != "info" for finding in findings):
        return FAILED
    say("   nothing found")

    say(f"2. run      jupyter mlops run {path}")
    run = run_clean(notebook, report=voice.event)
    fault = failure(notebook, run)
    if fault is not None:
        raise fault

    target = folder / f"{EXAMPLE}_service"
    say(f"3. export   jupyter mlops export {path} -o {target}")
    result = export(notebook, Options(target=target), voice.event)
    for part in result.proof.parts if isinstance(result, ExportResult) else ():
        say(f"   {part.endpoint} {part.how}: {part.examples} answers equal to the notebook's")

    say(f"4. serve    jupyter mlops serve {target}")
    voice.event(PhaseEvent(name="serve"))
    example = json.loads((target / "tests" / "examples" / "predict.json").read_text(encoding="utf-8"))["examples"][0]
    with service(target.resolve(), interpreter(run.record.kernel)) as running:
        running.wait_ready()
        response = httpx.post(
            f"{running.address}/predict", json={"rows": [example["row"]]}, timeout=60, trust_env=False
        )
        answered = response.json()
    say(f"   POST {running.address}/predict")
    say(f"   {json.dumps({'rows': [example['row']]})}")
    say(f"   answered {answered}; the notebook had answered {example['answer']}")
    if not response.is_success or answered != [example["answer"]]:
        return FAILED

    def show(console: Console) -> None:
        console.print("\n[green]✓[/green] From notebook to proved service. Look next at")
        for next_thing in (path, target / "README.md", target / EXAMPLE / "prediction.py"):
            console.print(f"  {next_thing}", markup=False)
        console.print(f"and serve it: jupyter mlops serve {target}", markup=False)

    voice.result(result, show)
    return 0


def _examples() -> Path:
    """The bundled examples: inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "examples"
    return inside if inside.is_dir() else package.parent / "examples"
