"""Whether a date or time in an output was read from a clock.

Dates that are data must count, so the only ones ignored are those that the clean run read from its own clock.
For a run from 12:00:10 to 12:00:40 on 2026-01-05:

    saved                  now                    clock?
    2025-12-24 09:15:00    2026-01-05 12:00:31    yes: within the run, and the saved one is earlier
    2025-12-24 09:15:00    2026-01-06 12:00:31    no: the run was over by then
    2025-12-24             2026-01-05             yes: the day of the run
    1766567700.25          1767614431.5           yes: seconds since 1970, within the run

A time without a zone is taken as UTC and as local time; the run is taken from the minute in which it began,
because clocks are often shown without seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_DAYS, _MONTHS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun", "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
# The forms in which Python, pandas, logging and the shell show the clock.
CLOCK = "|".join(
    (
        r"datetime\.date(?:time)?\(\d{4}(?:, \d{1,6}){2,6}(?=[,)])",
        r"(?<!\d)\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?(?!\d)",
        r"(?<![\d-])\d{4}-\d\d-\d\d(?![\d-])",
        rf"(?:{_DAYS}) (?:{_MONTHS}) [ \d]\d \d\d:\d\d:\d\d (?:[A-Z]{{2,5}} )?\d{{4}}",
        r"(?<!\d)\d{8}[-_T]\d{6}(?!\d)",
        r"(?<![\d:])\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?![\d:])",
    )
)
# Seconds since 1970, and the same in milli-, micro- and nanoseconds.
_EPOCH_UNITS = (1, 10**3, 10**6, 10**9)


@dataclass(frozen=True)
class Span:
    """The time of a clean run; both ends know their zone."""

    start: datetime
    end: datetime

    def explains(self, saved: str, now: str) -> bool:
        """Whether `now` is a reading of the clean run's clock, and `saved` an earlier one in the same form."""
        before, after = _moment(saved), _moment(now)
        if isinstance(before, datetime) and isinstance(after, datetime):
            return _not_later(before, after) and any(self._holds(each) for each in _readings(after))
        if isinstance(before, time) and isinstance(after, time):
            return any(self._holds(each) for day in self._days() for each in _readings(datetime.combine(day, after)))
        if isinstance(before, datetime) or isinstance(after, datetime):
            return False
        return isinstance(before, date) and isinstance(after, date) and before <= after and after in self._days()

    def explains_number(self, saved: float, now: float) -> bool:
        """Whether `now` is a time since 1970 within the run, and `saved` one of the same unit before it."""
        first, last = self._first.timestamp(), self._last.timestamp()
        return any(10**9 * unit <= saved <= now and first * unit <= now <= last * unit for unit in _EPOCH_UNITS)

    @property
    def _first(self) -> datetime:
        return self.start.replace(second=0, microsecond=0)

    @property
    def _last(self) -> datetime:
        return self.end + timedelta(seconds=1)

    def _holds(self, moment: datetime) -> bool:
        return self._first <= moment <= self._last

    def _days(self) -> set[date]:
        return {moment.date() for end in (self.start, self.end) for moment in (end.astimezone(UTC), end.astimezone())}


def _moment(text: str) -> datetime | date | time | None:
    """What a text in one of the forms of CLOCK says; None where it names no real time."""
    try:
        if text.startswith("datetime."):
            year, month, day, *clock = (int(each) for each in re.findall(r"\d+", text))
            if text.startswith("datetime.date("):
                return date(year, month, day)
            hour, minute, second, micro = [*clock, 0, 0, 0, 0][:4]
            return datetime(year, month, day, hour, minute, second, micro)
        if text[:1].isalpha():
            words = text.split()
            return datetime.strptime(" ".join([*words[1:4], words[-1]]), "%b %d %H:%M:%S %Y")
        if re.fullmatch(r"\d{8}.\d{6}", text):
            return datetime.strptime(text[:8] + text[9:], "%Y%m%d%H%M%S")
        if "-" not in text:
            return time.fromisoformat(text.replace(",", "."))
        if len(text) == len("2026-01-05"):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        return None


def _not_later(saved: datetime, now: datetime) -> bool:
    return (saved.tzinfo is None) == (now.tzinfo is None) and saved <= now


def _readings(moment: datetime) -> list[datetime]:
    """The points of time that a reading can mean; none where the calendar ends."""
    if moment.tzinfo is not None:
        return [moment]
    if not 1 < moment.year < 9999:
        return []
    return [moment.replace(tzinfo=UTC), moment.astimezone()]
