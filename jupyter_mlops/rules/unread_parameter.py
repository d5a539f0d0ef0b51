"""A parameter that no cell reads, or that a cell overwrites before it is read: a value given for it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jupyter_mlops.errors import Finding
from jupyter_mlops.parameters.checking import unread
from jupyter_mlops.parameters.declarations import declarations, parameters_cell
from jupyter_mlops.rules.facts import Facts

NEVER, OVERWRITTEN = "parameter-never-read", "parameter-overwritten"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each such parameter; the same that `run -p` would refuse the value with."""
    cell = parameters_cell(facts.notebook)
    if cell is None:
        return
    declared = declarations(cell)
    # what another line of the cell computes from a parameter is a use of it, and the next rule's
    within = {
        use.name
        for each in facts.cells
        if each.cell.id == cell.id
        for use in each.uses
        if use.kind in ("read", "later")
    }
    below = [(each.cell, each.parsed, each.uses) for each in facts.cells if each.cell.index > cell.index]
    for name, parameter in declared.items():
        fault = unread(facts.notebook, cell, parameter, below)
        if fault is not None and not (name in within and fault.findings[0].code == NEVER):
            yield from (replace(finding, severity="warning") for finding in fault.findings)
