"""The outputs of one cell, saved and now.

What a cell printed is one text, however it was cut into messages and wherever among the displays it came;
displays are held against each other in order, and of each display every form that both have (plain text first).

    saved   stream "a", stream "b", display {text/plain, image/png}      stdout "ab", 1 display
    now     display {text/plain, image/png}, stream "ab"                 the same
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from nbformat import NotebookNode

from jupyter_mlops.documents import OutputDifference
from jupyter_mlops.running.comparing.difflines import clipped, unlike_texts
from jupyter_mlops.running.comparing.ignored import without_ignored
from jupyter_mlops.running.comparing.images import unlike_pictures
from jupyter_mlops.running.comparing.markup import unlike_html, unlike_svg
from jupyter_mlops.running.comparing.structures import unlike_structures
from jupyter_mlops.running.comparing.terms import Terms, Unlike
from jupyter_mlops.running.comparing.text import lines

STDOUT, ERROR = "stdout", "error"
# Programs for the page, and the state of widgets: no output of their own.
IGNORED_TYPES = frozenset({"application/javascript", "text/javascript", "application/vnd.jupyter.widget-state+json"})
# That they are there is all that counts: they hold ids of their own making, or are not read here.
PRESENCE_ONLY = (
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.bokehjs_",
    "application/vnd.holoviews_",
    "application/pdf",
    "audio/",
    "video/",
)

Display = Mapping[str, Any]


@dataclass(frozen=True)
class Outputs:
    """What a cell printed, displayed and raised, each empty where there is none; standard error is left out."""

    stdout: str
    displays: tuple[Display, ...]
    error: str

    @classmethod
    def of(cls, cell: NotebookNode) -> Outputs:
        """The outputs of a code cell."""
        stdout: list[str] = []
        displays: list[Display] = []
        errors: list[str] = []
        for output in cell.get("outputs", []):
            match output["output_type"]:
                case "stream":
                    if output.get("name") == STDOUT:
                        stdout.append(output["text"])
                case "error":
                    errors.append(f"{output['ename']}: {output['evalue']}")
                case _:
                    data = {mime: part for mime, part in output.get("data", {}).items() if mime not in IGNORED_TYPES}
                    if data:
                        displays.append(data)
        return cls("".join(stdout), tuple(displays), "\n".join(errors))


def differences(saved: Outputs, now: Outputs, terms: Terms) -> Iterator[OutputDifference]:
    """Everything in which the outputs of a cell differ by the rules."""
    yield from _stdout(saved.stdout, now.stdout, terms)
    yield from _displays(saved.displays, now.displays, terms)
    yield from _error(saved.error, now.error, terms)


def _stdout(saved: str, now: str, terms: Terms) -> Iterator[OutputDifference]:
    before, after = lines(saved), lines(now)
    if before and not after:
        yield _difference(STDOUT, Unlike("missing", "the clean run printed nothing", _first_line(saved)))
    elif after and not before:
        yield _difference(STDOUT, Unlike("extra", "the saved notebook has no printed text", None, _first_line(now)))
    elif unlike := unlike_texts(saved, now, terms):
        yield _difference(STDOUT, unlike)


def _displays(saved: tuple[Display, ...], now: tuple[Display, ...], terms: Terms) -> Iterator[OutputDifference]:
    for position, before, after in _paired(saved, now):
        if before is not None and after is not None:
            yield from _display(f"output {position}", before, after, terms)
        elif before is not None:
            unlike = Unlike("missing", "the clean run did not give it", _summary(before))
            yield _difference(f"output {position}", unlike)
        elif after is not None:
            unlike = Unlike("extra", "the saved notebook does not have it", None, _summary(after))
            yield _difference(f"output {position}", unlike)


def _paired(
    saved: tuple[Display, ...], now: tuple[Display, ...]
) -> Iterator[tuple[int, Display | None, Display | None]]:
    """Displays side by side; where one side has more, those without a partner stand alone."""
    if len(saved) == len(now):
        yield from ((position, *pair) for position, pair in enumerate(zip(saved, now, strict=True), start=1))
        return
    keys = [[without_ignored(_summary(display)) for display in each] for each in (saved, now)]
    for _, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        for offset in range(max(b - a, d - c)):
            before, after = a + offset, c + offset
            position = (before if before < b else after) + 1
            yield position, saved[before] if before < b else None, now[after] if after < d else None


def _display(output: str, saved: Display, now: Display, terms: Terms) -> Iterator[OutputDifference]:
    """The first form of a display that differs: the others show the same object."""
    for mime in sorted({*saved, *now}, key=lambda each: (each != "text/plain", each)):
        name = f"{output} ({mime})"
        if mime not in now:
            yield _difference(name, Unlike("missing", "the clean run gave it in other forms only", _summary(saved)))
            return
        if mime not in saved:
            yield _difference(name, Unlike("extra", "the saved one has other forms only", None, _summary(now)))
            return
        if unlike := _unlike(mime, saved[mime], now[mime], terms):
            yield _difference(name, unlike)
            return


def _unlike(mime: str, saved: Any, now: Any, terms: Terms) -> Unlike | None:
    """The rule for each type of data."""
    if mime.startswith(PRESENCE_ONLY):
        return None
    if mime.endswith("json"):
        return unlike_structures(saved, now, terms)
    if not isinstance(saved, str) or not isinstance(now, str):
        return unlike_structures(saved, now, terms)
    if mime == "image/svg+xml":
        return unlike_svg(saved, now, terms)
    if mime.startswith("image/"):
        return unlike_pictures(mime, saved, now)
    if mime == "text/html":
        return unlike_html(saved, now, terms)
    return unlike_texts(saved, now, terms) if mime.startswith("text/") else None


def _error(saved: str, now: str, terms: Terms) -> Iterator[OutputDifference]:
    if saved and not now:
        yield _difference(ERROR, Unlike("error", "the clean run raised no error", _first_line(saved)))
    elif now and not saved:
        yield _difference(ERROR, Unlike("error", "the saved notebook has no error", None, _first_line(now)))
    elif unlike := unlike_texts(saved, now, terms):
        yield _difference(ERROR, Unlike("error", "another error", unlike.saved, unlike.now, unlike.diff))


def _difference(output: str, unlike: Unlike) -> OutputDifference:
    return OutputDifference(
        output=output,
        kind=unlike.kind,
        message=unlike.message,
        saved=unlike.saved,
        now=unlike.now,
        diff=list(unlike.diff),
    )


def _summary(display: Display) -> str:
    """A display in a line: its plain text, or its types."""
    plain = display.get("text/plain")
    return _first_line(plain) if isinstance(plain, str) and plain.strip() else ", ".join(sorted(display))


def _first_line(text: str) -> str:
    return clipped(next((line.strip() for line in lines(text) if line.strip()), ""))
