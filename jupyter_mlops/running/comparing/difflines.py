"""The difference of two texts as lines for people.

    saved                    now                      lines
    rows 1,200               rows 1,200                 rows 1,200
    accuracy 0.8312          accuracy 0.8401          - accuracy 0.8312
                                                      + accuracy 0.8401
                                                      ? 0.8312 → 0.8401 (+1.07 %)

Only lines that the rules of `text` call different are marked; one line around them is shown. Lines are paired
by the longest common run of lines (difflib), where the two texts have not the same number of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from jupyter_mlops.running.comparing.terms import Terms, Unlike
from jupyter_mlops.running.comparing.text import Part, lines, parts, same_line, unlike_parts, value

WIDTH = 76
MOST_LINES = 16
# Pairing takes the square of the number of lines.
_MOST_PAIRED = 400
_CONTEXT = 1
_VALUE_WIDTH = 24
_GAP = re.compile(r" {3,}")

_Pairs = list[tuple[Part, Part]]


@dataclass(frozen=True)
class _Stretch:
    """Some lines of both texts; `unlike` tells of each pair of lines what differs, where there are as many."""

    same: bool
    before: Sequence[str]
    after: Sequence[str]
    unlike: Sequence[_Pairs | None] = ()


def unlike_texts(saved: str, now: str, terms: Terms) -> Unlike | None:
    """How two texts differ by the rules; None where they do not."""
    if saved == now:
        return None
    before, after = lines(saved), lines(now)
    stretches = _stretches(before, after, terms)
    changed = [stretch for stretch in stretches if not stretch.same]
    if not changed:
        return None
    saved_line, now_line = ((each or [""])[0] for each in (changed[0].before, changed[0].after))
    numbers = _numbers_only(changed)
    return Unlike(
        kind="number" if numbers else "text",
        message=_numbers_message(numbers) if numbers else _lines_message(len(before), len(after), changed),
        saved=clipped(saved_line, now_line),
        now=clipped(now_line, saved_line),
        diff=tuple(capped(list(_marked(stretches)))),
    )


def clipped(line: str, beside: str | None = None) -> str:
    """A line that fits: too long, it loses wide gaps, then what is far from its first difference to another line."""
    if len(line) > WIDTH:
        line, beside = _GAP.sub("  ", line), beside and _GAP.sub("  ", beside)
    if len(line) <= WIDTH:
        return line
    at = _first_difference(line, beside) if beside is not None else 0
    start = max(0, min(at - WIDTH // 3, len(line) - WIDTH + 2))
    piece = line[start : start + WIDTH - 2]
    return ("…" if start else "") + piece + ("…" if start + len(piece) < len(line) else "")


def shortened(value: str) -> str:
    """A value that fits into a sentence."""
    return value if len(value) <= _VALUE_WIDTH else value[: _VALUE_WIDTH - 1] + "…"


def change(saved: float, now: float) -> str:
    """By how much a number changed, for people: in per cent, or absolutely where it was zero."""
    if not (math.isfinite(saved) and math.isfinite(now)):
        return "too large to tell by how much"
    if saved == 0:
        return f"{now:+.3g}"
    return f"{(now - saved) / abs(saved) * 100:+.3g} %"


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 line`, `3 lines`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def capped(marked: Sequence[str]) -> list[str]:
    """The first lines, and how many more there are."""
    if len(marked) <= MOST_LINES:
        return list(marked)
    left = len(marked) - MOST_LINES + 1
    return [*marked[: MOST_LINES - 1], f"  … {left} more lines"]


def _stretches(before: Sequence[str], after: Sequence[str], terms: Terms) -> list[_Stretch]:
    """Both texts cut into stretches that are the same and stretches that differ, in turn."""
    if len(before) == len(after):
        return list(_paired(before, after, terms))
    head = _common(before, after, terms)
    tail = _common(before[head:][::-1], after[head:][::-1], terms)
    left, right = before[head : len(before) - tail], after[head : len(after) - tail]
    stretches = [_Stretch(True, before[:head], after[:head])] if head else []
    if max(len(left), len(right)) <= _MOST_PAIRED:
        keys = [[_key(line, terms) for line in each] for each in (left, right)]
        for tag, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
            if tag == "replace" and b - a == d - c:
                stretches.extend(_paired(left[a:b], right[c:d], terms))
            else:
                stretches.append(_Stretch(tag == "equal", left[a:b], right[c:d]))
    else:
        stretches.append(_Stretch(False, left, right))
    if tail:
        stretches.append(_Stretch(True, before[-tail:], after[-tail:]))
    return stretches


def _paired(before: Sequence[str], after: Sequence[str], terms: Terms) -> Iterator[_Stretch]:
    """The stretches of two texts of as many lines, held against each other line by line."""
    unlike = [[] if one == other else unlike_parts(one, other, terms) for one, other in zip(before, after, strict=True)]
    same = [pairs == [] for pairs in unlike]
    start = 0
    for end in range(1, len(same) + 1):
        if end == len(same) or same[end] != same[start]:
            yield _Stretch(same[start], before[start:end], after[start:end], unlike[start:end])
            start = end


def _key(line: str, terms: Terms) -> tuple[str, ...]:
    """What two lines that say the same mostly have in common: their parts, numbers with fewer digits."""
    digits = min(17, max(1, int(-math.log10(terms.tolerance)) - 1)) if terms.tolerance > 0 else 17
    return tuple(
        f"{value(part.text):.{digits}g}" if part.kind == "number" and "." in part.text else part.text
        for part in parts(line)
    )


def _common(before: Sequence[str], after: Sequence[str], terms: Terms) -> int:
    """How many lines at the start say the same."""
    count = 0
    for one, other in zip(before, after, strict=False):
        if not same_line(one, other, terms):
            break
        count += 1
    return count


def _marked(stretches: Sequence[_Stretch]) -> Iterator[str]:
    for position, stretch in enumerate(stretches):
        if stretch.same:
            yield from _context(stretch.after, first=position == 0, last=position == len(stretches) - 1)
        elif stretch.unlike:
            for saved, now, pairs in zip(stretch.before, stretch.after, stretch.unlike, strict=True):
                yield from _pair(saved, now, pairs or [])
        else:
            yield from (f"- {clipped(line)}" for line in stretch.before)
            yield from (f"+ {clipped(line)}" for line in stretch.after)


def _context(same: Sequence[str], *, first: bool, last: bool) -> Iterator[str]:
    above, below = 0 if first else _CONTEXT, 0 if last else _CONTEXT
    if len(same) <= above + below:
        yield from (f"  {clipped(line)}" for line in same)
        return
    yield from (f"  {clipped(line)}" for line in same[:above])
    if not last:
        yield "  …"
    yield from (f"  {clipped(line)}" for line in same[len(same) - below :] if below)


def _pair(saved: str, now: str, pairs: _Pairs) -> Iterator[str]:
    yield f"- {clipped(saved, now)}"
    yield f"+ {clipped(now, saved)}"
    if pairs and all(one.kind == "number" for one, _ in pairs):
        yield f"? {_widest(pairs)}" + (f" and {len(pairs) - 1} more" if len(pairs) > 1 else "")


def _numbers_only(changed: Sequence[_Stretch]) -> _Pairs:
    """The pairs of numbers that differ, where nothing else does; else none."""
    numbers: _Pairs = []
    for stretch in changed:
        for pairs in stretch.unlike or [None]:
            if pairs is None or any(one.kind != "number" for one, _ in pairs):
                return []
            numbers.extend(pairs)
    return numbers


def _numbers_message(numbers: _Pairs) -> str:
    if len(numbers) == 1:
        return f"a number differs: {_widest(numbers)}"
    return f"{len(numbers)} numbers differ, the most: {_widest(numbers)}"


def _lines_message(before: int, after: int, changed: Sequence[_Stretch]) -> str:
    if before != after:
        return f"{counted(before, 'line')} saved, {after} now"
    number = sum(len(stretch.before) for stretch in changed)
    return f"{counted(number, 'line')} differ{'s' if number == 1 else ''}"


def _widest(numbers: _Pairs) -> str:
    saved, now = max(numbers, key=lambda pair: _distance(value(pair[0].text), value(pair[1].text)))
    return f"{shortened(saved.text)} → {shortened(now.text)} ({change(value(saved.text), value(now.text))})"


def _distance(saved: float, now: float) -> float:
    return abs(now - saved) / abs(saved) if saved else math.inf


def _first_difference(saved: str, now: str) -> int:
    pairs = zip(saved, now, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(saved), len(now)))
