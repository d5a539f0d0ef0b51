"""The proof: the package gives the notebook's own answers, in a fresh process, over HTTP and as a built bento.

Every row is asked alone and all of them together, so that an answer that hangs on the other rows of a request
shows; functions are asked twice, so that one that remembers shows. Labels must be equal, of the same type; floats to
a relative tolerance, with 1e-12 as the least absolute one, since the order of a sum may change with the number of
rows. Where the model answers with floats of 32 bits, both are wider.
"""

from __future__ import annotations

import functools
import json
import math
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import httpx

from jupyter_mlops.documents import Difference, Endpoint, Example, PlannedName, Proof, ProofPart
from jupyter_mlops.errors import ExportError, Finding, Fix, ProofError
from jupyter_mlops.exporting.bento import built
from jupyter_mlops.exporting.replay import asked_twice, the_only
from jupyter_mlops.exporting.serving import service
from jupyter_mlops.exporting.signature import tolerance_of

TOLERANCE = 1e-9
LEAST_TOLERANCE = 1e-12
IN_PROCESS, OVER_HTTP, FROM_BENTO = "in process", "over HTTP", "from the built bento"
EVERY_WAY = (IN_PROCESS, OVER_HTTP, FROM_BENTO)
_ASKED = {how: (f"{how}, asked alone", f"{how}, asked with the others") for how in EVERY_WAY}
_CALLED = {how: (f"{how}, asked first", f"{how}, asked again") for how in EVERY_WAY}
_MOST_SHOWN = 5
_REPLAY_SECONDS = 600


def same(expected: Any, got: Any, tolerance: float, least: float = LEAST_TOLERANCE) -> bool:
    """Whether an answer equals the notebook's: types and labels exactly, floats within the relative tolerance or the
    `least` absolute one."""
    if type(expected) is not type(got) and not {type(expected), type(got)} <= {int, float}:
        return False
    if isinstance(expected, list):
        ours, theirs = cast("list[Any]", expected), cast("list[Any]", got)
        return len(ours) == len(theirs) and all(same(e, g, tolerance, least) for e, g in zip(ours, theirs, strict=True))
    if isinstance(expected, dict):
        row, answer = cast("dict[str, Any]", expected), cast("dict[str, Any]", got)
        return list(row) == list(answer) and all(same(row[key], answer[key], tolerance, least) for key in row)
    if isinstance(expected, float) or (isinstance(got, float) and type(expected) is int):
        return type(got) in (int, float) and math.isclose(expected, got, rel_tol=tolerance, abs_tol=least)
    return type(expected) is type(got) and expected == got


def prove(
    folder: Path,
    package: str,
    endpoints: Sequence[Endpoint],
    examples: Mapping[str, Sequence[Example]],
    program: str,
    *,
    tolerance: float = TOLERANCE,
    ways: Sequence[str] = EVERY_WAY,
    builder: str | None = None,
) -> Proof:
    """Ask the package in `folder` in the ways given with an interpreter, and compare. `builder` is the one that builds
    the bento, if another: building needs more than serving does.

    Raises ProofError where it cannot be imported, built or served at all.
    """
    parts: list[ProofPart] = []
    differences: list[Difference] = []
    functions = frozenset(each.name for each in endpoints if each.kind == "function")
    for how in ways:
        if how == IN_PROCESS:
            asked = _in_process(folder, package, program)
        elif how == OVER_HTTP:
            asked = _over_http(folder, examples, functions, program)
        else:
            with built(folder, package, builder or program) as bento:
                asked = _over_http(bento, examples, functions, program)
        for endpoint in endpoints:
            near = tolerance_of(endpoint.answer, tolerance)
            found = compared(endpoint, how, examples[endpoint.name], asked.get(endpoint.name, {}), near)
            differences += found
            parts.append(
                ProofPart(
                    endpoint=endpoint.name,
                    how=how,
                    examples=len(examples[endpoint.name]),
                    weak=endpoint.weak,
                    different=len({json.dumps(each.row, sort_keys=True) for each in found}),
                    tolerance=near,
                )
            )
    return Proof(passed=not differences, tolerance=tolerance, parts=parts, differences=differences)


