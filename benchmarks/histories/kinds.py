"""The kinds of histories, each with as many as any other: what a user does to a notebook after it ran.

`steps_of("deleted", notebook, rng)` runs the notebook, deletes a cell and perhaps runs some of those below it. All
works on any notebook; those kinds that are named after a way of changing something in place (`CHANGES`) need a
notebook that says which of its cells does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from . import edits
from .steps import Cell, Delete, Document, Edit, Insert, Move, Restart, Run, RunAll, Step

CHANGES = ("method", "alias", "call", "closure", "default", "loop")
KINDS = (
    *("edited", "deleted", "inserted", "moved", "rerun", "renamed"),
    *CHANGES,
    *("out-of-order", "randomness", "cosmetic", "reverted", "restarted", "mixed", "clean"),
)


@dataclass(frozen=True)
class Notebook:
    """Cells that run in order; `marked` is the one that changes something in place or draws without a seed."""

    cells: tuple[Cell, ...]
    marked: str | None = None


class _Story:
    """Steps under way, and the document that they have led to."""

    def __init__(self, cells: Sequence[Cell], rng: Random) -> None:
        self.document = Document(list(cells))
        self.rng = rng
        self.steps: list[Step] = []

    def do(self, *steps: Step) -> None:
        for step in steps:
            self.document.change(step)
            self.steps.append(step)

    def ids(self) -> list[str]:
        return [cell.id for cell in self.document.cells]

    def source(self, cell: str) -> str:
        return self.document.cells[self.document.index(cell)].source

    def any(self, *, most_from_end: int = 0) -> str:
        """A cell by chance; those at the end matter to nobody, and can be left out."""
        ids = self.ids()
        return self.rng.choice(ids[: max(1, len(ids) - most_from_end)])

    def run_some_below(self, cell: str, share: float | None = None) -> None:
        """Run some of the cells below one, in order."""
        likely = self.rng.choice((0.0, 0.4, 1.0)) if share is None else share
        ids = self.ids()
        below = ids[ids.index(cell) + 1 :] if cell in ids else ids
        self.do(*(Run(each) for each in below if self.rng.random() < likely))

    def another(self, change: Callable[[str, Random], str | None]) -> tuple[str, str] | None:
        """A cell by chance that can be changed so, with its new source; rather not the last one."""
        ids = self.ids()
        self.rng.shuffle(ids)
        ids.sort(key=lambda each: each == self.ids()[-1])
        for cell in ids:
            text = change(self.source(cell), self.rng)
            if text is not None:
                return cell, text
        return None


def steps_of(kind: str, notebook: Notebook, rng: Random) -> list[Step]:
    """What happens to a notebook in a history of a kind."""
    story = _Story(notebook.cells, rng)
    if kind == "out-of-order":
        _out_of_order(story)
    elif kind in CHANGES:
        _changed_in_place(story, notebook.marked or story.any())
    elif kind == "clean":
        story.do(RunAll())
        for _ in range(rng.randint(0, 3)):
            rng.choice(_MUTATIONS)(story)
        story.do(Restart(), RunAll())
    elif kind == "mixed":
        story.do(RunAll())
        for _ in range(rng.randint(2, 3)):
            rng.choice(_MUTATIONS)(story)
    elif kind == "randomness":
        story.do(RunAll())
        if notebook.marked and rng.random() < 0.4:
            story.do(Run(notebook.marked))
        if rng.random() < 0.5:
            rng.choice((_edited, _rerun, _cosmetic))(story)
    else:
        story.do(RunAll())
        _BY_KIND[kind](story)
    return story.steps


def _edited(story: _Story) -> None:
    """Another value in one or two cells; the cell and some below run again, or not."""
    for _ in range(story.rng.choice((1, 1, 2))):
        if found := story.another(edits.another_value):
            cell, text = found
            story.do(Edit(cell, text))
            if story.rng.random() < 0.7:
                story.do(Run(cell))
                story.run_some_below(cell)


def _deleted(story: _Story) -> None:
    cell = story.any(most_from_end=1)
    ids = story.ids()
    after = ids[ids.index(cell) + 1] if cell != ids[-1] else None
    story.do(Delete(cell))
    if after is not None and story.rng.random() < 0.4:
        story.do(Run(after))
        story.run_some_below(after)


def _inserted(story: _Story) -> None:
    """A cell that binds a name of the notebook anew, adds to it, or only looks."""
    ids = story.ids()
    position = story.rng.randint(1, len(ids))
    bound = [name for cell in story.document.cells[:position] for name in edits.bound_names(cell.source)]
    name = story.rng.choice(bound) if bound else "ids"
    source = story.rng.choice(
        (
            f"{name} = {name}",
            f"kept_{name} = {name}",
            f"print(type({name}).__name__)",
            f"if isinstance({name}, (int, float)):\n    {name} = {name} + 1",
            f"if isinstance({name}, list):\n    {name}.append({name}[-1])",
            f"import copy\n\n{name} = copy.copy({name})",
            f"{name} = None",
        )
    )
    new = Cell(f"new-{len(story.steps)}", source)
    story.do(Insert(position, new))
    if story.rng.random() < 0.75:
        story.do(Run(new.id))
        story.run_some_below(new.id)


def _moved(story: _Story) -> None:
    cell = story.any()
    others = len(story.ids()) - 1
    story.do(Move(cell, story.rng.randint(0, others)))
    if story.rng.random() < 0.4:
        story.do(Run(cell))
        story.run_some_below(cell)


def _rerun(story: _Story) -> None:
    cell = story.any()
    story.do(*[Run(cell)] * story.rng.choice((1, 1, 2)))
    story.run_some_below(cell)


def _renamed(story: _Story) -> None:
    """A name becomes another one where it is bound, or in every cell."""
    bound = [(cell, name) for cell in story.document.cells for name in edits.bound_names(cell.source)]
    if not bound:
        return
    cell, old = story.rng.choice(bound)
    everywhere = story.rng.random() < 0.5
    for each in list(story.document.cells):
        text = edits.with_name(each.source, old, f"{old}_new")
        if text != each.source and (everywhere or each.id == cell.id):
            story.do(Edit(each.id, text))
    if story.rng.random() < 0.6:
        story.do(Run(cell.id))
        story.run_some_below(cell.id)


def _cosmetic(story: _Story) -> None:
    for cell in story.document.cells[:]:
        if story.rng.random() < 0.5 and (text := edits.looks(cell.source, story.rng)):
            story.do(Edit(cell.id, text))
            if story.rng.random() < 0.15:
                story.do(Run(cell.id))


def _reverted(story: _Story) -> None:
    """An edit that is taken back: mostly without having run, else with or without another run."""
    found = story.another(edits.another_value)
    if found is None:
        return
    cell, text = found
    before = story.source(cell)
    story.do(Edit(cell, text))
    ran = story.rng.random() < 0.4
    if ran:
        story.do(Run(cell))
        story.run_some_below(cell)
    story.do(Edit(cell, before))
    if ran and story.rng.random() < 0.6:
        story.do(Run(cell))
        story.run_some_below(cell, story.rng.choice((0.0, 0.5, 1.0)))


def _restarted(story: _Story) -> None:
    """A new kernel in which only a part runs, perhaps after an edit."""
    if story.rng.random() < 0.5 and (found := story.another(edits.another_value)):
        story.do(Edit(*found))
    story.do(Restart())
    ids = story.ids()
    story.do(*(Run(each) for each in ids[: story.rng.randint(1, len(ids))]))


def _changed_in_place(story: _Story, marked: str) -> None:
    """Around the cell that changes something: again, late, edited, deleted, or what it changes made anew."""
    way = story.rng.choice(("again", "again", "late", "edited", "deleted", "anew", "whole"))
    ids = story.ids()
    if way == "late":
        story.do(*(Run(each) for each in ids if each != marked), Run(marked))
        story.run_some_below(marked, story.rng.choice((0.0, 0.5)))
        return
    story.do(RunAll())
    above, below = ids[: ids.index(marked)], ids[ids.index(marked) + 1 :]
    if way == "again":
        story.do(*[Run(marked)] * story.rng.choice((1, 1, 2)))
        story.run_some_below(marked)
    elif way == "edited":
        text = edits.another_value(story.source(marked), story.rng)
        story.do(*([Edit(marked, text)] if text else []), Run(marked))
        story.run_some_below(marked)
    elif way == "deleted":
        story.do(Delete(marked))
        if below and story.rng.random() < 0.5:
            story.do(Run(below[0]))
    elif way == "anew" and above:
        begin = story.rng.choice(above)
        story.do(*(Run(each) for each in above[above.index(begin) :]))
        story.run_some_below(marked)
    else:
        story.do(*(Run(each) for each in ids))


def _out_of_order(story: _Story) -> None:
    """Everything in another order; or in order, and then some cells once more from below."""
    ids = story.ids()
    way = story.rng.choice(("shuffled", "swapped", "from below"))
    if way == "shuffled":
        story.do(*(Run(each) for each in _nearly_sorted(ids, story.rng)))
    elif way == "swapped":
        story.do(RunAll())
        first, second = sorted(story.rng.sample(range(len(ids)), 2))
        story.do(Run(ids[second]), Run(ids[first]))
    else:
        story.do(RunAll())
        story.do(*(Run(each) for each in reversed(ids) if story.rng.random() < 0.4))


def _nearly_sorted(ids: Sequence[str], rng: Random) -> Iterator[str]:
    """An order in which a cell comes a few places too early or too late."""
    yield from (each for _, each in sorted((place + rng.uniform(-1.6, 1.6), each) for place, each in enumerate(ids)))


_MUTATIONS = (_edited, _deleted, _inserted, _moved, _rerun, _renamed, _cosmetic, _reverted)
_BY_KIND: dict[str, Callable[[_Story], None]] = {
    "edited": _edited,
    "deleted": _deleted,
    "inserted": _inserted,
    "moved": _moved,
    "rerun": _rerun,
    "renamed": _renamed,
    "cosmetic": _cosmetic,
    "reverted": _reverted,
    "restarted": _restarted,
}
