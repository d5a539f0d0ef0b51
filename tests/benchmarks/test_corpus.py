"""The corpus' own parts: the index's pages, what a gallery is, the probe, and what an export's last event means."""

from __future__ import annotations

import json
import runpy

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from benchmarks.corpus import committed
from benchmarks.corpus.__main__ import drawn
from benchmarks.corpus.eligibility import PROBE, Eligibility, Ended
from benchmarks.corpus.exports import Outcome, outcome
from benchmarks.corpus.report import report, share
from benchmarks.corpus.sources import SIMPLE_JSON, file_address, is_gallery_script


def test_file_address_of_both_forms_of_the_index():
    page = '<a href="../../f/a-1.0.tar.gz#sha256=00" data-x="1">a-1.0.tar.gz</a><a href="b">a-1.0.zip</a>'
    assert file_address(page, "text/html", "a-1.0.tar.gz") == "../../f/a-1.0.tar.gz"
    assert file_address(page, "text/html", "a-1.1.tar.gz") is None
    files = json.dumps({"files": [{"filename": "a-1.0.tar.gz", "url": "f/a", "hashes": {}}]})
    assert file_address(files, SIMPLE_JSON, "a-1.0.tar.gz") == "f/a"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("examples/regression/plot_x.py", '"""\nTitle\n=====\n"""\nx = 1\n', True),
        ("pkg/_docs/tutorials/0010_x.py", '"""Title"""\n', True),
        ("examples/helpers.py", "x = 1\n", False),
        ("examples/broken.py", '"""Title"""\nx = (\n', False),
        ("examples/tests/test_x.py", '"""Title"""\n', False),
        ("pkg/plot_x.py", '"""Title"""\n', False),
    ],
)
def test_is_gallery_script(tmp_path, path, text, expected):
    script = tmp_path / path
    script.parent.mkdir(parents=True)
    script.write_text(text)
    assert is_gallery_script(script, tmp_path) is expected


def probed(tmp_path, monkeypatch, **namespace):
    target = tmp_path / "probe.json"
    monkeypatch.setenv("CORPUS_PROBE", str(target))
    runpy.run_path(str(PROBE), init_globals=namespace)
    return json.loads(target.read_text())["estimators"]


def test_probe_finds_rows_for_fitted_estimators_only(tmp_path, monkeypatch):
    values = np.arange(40.0).reshape(20, 2)
    frame = pd.DataFrame(values, columns=["a", "b"])
    found = probed(
        tmp_path,
        monkeypatch,
        In=["", "model = make(); late = 1", "on_frame = model"],
        other=values[:, :1],
        values=values,
        frame=frame,
        unfitted=LinearRegression(),
        on_frame=LinearRegression().fit(frame, values[:, 0]),
        model=LinearRegression().fit(values, values[:, 0]),
    )
    assert [each["name"] for each in found] == ["model", "on_frame"]
    assert {each["method"] for each in found} == {"predict"}
    assert found[0]["rows"] == "values"


def test_probe_finds_texts_and_leaves_out_what_has_no_rows(tmp_path, monkeypatch):
    texts = ["good", "bad", "good day", "bad day", "day"]
    model = make_pipeline(CountVectorizer(), LinearRegression()).fit(texts, range(5))
    assert [each["rows"] for each in probed(tmp_path, monkeypatch, model=model, texts=texts)] == ["texts"]
    assert probed(tmp_path, monkeypatch, model=model, few=texts[:3], ragged=[[1], [1, 2]], word="goods") == []


def test_the_model_to_name_is_the_last_bound_that_predicts():
    def estimator(name, *methods):
        return {"name": name, "methods": list(methods)}

    found = [
        estimator("first", "predict"),
        estimator("second", "predict", "transform"),
        estimator("scaler", "transform"),
    ]
    assert Eligibility("n", True, "", 1.0, found).model == "second"
    assert Eligibility("n", True, "", 1.0, found[2:]).model == "scaler"
    assert Eligibility("n", False, "too slow", 1.0, []).model is None


