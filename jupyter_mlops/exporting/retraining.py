"""The proof of `train.py`: run beside the notebook's data, its values answer the examples.

    package ─► copy ─► python train.py --values … ─► values into the copy ─► the notebook's rows, in process

A script that fails, or does not end, fails the export: the error names the statement of the notebook. Values that
answer differently do not, since what is served is what the run fitted; a warning says so, with the likely cause.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from jupyter_mlops.analysis.statements import first_line
from jupyter_mlops.documents import Endpoint, Example, Proof
from jupyter_mlops.errors import Finding, Fix, ProofError
from jupyter_mlops.exporting.randomness import likely_cause
from jupyter_mlops.exporting.training import Statement, Training
from jupyter_mlops.exporting.verify import IN_PROCESS, prove

SCRIPT = "train.py"
_LEAST_SECONDS = 120
_TIMES_THE_RUN = 10
_LINES_SHOWN = 6


def retrain(
    staged: Path,
    package: str,
    training: Training,
    endpoints: Sequence[Endpoint],
    examples: Mapping[str, Sequence[Example]],
    program: str,
    *,
    data: Path,
    run_seconds: float,
    tolerance: float,
    notebook: str,
    scratch: Path,
) -> Finding | None:
    """Train again in a copy of the package, in the folder `data`, and ask for the examples.

    Returns the warning of a training that is not reproducible. Raises ProofError where the script fails, does not end
    within ten times the run (at least two minutes), or writes values that the package cannot load.
    """
    copy = scratch / "retrained"
    shutil.copytree(staged, copy)
    values = scratch / "trained"
    limit = max(_LEAST_SECONDS, _TIMES_THE_RUN * run_seconds)
    _run(program, copy / SCRIPT, values, data, limit, training, notebook)
    shutil.rmtree(copy / package / "values")
    values.rename(copy / package / "values")
    try:
        proof = prove(copy, package, endpoints, examples, program, tolerance=tolerance, ways=(IN_PROCESS,))
    except ProofError as error:
        raise ProofError.of(
            "training-failed",
            f"the package cannot use the values that {SCRIPT} wrote",
            notebook=notebook,
            reason=error.findings[0].reason,
            fix="see that the classes and functions of the values are the same whenever the notebook runs",
        ) from None
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    return None if proof.passed else _not_reproducible(proof, training, notebook)


def _run(program: str, script: Path, values: Path, data: Path, limit: float, training: Training, notebook: str) -> None:
    log = script.with_name("train.log")
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [program, "-B", str(script), "--values", str(values)],
            cwd=data,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            # so that workers of the training end with it
            start_new_session=True,
        )
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if status == 0:
        return
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    place = _place(said, script, training)
    if status is None:
        message = f"{SCRIPT} did not end within {limit:g} s"
        fix = (
            "see what the training waits for; the script has ten times the seconds of the run, and two minutes at least"
        )
    else:
        message = f"{SCRIPT} ended with status {status}" + (f": {said[-1]}" if said else "")
        fix = _way_out(said)
    raise ProofError.of(
        "training-failed",
        message,
        notebook=notebook,
        cell=place.cell if place else None,
        index=place.index if place else None,
        line=place.line if place else None,
        reason="\n".join(_worth_showing(said, script)).replace(str(script), SCRIPT),
        fix=fix,
    )


def _worth_showing(said: Sequence[str], script: Path) -> list[str]:
    """The last lines; of a long traceback the script's own frame, and the end."""
    frame = next((i for i in reversed(range(len(said))) if f'File "{script}"' in said[i]), len(said))
    if frame + _LINES_SHOWN >= len(said):
        return list(said[-_LINES_SHOWN:])
    return [*said[frame : frame + 2], "  …", *said[3 - _LINES_SHOWN :]]


def _way_out(said: Sequence[str]) -> str:
    last = said[-1] if said else ""
    if last.startswith(("FileNotFoundError", "IsADirectoryError", "NotADirectoryError", "PermissionError")):
        return "keep the file where the notebook reads it: the script reads it again, in the notebook's folder"
    if last.startswith("ModuleNotFoundError"):
        return "install the module where the kernel runs, or keep it beside the notebook"
    if last.startswith("NameError"):
        return "bind the name by a statement of its own above, not by a magic, exec or a star import"
    return "see what this statement needs that only the notebook's run had, such as an answer of a server or a file"


# --- from the script to the notebook


def _place(said: Sequence[str], script: Path, training: Training) -> Statement | None:
    """The statement of the notebook where a script stopped: by the traceback, else the first of the cell that it had
    begun."""
    text = script.read_text(encoding="utf-8")
    pattern = re.compile(rf'\s*File "{re.escape(str(script))}", line (\d+)')
    for line in reversed(said):
        found = pattern.match(line)
        if found:
            return statement_at(text, int(found[1]), training)
    begun = [int(found[1]) for line in said if (found := re.match(r"\[(\d+)/\d+\] cell ", line))]
    return training.pieces[begun[-1] - 1].statements[0] if begun else None


def statement_at(script: str, line: int, training: Training) -> Statement | None:
    """The statement of the notebook that a line of the formatted script came from, with the line within its cell."""
    waiting: list[tuple[Statement, int]] = []
    pieces = iter(training.pieces)
    for node in ast.parse(script).body:
        here = node.lineno <= line <= (node.end_lineno or node.lineno)
        if _is_step(node, training):
            waiting = [(each, number) for each in next(pieces).statements for number in range(each.count)]
        elif waiting:
            statement, _ = waiting.pop(0)
            if here:
                return _on_its_line(statement, node, line)
        elif here and isinstance(node, ast.Import | ast.ImportFrom):
            modules = _modules(node)
            return next((each for each in training.imports if modules & _modules(ast.parse(each.text).body[0])), None)
    return None


def _is_step(node: ast.stmt, training: Training) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="step"))):
            return name == training.runtime_name
        case _:
            return False


def _on_its_line(statement: Statement, node: ast.stmt, line: int) -> Statement:
    """The statement with the line that was meant inside of it, where the formatter kept its lines."""
    if statement.rewritten:
        return statement
    first = statement.text.splitlines()
    code = next((i for i, each in enumerate(first) if not each.lstrip().startswith("#")), 0)
    same_lines = len(first) - code == (node.end_lineno or node.lineno) - first_line(node) + 1
    return replace(statement, line=statement.line + line - first_line(node)) if same_lines else statement


def _modules(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {f"{'.' * node.level}{node.module or ''}"}
    return {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()


# --- other answers


def _not_reproducible(proof: Proof, training: Training, notebook: str) -> Finding:
    different = sorted({each.endpoint for each in proof.differences})
    cause = likely_cause(training)
    first = proof.differences[0]
    given = f"for {json.dumps(first.row)[:200]} it had answered {json.dumps(first.expected)[:80]}, now "
    given += json.dumps(first.got)[:80]
    return Finding(
        code="training-not-reproducible",
        severity="warning",
        message=f"training is not reproducible: the values of {SCRIPT} give other answers of {', '.join(different)}",
        notebook=notebook,
        cell=cause.place.cell if cause.place else None,
        index=cause.place.index if cause.place else None,
        line=cause.place.line if cause.place else None,
        reason=f"{cause.reason}; {given}. What is served is the object that the run fitted",
        fix=Fix(text=cause.fix),
    )
