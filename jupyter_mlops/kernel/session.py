"""The export's part in the kernel: started before the first cell, asked by files after the last.

    start(get_ipython(), ["price"])
    serve(get_ipython(), "/tmp/x/request.json", "/tmp/x/answer.json")

A request is `{"do": name, ...}`; the answer is `{"ok": value}` or `{"refused": {...}}`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.exporting.runtime.saving import CannotSaveError, pickled
from jupyter_mlops.kernel import modules, namespace, opened
from jupyter_mlops.kernel.examples import CallLog, gathered
from jupyter_mlops.kernel.functions import FunctionLog, evidence
from jupyter_mlops.kernel.lambdas import LambdaNames
from jupyter_mlops.kernel.listening import FunctionsListener, RowsListener
from jupyter_mlops.kernel.reference import references
from jupyter_mlops.kernel.watch import watch_of


class _Session:
    def __init__(self, shell: Any, functions: Sequence[str], parameters: Mapping[str, Mapping[str, str]]) -> None:
        self.log = CallLog()
        self.functions = FunctionLog(shell.user_ns, parameters)
        self.lambdas = LambdaNames()
        self.opened = opened.OpenLog(shell.user_ns, functions, self.log.report_fault)
        self.opened.watch()
        self._watch = watch_of(shell)
        self._watch.listeners += [RowsListener(self.log), FunctionsListener(functions, self.functions, self.log)]
        shell.ast_transformers.append(self._watch)
        shell.events.register("pre_run_cell", self._before_cell)

    def _before_cell(self, info: Any) -> None:  # noqa: ARG002
        self._watch.place()


_sessions: dict[int, _Session] = {}


def start(shell: Any, functions: Sequence[str] = (), parameters: Mapping[str, Mapping[str, str]] | None = None) -> None:
    """Watch the calls of the cells to come, those of the named functions too. A second start changes nothing.

    `parameters` has, for some of the functions, names of the notebook that count as their arguments, with their hints.
    """
    if id(shell) not in _sessions:
        _sessions[id(shell)] = _Session(shell, functions, parameters or {})


def serve(shell: Any, request: str, answer: str) -> None:
    """Read a request, do it, and write the answer whole."""
    asked: dict[str, Any] = json.loads(Path(request).read_text(encoding="utf-8"))
    try:
        result: dict[str, Any] = {"ok": _do(shell, asked)}
    except CannotSaveError as error:
        result = {"refused": {"reason": error.reason, "fix": error.fix, "source": error.source, "line": error.line}}
    part = Path(answer + ".part")
    part.write_text(json.dumps(result), encoding="utf-8")
    part.replace(answer)


def _do(shell: Any, asked: dict[str, Any]) -> Any:
    user_ns: dict[str, Any] = shell.user_ns
    match asked["do"]:
        case "describe":
            names = namespace.bound_names(user_ns, shell.user_ns_hidden)
            return {
                "names": {name: namespace.describe(name, user_ns[name]) for name in names},
                "estimators": namespace.estimators(user_ns, names, _sessions[id(shell)].log.has_rows),
            }
        case "modules":
            return modules.below(asked["root"])
        case "opened":
            return opened.files(_sessions[id(shell)].opened.opened, asked["root"])
        case "metrics":
            return namespace.numbers(user_ns, asked["names"])
        case "examples":
            return _examples(_sessions[id(shell)].log, user_ns, asked)
        case "functions":
            session = _sessions[id(shell)]
            found = {name: evidence(session.functions, user_ns, name) for name in asked["names"]}
            return {"functions": found, "faults": session.log.faults}
        case "name lambdas":
            _sessions[id(shell)].lambdas = LambdaNames(asked["table"])
            return None
        case "needs":
            found = pickled(user_ns[asked["name"]], user_ns, asked["module"], _sessions[id(shell)].lambdas.of)
            known = namespace.under_true_names(found.globals)
            return {"globals": known, "defined_here": found.defined_here, "size": len(found.data)}
        case "save":
            found = pickled(user_ns[asked["name"]], user_ns, asked["module"], _sessions[id(shell)].lambdas.of)
            Path(asked["file"]).write_bytes(found.data)
            return {"globals": found.globals, "sha256": hashlib.sha256(found.data).hexdigest()}
        case other:
            raise ValueError(f"unknown request {other!r}")


def _examples(log: CallLog, user_ns: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The evidence for a model; `stand_in` names the rows that were taken where none were seen."""
    model, methods = user_ns[asked["model"]], asked["methods"]
    data = [kept for _, kept in references(model, methods, user_ns, asked["data"])]
    found = gathered(log, model, methods, data)
    if found["profile"] is not None:
        return {**found, "stand_in": None}
    name, kept = next(references(model, methods, user_ns, asked["others"]), (None, None))
    return {**gathered(log, model, methods, [kept] if kept else []), "stand_in": name}
