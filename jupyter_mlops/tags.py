"""Tags of cells that mean something here, and the role that they give a cell.

Standard library only: the recorder in the user's kernel reads them too.
"""

from __future__ import annotations

from collections.abc import Collection

ROLES = ("data", "train", "evaluate", "serve")
PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"
SKIP_TAG = "skip-execution"
RAISES_TAG = "raises-exception"


def role_of(tags: Collection[object]) -> str | None:
    """What a cell is for, by its tags; None for a cell that says nothing."""
    return next((tag for tag in (PARAMETERS_TAG, INJECTED_TAG, *ROLES) if tag in tags), None)
