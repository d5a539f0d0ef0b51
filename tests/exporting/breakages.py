"""Good packages to break, and ways to break one place of a copy: for the tests of what the proof sees."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_mlops.documents import Example, Plan
from jupyter_mlops.exporting.export import Options, export
from jupyter_mlops.exporting.verify import IN_PROCESS, prove
from jupyter_mlops.notebook import read_notebook

EXAMPLES = Path(__file__).parents[2] / "examples"


class Good:
    """A proved package, of an example or of a notebook that stands in the folder already, copied for each breakage,
    and how to prove the copy."""

    def __init__(self, name: str, folder: Path, model: str | None = None) -> None:
        if not (folder / name).exists():
            shutil.copytree(EXAMPLES / name, folder / name)
        self.folder = folder / "good"
        self.name = name
        result = export(read_notebook(folder / name / f"{name}.ipynb"), Options(target=self.folder, model=model))
        assert not isinstance(result, Plan)
        self.plan = result.plan
        self.examples: dict[str, list[Example]] = {}
        for endpoint in result.plan.endpoints:
            file = self.folder / "tests" / "examples" / f"{endpoint.name}.json"
            given = json.loads(file.read_text())["examples"]
            asked = "arguments" if endpoint.kind == "function" else "row"
            self.examples[endpoint.name] = [Example(row=each[asked], answer=each["answer"]) for each in given]

    def copy(self, target: Path) -> Path:
        return shutil.copytree(self.folder, target)

    def prove(self, folder: Path, ways: tuple[str, ...] = (IN_PROCESS,)):
        return prove(folder, self.name, self.plan.endpoints, self.examples, sys.executable, ways=ways)


def edited(file: str, pattern: str, replacement: str) -> Callable[[Path], None]:
    """Replace one place of a text file."""

    def breaks(folder: Path) -> None:
        path = folder / file
        text, count = re.subn(pattern, replacement, path.read_text(), flags=re.DOTALL)
        assert count == 1, f"{pattern!r} is {count} times in {file}"
        path.write_text(text)

    return breaks


def changed_model(file: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """Load the model, change it, and save it with a manifest that fits: only its answers can tell."""

    def breaks(folder: Path) -> None:
        values = next(folder.glob("*/values"))
        sys.path.insert(0, str(folder))
        try:
            model = pickle.loads((values / file).read_bytes())
            data = pickle.dumps(change(model) or model, protocol=5)
        finally:
            sys.path.remove(str(folder))
            for module in [name for name in sys.modules if name.split(".")[0] == values.parent.name]:
                del sys.modules[module]
        (values / file).write_bytes(data)
        manifest = json.loads((values / "values.json").read_text())
        manifest[file.removesuffix(".pkl")]["sha256"] = hashlib.sha256(data).hexdigest()
        (values / "values.json").write_text(json.dumps(manifest))

    return breaks
