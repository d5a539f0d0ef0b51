"""A cell that is no Python, or that is the Python of a newer version."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from jupyter_mlops.analysis.code import refused_statement
from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import CellFacts, Facts

CODE = "syntax-error"
NEWER = "needs-newer-python"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each cell that Python refuses."""
    for each in facts.cells:
        fault = each.parsed.fault or refused_statement(each.parsed)
        if fault is None:
            continue
        if fault.newer is not None:
            what, version = fault.newer.what, ".".join(map(str, fault.newer.version))
            running = ".".join(map(str, sys.version_info[:2]))
            yield _finding(
                each,
                NEWER,
                f"{what} need Python {version}; this notebook is analysed with Python {running}",
                line=fault.newer.line,
                reason=f"Python {running} cannot read the cell, so nothing is known of its names",
                fix=f"run jupyter mlops with Python {version} or newer, the one that the notebook's kernel has",
            )
        else:
            yield _finding(
                each,
                CODE,
                f"the cell is not Python: {fault.message}",
                line=fault.line,
                reason="a clean run stops here",
                fix="mend the line, or make it a Markdown or raw cell",
            )


def _finding(each: CellFacts, code: str, message: str, *, line: int | None, reason: str, fix: str) -> Finding:
    return Finding(
        code=code,
        message=message,
        cell=each.cell.id,
        index=each.cell.index,
        line=line,
        reason=reason,
        fix=Fix(text=fix),
    )
