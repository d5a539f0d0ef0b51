"""Everything that is written to a file or sent to another process, as msgspec structs.

Each document carries `format`. The JSON Schema of all of them is made from these classes
(`jupyter_mlops/documents.schema.json`), and later the TypeScript types; a test fails when it is out of date.
"""

from __future__ import annotations

import inspect
import json
from typing import Any, Literal

import msgspec

from jupyter_mlops.errors import Finding

FORMAT = 1

CellStatus = Literal["ok", "error", "skipped", "not-run", "interrupted"]
RunVerdict = Literal["passed", "failed", "stopped-early", "interrupted", "kernel-died"]
CertificateState = Literal["certified", "other-parameters", "outdated", "none"]
CellVerdictName = Literal["fresh", "stale", "never-run", "hidden-state", "not-repeatable"]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A value that crosses a boundary: immutable, with named fields only."""


# --- run record: .jupyter_mlops/runs/<id>/run.json -------------------------------------------------------


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


# --- facts of an export's run: .jupyter_mlops/runs/<id>/facts.json ------------------------------------------


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
    """What only a run can tell, kept for `check`: the estimators left behind, and values that cannot be saved."""

    format: int = FORMAT
    run: str
    estimators: list[EstimatorFact]
    findings: list[Finding]


# --- status ------------------------------------------------------------------------------------------------


class Certificate(Document, frozen=True, kw_only=True):
    """Whether the notebook as it is now has passed a clean run, and if not why and what to do."""

    state: CertificateState
    run: str | None
    reason: str
    fix: str | None


class VerdictEntry(Document, frozen=True, kw_only=True):
    """One thing known of a cell, with its variable, its cause and its fix."""

    verdict: CellVerdictName
    variable: str | None
    cause_cell: str | None
    reason: str
    fix: str | None


class CellVerdict(Document, frozen=True, kw_only=True):
    """All that is known of one cell now; `verdict` is the gravest of `verdicts`."""

    id: str
    index: int
    verdict: CellVerdictName
    verdicts: list[VerdictEntry]


class SessionInfo(Document, frozen=True, kw_only=True):
    """The live kernel session that the verdicts speak of."""

    id: str
    kernel: str
    started: str
    last_execution: str | None
    alive: bool


class Status(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops status --json`."""

    format: int = FORMAT
    notebook: str
    certificate: Certificate
    session: SessionInfo | None
    cells: list[CellVerdict]


# --- signature and plan ------------------------------------------------------------------------------------

ItemType = Literal["integer", "number", "boolean", "string", "datetime"]


class Cells(Document, frozen=True, kw_only=True):
    """Cells that are sequences of numbers of one `dtype`: Series with the index 0, 1, 2, …, arrays or lists.

    `length` is null where they were of different lengths; none may be empty.
    """

    container: Literal["series", "array", "list"]
    dtype: str
    length: int | None


class Column(Document, frozen=True, kw_only=True):
    """One column of a frame as the run's rows showed it.

    `dtype` is the pandas dtype to build it with; `categories` are the only values admitted, where that is
    known; `aware` says of a datetime column that its values carry a time zone, `ordered` of a categorical one
    that its categories have an order, and `null` what a missing value was in a column of dtype object. Where `cells` is
    given, `type` and `nullable` speak of the numbers in a cell.
    """

    name: str
    dtype: str
    type: ItemType
    nullable: bool
    categories: list[str | int | float | bool] | None = None
    aware: bool = False
    ordered: bool = False
    null: Literal["nan", "none"] = "none"
    cells: Cells | None = None


class FrameInput(Document, frozen=True, kw_only=True, tag="frame", tag_field="kind"):
    """Rows are objects, one field a column; `predict` gets a pandas DataFrame with these columns in order."""

    columns: list[Column]


class ArrayInput(Document, frozen=True, kw_only=True, tag="array", tag_field="kind"):
    """Rows are lists, nested and as long as `shape` says, or single values where it is empty.

    `predict` gets a NumPy array of `dtype` with the rows as its first dimension and `shape` as the others.
    """

    shape: tuple[int, ...]
    dtype: str
    type: ItemType
    nullable: bool


class TextInput(Document, frozen=True, kw_only=True, tag="text", tag_field="kind"):
    """Rows are strings; `predict` gets the container that the notebook used.

    `container` is `list`, `array` (one-dimensional, of `dtype`) or `series` (with `dtype` and `name`).
    """

    container: Literal["list", "array", "series"]
    dtype: str | None = None
    name: str | None = None


Signature = FrameInput | ArrayInput | TextInput


class Answer(Document, frozen=True, kw_only=True):
    """One element of the list that an endpoint answers with.

    A scalar of `type` where `shape` is empty; else lists of such values, nested and as long as it says, or, where
    `columns` is given, an object with these fields. `nullable` where NaN may come out; `single` where the numbers are
    floats of 32 bits or fewer.
    """

    type: ItemType
    shape: tuple[int, ...] = ()
    columns: list[str] | None = None
    nullable: bool = False
    single: bool = False


class Example(Document, frozen=True, kw_only=True):
    """A row with the answer that the notebook itself gave; of a function, `row` holds its arguments by name."""

    row: Any
    answer: Any


class ElementsInput(Document, frozen=True, kw_only=True, tag="elements", tag_field="kind"):
    """A NumPy array as an argument: lists nested `ndim` deep, the inner ones of `width` where that is known."""

    ndim: int
    width: int | None
    dtype: str
    type: ItemType
    nullable: bool


