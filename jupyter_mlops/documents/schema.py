"""The JSON Schema of every document."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from jupyter_mlops.documents.comparisons import Comparison
from jupyter_mlops.documents.differences import RunComparison
from jupyter_mlops.documents.events import Event
from jupyter_mlops.documents.executions import DoctorResult, ExecutionDetail, ForgetResult, RunDetail, RunsResult
from jupyter_mlops.documents.exports import CheckResult, ExportResult, RuleList
from jupyter_mlops.documents.pages import Failure, NotebookCheck, NotebookState, PageNotebook
from jupyter_mlops.documents.plans import Plan
from jupyter_mlops.documents.roles import RolesResult
from jupyter_mlops.documents.runs import RunFacts, RunRecord
from jupyter_mlops.documents.status import Status


def schema() -> dict[str, Any]:
    """The JSON Schema of every document that is written or sent, as `documents.schema.json` has it."""
    documents = (
        RunRecord,
        RunFacts,
        Status,
        Plan,
        ExportResult,
        CheckResult,
        RuleList,
        RolesResult,
        Comparison,
        RunsResult,
        ExecutionDetail,
        RunDetail,
        RunComparison,
        ForgetResult,
        DoctorResult,
        Event,
        PageNotebook,
        NotebookState,
        NotebookCheck,
        Failure,
    )
    _, components = msgspec.json.schema_components(documents, ref_template="#/$defs/{name}")
    for component in components.values():
        if "description" in component:
            # 3.13 takes the indentation out of docstrings, earlier versions leave it in
            component["description"] = inspect.cleandoc(component["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": components}
