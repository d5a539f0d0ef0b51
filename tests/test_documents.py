"""Every document survives its way through JSON, and the schema in the repository is that of the classes."""

import json
from pathlib import Path

import msgspec
import pytest

from jupyter_mlops import documents
from jupyter_mlops.documents import (
    Answer,
    ArrayInput,
    CellEvent,
    CellFault,
    CellRecord,
    CellVerdict,
    Certificate,
    CheckResult,
    Column,
    Difference,
    Endpoint,
    Environment,
    ErrorEvent,
    EstimatorFact,
    Event,
    ExportResult,
    FrameInput,
    GitState,
    LogEvent,
    ParameterValue,
    PhaseEvent,
    Plan,
    PlannedName,
    Proof,
    ProofPart,
    Requirement,
    ResultEvent,
    RunFacts,
    RunRecord,
    SessionInfo,
    Status,
    TextInput,
    VerdictEntry,
)
from jupyter_mlops.errors import Edit, Finding, Fix

FINDING = Finding(
    code="c",
    message="m",
    notebook="n",
    cell="a",
    index=1,
    line=2,
    fix=Fix(text="t", edits=(Edit(cell="a", tags=("x",)),)),
)
RUN = RunRecord(
    id="r",
    notebook="a.ipynb",
    code_hash="0",
    cells=[CellRecord(id="a", code_hash="0", status="error", error=CellFault(name="E", message="m", line=1))],
    parameters={"x": ParameterValue(type="float", text="1.0")},
    kernel="python3",
    environment=Environment(python="3.11.1", platform="p", distributions={"numpy": "2"}),
    git=GitState(commit="c", branch=None, dirty=True),
    data_files=None,
    verdict="failed",
    reason="why",
)
COLUMN = Column(name="c", dtype="int64", type="integer", nullable=False, categories=[1, 2])
SIGNATURES = [
    FrameInput(columns=[COLUMN]),
    ArrayInput(shape=(2,), dtype="float64", type="number", nullable=True),
    TextInput(container="series", dtype="str", name="text"),
    None,
]
PLANS = [
    Plan(
        run="r",
        notebook="a.ipynb",
        name="a",
        model="m",
        model_class="M",
        signature=signature,
        endpoints=[
            Endpoint(name="predict", answer=Answer(type="number", shape=(2,)), examples=3, weak=True, classes=[0, "a"])
        ],
        names=[PlannedName(name="m", kind="learned", reason="why", cell="a", index=1)],
        requirements=[Requirement(name="numpy", version="2", reason="why")],
        findings=[FINDING],
    )
    for signature in SIGNATURES
]
PROOF = Proof(
    passed=False,
    tolerance=1e-9,
    parts=[ProofPart(endpoint="predict", how="over HTTP", examples=3, weak=False, different=1)],
    differences=[Difference(endpoint="predict", how="over HTTP", row={"a": 1}, expected=1, got=None)],
)
STATUS = Status(
    notebook="a.ipynb",
    certificate=Certificate(state="outdated", run="r", reason="why", fix="do"),
    session=SessionInfo(id="s", kernel="k", started="t", last_execution=None, alive=True),
    cells=[
        CellVerdict(
            id="a",
            index=1,
            verdict="stale",
            verdicts=[VerdictEntry(verdict="stale", variable="x", cause_cell="b", reason="why", fix=None)],
        )
    ],
)
FACTS = RunFacts(
    run="r",
    estimators=[EstimatorFact(name="m", also=[], class_name="M", fitted=True, methods=["predict"], part_of=None)],
    findings=[FINDING],
)
EVENTS = [
    CellEvent(index=1, of=2, id="a", state="running"),
    CellEvent(index=1, of=2, id="a", state="ok", seconds=0.5),
    PhaseEvent(name="run"),
    LogEvent(text="ä"),
    ResultEvent(value={"a": [1, None]}),
    ErrorEvent(findings=[FINDING]),
]
EVERYTHING = [
    (RunRecord, RUN),
    (RunFacts, FACTS),
    (Status, STATUS),
    *((Plan, plan) for plan in PLANS),
    (ExportResult, ExportResult(folder="f", run="r", plan=PLANS[0], proof=PROOF)),
    (CheckResult, CheckResult(notebook="a.ipynb", run=None, findings=[FINDING])),
    *((Event, event) for event in EVENTS),
]


@pytest.mark.parametrize(("kind", "value"), EVERYTHING, ids=lambda value: type(value).__name__)
def test_round_trip(kind, value):
    assert msgspec.json.decode(msgspec.json.encode(value), type=kind) == value


@pytest.mark.parametrize("value", [value for kind, value in EVERYTHING if kind is not Event])
def test_documents_carry_their_format(value):
    assert msgspec.to_builtins(value)["format"] == 1


def test_documents_cannot_be_changed():
    with pytest.raises(AttributeError):
        RUN.verdict = "passed"


def test_the_schema_is_up_to_date():
    path = Path(documents.__file__).parent / "documents.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(json.dumps(documents.schema())), (
        "make it anew: python -m jupyter_mlops.documents > jupyter_mlops/documents/documents.schema.json"
    )
