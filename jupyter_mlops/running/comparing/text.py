r"""Two texts, as a reader sees them, line by line and word by word.

A text is first brought to what a terminal shows (`10%\r20%\n` is `20%`), what the table in `ignored` names is
taken out, and each line is cut into words, numbers and signs:

    saved   accuracy 0.8312  (n=1,200)        accuracy  0.8312  (  n  =  1,200  )
    now     accuracy   0.8401  (n=1,200)      accuracy  0.8401  (  n  =  1,200  )

Lines and their parts must match one by one; how much space lies between the parts does not count. Numbers match
within the tolerance, whole ones exactly; times of the clock as `clocks` says; all else letter by letter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jupyter_mlops.running.comparing.clocks import CLOCK
from jupyter_mlops.running.comparing.ignored import unfolded, without_ignored
from jupyter_mlops.running.comparing.terms import Terms

_CURSOR = re.compile(r"\r|\x08|\x1b\[[0-2]?K")
# Colours and other sequences that do not move the cursor within its line; links and titles.
_ESCAPES = re.compile(r"\x1b\](?:[^\x07\x1b]*)(?:\x07|\x1b\\)|\x1b\[(?![0-2]?K)[0-?]*[ -/]*[@-~]|\x1b[@-Z\\^_]")
_NUMBER = r"(?:(?<![\w)\]])[-+])?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_PARTS = re.compile(rf"(?P<clock>(?=[\ddMTWFS])(?:{CLOCK}))|‹[\w ]+›|(?P<number>{_NUMBER})|[^\W\d]\w*|\S")
_WHOLE = re.compile(r"[-+]?[\d,]+(?:\.0*)?")
# Where Linux keeps Python's objects, as id() tells it; they are aligned to 16 bytes.
_FIRST_OBJECT, _LAST_OBJECT, _ALIGNMENT = 0x5500_0000_0000, 0xFFFF_FFFF_FFFF, 16


@dataclass(frozen=True)
class Part:
    """A word, number, time or sign of a line."""

    kind: str | None
    text: str


def lines(text: str) -> list[str]:
    """The lines that a reader of a terminal sees, without colours, trailing space and empty lines at the end."""
    text = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    shown = [_overwritten(line).rstrip() for line in text.split("\n")]
    while shown and not shown[-1]:
        shown.pop()
    return unfolded("\n".join(shown)).split("\n") if shown else []


def parts(line: str) -> list[Part]:
    """A line's parts without what is ignored."""
    return [Part(found.lastgroup, found.group()) for found in _PARTS.finditer(without_ignored(line))]


def same_line(saved: str, now: str, terms: Terms) -> bool:
    """Whether two lines say the same."""
    return saved == now or unlike_parts(saved, now, terms) == []


def same_text(saved: str, now: str, terms: Terms) -> bool:
    """Whether two texts say the same."""
    if saved == now:
        return True
    before, after = lines(saved), lines(now)
    return len(before) == len(after) and all(
        same_line(one, other, terms) for one, other in zip(before, after, strict=True)
    )


def unlike_parts(saved: str, now: str, terms: Terms) -> list[tuple[Part, Part]] | None:
    """The parts of two lines that differ, in pairs; None where the lines are not built alike."""
    before, after = parts(saved), parts(now)
    if len(before) != len(after) or any(one.kind != other.kind for one, other in zip(before, after, strict=True)):
        return None
    return [pair for pair in zip(before, after, strict=True) if not _same_part(*pair, terms)]


def value(number: str) -> float:
    """What a number's text says."""
    return float(number.replace(",", ""))


def same_value(saved: float, now: float, terms: Terms) -> bool:
    """Whether two numbers are equal within the tolerance, or two readings of the clock."""
    if math.isnan(saved) or math.isnan(now):
        return math.isnan(saved) and math.isnan(now)
    if math.isclose(saved, now, rel_tol=terms.tolerance, abs_tol=terms.nothing):
        return True
    return terms.span is not None and terms.span.explains_number(saved, now)


def _overwritten(line: str) -> str:
    """A line after its carriage returns, backspaces and erasures, as a terminal has it."""
    if not _CURSOR.search(line):
        return line
    cells: list[str] = []
    at = 0
    for piece in _pieces(line):
        if piece == "\r":
            at = 0
        elif piece == "\x08":
            at = max(0, at - 1)
        elif piece == "\x1b[2K":
            cells.clear()
        elif piece == "\x1b[1K":
            cells[:at] = " " * min(at, len(cells))
        elif piece.startswith("\x1b"):
            del cells[at:]
        else:
            cells.extend(" " * (at - len(cells)))
            cells[at : at + len(piece)] = piece
            at += len(piece)
    return "".join(cells)


def _pieces(line: str) -> Iterator[str]:
    """A line cut at what moves the cursor."""
    start = 0
    for found in _CURSOR.finditer(line):
        if found.start() > start:
            yield line[start : found.start()]
        yield found.group()
        start = found.end()
    if start < len(line):
        yield line[start:]


def _same_part(saved: Part, now: Part, terms: Terms) -> bool:
    if saved.text == now.text:
        return True
    if saved.kind == "clock":
        return terms.span is not None and terms.span.explains(saved.text, now.text)
    return saved.kind == "number" and _same_number(saved.text, now.text, terms)


def _same_number(saved: str, now: str, terms: Terms) -> bool:
    if _is_integer(saved) != _is_integer(now):
        # 3 that became 3.0 is a change of type
        return False
    if not (_WHOLE.fullmatch(saved) and _WHOLE.fullmatch(now)):
        return same_value(value(saved), value(now), terms)
    before, after = Decimal(saved.replace(",", "")), Decimal(now.replace(",", ""))
    if before == after:
        return True
    if all(_FIRST_OBJECT <= each <= _LAST_OBJECT and each % _ALIGNMENT == 0 for each in (before, after)):
        return True
    return terms.span is not None and terms.span.explains_number(value(saved), value(now))


def _is_integer(number: str) -> bool:
    return not any(sign in number for sign in ".eE")
