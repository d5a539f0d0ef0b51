"""`jupyter mlops roles`: what it prints, its document, and that only `--apply` writes."""

import json
import shutil
import sys
from pathlib import Path

import msgspec
import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.documents import EstimatorFact, RunFacts, RunRecord
from jupyter_mlops.exporting.facts import write_facts
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.project import write_whole
from jupyter_mlops.running.records import run_folder

HOUSES = Path(__file__).parents[2] / "examples" / "houses" / "houses.ipynb"
SUGGESTED = {3: "parameters", 4: "data", 5: "data", 7: "data", 11: "train", 12: "evaluate"}


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Call `main` in a folder with a copy of the houses; gives the exit status and what was printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    shutil.copy(HOUSES, tmp_path)

    def called(*words):
        monkeypatch.setattr(sys, "argv", ["jupyter-mlops", "roles", *words])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return called


def test_the_list_of_cells(call):
    status, out, err = call("houses.ipynb")
    assert (status, err) == (0, "")
    assert "houses = pd.read_csv" in out
    assert "houses.ipynb: 0 of 10 code cells have a role" in out
    assert Path("houses.ipynb").read_bytes() == HOUSES.read_bytes()


def test_suggestions_write_nothing(call):
    status, out, err = call("houses.ipynb", "--suggest")
    assert (status, err) == (0, "")
    assert "cell 11 → train: fits `estimator` (Pipeline)" in out
    assert "nothing is written" in out
    assert "jupyter mlops roles houses.ipynb --apply" in out
    assert Path("houses.ipynb").read_bytes() == HOUSES.read_bytes()


def test_apply_writes_the_tags_and_only_those(call):
    status, out, err = call("houses.ipynb", "--apply")
    assert (status, err) == (0, "")
    assert "6 tags are written into houses.ipynb" in out
    before, after = json.loads(HOUSES.read_bytes()), json.loads(Path("houses.ipynb").read_bytes())
    for index, role in SUGGESTED.items():
        assert after["cells"][index - 1]["metadata"].pop("tags") == [role]
    assert after == before
    written = Path("houses.ipynb").read_bytes()
    status, out, _ = call("houses.ipynb", "--apply")
    assert (status, Path("houses.ipynb").read_bytes()) == (0, written)
    assert "no role to suggest" in out
    assert "6 of 10 code cells have a role" in call("houses.ipynb")[1]


def test_the_document(call):
    document = json.loads(call("houses.ipynb", "--json")[1])
    assert (document["format"], document["notebook"], document["run"], document["applied"]) == (
        1,
        "houses.ipynb",
        None,
        False,
    )
    assert all(set(cell) == {"id", "index", "role", "suggested", "reason"} for cell in document["cells"])
    assert all(cell["suggested"] is None for cell in document["cells"])
    document = json.loads(call("houses.ipynb", "--suggest", "--json")[1])
    assert {cell["index"]: cell["suggested"] for cell in document["cells"] if cell["suggested"]} == SUGGESTED
    assert not document["applied"]
    assert json.loads(call("houses.ipynb", "--apply", "--json")[1])["applied"]
    document = json.loads(call("houses.ipynb", "--apply", "--json")[1])
    assert {cell["index"]: cell["role"] for cell in document["cells"] if cell["role"]} == SUGGESTED
    assert not document["applied"]


def test_the_facts_of_the_last_export_are_used(call, tmp_path):
    notebook = read_notebook(tmp_path / "houses.ipynb")
    record = RunRecord(
        id="20260101T000000000000-abcd",
        notebook="houses.ipynb",
        code_hash=notebook.code_hash,
        cells=[],
        parameters={},
        kernel="python3",
        environment=None,
        git=None,
        data_files=None,
        verdict="passed",
        reason="every cell ran",
    )
    folder = run_folder(tmp_path, record.id)
    write_whole(folder / "run.json", msgspec.json.encode(record))
    kept = EstimatorFact(
        name="estimator", also=[], class_name="own.Best", fitted=True, methods=["predict"], part_of=None
    )
    write_facts(folder, RunFacts(run=record.id, estimators=[kept], findings=[]))
    document = json.loads(call("houses.ipynb", "--suggest", "--json")[1])
    assert document["run"] == record.id
    assert f"with what run {record.id} left" in call("houses.ipynb", "--suggest")[1]


@pytest.mark.parametrize("words", [["none.ipynb"], ["none.ipynb", "--apply"]])
def test_a_missing_notebook(call, words):
    status, out, err = call(*words)
    assert (status, out) == (1, "")
    assert err.startswith("✗ there is no file none.ipynb")


def test_usage(call):
    assert call()[0] == 2
    assert call("s3://bucket/a.ipynb")[0] == 2
    status, out, _ = call("--help")
    assert status == 0
    assert "--suggest" in out
    assert "--apply" in out
