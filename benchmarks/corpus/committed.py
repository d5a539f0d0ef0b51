"""What a whole run measured, kept in the repository: `measured.json`.

A sample is drawn from the notebooks that counted then, so that it asks for exports only, and the share that it is
held against stands beside them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .eligibility import Eligibility
from .exports import Outcome
from .report import share
from .sources import SOURCES

FILE = Path(__file__).with_name("measured.json")


def document(total: int, eligible: Sequence[Eligibility], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What is to be kept of a whole run; `total` counts the notebooks that were tried."""
    ended = {each.notebook: each.code or "proved" for each in outcomes}
    return {
        "sources": {each.name: each.version for each in SOURCES},
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "notebooks": total,
        "eligible": len(outcomes),
        "share": round(share(outcomes), 4),
        "outcomes": [
            {"notebook": each.notebook, "model": each.model, "ended": ended[each.notebook]}
            for each in sorted(eligible, key=lambda each: each.notebook)
        ],
    }


def read() -> tuple[list[Eligibility], float]:
    """The notebooks that counted, and the share that was proved of them.

    Raises SystemExit where it was measured with other versions of the sources.
    """
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    if kept["sources"] != {each.name: each.version for each in SOURCES}:
        raise SystemExit(f"{FILE.name} is of other sources than SOURCES names: run all of it with --write")
    return [
        Eligibility(
            notebook=each["notebook"],
            eligible=True,
            reason="",
            seconds=0.0,
            estimators=[{"name": each["model"], "methods": ["predict"]}],
        )
        for each in kept["outcomes"]
    ], kept["share"]
