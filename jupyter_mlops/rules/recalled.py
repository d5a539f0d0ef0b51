"""What only an export's run could tell: values that have no file form, and code that can be repaired for an export."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.errors import Finding
from jupyter_mlops.rules import endpoint_name
from jupyter_mlops.rules.facts import Facts

# what each code means, for the list of rules
CODES = {
    "value-cannot-be-saved": "a value without a file form",
    "rows-have-no-schema": "rows that no strict schema admits",
    "argument-without-type": "a served function's argument without a type",
    "async-function": "a served function that is async",
    "notebook-only": "code that serves and uses what only a notebook has",
    "file-not-packable": "a file that code which serves opens and that cannot go along",
}
_TOLD_WITHOUT_A_RUN = frozenset({endpoint_name.CODE})


def find(facts: Facts) -> Iterator[Finding]:
    """What the newest export of the same code found."""
    if facts.run is not None:
        yield from (finding for finding in facts.run.findings if finding.code not in _TOLD_WITHOUT_A_RUN)
