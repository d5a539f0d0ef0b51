"""What is still known of the result of a cell that was edited, or that would now read something else.

    df = load(path)          load and path are what they were, and an edit of the last line
    rate = 0.1               changes neither df nor rate: both are carried over from when the cell ran
    print(len(df))

A name is carried over where the statements of the cell that it hangs on are the same as when the cell ran, and all
that they read is the same too. What a function reads does not show in the statement that calls it; where such a name
differs, nothing that comes from a call is carried over.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from jupyter_mlops.analysis.code import canonical, parse_cell
from jupyter_mlops.analysis.dataflow.following import Flow
from jupyter_mlops.analysis.dataflow.ledger import Source
from jupyter_mlops.analysis.statements import Unit

_STATES = {"<numpy.random>": "random.numpy", "<random>": "random.python", "<torch.random>": "random.torch"}


@dataclass(frozen=True)
class Slice:
    """The statements of a cell that a name hangs on, in canonical form, with what they read."""

    statements: tuple[str, ...]
    reads: frozenset[str]
    calls: bool


class Slices:
    """The slices of one cell, found when they are asked for. `imports` are the notebook's, which tell what calls do."""

    def __init__(self, text: str, imports: str) -> None:
        self._flow = Flow([parse_cell(imports), parse_cell(text)])
        self._known: dict[str, Slice] = {}
        self.reads = frozenset[str]().union(*(unit.reads for unit in self._own(range(len(self._flow.steps)))))

    def of(self, name: str) -> Slice:
        """The slice of what a name holds after the cell, or of a random stream."""
        if name not in self._known:
            state = _STATES.get(name)
            self._known[name] = self._slice(
                self._flow.needs([name]) if state is None else self._flow.needs_state(state)
            )
        return self._known[name]

    def _slice(self, needed: Collection[Source]) -> Slice:
        found: set[int] = set()
        queue = [source.unit for source in needed]
        while queue:
            unit = queue.pop()
            if unit not in found:
                found.add(unit)
                queue += [source.unit for source in self._flow.steps[unit].sources]
        kept = self._own(sorted(found))
        return Slice(
            tuple(canonical(unit.statement) for unit in kept),
            frozenset[str]().union(*(unit.reads for unit in kept)),
            any(_calls(unit.statement) for unit in kept),
        )

    def _own(self, steps: Iterable[int]) -> list[Unit]:
        """The statements of the cell among some."""
        found = (self._flow.steps[number].unit for number in steps)
        return [unit for unit in found if unit.cell == 1]


@lru_cache(1024)
def slices(text: str, imports: str) -> Slices:
    """The slices of a cell; remembered, as following a cell takes some milliseconds."""
    return Slices(text, imports)


def _calls(statement: ast.stmt) -> bool:
    """Whether a statement runs code that does not stand in it; a definition only does so when it is called."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return bool(statement.decorator_list)
    return any(isinstance(node, ast.Call) for node in ast.walk(statement))


def is_carried(name: str, then: Slices, now: Slices, differing: Collection[str]) -> bool:
    """Whether a cell leaves in a name what it left there when it ran with the code `then`; `differing` are the names
    that it read then and that hold something else now."""
    before, after = then.of(name), now.of(name)
    if not after.statements or before.statements != after.statements:
        return False
    out_of_sight = any(each not in then.reads for each in differing)
    return after.reads.isdisjoint(differing) and not (out_of_sight and after.calls)