def compared(
    endpoint: Endpoint, how: str, examples: Sequence[Example], answers: Mapping[str, Any], tolerance: float
) -> list[Difference]:
    """The differences between what a package answered, asked in both ways of `how`, and the examples."""
    found: list[Difference] = []
    least = LEAST_TOLERANCE
    if endpoint.answer is not None and endpoint.answer.single:
        # what is small beside the other answers is the rest of a sum of large numbers
        least = tolerance * _largest([example.answer for example in examples])
    called = endpoint.kind == "function"
    alone: Sequence[Any] = answers.get("first" if called else "alone", ())
    whole = answers.get("again" if called else "together")
    together = cast("list[Any]", whole) if isinstance(whole, list) else []
    for position, example in enumerate(examples):
        by_itself: Any = alone[position] if position < len(alone) else None
        with_others: Any = cast("Any", together[position] if len(together) == len(examples) else whole)
        for way, got in zip((_CALLED if called else _ASKED)[how], (by_itself, with_others), strict=True):
            if not same(example.answer, got, tolerance, least):
                found.append(
                    Difference(
                        endpoint=endpoint.name,
                        how=way,
                        row=example.row,
                        expected=example.answer,
                        got=got,
                    )
                )
    return found


def _largest(answer: Any) -> float:
    """The largest number in an answer, without its sign."""
    if isinstance(answer, dict):
        answer = list(cast("dict[str, Any]", answer).values())
    if isinstance(answer, list):
        return max(map(_largest, cast("list[Any]", answer)), default=0.0)
    return abs(answer) if isinstance(answer, int | float) else 0.0


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


def _over_http(
    folder: Path, examples: Mapping[str, Sequence[Example]], functions: Collection[str], program: str
) -> dict[str, dict[str, Any]]:
    answers: dict[str, dict[str, Any]] = {}
    with service(folder, program) as running:
        running.wait_ready()
        with httpx.Client(base_url=running.address, timeout=120, trust_env=False) as client:
            for endpoint, cases in examples.items():
                rows = [case.row for case in cases]
                if endpoint in functions:
                    answers[endpoint] = asked_twice(rows, functools.partial(_ask, client, endpoint))
                    continue
                answers[endpoint] = {
                    "alone": [the_only(_ask(client, endpoint, {"rows": [row]})) for row in rows],
                    "together": _ask(client, endpoint, {"rows": rows}),
                }
    return answers


def _ask(client: httpx.Client, endpoint: str, body: Any) -> Any:
    try:
        response = client.post(f"/{endpoint}", json=body)
    except httpx.HTTPError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    try:
        return response.json()
    except ValueError:
        return {"error": f"status {response.status_code}, and no JSON"}


def refuted(proof: Proof, notebook: str, answering: Mapping[str, PlannedName]) -> ExportError:
    """The error of a proof that failed, with the first differences; they point to the cell that binds what answers."""
    shown = _worth_showing(proof.differences)
    left = len(proof.differences) - len(shown)
    fix = Fix(text=_way_out(proof))
    findings: list[Finding] = []
    for position, each in enumerate(shown, start=1):
        raised = _raised(each)
        bound = answering.get(each.endpoint)
        called = any(each.how in ways for ways in _CALLED.values())
        gave = f"the package raised {raised}" if raised else f"the package {_short(each.got)}"
        more = f" (and {left} more difference{'s' if left > 1 else ''})" if left and position == len(shown) else ""
        findings.append(
            Finding(
                code="proof-failed",
                message=f"{each.endpoint} {each.how}: the notebook answered {_short(each.expected)}, {gave}{more}",
                notebook=notebook,
                cell=bound.cell if bound else None,
                index=bound.index if bound else None,
                reason=f"for the {'arguments' if called else 'row'} {_short(each.row, 300)}",
                fix=fix,
            )
        )
    return ProofError(*findings)


def _worth_showing(differences: Sequence[Difference]) -> list[Difference]:
    """The first few, of equal errors only one."""
    shown: list[Difference] = []
    told: set[str] = set()
    for each in differences:
        raised = _raised(each)
        if raised in told:
            continue
        told |= {raised} if raised else set()
        shown.append(each)
    return shown[:_MOST_SHOWN]


