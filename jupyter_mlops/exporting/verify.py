"""The proof: the package gives the notebook's own answers, in a fresh process and over HTTP.

Every example is asked alone and all of them together, so that an answer that hangs on the other rows of a
request shows. Labels must be equal, of the same type; floats to a relative tolerance, with 1e-12 as the least
absolute one, since the order of a sum may change with the number of rows.
"""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import httpx

from jupyter_mlops.documents import Difference, Endpoint, Example, Proof, ProofPart
from jupyter_mlops.errors import ExportError, Finding, Fix, ProofError
from jupyter_mlops.exporting.serving import service

TOLERANCE = 1e-9
LEAST_TOLERANCE = 1e-12
IN_PROCESS, OVER_HTTP = "in process", "over HTTP"
_MOST_SHOWN = 5
_REPLAY_SECONDS = 600


def same(expected: Any, got: Any, tolerance: float) -> bool:
    """Whether an answer equals the notebook's: types and labels exactly, floats within the tolerance."""
    if type(expected) is not type(got) and not {type(expected), type(got)} <= {int, float}:
        return False
    if isinstance(expected, list):
        ours, theirs = cast("list[Any]", expected), cast("list[Any]", got)
        return len(ours) == len(theirs) and all(same(e, g, tolerance) for e, g in zip(ours, theirs, strict=True))
    if isinstance(expected, dict):
        row, answer = cast("dict[str, Any]", expected), cast("dict[str, Any]", got)
        return list(row) == list(answer) and all(same(row[key], answer[key], tolerance) for key in row)
    if isinstance(expected, float) or (isinstance(got, float) and type(expected) is int):
        return type(got) in (int, float) and math.isclose(expected, got, rel_tol=tolerance, abs_tol=LEAST_TOLERANCE)
    return type(expected) is type(got) and expected == got


def prove(
    folder: Path,
    package: str,
    endpoints: Sequence[Endpoint],
    examples: Mapping[str, Sequence[Example]],
    program: str,
    *,
    tolerance: float = TOLERANCE,
    ways: Sequence[str] = (IN_PROCESS, OVER_HTTP),
) -> Proof:
    """Ask the package in `folder` in the ways given with the kernel's interpreter, and compare.

    Raises ProofError where it cannot be imported or served at all.
    """
    parts: list[ProofPart] = []
    differences: list[Difference] = []
    for how in ways:
        asked = _in_process(folder, package, program) if how == IN_PROCESS else _over_http(folder, examples, program)
        for endpoint in endpoints:
            found = _compare(endpoint.name, how, examples[endpoint.name], asked.get(endpoint.name, {}), tolerance)
            differences += found
            parts.append(
                ProofPart(
                    endpoint=endpoint.name,
                    how=how,
                    examples=len(examples[endpoint.name]),
                    weak=endpoint.weak,
                    different=len({json.dumps(each.row, sort_keys=True) for each in found}),
                )
            )
    return Proof(passed=not differences, tolerance=tolerance, parts=parts, differences=differences)


def _compare(
    endpoint: str, how: str, examples: Sequence[Example], answers: Mapping[str, Any], tolerance: float
) -> list[Difference]:
    found: list[Difference] = []
    alone: Sequence[Any] = answers.get("alone", ())
    whole = answers.get("together")
    together = cast("list[Any]", whole) if isinstance(whole, list) else []
    for position, example in enumerate(examples):
        pairs: dict[str, Any] = {
            "asked alone": alone[position] if position < len(alone) else None,
            "asked with the others": together[position] if len(together) == len(examples) else whole,
        }
        for way, got in pairs.items():
            if not same(example.answer, got, tolerance):
                found.append(
                    Difference(
                        endpoint=endpoint,
                        how=f"{how}, {way}",
                        row=example.row,
                        expected=example.answer,
                        got=got,
                    )
                )
    return found


def _in_process(folder: Path, package: str, program: str) -> dict[str, dict[str, Any]]:
    script = Path(__file__).with_name("replay.py")
    try:
        done = subprocess.run(
            [program, "-B", str(script), str(folder), package],
            capture_output=True,
            text=True,
            timeout=_REPLAY_SECONDS,
            cwd=folder,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProofError.of(
            "proof-timeout",
            "the package did not answer its examples",
            reason=f"it took more than {_REPLAY_SECONDS} s in a fresh process",
            fix="see what the model does for a single row",
        ) from None
    if done.returncode != 0:
        raise ProofError.of(
            "package-not-importable",
            "the package cannot be imported in a fresh process",
            reason="\n".join(done.stderr.strip().splitlines()[-6:]),
            fix="look at what the notebook's code does when it is imported, away from the notebook",
        )
    return json.loads(done.stdout)


def _over_http(folder: Path, examples: Mapping[str, Sequence[Example]], program: str) -> dict[str, dict[str, Any]]:
    answers: dict[str, dict[str, Any]] = {}
    with service(folder, program) as running:
        running.wait_ready()
        with httpx.Client(base_url=running.address, timeout=120, trust_env=False) as client:
            for endpoint, cases in examples.items():
                answers[endpoint] = {
                    "alone": [_only(_ask(client, endpoint, [case.row])) for case in cases],
                    "together": _ask(client, endpoint, [case.row for case in cases]),
                }
    return answers


def _only(answer: Any) -> Any:
    """The one answer to one row; anything else stays as it is, to be seen as different."""
    if type(answer) is not list:
        return answer
    answers = cast("list[Any]", answer)
    return answers[0] if len(answers) == 1 else answers


def _ask(client: httpx.Client, endpoint: str, rows: Sequence[Any]) -> Any:
    try:
        response = client.post(f"/{endpoint}", json={"rows": rows})
    except httpx.HTTPError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    try:
        return response.json()
    except ValueError:
        return {"error": f"status {response.status_code}, and no JSON"}


def refuted(proof: Proof, notebook: str) -> ExportError:
    """The error of a proof that failed, with the first differences."""
    findings: list[Finding] = []
    for each in proof.differences[:_MOST_SHOWN]:
        findings.append(
            Finding(
                code="proof-failed",
                message=f"{each.endpoint} {each.how}: the notebook answered {_short(each.expected)}, "
                f"the package {_short(each.got)}",
                notebook=notebook,
                reason=f"for the row {_short(each.row, 300)}",
                fix=Fix(text=_likely_cause(proof)),
            )
        )
    left = len(proof.differences) - len(findings)
    if left > 0:
        last = findings[-1]
        findings[-1] = Finding(
            code=last.code,
            message=f"{last.message} (and {left} more differences)",
            notebook=last.notebook,
            reason=last.reason,
            fix=last.fix,
        )
    return ProofError(*findings)


def _likely_cause(proof: Proof) -> str:
    if all("asked alone" in each.how for each in proof.differences):
        return (
            "the answer hangs on the other rows of the request: make the transformers learn in fit, not in "
            "transform or predict"
        )
    return (
        "the model may have been changed after the notebook asked it, draw random numbers when it answers, or read "
        "something that is not part of it; pass everything through fit and seed what is random"
    )


def _short(value: Any, most: int = 120) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else text[: most - 1] + "…"
