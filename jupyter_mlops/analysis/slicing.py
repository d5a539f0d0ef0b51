"""The backward slice of names: the least statements that must run so that they have the values of the whole notebook.

From

    import random
    random.seed(1)             # kept: sets the random numbers that follow
    rows = [3, 1, 2]           # kept: binds rows
    alias = rows               # kept: alias is used below
    print(rows)                # left out: it only reads
    alias.sort()               # kept: changes rows
    best = rows[0]             # left out, unless `best` is wanted
    random.shuffle(rows)       # kept: changes rows

the slice of `rows` has all but the `print` and the `best`. Slices are those of Weiser (1981), at the level of top-level
statements: `if`, `for`, `try`, `with` are kept or left out as a whole. A statement that only reads is left out:
printing, display, plots, `assert`, bare expressions; so are writing of files that no kept statement reads, and `del` of
names that nothing kept uses. A star import, `%run` or `exec` may bind any name: it stays wherever a needed name may
come from it, and what cannot be seen at all (`exec`, unknown magics) is taken to need and to change all that is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jupyter_mlops.analysis.code import ParsedCell
from jupyter_mlops.analysis.dataflow.following import Flow
from jupyter_mlops.analysis.dataflow.ledger import Source
from jupyter_mlops.analysis.statements import Unit
from jupyter_mlops.errors import NotebookError


@dataclass(frozen=True)
class Sliced:
    """A statement of a slice with what it is kept for: `binds X, y; changes model`."""

    unit: Unit
    reason: str


def backward_slice(cells: Sequence[ParsedCell], names: Iterable[str], *, until: int | None = None) -> list[Sliced]:
    """The statements that must run, in document order, so that `names` have the values that they have after the whole
    notebook, or after its first `until` cells, and can be used as there.

    Raises NotebookError for a name that no statement binds.
    """
    flow = Flow(cells[:until])
    wanted = list(names)
    for name in wanted:
        if not flow.binds(name):
            raise NotebookError.of(
                "undefined-name",
                f"no cell binds `{name}`",
                reason="only what a cell binds can be computed anew",
                fix="name a variable that a cell of the notebook assigns",
            )
    purposes: dict[int, set[Source]] = {}
    queue = list(flow.needs(wanted))
    while queue:
        source = queue.pop()
        if source.unit not in purposes:
            purposes[source.unit] = set()
            queue += flow.steps[source.unit].sources
        purposes[source.unit].add(source)
    return [Sliced(flow.steps[unit].unit, _reason(purposes[unit])) for unit in sorted(purposes)]


def _reason(sources: Iterable[Source]) -> str:
    """What a statement is kept for, in names that it knows itself: what is wanted may get its name further down."""
    words: dict[str, dict[str, None]] = {}
    for source in sorted(sources, key=lambda each: (_ORDER.index(each.how), each.name)):
        names = source.there if source.how == "changes" and source.name not in source.there else [source.name]
        words.setdefault(_verb(source), {}).update(dict.fromkeys(names))
    return "; ".join(f"{verb} {', '.join(named)}" for verb, named in words.items() if named)


_ORDER = ("binds", "deletes", "changes", "sets", "alters")


def _verb(source: Source) -> str:
    if not source.certain:
        return "may bind" if source.how == "binds" else "may change"
    is_random = source.name.startswith("random.")
    match source.how:
        case "sets":
            return "seeds" if is_random else "sets"
        case "alters":
            return "draws from" if is_random else "changes"
        case how:
            return how
