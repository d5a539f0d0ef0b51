"""A value that serving needs and that has no file form; known only from an export's run."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.errors import Finding
from jupyter_mlops.rules.facts import Facts

CODE = "value-cannot-be-saved"


def find(facts: Facts) -> Iterator[Finding]:
    """What the newest export of the same code found."""
    if facts.run is not None:
        yield from (finding for finding in facts.run.findings if finding.code == CODE)
