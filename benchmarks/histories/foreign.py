"""Histories of notebooks that nobody here wrote: those of the corpus that run offline within some seconds.

Which these are stands in `notebooks.txt` (made by `--find`), so that it does not hang on the load of a machine. A
notebook is run once to know what its names are bound to; that is kept beside the corpus, so that a second run begins
at once. For the kinds that change something in place, cells that do so are put in where one of its lists, dicts,
arrays or frames is bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import nbformat

from benchmarks.corpus.eligibility import offline
from benchmarks.corpus.environment import Environment
from benchmarks.live import KernelDiedError, LiveKernel, TooSlowError

from .edits import bound_names
from .kinds import CHANGES, KINDS, Notebook, steps_of
from .made_up import seeded
from .replay import IN_KERNEL, place
from .steps import Cell, History

LIST = Path(__file__).with_name("notebooks.txt")
LIMIT_SECONDS = 8
LISTED_SECONDS = 90
MOST_CELLS = 40
_TYPES = "__import__('histories_probe').types_of(get_ipython())"

_CHANGES = {
    "list": ("{0}.append({0}[0])", "{0}.reverse()", "{0}[0] = {0}[-1]"),
    "dict": ("{0}.update(added=1)", "{0}['added'] = len({0})"),
    "DataFrame": ("{0}.insert(0, 'added', 1)", "{0}['added'] = 1", "{0}.iloc[0, 0] = {0}.iloc[1, 0]"),
    "ndarray": ("{0}.sort(axis=0)", "{0}[0] = {0}[1]", "{0}[:] = {0}[::-1].copy()"),
}
_CHANGER = "def changer(value):\n    def change():\n        {0}\n\n    return change\n\n\n"
_LOOPS = {
    "list": "for place in range(len({0}) - 1):\n    {0}[place] = {0}[place + 1]",
    "dict": "for key in list({0}):\n    {0}[str(key) + '_again'] = {0}[key]",
    "DataFrame": "for column in list({0})[:2]:\n    {0}[column] = {0}[column].shift(1)",
    "ndarray": "for place in range(len({0}) - 1):\n    {0}[place] = {0}[place + 1]",
}


@dataclass(frozen=True)
class Profile:
    """A notebook as it runs: its cells, the seconds, and after each cell the types of the names that are new."""

    notebook: str
    cells: list[str]
    seconds: float
    bound: list[dict[str, str]]
    unfit: str = ""


def profile(folder: Path, notebook: str, environment: Environment, cache: Path, limit: float) -> Profile:
    """What is known of a notebook, from the cache or by running it for at most so many seconds."""
    if cache.is_file():
        return Profile(**json.loads(cache.read_text(encoding="utf-8")))
    found = _profiled(folder / notebook, notebook, environment, limit)
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps(found.__dict__, indent=1), encoding="utf-8")
    return found


def _profiled(path: Path, notebook: str, environment: Environment, limit: float) -> Profile:
    node = nbformat.read(path, as_version=4)
    cells = [cell.source for cell in node.cells if cell.cell_type == "code" and cell.source.strip()]
    if not 3 <= len(cells) <= MOST_CELLS:
        return Profile(notebook, cells, 0.0, [], f"{len(cells)} cells")
    bound, known, seconds = list[dict[str, str]](), dict[str, str](), 0.0
    with place(path.parent, environment.ours / "bin" / "python", variables(environment)) as where:
        kernel: LiveKernel = where.kernel()
        try:
            for source in cells:
                shown = kernel.run(source, limit=limit)
                seconds += shown.seconds
                if shown.status != "ok":
                    last = shown.outputs[-1] if shown.outputs else {}
                    return Profile(notebook, cells, seconds, bound, f"{last.get('ename')}: {last.get('evalue')}"[:200])
                if seconds > limit:
                    return Profile(notebook, cells, seconds, bound, "too slow")
                now: dict[str, str] = json.loads(kernel.ask(_TYPES))
                bound.append({name: kind for name, kind in now.items() if known.get(name) != kind})
                known = now
        except TooSlowError:
            return Profile(notebook, cells, seconds, bound, "too slow")
        except KernelDiedError as error:
            return Profile(notebook, cells, seconds, bound, f"the kernel died: {error}")
        finally:
            kernel.kill()
    return Profile(notebook, cells, seconds, bound)


def variables(environment: Environment) -> dict[str, str]:
    """No network, and the home of the corpus."""
    return offline(environment.ours, environment.home) | {"PYTHONPATH": str(IN_KERNEL)}


def histories(found: Profile, numbers: range) -> Iterator[History]:
    """Histories of one notebook, of every kind that suits it, in turn."""
    for number in numbers:
        for kind in KINDS:
            name = f"{found.notebook}/{kind}/{number}"
            rng = seeded(name)
            notebook = _with_change(found, kind, rng) if kind in CHANGES else Notebook(_cells(found))
            if notebook is not None:
                steps = tuple(steps_of(kind, notebook, rng))
                yield History(name, kind, notebook.cells, steps, str(Path(found.notebook).parent))


def _cells(found: Profile) -> tuple[Cell, ...]:
    return tuple(Cell(f"c{position}", source) for position, source in enumerate(found.cells))


def _with_change(found: Profile, kind: str, rng: Random) -> Notebook | None:
    """The notebook with cells that change a value in place, somewhere below where it is bound."""
    able = [
        (position, name, kinds[name])
        for position, kinds in enumerate(found.bound)
        for name in bound_names(found.cells[position])
        if kinds.get(name) in _CHANGES
    ]
    if not able:
        return None
    position, name, type_name = rng.choice(able)
    change = rng.choice(_CHANGES[type_name])
    inner = change.format("value")
    change = change.format(name)
    more = {
        "method": [change],
        "alias": [f"another_{name} = {name}", change.replace(name, f"another_{name}")],
        "call": [f"def change_it(value):\n    {inner}", f"change_it({name})"],
        "closure": [f"{_CHANGER.format(inner)}change_it = changer({name})", "change_it()"],
        "default": [f"def change_it(value={name}):\n    {inner}", "change_it()"],
        "loop": [_LOOPS[type_name].format(name)],
    }[kind]
    cells = list(_cells(found))
    below = rng.randint(position + 1, min(len(cells), position + 3))
    cells[below:below] = [Cell(f"added-{number}", source) for number, source in enumerate(more)]
    return Notebook(tuple(cells), f"added-{len(more) - 1}")
