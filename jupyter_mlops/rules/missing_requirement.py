"""An import of a package that the project's requirements do not name, nor bring along."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import Facts
from jupyter_mlops.rules.imports import imported

CODE = "not-in-requirements"

# What any kernel has.
_OF_THE_KERNEL = frozenset({"IPython", "ipykernel"})


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each module that is installed here; without a file of requirements nothing is told."""
    requirements = facts.around.requirements
    if requirements is None:
        return
    for each in imported(facts):
        module = facts.around.modules.get(each.name)
        if module is None or not module.distributions or module.own or each.guarded or each.name in _OF_THE_KERNEL:
            continue
        if requirements.names & set(module.distributions):
            continue
        name = module.distributions[0]
        files = requirements.files[0]
        yield Finding(
            code=CODE,
            severity="warning" if each.sure else "info",
            message=f"`{each.name}` comes from `{name}`, which {' and '.join(requirements.files)} "
            + ("does not name" if len(requirements.files) == 1 else "do not name"),
            cell=each.each.cell.id,
            index=each.each.cell.index,
            line=each.line,
            reason="it is installed here, and would be missing where only the requirements are installed",
            fix=Fix(text=f"add {name} to {files}"),
        )
