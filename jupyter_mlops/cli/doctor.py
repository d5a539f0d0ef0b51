"""`jupyter mlops doctor`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from jupyter_mlops.cli import options
from jupyter_mlops.cli.output import FAILED, Voice, speaking

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "bold yellow"), "failed": ("✗", "bold red")}


@click.command()
@click.option("--rebuild", is_flag=True, help="Make the store's index of clean runs anew from their records.")
@options.as_json
@speaking
def doctor(*, rebuild: bool, voice: Voice) -> int:
    """Look at the store, the kernels, the versions and the disk, and say what to do about what is wrong."""
    from jupyter_mlops.running.doctor import examine

    found = examine(Path.cwd(), rebuild=rebuild)

    def show(console: Console) -> None:
        if found.indexed is not None:
            console.print(f"{found.indexed} run{'' if found.indexed == 1 else 's'} indexed")
        for check in found.checks:
            mark, style = _MARKS[check.state]
            console.print(Text.assemble((f"{mark} ", style), (check.name, "bold"), f": {check.message}"))
            if check.fix and check.state != "ok":
                console.print(Text(f"  fix: {check.fix}", "green"))

    voice.result(found, show)
    return FAILED if any(check.state == "failed" for check in found.checks) else 0
