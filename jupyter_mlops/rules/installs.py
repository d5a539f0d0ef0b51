"""A cell that installs packages while it runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from jupyter_mlops.analysis.installs import Install
from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import Facts

CODE = "installs-in-notebook"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each install command; only worth a note, as ordinary notebooks have them."""
    for each in facts.cells:
        for install in each.parsed.installs:
            yield Finding(
                code=CODE,
                severity="info",
                message=f"the cell installs packages while it runs: {', '.join(install.requirements)}",
                cell=each.cell.id,
                index=each.cell.index,
                line=install.line,
                reason="a clean run would change the environment that it runs in; an export pins what was imported",
                fix=Fix(text=f"install it once: {_command(install)}, and remove the line"),
            )


def _command(install: Install) -> str:
    """The line for a terminal that does the same."""
    program = "conda" if install.installer == "conda" else "python -m pip"
    # an option with its value is two words, a path or marker with blanks is one
    words = [
        f"{option} {shlex.quote(value)}" if option.startswith("-") else shlex.quote(requirement)
        for requirement in install.requirements
        for option, _, value in [requirement.partition(" ")]
    ]
    return " ".join([program, "install", *words])
