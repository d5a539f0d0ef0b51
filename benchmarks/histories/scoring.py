"""How well verdicts fit the truth: recall and precision by kind of history.

Two sets of words are counted: `certain` (stale, hidden-state), outside of randomness, and `all` with not-repeatable;
the latter once more after two clean runs, which decide which draws matter.

- recall: of the cells whose result is not a fresh run's (for `all` also of those that vary by themselves) the share
  that is flagged;
- precision: of the flagged cells the share that is no false alarm. A flag on a cell whose result is a fresh run's is
  false, unless it is defensible (see `truth`);
- strict: the share that is needed: defensible flags count as false.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jupyter_mlops.documents import CellVerdict

from .truth import Truth, TruthName

CERTAIN = frozenset({"stale", "hidden-state"})
ALL = CERTAIN | {"not-repeatable"}
_DEFENSIBLE = {
    **dict.fromkeys(CERTAIN, frozenset[TruthName]({"edited", "other-input", "hangs", "below", "chance"})),
    "not-repeatable": frozenset[TruthName]({"chance"}),
}


@dataclass(frozen=True)
class Scored:
    """A cell of a history with its truth and the words that were said of it."""

    history: str
    kind: str
    cell: str
    source: str
    truth: TruthName
    why: str
    words: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()

    def flagged(self, words: frozenset[str]) -> bool:
        """Whether one of these words was said of it."""
        return not words.isdisjoint(self.words)

    def defensible(self, words: frozenset[str]) -> bool:
        """Whether one of these words that was said of it can be defended though its result is a fresh run's."""
        return any(self.truth in _DEFENSIBLE[word] for word in words.intersection(self.words))


def scored(
    history: str,
    kind: str,
    sources: Mapping[str, str],
    truths: Mapping[str, Truth],
    verdicts: Mapping[str, CellVerdict],
    decided: Mapping[str, CellVerdict],
) -> list[Scored]:
    """Every cell that can be judged, and those left out with their reason; `decided` are verdicts after clean runs."""
    result: list[Scored] = []
    for cell, truth in truths.items():
        verdict = verdicts.get(cell)
        reasons = tuple(f"{entry.verdict}: {entry.reason}" for entry in verdict.verdicts) if verdict else ()
        result.append(
            Scored(
                history,
                kind,
                cell,
                sources[cell],
                truth.name,
                truth.why,
                _words(verdict),
                reasons,
                _words(decided.get(cell)),
            )
        )
    return result


def after_clean_runs(cells: Iterable[Scored]) -> list[Scored]:
    """The same cells with what was said of them after two clean runs."""
    return [replace(cell, words=cell.decided) for cell in cells]


def _words(verdict: CellVerdict | None) -> tuple[str, ...]:
    if verdict is None:
        return ()
    return tuple(dict.fromkeys(entry.verdict for entry in verdict.verdicts)) or (verdict.verdict,)


@dataclass(frozen=True)
class Tally:
    """Counts of cells for one set of words."""

    needed: int
    found: int
    flagged: int
    defensible: int
    false: int

    @property
    def recall(self) -> float | None:
        """None where nothing had to be found."""
        return self.found / self.needed if self.needed else None

    @property
    def precision(self) -> float | None:
        """None where nothing was flagged."""
        return 1 - self.false / self.flagged if self.flagged else None

    @property
    def strict(self) -> float | None:
        """None where nothing was flagged."""
        return self.found / self.flagged if self.flagged else None

    def document(self) -> dict[str, Any]:
        """For a JSON file."""
        shares = {"recall": self.recall, "precision": self.precision, "strict": self.strict}
        return {**self.__dict__, **{name: None if share is None else round(share, 4) for name, share in shares.items()}}


def needs_flag(cell: Scored, words: frozenset[str]) -> bool:
    """Whether a cell has to be flagged with one of these words."""
    return cell.truth == "differs" or (cell.truth == "varies" and words == ALL)


def counted(cells: Iterable[Scored], words: frozenset[str]) -> list[Scored]:
    """The cells that count for a set of words."""
    left_out = {"left-out", "clock"} if words == ALL else {"left-out", "clock", "varies"}
    return [cell for cell in cells if cell.truth not in left_out]


def misses(cells: Iterable[Scored], words: frozenset[str]) -> list[Scored]:
    """Cells that have to be flagged and are not."""
    return [cell for cell in counted(cells, words) if needs_flag(cell, words) and not cell.flagged(words)]


def false_alarms(cells: Iterable[Scored], words: frozenset[str]) -> list[Scored]:
    """Cells that are flagged without need or defence."""
    return [
        cell
        for cell in counted(cells, words)
        if cell.flagged(words) and not needs_flag(cell, words) and not cell.defensible(words)
    ]


def tally(cells: Sequence[Scored], words: frozenset[str]) -> Tally:
    """The counts of some cells."""
    here = counted(cells, words)
    flagged = [cell for cell in here if cell.flagged(words)]
    needed = [cell for cell in here if needs_flag(cell, words)]
    found = sum(cell.flagged(words) for cell in needed)
    false = len(false_alarms(cells, words))
    return Tally(len(needed), found, len(flagged), len(flagged) - found - false, false)


def nothing_to_say(cells: Iterable[Scored]) -> bool:
    """Whether every cell of a history gives what a fresh run gives, for no more than one reason."""
    return all(cell.truth in ("equal", "left-out") for cell in cells)
