"""How verdicts speak of cells and names, in sentences for people."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.tracking.state.history import ENTROPY, DocumentCell, Execution, is_setting

_STREAMS = {
    "<random>": "Python's random numbers",
    "<numpy.random>": "NumPy's random numbers",
    "<torch.random>": "PyTorch's random numbers",
    ENTROPY: "random numbers of the system",
}
_SEEDS = {
    "<random>": "seed it here: random.seed(0) above the draw",
    "<numpy.random>": "seed it here: np.random.seed(0) above the draw, or random_state=0 where it is drawn",
    "<torch.random>": "seed it here: torch.manual_seed(0) above the draw",
    ENTROPY: "seed it here: give the generator a seed, as default_rng(0) has one",
}
_MOST_NAMES = 3
_LIBRARIES = {"pandas": "pandas", "numpy": "NumPy", "matplotlib": "Matplotlib", "sklearn": "scikit-learn"}


def shown_count(last: Execution | None) -> int | None:
    """The count that a cell shows; what it did in a clean run stands in another file."""
    return None if last is None or last.run is not None else last.count


def cell_name(cell: DocumentCell, last: Execution | None) -> str:
    """`cell [14]` by the count that the cell shows, `cell 11` by its place where it shows none."""
    count = shown_count(last)
    return f"cell {cell.index}" if count is None else f"cell [{count}]"


def cells_text(names: Sequence[str]) -> str:
    """`cell [3]`; `cells [3], 5 and [7]`."""
    bare = [name.removeprefix("cell ") for name in names]
    return f"cell {bare[0]}" if len(bare) == 1 else f"cells {listed(bare)}"


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def shortened(words: Sequence[str]) -> str:
    """`a, b and 4 more`."""
    return listed(words if len(words) <= _MOST_NAMES else [*words[:2], f"{len(words) - 2} more"])


def name_text(name: str) -> str:
    """`df` in backticks; streams and settings in words."""
    if is_setting(name):
        library = name.removeprefix("<settings.").removesuffix(">")
        return f"the settings of {_LIBRARIES.get(library, library)}"
    return _STREAMS.get(name, f"`{name}`")


def was(name: str) -> str:
    """`was` or `were`."""
    return "were" if name.startswith("<") else "was"


def sentence(text: str) -> str:
    """A text with a capital and a full stop; a name in backticks stays as it is."""
    return f"{text[:1].upper()}{text[1:]}."


def seed_text(stream: str) -> str:
    """How a stream is seeded."""
    return _SEEDS.get(stream, "seed it here")
