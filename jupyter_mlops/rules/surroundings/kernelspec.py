"""The interpreter of a kernel, read from its kernelspec.

As jupyter_client finds it, whose import alone takes longer than all rules together.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

NATIVE = "python3"


def interpreter(kernel: str | None) -> str | None:
    """The Python that a kernel starts; None where it is not installed here. The default kernel is ours."""
    name = (kernel or NATIVE).lower()
    for folder in _folders():
        try:
            found = next((each for each in folder.iterdir() if each.name.lower() == name), None)
            spec: dict[str, Any] = json.loads((found / "kernel.json").read_text(encoding="utf-8")) if found else {}
        except (OSError, ValueError):
            continue
        if spec.get("argv"):
            program = str(spec["argv"][0])
            # jupyter_client takes its own interpreter for these names
            return sys.executable if re.fullmatch(r"python(3(\.\d+)?)?", program) else program
    return sys.executable if name == NATIVE else None


def _folders() -> list[Path]:
    from jupyter_core.paths import jupyter_path  # noqa: PLC0415  (most tests of rules need none)

    return [Path(each) for each in jupyter_path("kernels")]
