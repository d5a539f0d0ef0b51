"""A project with scores of two notebooks, a curve, and names that are no HTML."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from jupyter_mlops.kernel.outbox import Outbox
from jupyter_mlops.kernel.record import Captured, ExecutionRow, MetricRow, ParameterRow
from jupyter_mlops.kernel.surroundings import session_row


@pytest.fixture
def project(tmp_path, monkeypatch, write_notebook) -> Path:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.delenv("JUPYTER_MLOPS_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    write_notebook(tmp_path / "a.ipynb", "x = 1", "auc = score()")
    errors: list[BaseException] = []
    store = tmp_path / ".jupyter_mlops" / "store.sqlite"
    outbox = Outbox(store, session_row(tmp_path, "a.ipynb", None), errors.append, lambda *_: None)
    outbox.put(None)
    for seq in range(1, 5):
        parameter = ParameterRow("<b>", "int", str(seq), seq, "cell")
        curve = [MetricRow("loss", 1 / (step + 1), "0.5", "float", "logged", step, step == 2) for step in range(3)]
        odd = [MetricRow("odd", value, repr(value), "float", "score") for value in [math.nan if seq < 3 else math.inf]]
        auc = MetricRow("auc", seq / 10, repr(seq / 10), "float", "score")
        outbox.put(
            ExecutionRow(
                seq=seq,
                text="auc = score()  # <script>",
                notebook="a.ipynb" if seq < 4 else "b.ipynb",
                cell="cell-2",
                found="metadata",
                role="evaluate",
                depth=0,
                started=1e9 + seq,
                msg_id=None,
                status="ok",
                seconds=0.5,
                captured=Captured([parameter], [auc, *odd, *(curve if seq == 2 else [])]),
            )
        )
    outbox.close(1)
    assert errors == []
    return tmp_path
