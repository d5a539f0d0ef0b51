"""What is installed beside the interpreter that runs this file, as JSON on standard output.

It is executed by the kernel's interpreter, which may be another one than ours and need not have
jupyter_mlops: `python path/to/installed.py`. So it uses the standard library only and imports nothing of
ours; `requirements.py` reads what it prints:

    {"markers": {"python_version": "3.11", ...},
     "stdlib": ["abc", ...],
     "distributions": [{"name": "scikit-learn", "version": "1.7.2", "requires": ["numpy>=1.22.0", ...],
                        "imports": ["sklearn"], "origin": null}, ...]}

`origin` is null for what a package index gave, else {"kind", "url"} after `direct_url.json` (PEP 610).
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path


def marker_values() -> dict[str, str]:
    """The variables of environment markers (PEP 508) for this interpreter."""
    version = sys.implementation.version
    level = "" if version.releaselevel == "final" else f"{version.releaselevel[0]}{version.serial}"
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": f"{version.major}.{version.minor}.{version.micro}{level}",
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def origin(distribution: metadata.Distribution) -> dict[str, str] | None:
    """Where a distribution came from if not from a package index."""
    text = distribution.read_text("direct_url.json")
    if text is None:
        return None
    record = json.loads(text)
    if "vcs_info" in record:
        kind = "vcs"
    elif "archive_info" in record:
        kind = "archive"
    elif record.get("dir_info", {}).get("editable"):
        kind = "editable"
    else:
        kind = "folder"
    return {"kind": kind, "url": record["url"]}


def editable_imports(distribution: metadata.Distribution) -> Iterator[str]:
    """The packages and modules in the folders that an editable installation puts on the path.

    Its list of files holds a `.pth` file instead of the modules, and only setuptools adds `top_level.txt`.
    """
    for file in distribution.files or ():
        if file.suffix != ".pth":
            continue
        for line in Path(str(file.locate())).read_text(encoding="utf-8").splitlines():
            # Other lines are code to execute or comments.
            folder = Path(line.strip())
            if folder.is_absolute() and folder.is_dir():
                yield from (path.parent.name for path in folder.glob("*/__init__.py"))
                yield from (path.stem for path in folder.glob("*.py"))


def installed() -> dict[str, object]:
    """Everything that this file prints."""
    imports: dict[str, set[str]] = {}
    for package, names in metadata.packages_distributions().items():
        for name in names:
            imports.setdefault(name, set()).add(package)
    found: dict[str, dict[str, object]] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        # The first on the path is the one that gets imported. A broken folder in site-packages has no name.
        if not name or (key := re.sub(r"[-_.]+", "-", name).lower()) in found:
            continue
        source = origin(distribution)
        provided = imports.get(name, set())
        if source is not None and source["kind"] == "editable":
            provided = provided.union(editable_imports(distribution))
        found[key] = {
            "name": name,
            "version": distribution.version,
            "requires": distribution.requires or [],
            "imports": sorted(provided),
            "origin": source,
        }
    return {
        "markers": marker_values(),
        "stdlib": sorted(sys.stdlib_module_names),
        "distributions": [found[key] for key in sorted(found)],
    }


if __name__ == "__main__":
    print(json.dumps(installed()))
