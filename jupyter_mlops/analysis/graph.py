"""Which cell feeds which, and what a change of some cells makes out of date.

    cell 0   rate = 2
    cell 1   def price(x): return x * rate
    cell 2   prices = [price(1)]         is fed by 1 (price) and, through it, by 0 (rate)
    cell 3   prices.append(0)            is fed by 2 (prices)
    cell 4   print(prices)               is fed by 2 and 3 (prices), as 3 changes what 2 bound

The cells run once, from top to bottom. An edge is not certain where the feeding cell may do anything at all (a star
import, `exec`, `%run`): it may feed the other, and nothing says that it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jupyter_mlops.analysis.code import ParsedCell
from jupyter_mlops.analysis.dataflow.following import Flow


@dataclass(frozen=True, order=True)
class Edge:
    """The cell at position `source` gives `name` (a name, or a state out of sight such as `random.numpy`) to the cell
    at `target`, further down."""

    source: int
    target: int
    name: str
    certain: bool = True


def edges(cells: Sequence[ParsedCell]) -> list[Edge]:
    """Every way in which a cell feeds another, in document order."""
    steps = Flow(cells).steps
    certain: dict[tuple[int, int, str], bool] = {}
    for step in steps:
        for each in step.sources:
            source, target = steps[each.unit].unit.cell, step.unit.cell
            if source != target:
                key = source, target, each.name
                certain[key] = certain.get(key, False) or each.certain
    return sorted(Edge(*key, certain=sure) for key, sure in certain.items())


def downstream(graph: Iterable[Edge], changed: Iterable[int]) -> list[int]:
    """The cells that a change of some cells makes out of date, without these themselves, in document order."""
    start = set(changed)
    reached = set(start)
    # an edge always leads down, so one pass in document order is enough
    for edge in sorted(graph):
        if edge.source in reached:
            reached.add(edge.target)
    return sorted(reached - start)
