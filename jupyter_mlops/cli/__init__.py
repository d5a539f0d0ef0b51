"""`jupyter mlops …`: one file a command, heavy imports inside the commands."""

from __future__ import annotations

import signal
import sys
from types import FrameType

import click

from jupyter_mlops import __version__
from jupyter_mlops.cli.check import check
from jupyter_mlops.cli.demo import demo
from jupyter_mlops.cli.doctor import doctor
from jupyter_mlops.cli.export import export
from jupyter_mlops.cli.roles import roles
from jupyter_mlops.cli.run import run
from jupyter_mlops.cli.runs import runs
from jupyter_mlops.cli.serve import serve
from jupyter_mlops.cli.status import status

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="jupyter mlops")
def cli() -> None:
    """The way from a notebook to a verified, served model."""


for command in (check, roles, run, status, runs, export, serve, demo, doctor):
    cli.add_command(command)


def _terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """SIGTERM ends a command as Ctrl-C does, so that kernels and services go and records stay."""
    raise KeyboardInterrupt


def main() -> None:
    """The console script: exit status 0 done, 1 failed or findings, 2 usage, 130 interrupted."""
    # beside JupyterLab, jsonschema compiles a grammar of this package for a format that no notebook has: two
    # seconds of every start; it does without where the package is missing
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    signal.signal(signal.SIGTERM, _terminate)
    try:
        cli.main(prog_name="jupyter mlops", standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(INTERRUPTED)
