"""A run's record (`.jupyter_mlops/runs/<id>/run.json`) and what its export found (`facts.json`)."""

from __future__ import annotations

from typing import Literal

from jupyter_mlops.documents.base import FORMAT, Document
from jupyter_mlops.errors import Finding

CellStatus = Literal["ok", "error", "skipped", "not-run", "interrupted"]
RunVerdict = Literal["passed", "failed", "stopped-early", "interrupted", "kernel-died"]


class CellFault(Document, frozen=True, kw_only=True):
    """What a cell raised: the exception's class, its text, and the line of the cell that raised, if known."""

    name: str
    message: str
    line: int | None = None


class CellRecord(Document, frozen=True, kw_only=True):
    """One code cell of a clean run; `started` is UTC in ISO 8601, `seconds` its wall time.

    A cell of status `ok` with an `error` was tagged `raises-exception` and raised it.
    """

    id: str
    code_hash: str
    status: CellStatus
    execution_count: int | None = None
    started: str | None = None
    seconds: float | None = None
    error: CellFault | None = None


class ParameterValue(Document, frozen=True, kw_only=True):
    """A scalar or container given to a run: its Python type's name and its text as a Python literal."""

    type: str
    text: str


class Environment(Document, frozen=True, kw_only=True):
    """Where a run took place; `distributions` maps those that the run imported to their versions."""

    python: str
    platform: str
    distributions: dict[str, str]


class GitState(Document, frozen=True, kw_only=True):
    """The commit that the project's folder was at; `dirty` where tracked files differed from it."""

    commit: str
    branch: str | None
    dirty: bool


class RunRecord(Document, frozen=True, kw_only=True):
    """One clean run. Paths are relative to the project's root; `notebook` may be an address, without its query.

    `copy` says of a run that it took place in a copy of the files that git knew.
    """

    format: int = FORMAT
    id: str
    notebook: str
    code_hash: str
    cells: list[CellRecord]
    parameters: dict[str, ParameterValue]
    kernel: str
    environment: Environment | None
    git: GitState | None
    data_files: list[str] | None
    verdict: RunVerdict
    reason: str
    copy: bool = False


class EstimatorFact(Document, frozen=True, kw_only=True):
    """An object of scikit-learn's protocol that a run left bound.

    `also` are further names of the same object; `part_of` names another estimator that holds it.
    """

    name: str
    also: list[str]
    class_name: str
    fitted: bool
    methods: list[str]
    part_of: str | None


class RunFacts(Document, frozen=True, kw_only=True):
    """What only a run can tell, kept for `check`: the estimators left behind, values that cannot be saved, and other
    findings whose fixes are edits.

    The edits hold for cells with the texts that `text_hash` stands for.
    """

    format: int = FORMAT
    run: str
    estimators: list[EstimatorFact]
    findings: list[Finding]
    text_hash: str = ""
