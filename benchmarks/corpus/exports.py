"""The numerator: the export of one notebook through the command line, and what its last event says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .eligibility import Eligibility, Ended, beside, offline, run
from .environment import Environment

LIMIT_SECONDS = 300
SEVERAL = "several-estimators"
CRASHES = frozenset({"internal-error", "benchmark-no-result"})


@dataclass(frozen=True)
class Outcome:
    """How an export ended: `code` is empty where the package was proved; `model` was named with --model."""

    notebook: str
    code: str
    message: str
    reason: str
    fix: str
    model: str | None
    weak: bool
    seconds: float
    findings: list[Mapping[str, Any]]


def exported(root: Path, eligible: Eligibility, environment: Environment, cache: Path) -> Outcome:
    """Export an eligible notebook, from the cache or by doing it; once more by name where only that was asked."""
    if cache.is_file():
        return Outcome(**json.loads(cache.read_text(encoding="utf-8")))
    with beside(root / eligible.notebook) as copy:
        result = _export(copy, eligible.notebook, None, environment)
        if result.code == SEVERAL:
            result = _export(copy, eligible.notebook, eligible.model, environment)
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")
    return result


def _export(copy: Path, notebook: str, model: str | None, environment: Environment) -> Outcome:
    target = copy.parent.parent / "service"
    command = [environment.ours / "bin" / "jupyter-mlops", "export", copy, "--events", "-o", target, "-k", "python3"]
    named = ["--model", model] if model else []
    ended = run([*command, *named], copy.parent, offline(environment.ours, environment.home), LIMIT_SECONDS)
    return outcome(notebook, ended, model)


def outcome(notebook: str, ended: Ended, model: str | None) -> Outcome:
    """What an ended export says, from its last event."""
    if ended.status is None:
        finding = {"code": "benchmark-timeout", "message": f"the export took more than {LIMIT_SECONDS} s"}
        return _failed(notebook, [finding], model, ended.seconds)
    try:
        last = json.loads((ended.output.strip().splitlines() or [""])[-1])
    except json.JSONDecodeError:
        last = {}
    match last:
        case {"event": "result", "value": {"proof": {"passed": True} as proof, "plan": {"findings": warnings}}}:
            weak = any(part["weak"] for part in proof["parts"])
            return Outcome(notebook, "", "", "", "", model, weak, ended.seconds, warnings)
        case {"event": "error", "findings": [_, *_] as findings}:
            return _failed(notebook, findings, model, ended.seconds)
    text = (ended.errors or ended.output).strip()[-2000:]
    finding = {"code": "benchmark-no-result", "message": f"it ended with status {ended.status}: {text}"}
    return _failed(notebook, [finding], model, ended.seconds)


def _failed(notebook: str, findings: list[Mapping[str, Any]], model: str | None, seconds: float) -> Outcome:
    # one crash outweighs what else was found; a warning never stops an export
    first = min(findings, key=lambda each: (each["code"] not in CRASHES, each.get("severity", "error") != "error"))
    fix = (first.get("fix") or {}).get("text", "")
    reason = first.get("reason") or ""
    return Outcome(notebook, first["code"], first["message"], reason, fix, model, False, seconds, findings)
