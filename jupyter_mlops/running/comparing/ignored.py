"""What is left out of texts before they are compared, as a table: it differs from run to run and says nothing.

    <Model at 0x7f3a5c0d2b10> took 1.3 s   becomes   <Model at ‹address›> ‹duration›

Each pattern is written so that data are not caught: a hexadecimal number needs nine digits to be an address, a
duration needs a word that only a stopwatch's reading follows. What cannot be told from data counts.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass


@dataclass(frozen=True)
class Ignored:
    """Texts of one kind: a name, the pattern, and an example for the documentation."""

    what: str
    pattern: re.Pattern[str]
    example: str


_SECONDS = r"[\d.,]{1,16} ?(?:ns|µs|μs|us|ms|s|secs?|seconds?|min|mins|minutes?|h|hours?)\b"
_CLOCK_FACE = r"(?:\d{1,6}:)?\d{1,2}:\d\d(?:\.\d+)?"
_STOPWATCH = (
    r"(?:elapsed|took|eta|remaining|(?:total|elapsed|training|fit|fitting|execution|inference|prediction)[ _-]time"
    r"|(?:done|finished|completed|trained|fitted) in)"
)

IGNORED = (
    Ignored(
        "address",
        re.compile(r"0x[0-9a-fA-F]{9,16}\b|(?<=\bat )0x[0-9a-fA-F]+\b|(?<=\.\.\.)0?x?[0-9a-f]{4,16}(?=>)"),
        "<Model at 0x7f3a5c0d2b10>",
    ),
    Ignored(
        "uuid",
        re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}\b"),
        "0b5d2f0e-8f5c-4c8e-9d1c-2b7a3a0c9e11",
    ),
    Ignored(
        "kernel file", re.compile(r"ipykernel_\d+(?:[/\\]\d+\.py)?|<ipython-input-\d+-[0-9a-f]+>"), "ipykernel_71/2.py"
    ),
    Ignored(
        "temporary path",
        re.compile(
            rf"(?:{re.escape(tempfile.gettempdir())}"
            r"|(?:/private)?(?:/var/folders/[^/\s]{1,8}/[^/\s]{1,64}/T|/var/tmp|/tmp)"
            r"|[A-Z]:\\Users\\[^\\\s]{1,64}\\AppData\\Local\\Temp)[/\\]tmp[a-z0-9_]{8}(?![a-z0-9_])"
        ),
        "/tmp/tmpk3x_9a1b/data.csv",  # noqa: S108
    ),
    Ignored(
        "packages folder",
        re.compile(r"(?:/[\w.@+~-]{1,64}){1,12}/(?:site|dist)-packages/"),
        "/usr/lib/python3/site-packages/pandas/io.py",
    ),
    Ignored("execution count", re.compile(r"\b(?:In|Out) ?\[\d+\]"), "Cell In[5]"),
    Ignored("process", re.compile(r"\b(?i:pid)\b['\"]?[ =:]{1,3}\d+|\bstarted (?:daemon )?\d{6,}"), "pid: 7123"),
    Ignored(
        "duration",
        re.compile(
            # IPython's %time and %timeit
            r"\b(?:CPU times|Wall time|Compiler(?: time)?) ?: [^\n]*"
            r"|^[^\n]*\bper loop \(mean[^\n]*|^The slowest run took [^\n]*"
            # progress bars: [00:01<00:00, 9.87it/s], 1s 3ms/step, total: 1.3s remaining: 2s, 12.4 MB/s
            rf"|\[{_CLOCK_FACE}(?:<(?:\?|{_CLOCK_FACE}))?"
            r", {1,4}[?\d.]{1,12}[kMGT]? ?[a-zA-Z]{1,20}/[a-zA-Z]{1,20}"
            r"|(?:\b\d{1,6}[hms]{1,2} ){0,2}\b\d[\d.]{0,12} ?(?:us|µs|ms|s)/(?:step|epoch|sample|iter|it)\b"
            r"|\btotal: [\d.]+ ?m?s\b(?=\s+remaining: )"
            r"|\b\d[\d.]{0,12} ?(?:it|iter|steps?|samples?|examples?|rows?|images?|tokens?|[kMG]?i?B)/s(?:ec)?\b"
            # took 1.3 s, elapsed: 0:00:01.25
            rf"|\b(?i:{_STOPWATCH})\b"
            r"['\"]?[ \t]{0,8}[=:]?[ \t]{0,8}~?"
            rf"(?:{_SECONDS}|{_CLOCK_FACE}(?![\d:]))",
            re.MULTILINE,
        ),
        "Wall time: 1.3 s",
    ),
    # what scikit-learn's cross_validate and searches measure
    Ignored(
        "duration",
        re.compile(r"\b(?:mean_|std_)?(?:fit|score)_time['\"]?: (?:array\()?\[[^\]]{0,2000}\]\)?"),
        "'fit_time': array([0.01, 0.02])",
    ),
    # the rule under a table's head is as long as its widest number
    Ignored("line", re.compile(r"([-=_~─━═])\1{2,}"), "--------"),
)
_MEASURED = IGNORED[-2].pattern


def unfolded(text: str) -> str:
    """A text with each list of measured times on one line: how it wraps depends on the digits."""
    return _MEASURED.sub(lambda found: " ".join(found.group().split()), text)


def without_ignored(text: str) -> str:
    """A text of as many lines with the name of the rule in place of what it ignores."""
    for rule in IGNORED:
        text = rule.pattern.sub(f"‹{rule.what}›", text)
    return text
