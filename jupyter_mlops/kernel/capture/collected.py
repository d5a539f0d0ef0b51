"""What one execution gathered so far.

A name that gets several numbers in one execution (a loop over epochs) is a curve, with the order as step. Long curves
are thinned: of 25,000 points every fourth is kept, and the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jupyter_mlops.kernel.capture.numbers import Number, joined
from jupyter_mlops.kernel.record import MetricRow, ParameterRow

Origin = Literal["score", "evaluate", "logged"]

_MOST_POINTS = 10_000
_MOST_METRICS = 500
_MOST_PARAMETERS = 500
_MOST_ESTIMATORS = 20
_MOST_FITS = 200
_LONGEST_NAME = 200


class Curve:
    """The numbers of one name, in the order that they came."""

    def __init__(self, origin: Origin) -> None:
        self.origin: Origin = origin
        self._points: list[tuple[int | None, Number]] = []
        self._last: tuple[int | None, Number] | None = None
        self._count = 0
        self._every = 1
        self._best: int | None = None

    def __len__(self) -> int:
        return self._count

    def add(self, number: Number, step: int | None = None) -> None:
        """The next number."""
        self._last = step, number
        if self._count % self._every == 0:
            self._points.append(self._last)
            if len(self._points) > _MOST_POINTS:
                del self._points[1::2]
                self._every *= 2
        self._count += 1

    def stand(self, step: int | None) -> None:
        """Say which step stands for the name, where it is not the last."""
        self._best = step

    def rows(self, name: str) -> Iterator[MetricRow]:
        """The rows. Numbers that came without a step are counted, where there are several."""
        points = list(self._points)
        if self._last is not None and points[-1] is not self._last:
            points.append(self._last)
        if self.origin == "logged":
            # of a step that was logged again the last number counts
            points = [(step, number) for step, number in {step: (step, number) for step, number in points}.values()]
            points.sort(key=lambda point: (point[0] is not None, point[0] or 0))
        elif len(points) > 1 and all(step is None for step, _ in points):
            points = [(i * self._every, number) for i, (_, number) in enumerate(points)]
        final = next((i for i, (step, _) in enumerate(points) if self._best is not None and step == self._best), -1)
        final %= len(points)
        for i, (step, each) in enumerate(points):
            yield MetricRow(name, each.value, each.text, each.type, self.origin, step, i == final)


@dataclass
class _Within:
    """Numbers of calls within an expression whose own value is still to come, and one that waits for its key."""

    scores: dict[int, list[tuple[str, Number]]] = field(default_factory=dict[int, list[tuple[str, Number]]])
    waiting: list[tuple[str, Number]] | None = None


@dataclass
class Collected:
    """The numbers and parameters of one execution."""

    curves: dict[str, Curve] = field(default_factory=dict[str, Curve])
    logged: dict[str, ParameterRow] = field(default_factory=dict[str, ParameterRow])
    estimators: dict[tuple[ParameterRow, ...], None] = field(default_factory=dict[tuple[ParameterRow, ...], None])
    fits: int = 0
    _within: _Within = field(default_factory=_Within)

    # --- metrics

    def add(self, name: str, number: Number, origin: Origin, step: int | None = None) -> Curve | None:
        """A number for a name. What is logged takes the place of what was found under the same name."""
        name = name[:_LONGEST_NAME]
        curve = self.curves.get(name)
        if curve is None or (origin == "logged" and curve.origin != "logged"):
            if len(self.curves) >= _MOST_METRICS:
                return None
            curve = self.curves[name] = Curve(origin)
        elif curve.origin == "logged" and origin != "logged":
            return None
        curve.add(number, step)
        return curve

    def scored(self, numbers: Sequence[tuple[str, Number]], group: int | None, *, waits: bool) -> None:
        """Numbers that came out of a scoring call: held back while the value that they are within, or their key, is
        still to come."""
        if group is not None:
            self._within.scores.setdefault(group, []).extend(numbers)
        elif waits:
            self._put_away(None)
            self._within.waiting = list(numbers)
        else:
            self._add_all(numbers)

    def valued(self, numbers: Sequence[tuple[str, Number]], group: int, *, waits: bool) -> None:
        """The value that scores were within: where it has numbers, they count in the place of those."""
        within = self._within.scores.pop(group, None)
        if within is not None:
            self.scored(numbers or within, None, waits=waits and bool(numbers))

    def holds(self, group: int) -> bool:
        """Whether scores of a group wait for the value that they are within."""
        return group in self._within.scores

    def keyed(self, name: str, key: str | None) -> None:
        """The key under which the last number was put away."""
        self._put_away((name, key) if key is not None else None)

    def _put_away(self, place: tuple[str, str] | None) -> None:
        waiting, self._within.waiting = self._within.waiting, None
        for name, number in waiting or ():
            if place is None:
                self._add_all([(name, number)])
            else:
                # `results[name].accuracy` of a number within
                rest = name.partition("].")[2]
                own = joined(*place)
                self._add_all([(f"{own}.{rest}" if rest else own, number)])

    def _add_all(self, numbers: Sequence[tuple[str, Number]]) -> None:
        for name, number in numbers:
            self.add(name, number, "score")

    def evaluated(self, name: str, number: Number) -> None:
        """A number that a cell of results leaves behind. A curve of that name is kept."""
        curve = self.curves.get(name)
        if curve is not None and (len(curve) > 1 or curve.origin == "logged"):
            return
        if curve is not None:
            del self.curves[name]
        self.add(name, number, "evaluate")

    # --- parameters

    def fitted(self, rows: Sequence[ParameterRow]) -> None:
        """The parameters of an estimator that was fitted; those of another with the same are no news."""
        if rows and len(self.estimators) < _MOST_ESTIMATORS:
            self.estimators[tuple(rows)] = None

    @property
    def looks_at_fits(self) -> bool:
        """Whether another fit is worth a look: a loop may have many thousands."""
        self.fits += 1
        return self.fits <= _MOST_FITS

    # --- the end

    def metrics(self) -> list[MetricRow]:
        """All numbers, with those whose value or key never came."""
        self._put_away(None)
        for numbers in self._within.scores.values():
            self._add_all(numbers)
        self._within.scores.clear()
        return [row for name, curve in list(self.curves.items()) for row in curve.rows(name)]

    def parameters(self) -> list[ParameterRow]:
        """Those of estimators and those that were logged. A second estimator of a class is `SVC[2]`."""
        found: dict[str, ParameterRow] = {}
        seen: dict[str, int] = {}
        for rows in self.estimators:
            own = rows[0].name
            seen[own] = number = seen.get(own, 0) + 1
            name = own if number == 1 else f"{own}[{number}]"
            for row in rows:
                renamed = name + row.name[len(own) :]
                found[renamed] = ParameterRow(renamed, row.type, row.text, row.value, row.origin)
        found |= self.logged
        return list(found.values())[:_MOST_PARAMETERS]
