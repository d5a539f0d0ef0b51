"""A secret in the notebook's text or in a saved output."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import Facts

CODE = "secret"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each place and kind; the value itself is not shown."""
    for secret in facts.around.secrets:
        kind = "secret behind its name" if secret.kind == "Secret Keyword" else f"secret: {secret.kind}"
        where = "the cell" if secret.line is not None else "a saved output of the cell"
        yield Finding(
            code=CODE,
            message=f"{where} holds what looks like a {kind}",
            cell=secret.cell,
            index=secret.index,
            line=secret.line,
            reason="whoever gets the notebook, its history or its run records has it too",
            fix=Fix(
                text="read it from the environment, os.environ[…], or from a file that git ignores, and make the old "
                "one invalid"
                if secret.line is not None
                else "clear the output, do not print it, and make the old one invalid"
            ),
        )
