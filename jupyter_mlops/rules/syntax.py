"""A cell that is no Python."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import Facts

CODE = "syntax-error"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each cell that the parser refuses."""
    for each in facts.cells:
        fault = each.parsed.fault
        if fault is not None:
            yield Finding(
                code=CODE,
                message=f"the cell is not Python: {fault.message}",
                cell=each.cell.id,
                index=each.cell.index,
                line=fault.line,
                reason="a clean run stops here",
                fix=Fix(text="mend the line, or make it a Markdown or raw cell"),
            )
