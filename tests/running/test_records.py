"""Run records on disk."""

import json

from jupyter_mlops.documents import RunRecord
from jupyter_mlops.running.records import new_run_id, read_records, run_folder, write_record


def record(name, notebook="a.ipynb"):
    return RunRecord(
        id=name,
        notebook=notebook,
        code_hash="0",
        cells=[],
        parameters={},
        kernel="python3",
        environment=None,
        git=None,
        data_files=None,
        verdict="passed",
        reason="",
    )


def test_ids_sort_by_time():
    ids = [new_run_id() for _ in range(20)]
    assert len(set(ids)) == 20
    assert [each.split("-")[0] for each in ids] == sorted(each.split("-")[0] for each in ids)


def test_newest_first_and_of_this_notebook_only(tmp_path):
    for each in [record("1"), record("3"), record("2"), record("4", "b.ipynb")]:
        write_record(tmp_path, each)
    assert [each.id for each in read_records(tmp_path, "a.ipynb")] == ["3", "2", "1"]
    assert list(read_records(tmp_path / "elsewhere", "a.ipynb")) == []


def test_what_cannot_be_read_is_passed_over(tmp_path):
    write_record(tmp_path, record("1"))
    good = json.loads((run_folder(tmp_path, "1") / "run.json").read_text())
    for name, text in {
        "2": "",
        "3": "{",
        "4": "[]",
        "5": json.dumps({**good, "verdict": "splendid"}),
        "6": json.dumps({**good, "format": 2}),
        "7": b"\xff".decode("latin-1"),
    }.items():
        run_folder(tmp_path, name).mkdir(parents=True)
        (run_folder(tmp_path, name) / "run.json").write_text(text, encoding="latin-1")
    run_folder(tmp_path, "8").mkdir()
    (run_folder(tmp_path, "9")).write_text("no folder")
    assert [each.id for each in read_records(tmp_path, "a.ipynb")] == ["1"]


def test_a_record_is_written_whole(tmp_path):
    path = write_record(tmp_path, record("1"))
    assert json.loads(path.read_text())["format"] == 1
    assert [each.name for each in path.parent.iterdir()] == ["run.json"]
    assert (tmp_path / ".jupyter_mlops" / ".gitignore").read_text() == "*\n"
