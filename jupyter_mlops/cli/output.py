"""How commands speak: events as JSON lines for programs, a bar and sentences for people.

`speaking` wraps a command's work. Whatever it raises becomes one message in the shape of a finding and the
exit status; a stack trace is shown only with `--debug`.
"""

from __future__ import annotations

import errno
import functools
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TextIO

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from jupyter_mlops.documents import (
    FORMAT,
    CellEvent,
    ErrorEvent,
    Event,
    LogEvent,
    PhaseEvent,
    ResultEvent,
)
from jupyter_mlops.errors import Finding, Fix, InterruptedByUserError, ProjectError, place

FAILED, INTERRUPTED = 1, 130
PHASES = {
    "copy": "Copying the files that git knows",
    "run": "Running the notebook",
    "upload": "Writing the executed notebook",
    "plan": "Drawing the plan",
    "render": "Writing the package",
    "proof": "Proving its answers",
    "isolation": "Installing its lock into a new environment",
    "isolated-proof": "Proving its answers there",
    "training": "Training again by its script",
    "serve": "Starting the service",
}
_MARKS = {"error": ("✗", "bold red"), "warning": ("!", "bold yellow"), "info": ("i", "bold blue")}


class Voice(Protocol):
    """Where a command's events, result and findings go."""

    def event(self, event: Event) -> None:
        """Something happened."""

    def result(self, value: Any, show: Callable[[Console], None]) -> None:
        """The command did what it was asked: `value` for programs, `show` for people."""

    def failed(self, findings: Sequence[Finding]) -> None:
        """The command did not."""


class EventLines:
    """JSON lines on standard output."""

    def event(self, event: Event) -> None:
        _write_line(sys.stdout, event)

    def result(self, value: Any, show: Callable[[Console], None]) -> None:  # noqa: ARG002
        _write_line(sys.stdout, ResultEvent(value=value))

    def failed(self, findings: Sequence[Finding]) -> None:
        _write_line(sys.stdout, ErrorEvent(findings=list(findings)))


class JsonDocument:
    """One JSON document on standard output, at the end."""

    def event(self, event: Event) -> None:
        """Programs that want one document get no events."""

    def result(self, value: Any, show: Callable[[Console], None]) -> None:  # noqa: ARG002
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")

    def failed(self, findings: Sequence[Finding]) -> None:
        document = {"format": FORMAT, "findings": findings}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")


class ForPeople:
    """A bar on standard error while it lasts, sentences on standard output at the end."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def event(self, event: Event) -> None:
        match event:
            case PhaseEvent(name=name):
                self._end_bar()
                if name != "run":
                    self._errors.print(f"[dim]{PHASES.get(name, name)} …[/dim]")
            case CellEvent(index=index, of=of, state=state):
                self._draw_bar(index if state != "running" else index - 1, of)
            case LogEvent(text=text):
                self._end_bar()
                self._errors.print(Text(text))
            case _:
                pass

    def result(self, value: Any, show: Callable[[Console], None]) -> None:  # noqa: ARG002
        self._end_bar()
        show(self._console)

    def failed(self, findings: Sequence[Finding]) -> None:
        self._end_bar()
        for finding in findings:
            self._errors.print(as_text(finding))

    def _draw_bar(self, done: int, of: int) -> None:
        if self._bar is None or self._task is None:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("cells"),
                TimeElapsedColumn(),
                console=self._errors,
                refresh_per_second=10,
            )
            self._task = self._bar.add_task(PHASES["run"], total=of)
            self._bar.start()
        self._bar.update(self._task, completed=done)

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _write_line(stream: TextIO, event: Event) -> None:
    stream.write(msgspec.json.encode(event).decode() + "\n")
    stream.flush()


def as_text(finding: Finding) -> Text:
    """A finding for people: what and where, why, and the way out."""
    mark, style = _MARKS[finding.severity]
    text = Text.assemble((f"{mark} ", style), (finding.message, "bold"))
    where = place(finding)
    text.append(f"\n  {where}  " if where else "\n  ")
    text.append(f"[{finding.code}]", "dim")
    if finding.reason:
        text.append("\n  why: " + finding.reason.replace("\n", "\n       "))
    if finding.fix:
        text.append("\n  fix: " + finding.fix.text, "green")
        if finding.fix.edits:
            text.append("  (`jupyter mlops check --fix` does this)", "dim")
    return text


def speaking(command: Callable[..., int]) -> Callable[..., None]:
    """Make a click callback of a function that returns an exit status and takes `voice`.

    Adds `--debug`. The options `events`, `as_json` and `form`, where the command has them, choose the voice.
    """

    @click.option("--debug", is_flag=True, help="Show the stack trace of an error.")
    @functools.wraps(command)
    def callback(*arguments: Any, debug: bool, **options: Any) -> None:
        form = options.pop("form", "text")
        as_json = options.pop("as_json", False) or form == "json"
        voice = _voice(events=options.pop("events", False), as_json=as_json)
        if form == "sarif" and not as_json:
            from jupyter_mlops.cli.sarif import SarifDocument

            voice = SarifDocument([each.as_posix() for each in options.get("notebooks", ())])
        if form == "csv" and not as_json:
            from jupyter_mlops.cli.run_tables import CsvTable

            voice = CsvTable()
        try:
            status = command(*arguments, voice=voice, **options)
        except KeyboardInterrupt:
            voice.failed(InterruptedByUserError.of("interrupted", "the command was interrupted").findings)
            status = INTERRUPTED
        except click.UsageError:
            # click itself says what is wrong with the words
            raise
        except ProjectError as error:
            _show_trace(debug=debug)
            voice.failed(error.findings)
            status = FAILED
        except Exception as error:  # noqa: BLE001  (the outermost frame: what was not foreseen is told as such)
            _show_trace(debug=debug)
            voice.failed((_unforeseen(error),))
            status = FAILED
        sys.exit(status)

    return callback


def _voice(*, events: bool, as_json: bool) -> Voice:
    if events:
        return EventLines()
    return JsonDocument() if as_json else ForPeople()


def _show_trace(*, debug: bool) -> None:
    if debug:
        traceback.print_exc()


def _unforeseen(error: Exception) -> Finding:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Finding(
            code="no-space",
            message="there is no space left on the device",
            reason=f"while writing {error.filename}" if error.filename else "",
            fix=Fix(text="free some space and run the command again; nothing was left half written"),
        )
    if isinstance(error, PermissionError):
        return Finding(
            code="no-permission",
            message=f"{error.filename} cannot be written: {error.strerror}",
            fix=Fix(text="name a folder that you may write to"),
        )
    return Finding(
        code="internal-error",
        message=f"{type(error).__name__}: {error}",
        reason="this is a defect of jupyter_mlops, not of your notebook",
        fix=Fix(text="run the command again with --debug and report what it shows"),
    )
