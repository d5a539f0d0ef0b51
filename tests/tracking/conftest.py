"""A store as kernels leave it behind, written by their own code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.documents import CellRecord, ParameterValue, RunRecord
from jupyter_mlops.kernel.outbox import Outbox
from jupyter_mlops.kernel.record import ExecutionRow
from jupyter_mlops.kernel.surroundings import session_row

sys.path.append(str(Path(__file__).parent))  # the stories of the tests of verdicts


@pytest.fixture
def store(tmp_path, monkeypatch) -> Path:
    """The place of the project's store; nothing is there yet."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("JUPYTER_MLOPS_STORE", raising=False)
    return tmp_path / ".jupyter_mlops" / "store.sqlite"


@pytest.fixture
def record_session(store, tmp_path) -> Callable[..., Outbox]:
    """Record a session: `record_session({"text": "x = 1", "cell": "a"}, …, ended=None, run=None)`."""

    def record(*cells: dict[str, Any], run: str | None = None, ended: float | None = 1e9, **session: Any) -> Outbox:
        errors: list[BaseException] = []
        row = replace(session_row(tmp_path, "a.ipynb", run), ended=ended, **session)
        outbox = Outbox(store, row, errors.append, lambda *_: None)
        outbox.put(None)
        for seq, cell in enumerate(cells, start=1):
            known = {"notebook": "a.ipynb", "cell": None, "found": "metadata", "role": None, "depth": 0, "msg_id": None}
            fields = {**known, "started": 1e9 + seq, "status": "ok", "seconds": 0.5, **cell}
            outbox.put(ExecutionRow(seq=seq, **fields))
        outbox._close()
        assert errors == []
        return outbox

    return record


@pytest.fixture
def run_record() -> Callable[..., RunRecord]:
    """A run's record, with two cells."""

    def make(name: str, **fields: Any) -> RunRecord:
        cells = [
            CellRecord(id=f"c{n}", code_hash="0", status="ok", started=f"2026-03-01T10:00:0{n}+00:00", seconds=1.5)
            for n in (1, 2)
        ]
        known: dict[str, Any] = {
            "notebook": "a.ipynb",
            "code_hash": "0",
            "cells": [*cells, CellRecord(id="c3", code_hash="0", status="not-run")],
            "parameters": {"rate": ParameterValue(type="float", text="nan")},
            "kernel": "python3",
            "environment": None,
            "git": None,
            "data_files": None,
            "verdict": "passed",
            "reason": "every cell ran in order",
        }
        return RunRecord(id=name, **{**known, **fields})

    return make
