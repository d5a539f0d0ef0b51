"""A name that nobody binds, or that a line above deletes."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.errors import Finding
from jupyter_mlops.rules.facts import Facts
from jupyter_mlops.rules.unbound import finding, unbound

CODE = "undefined-name"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each name and cell."""
    for found in unbound(facts):
        if found.where != "below":
            yield finding(found, CODE)
