"""What the export says to the kernel that ran the notebook, and what it hears back.

Requests and answers are files in a folder of their own, so that size does not matter and nothing is printed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.running.client import LiveKernel

_MODULE = "jupyter_mlops.kernel.session"


@dataclass(frozen=True)
class Refusal:
    """Why the kernel cannot save a value; `source` is the text of the cell at fault and `line` the line of it, where
    they are known."""

    reason: str
    fix: str
    source: str | None
    line: int | None = None


@dataclass(frozen=True)
class Needs:
    """What a value's file will need to load: globals, and those of them that the notebook defines."""

    globals: tuple[str, ...]
    defined_here: tuple[str, ...]


@dataclass(frozen=True)
class SavedFile:
    """A value that the kernel wrote."""

    sha256: str
    globals: tuple[str, ...]


class Dialogue:
    """Questions to a live kernel, one at a time."""

    def __init__(self, kernel: LiveKernel, folder: Path) -> None:
        self._kernel = kernel
        self._folder = folder

    def start(self, functions: Sequence[str] = (), parameters: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Let the kernel watch the calls of the cells to come, those of the named functions too.

        `parameters` has, for some of these, names that they read and that count as arguments, with their hints.
        """
        watched = f", {list(functions)!r}, {dict(parameters or {})!r}" if functions else ""
        self._kernel.execute(f"__import__({_MODULE!r}, fromlist=['start']).start(get_ipython(){watched})")

    def describe(self) -> dict[str, Any]:
        """The names that the run bound (`names`) and the estimators among them (`estimators`)."""
        return self._ask({"do": "describe"})

    def examples(self, model: str, methods: list[str], data: Sequence[str], others: Sequence[str]) -> dict[str, Any]:
        """The profile of the model's rows, and examples for each method.

        `data` are names whose rows are for reference, and `others` those that may stand in where no rows were seen
        (`stand_in` is then the name).
        """
        request = {"do": "examples", "model": model, "methods": methods, "data": list(data), "others": list(others)}
        return self._ask(request)

    def functions(self, names: Sequence[str]) -> dict[str, Any]:
        """What is known of each function that is served: its parameters and its calls (`functions`)."""
        return self._ask({"do": "functions", "names": list(names)})

    def modules(self, root: Path) -> dict[str, str]:
        """The files of the modules that the run loaded from below a folder, by dotted name."""
        return self._ask({"do": "modules", "root": str(root)})

    def opened(self, root: Path) -> list[dict[str, Any]]:
        """The files that the run opened below code that may answer, with that code; `root` is the project's folder."""
        return self._ask({"do": "opened", "root": str(root)})

    def metrics(self, names: Sequence[str]) -> dict[str, float | None]:
        """The values of those names that are numbers; None of one that is not finite."""
        return self._ask({"do": "metrics", "names": list(names)}) if names else {}

    def name_lambdas(self, table: Sequence[Mapping[str, Any]]) -> None:
        """Say under which names lambdas of cells are to be saved, as `kernel.lambdas` has it."""
        self._ask({"do": "name lambdas", "table": list(table)})

    def needs(self, name: str, module: str) -> Needs | Refusal:
        """What saving a name would take, without writing it."""
        answer = self._ask({"do": "needs", "name": name, "module": module})
        if isinstance(answer, Refusal):
            return answer
        return Needs(tuple(answer["globals"]), tuple(answer["defined_here"]))

    def save(self, name: str, module: str, file: Path) -> SavedFile | Refusal:
        """Write a name's value to a file."""
        answer = self._ask({"do": "save", "name": name, "module": module, "file": str(file)})
        if isinstance(answer, Refusal):
            return answer
        return SavedFile(answer["sha256"], tuple(answer["globals"]))

    def _ask(self, request: dict[str, Any]) -> Any:
        question, answer = self._folder / "request.json", self._folder / "answer.json"
        question.write_text(json.dumps(request), encoding="utf-8")
        self._kernel.execute(
            f"__import__({_MODULE!r}, fromlist=['serve'])"
            f".serve(get_ipython(), {json.dumps(str(question))}, {json.dumps(str(answer))})"
        )
        data = json.loads(answer.read_text(encoding="utf-8"))
        if "refused" in data:
            return Refusal(**data["refused"])
        return data["ok"]
