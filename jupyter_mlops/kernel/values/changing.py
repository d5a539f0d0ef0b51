"""Whether a call may change the object behind a name, by the facts on library calls (`analysis/effects.toml`).

The table takes some tens of milliseconds to read, so it is asked only about values that are too large to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_mlops.analysis.effects import facts
from jupyter_mlops.analysis.inputs import Touch


def may_change(touches: Iterable[Touch], name: str) -> bool:
    """Whether one of the calls of a cell may change what a name stands for."""
    return any(_changes(touch) for touch in touches if touch.name == name)


def _changes(touch: Touch) -> bool:
    known = facts()
    if touch.receiver:
        fact = known.methods.find(touch.by) or known.defaults["method"]
        return any(each.what == "receiver" for each in fact.changes)
    pattern = f".{touch.by}"
    for table in (known.functions, known.classes):
        for full, fact in [*table.exact.items(), *table.patterns.items()]:
            if full.endswith(pattern) and any(each.what in ("argument", "arguments") for each in fact.changes):
                return True
    return False
