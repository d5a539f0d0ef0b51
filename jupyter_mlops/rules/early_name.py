"""A name that is used above the cell that defines it, as after cells were moved or run out of order."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.errors import Finding
from jupyter_mlops.rules.facts import Facts
from jupyter_mlops.rules.unbound import finding, unbound

CODE = "used-before-definition"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each name and cell."""
    for found in unbound(facts):
        if found.where == "below":
            yield finding(found, CODE)
