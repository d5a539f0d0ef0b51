"""A star import, which hides where a name comes from."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import Facts
from jupyter_mlops.rules.unbound import starred

CODE = "star-import"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each; the fix names what the notebook uses of the module, where that can be told."""
    read = {use.name for each in facts.cells for use in each.followed if use.kind in ("read", "later", "change")}
    for each in facts.cells:
        for use in each.uses:
            if use.kind != "star":
                continue
            names = starred(use, facts.around.modules)
            used = ", ".join(sorted(names & read)) if names else ""
            reason = "what the cells below read cannot be told from the text; the export looks at the run instead"
            yield Finding(
                code=CODE,
                severity="info",
                message=f"`from {use.name} import *` binds names out of sight",
                cell=each.cell.id,
                index=each.cell.index,
                line=use.line,
                reason=reason if names is None else "a reader cannot see where these names come from",
                fix=Fix(text=f"import the names that you use: from {use.name} import {used or '…'}"),
            )
