"""Code that binds names out of sight, so that neither the analysis nor a reader knows what a name is."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import Facts

CODE = "hides-names"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each star import, `exec` and magic that may bind names."""
    for each in facts.cells:
        found = [
            (
                use.line,
                f"from {use.name} import *",
                f"import the names that you use: from {use.name} import …",
            )
            for use in each.uses
            if use.kind == "star"
        ]
        found += [(use.line, f"{use.name}()", "write the assignments out") for use in each.uses if use.kind == "hide"]
        found += [
            (part.line, part.what, "import a module, or paste the code into the cell") for part in each.parsed.opaque
        ]
        for line, what, fix in sorted(found):
            yield Finding(
                code=CODE,
                severity="warning",
                message=f"`{what}` may bind names out of sight",
                cell=each.cell.id,
                index=each.cell.index,
                line=line,
                reason="what the cells below read cannot be told from the text; the export looks at the run instead",
                fix=Fix(text=fix),
            )