class Argument(Document, frozen=True, kw_only=True):
    """One argument of a function that is an endpoint.

    `type` is its hint as the notebook has it, or what the calls of the run showed; `default` is a Python literal,
    null where there is none. `content` says what arrays and frames hold. `positional` arguments have no name in
    calls of Python.
    """

    name: str
    type: str
    required: bool
    default: str | None = None
    positional: bool = False
    content: FrameInput | ElementsInput | None = None


class Endpoint(Document, frozen=True, kw_only=True):
    """One route of the service: `POST /<name>`, of a method of the model or of a function of the notebook.

    Of a method, `answer` is the type of one element of its list, and `classes` gives the order of probabilities,
    where known. Of a function, `returns` is the type of its answers as Python has it, and `description` its
    docstring.
    """

    name: str
    kind: Literal["model", "function"] = "model"
    answer: Answer | None = None
    examples: int
    weak: bool
    classes: list[Any] | None = None
    arguments: list[Argument] | None = None
    returns: str | None = None
    description: str | None = None


NameKind = Literal["code", "learned", "parameter", "not-needed"]


class PlannedName(Document, frozen=True, kw_only=True):
    """A name of the notebook and what becomes of it; `cell` is the id of the cell that bound it."""

    name: str
    kind: NameKind
    reason: str
    cell: str | None
    index: int | None


class Requirement(Document, frozen=True, kw_only=True):
    """A distribution that the package needs, with the version of the run and the reason."""

    name: str
    version: str
    reason: str


class Plan(Document, frozen=True, kw_only=True):
    """What an export will contain, complete before anything is written.

    `model` and `signature` are null where the endpoints are functions of the notebook; `modules` are files of the
    project that go along, by their paths in the package.
    """

    format: int = FORMAT
    run: str
    notebook: str
    name: str
    model: str | None
    model_class: str | None
    signature: Signature | None
    endpoints: list[Endpoint]
    names: list[PlannedName]
    requirements: list[Requirement]
    modules: list[str] = []
    findings: list[Finding]


# --- proof and export result -------------------------------------------------------------------------------


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


class CheckResult(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops check --json`; `run` is the run whose facts were used, if any."""

    format: int = FORMAT
    notebook: str
    run: str | None
    findings: list[Finding]


# --- roles of cells ------------------------------------------------------------------------------------------

Role = Literal["parameters", "injected-parameters", "data", "train", "evaluate", "serve", "skip-execution"]


class CellRole(Document, frozen=True, kw_only=True):
    """One code cell: its `role` by its tags, and the one that is `suggested` for it, with the reason."""

    id: str
    index: int
    role: Role | None
    suggested: Role | None
    reason: str | None


class RolesResult(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops roles --json`; `run` is the run whose facts were used, if any.

    `applied` says that the suggested roles were written into the notebook; `role` is what was there before.
    """

    format: int = FORMAT
    notebook: str
    run: str | None
    cells: list[CellRole]
    applied: bool


# --- comparison of saved outputs with those of a clean run ---------------------------------------------------

ComparedState = Literal["same", "different", "not-saved", "skipped", "not-run"]
DifferenceKind = Literal["text", "number", "image", "missing", "extra", "error"]


class OutputDifference(Document, frozen=True, kw_only=True):
    """One output that a clean run gives differently; `saved` and `now` are short texts, null where there is none.

    The lines of `diff` begin with `- ` (saved), `+ ` (now), `? ` (by how much) or two spaces.
    """

    output: str
    kind: DifferenceKind
    message: str
    saved: str | None
    now: str | None
    diff: list[str]


class ComparedCell(Document, frozen=True, kw_only=True):
    """What became of one code cell's saved outputs; `index` is its position in the notebook from 1."""

    id: str
    index: int
    state: ComparedState
    differences: list[OutputDifference]


class Comparison(Document, frozen=True, kw_only=True):
    """The saved outputs of a notebook held against those of a clean run; `different` counts the cells."""

    format: int = FORMAT
    run: str
    notebook: str
    tolerance: float
    cells: list[ComparedCell]
    different: int


# --- events ------------------------------------------------------------------------------------------------


class CellEvent(Document, frozen=True, kw_only=True, tag="cell", tag_field="event"):
    """A cell changed its state; `index` counts the cells from 1 and `of` is how many there are."""

    index: int
    of: int
    id: str
    state: Literal["running"] | CellStatus
    seconds: float | None = None


class PhaseEvent(Document, frozen=True, kw_only=True, tag="phase", tag_field="event"):
    """A long command entered a phase."""

    name: str


class LogEvent(Document, frozen=True, kw_only=True, tag="log", tag_field="event"):
    """A line for people."""

    text: str


class ResultEvent(Document, frozen=True, kw_only=True, tag="result", tag_field="event"):
    """The last event of a command that did what it was asked."""

    value: Any


class ErrorEvent(Document, frozen=True, kw_only=True, tag="error", tag_field="event"):
    """The last event of a command that did not."""

    findings: list[Finding]


Event = CellEvent | PhaseEvent | LogEvent | ResultEvent | ErrorEvent


def schema() -> dict[str, Any]:
    """The JSON Schema of every document that is written or sent, as `documents.schema.json` has it."""
    documents = (RunRecord, RunFacts, Status, Plan, ExportResult, CheckResult, RolesResult, Comparison, Event)
    _, components = msgspec.json.schema_components(documents, ref_template="#/$defs/{name}")
    for component in components.values():
        if "description" in component:
            # 3.13 takes the indentation out of docstrings, earlier versions leave it in
            component["description"] = inspect.cleandoc(component["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": components}


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2, sort_keys=True))
