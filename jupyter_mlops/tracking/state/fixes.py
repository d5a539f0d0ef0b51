"""Which cells to run, in which order, so that one cell shows what a clean run gives.

    [1] df = load()          the kernel holds df as [2] left it when it ran twice
    [2] df = df.drop(...)
    [3] df.plot()            runs again with [1], [2], [3]

A cell is taken in when a cell that runs needs something from it that the namespace does not hold as the clean run has
it at that point. So nothing is run whose value is there already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_mlops.tracking.fingerprints import equal
from jupyter_mlops.tracking.state.simulation import Given, Step

# more than that and starting anew is simpler
MOST_CELLS = 12


def cells_to_run(steps: Sequence[Step], live: Mapping[str, str], target: int) -> list[int] | None:
    """The places of the cells to run from a namespace as it is now, `target` the last of them; None for too many."""
    chosen = {target}
    while len(chosen) <= MOST_CELLS:
        missing = _missing(steps, live, chosen)
        if not missing:
            return sorted(chosen)
        chosen |= missing
    return None


def _missing(steps: Sequence[Step], live: Mapping[str, str], chosen: set[int]) -> set[int]:
    """The cells that would have to run too, when those that are chosen run one after the other."""
    held: dict[str, Given | str] = dict(live)
    missing: set[int] = set()
    for place in sorted(chosen):
        step = steps[place]
        for name, given in step.inputs.items():
            if given.giver is not None and given.giver not in chosen and not _holds(held.get(name), given):
                missing.add(given.giver)
        for name in step.removed:
            held.pop(name, None)
        held.update(step.outputs)
    return missing


def _holds(held: Given | str | None, wanted: Given) -> bool:
    if held is None or held is wanted:
        return held is wanted
    value = held.value if isinstance(held, Given) else held
    return isinstance(value, str) and isinstance(wanted.value, str) and equal(value, wanted.value)
