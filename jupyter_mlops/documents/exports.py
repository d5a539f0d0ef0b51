"""The proof of a package, and the answers of `export` and `check`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from jupyter_mlops.documents.base import FORMAT, Document
from jupyter_mlops.documents.plans import Plan
from jupyter_mlops.errors import Finding, Severity


class Difference(Document, frozen=True, kw_only=True):
    """One example that the package answered differently; `how` is `in process` or `over HTTP`, and which of two.

    `row` holds the arguments by name where the endpoint is a function.
    """

    endpoint: str
    how: str
    row: Any
    expected: Any
    got: Any


class ProofPart(Document, frozen=True, kw_only=True):
    """How one endpoint did in one way of asking; `tolerance` is the relative one for its floats."""

    endpoint: str
    how: str
    examples: int
    weak: bool
    different: int
    tolerance: float = 1e-9


class Proof(Document, frozen=True, kw_only=True):
    """The result of asking the package for the notebook's own answers.

    `training` says whether the values that its `train.py` makes give the same answers.
    """

    passed: bool
    training: Literal["reproducible", "not-reproducible", "no-script"] = "no-script"
    tolerance: float
    parts: list[ProofPart]
    differences: list[Difference]


class ExportResult(Document, frozen=True, kw_only=True):
    """The `result` of `jupyter mlops export`."""

    format: int = FORMAT
    folder: str
    run: str
    plan: Plan
    proof: Proof


class RuleEntry(Document, frozen=True, kw_only=True):
    """One rule of `jupyter mlops check`; its severities, the gravest first."""

    code: str
    severities: list[Severity]
    summary: str


class RuleList(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops check --rules --json`."""

    format: int = FORMAT
    rules: list[RuleEntry]


class CheckResult(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops check --json`; `run` is the run whose facts were used, if any.

    With `--fix`, `fixed` are the findings whose edits were written, and `findings` what remains.
    """

    format: int = FORMAT
    notebook: str
    run: str | None
    findings: list[Finding]
    fixed: list[Finding] = msgspec.field(default_factory=list[Finding])