def ended(event: object, status: int | None = 1) -> Ended:
    return Ended(status, json.dumps({"event": "phase", "name": "plan"}) + "\n" + json.dumps(event), "", 2.0)


def test_outcome_says_proved_only_of_a_passed_proof():
    plan = {"findings": []}
    proof = {"passed": True, "parts": [{"weak": False}, {"weak": True}]}
    proved = outcome("n", ended({"event": "result", "value": {"proof": proof, "plan": plan}}, 0), "model")
    assert (proved.code, proved.model, proved.weak) == ("", "model", True)
    proof = {"passed": False, "parts": []}
    assert outcome("n", ended({"event": "result", "value": {"proof": proof, "plan": plan}}), None).code


def test_outcome_of_errors_shows_the_crash_before_all_else():
    def finding(code, severity="error"):
        return {"code": code, "severity": severity, "message": code, "reason": None, "fix": {"text": "do " + code}}

    first = outcome("n", ended({"event": "error", "findings": [finding("note", "warning"), finding("no-rows")]}), None)
    assert (first.code, first.fix) == ("no-rows", "do no-rows")
    crash = outcome("n", ended({"event": "error", "findings": [finding("no-rows"), finding("internal-error")]}), None)
    assert crash.code == "internal-error"


def test_outcome_without_a_last_event():
    assert outcome("n", Ended(None, "", "", 300.0), None).code == "benchmark-timeout"
    crash = outcome("n", Ended(1, "not json", "Traceback ...\nKeyError: 1", 1.0), None)
    assert crash.code == "benchmark-no-result"
    assert "KeyError: 1" in crash.message


def test_report_gives_the_share_and_each_reason_with_its_fix():
    tried = [Eligibility(str(n), n < 4, "" if n < 4 else "OSError: no network", 1.0, []) for n in range(5)]
    outcomes = [
        Outcome(str(n), code, "message", "", "the fix" if code else "", None, False, 1.0, [])
        for n, code in enumerate(["", "no-rows", "internal-error", "no-rows"])
    ]
    text = report(9, tried, outcomes)
    assert share(outcomes) == 0.25
    assert share([]) == 0.0
    for part in ("9 notebooks, 5 tried, 4 eligible", "1 of 4, 25.0%", "2 no-rows   1", "fix: the fix", "crashes: 1"):
        assert part in text
    assert text.endswith("1 OSError")


def test_the_order_does_not_change_when_notebooks_are_added():
    paths = [f"a/{number}.ipynb" for number in range(30)]
    few = [path for path in drawn(paths) if path in paths[:10]]
    assert drawn(paths[:10]) == few != paths[:10]


def test_what_is_kept_of_a_run_is_what_a_sample_is_drawn_from(tmp_path, monkeypatch):
    one = Eligibility("b.ipynb", True, "", 1.0, [{"name": "model", "methods": ["predict"]}])
    two = Eligibility("a.ipynb", True, "", 1.0, [{"name": "steps", "methods": ["transform"]}])
    outcomes = [
        Outcome("b.ipynb", "", "", "", "", None, False, 1.0, []),
        Outcome("a.ipynb", "no-rows", "", "", "", None, False, 1.0, []),
    ]
    kept = committed.document(5, [one, two], outcomes)
    assert (kept["notebooks"], kept["eligible"], kept["share"]) == (5, 2, 0.5)
    monkeypatch.setattr(committed, "FILE", tmp_path / "measured.json")
    committed.FILE.write_text(json.dumps(kept))
    listed, needed = committed.read()
    assert needed == 0.5
    assert [(each.notebook, each.model, each.eligible) for each in listed] == [
        ("a.ipynb", "steps", True),
        ("b.ipynb", "model", True),
    ]
    committed.FILE.write_text(json.dumps({**kept, "sources": {"mapie": "0"}}))
    with pytest.raises(SystemExit, match="--write"):
        committed.read()
