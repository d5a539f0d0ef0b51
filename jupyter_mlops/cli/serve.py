"""`jupyter mlops serve`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import FAILED, INTERRUPTED, Voice, speaking
from jupyter_mlops.documents import LogEvent, PhaseEvent


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(1, 65535), help="The port; by default a free one.")
@options.events
@speaking
def serve(folder: Path, port: int | None, *, voice: Voice) -> int:
    """Serve an exported package on 127.0.0.1 with `bentoml serve`, until it is interrupted."""
    from jupyter_mlops.errors import ExportError
    from jupyter_mlops.exporting.serving import service

    if not (folder / "service.py").is_file():
        raise ExportError.of(
            "not-a-package",
            f"{folder} holds no service",
            reason="there is no service.py in it",
            fix="name the folder that jupyter mlops export wrote",
        )
    voice.event(PhaseEvent(name="serve"))
    with service(folder.resolve(), _interpreter(folder), port) as running:
        running.wait_ready()

        def show(console: Console) -> None:
            console.print(
                f"[green]✓[/green] serving {escape(str(folder))} at [bold]{running.address}[/bold] (Ctrl-C ends it)"
            )

        voice.result({"address": running.address, "port": running.port}, show)
        sys.stdout.flush()
        try:
            status = FAILED if running.process.wait() else 0
        except KeyboardInterrupt:
            # the ordinary end of a service
            status = INTERRUPTED
    voice.event(LogEvent(text="the service has ended"))
    return status


def _interpreter(folder: Path) -> str:
    """The interpreter of the kernel that the export used, where that is still installed; else ours."""
    from jupyter_mlops.errors import RunError
    from jupyter_mlops.running.environment import interpreter

    try:
        provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        return interpreter(provenance["kernel"])
    except (OSError, ValueError, KeyError, TypeError, RunError):
        return sys.executable
