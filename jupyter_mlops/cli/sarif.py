"""Findings as SARIF 2.1.0, for code scanning and editors.

A notebook's lines count within the cell here, as everywhere in this project: `region.startLine` is the line in the
cell, the logical location names the cell, and `properties` have its id and its number.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import msgspec

from jupyter_mlops import __version__
from jupyter_mlops.documents import CheckResult, Event
from jupyter_mlops.errors import Finding, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


class SarifDocument:
    """A voice that prints one SARIF log at the end; `paths` are the notebooks as they were named, in their order."""

    def __init__(self, paths: Sequence[str] = ()) -> None:
        self.paths = paths

    def event(self, event: Event) -> None:
        """A log has no events."""

    def result(self, value: Any, show: Callable[..., None]) -> None:  # noqa: ARG002
        """The findings of one notebook or several; for the list of rules a log without any."""
        given = cast("list[object]", value if isinstance(value, list) else [value])
        results = [each for each in given if isinstance(each, CheckResult)]
        pairs = zip(results, self.paths or [each.notebook for each in results], strict=True)
        _write(log([(finding, path) for result, path in pairs for finding in result.findings]))

    def failed(self, findings: Sequence[Finding]) -> None:
        """What stopped the command."""
        _write(log([(finding, finding.notebook) for finding in findings], successful=False))


def log(findings: Sequence[tuple[Finding, str | None]], *, successful: bool = True) -> dict[str, Any]:
    """A SARIF log of findings, each with the path of its notebook."""
    from jupyter_mlops.rules.catalogue import CODES

    codes = list(dict.fromkeys([*CODES, *(finding.code for finding, _ in findings)]))
    rules = [
        {
            "id": code,
            "shortDescription": {"text": CODES[code].summary if code in CODES else code},
            "help": {"text": _help(code)},
        }
        for code in codes
    ]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "jupyter-mlops", "version": __version__, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": successful}],
                "results": [_result(finding, path, codes.index(finding.code)) for finding, path in findings],
            }
        ],
    }


def _help(code: str) -> str:
    return (
        "Each finding says why and what to do. Leave the rule out of one cell by its metadata, "
        f'{{"jupyter_mlops": {{"ignore": ["{code}"]}}}}, or of a project in pyproject.toml: '
        f'[tool.jupyter_mlops.check] ignore = ["{code}"].'
    )


def _result(finding: Finding, path: str | None, rule: int) -> dict[str, Any]:
    text = ". ".join(each for each in (finding.message, finding.reason) if each)
    if finding.fix is not None:
        text += f". Fix: {finding.fix.text}"
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
    }
    if path is not None:
        result["locations"] = [_location(finding, path)]
    if finding.cell is not None:
        result["properties"] = {"cell": finding.cell, "index": finding.index}
    return result


def _location(finding: Finding, path: str) -> dict[str, Any]:
    uri = Path(path).as_uri() if Path(path).is_absolute() else quote(path)
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if finding.line is not None:
        physical["region"] = {"startLine": finding.line}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.index is not None:
        name = f"cell {finding.index}"
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": f"{uri}#{finding.cell}", "kind": "cell"}]
    return location


def _write(document: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")
