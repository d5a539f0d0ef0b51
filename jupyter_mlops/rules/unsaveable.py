"""What only an export's run could tell: values that have no file form, and code that can be repaired for an export."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.errors import Finding
from jupyter_mlops.rules import endpoint_name
from jupyter_mlops.rules.facts import Facts

CODE = "value-cannot-be-saved"
_TOLD_WITHOUT_A_RUN = frozenset({endpoint_name.CODE})


def find(facts: Facts) -> Iterator[Finding]:
    """What the newest export of the same code found."""
    if facts.run is not None:
        yield from (finding for finding in facts.run.findings if finding.code not in _TOLD_WITHOUT_A_RUN)
