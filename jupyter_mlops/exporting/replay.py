"""Asks a package for its answers, in a process that has nothing else: `python replay.py FOLDER PACKAGE`.

The kernel's interpreter runs it, so it uses the standard library and the package alone. It reads the examples
of `FOLDER/tests/examples` and asks them through the package's own schema: each row by itself and all rows together,
arguments of functions one after the other and then in reverse. The answers go as JSON to standard output:

    {"predict": {"alone": [...], "together": [...]}, "price": {"first": [...], "again": [...]}, ...}

An answer that could not be had is `{"error": "..."}` in its place.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast


def main(folder: Path, package: str) -> dict[str, dict[str, Any]]:
    """The answers to every example, by endpoint."""
    sys.path.insert(0, str(folder))
    prediction = importlib.import_module(f"{package}.prediction")
    answers: dict[str, dict[str, Any]] = {}
    for file in sorted((folder / "tests" / "examples").glob("*.json")):
        examples = json.loads(file.read_text(encoding="utf-8"))
        endpoint = examples["endpoint"]
        if any("arguments" in example for example in examples["examples"]):
            bodies = [example["arguments"] for example in examples["examples"]]
            answers[endpoint] = asked_twice(bodies, functools.partial(_ask, prediction, endpoint))
            continue
        rows = [example["row"] for example in examples["examples"]]
        answers[endpoint] = {
            "alone": [the_only(_ask(prediction, endpoint, {"rows": [row]})) for row in rows],
            "together": _ask(prediction, endpoint, {"rows": rows}),
        }
    return answers


def the_only(answer: Any) -> Any:
    """The one answer to one row; anything else stays as it is, to be seen as different."""
    if type(answer) is not list:
        return answer
    answers = cast("list[Any]", answer)
    return answers[0] if len(answers) == 1 else answers


def asked_twice(bodies: list[Any], ask: Callable[[Any], Any]) -> dict[str, list[Any]]:
    """The answers to some bodies, and those to the same asked again from the last to the first."""
    return {"first": [ask(body) for body in bodies], "again": [ask(body) for body in reversed(bodies)][::-1]}


def _ask(prediction: Any, endpoint: str, body: Any) -> Any:
    try:
        return prediction.answer(endpoint, json.dumps(body).encode())
    except Exception as error:  # noqa: BLE001  (whatever a package raises is its answer)
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    # what the package prints must not mix with the answers
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    json.dump(main(Path(sys.argv[1]).resolve(), sys.argv[2]), output)
    output.close()