def _raised(difference: Difference) -> str | None:
    """What the package raised in its own process; over HTTP it does not tell."""
    got = difference.got
    error = cast("dict[str, Any]", got).get("error") if isinstance(got, dict) else None
    if error is None or (isinstance(difference.expected, dict) and "error" in difference.expected):
        return None
    return error if isinstance(error, str) else _short(error)


def _way_out(proof: Proof) -> str:
    """What to do about the likely cause, told from which ways of asking agree with each other."""
    asked_in_process = any(part.how == IN_PROCESS for part in proof.parts)
    packed = (*_ASKED[FROM_BENTO], *_CALLED[FROM_BENTO])
    if len({part.how for part in proof.parts}) > 1 and all(each.how in packed for each in proof.differences):
        return (
            "the package answers well from its folder but not as a bento: the code that serves may read a file that "
            "is not packed; read it at the top level of a cell, and let the code use what was read"
        )
    served = (*_ASKED[OVER_HTTP], *_CALLED[OVER_HTTP], *packed)
    if asked_in_process and all(each.how in served for each in proof.differences):
        return (
            "the package answers well by itself but not when it is served: requests are answered in other threads than "
            "the code was loaded in, and a setting of the notebook may hold in one thread only (as those of "
            "sklearn.set_config do); set it on the object instead, as in model.set_output(transform='pandas')"
        )
    if any(each.how in ways for each in proof.differences for ways in _CALLED.values()):
        return _way_out_of_functions(proof)
    raised = [text for text in map(_raised, proof.differences) if text]
    if any(text.startswith("FileNotFoundError") for text in raised):
        return (
            "the code that serves reads a file when it answers: read it at the top level of a cell, and let the code "
            "use what was read"
        )
    if raised:
        return "see what the code that serves needs, beside the row, that only the notebook has"
    answers: dict[str, dict[str, Any]] = {}
    for each in proof.differences:
        row = f"{each.endpoint} {json.dumps(each.row, sort_keys=True)}"
        # a way of asking that shows no difference gave the notebook's answer
        given = answers.setdefault(row, dict.fromkeys([*_ASKED[IN_PROCESS], *_ASKED[OVER_HTTP]], each.expected))
        given[each.how] = each.got
    asked_over_http = any(part.how == OVER_HTTP for part in proof.parts)

    def differ(pairs: Sequence[tuple[str, str]]) -> bool:
        return any(
            not same(given[one], given[other], proof.tolerance) for given in answers.values() for one, other in pairs
        )

    if asked_over_http and differ(list(zip(_ASKED[IN_PROCESS], _ASKED[OVER_HTTP], strict=True))):
        return (
            "the answer changes from call to call: do not draw random numbers or read the time in predict or transform"
        )
    if differ([_ASKED[IN_PROCESS]]):
        return (
            "the answer hangs on the other rows of the request: make the transformers learn in fit, not in "
            "transform or predict"
        )
    return (
        "the model may have been changed after the notebook asked it, or read something that is not part of it; pass "
        "everything through fit, and ask the model again after the change"
    )


def _way_out_of_functions(proof: Proof) -> str:
    """What to do about functions that answer differently."""
    raised = [text for text in map(_raised, proof.differences) if text]
    if any(text.startswith("FileNotFoundError") for text in raised):
        return "the function reads a file when it answers: read it at the top level of a cell, and use what was read"
    if raised:
        return "see what the function needs, beside its arguments, that only the notebook has"
    again = {each.how for each in proof.differences}
    if not again & {_CALLED[IN_PROCESS][0], _CALLED[OVER_HTTP][0]}:
        return "the function remembers what it was asked before: let it change nothing outside of itself"
    return (
        "the function may draw random numbers, read the clock or files, or use a name that was changed after it was "
        "called: call it again at the end of the notebook, and let its answer hang on its arguments alone"
    )


def _short(value: Any, most: int = 120) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else text[: most - 1] + "…"
