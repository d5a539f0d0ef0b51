"""The folder of an export: whole or not at all, and never over what somebody wrote."""

import json
from pathlib import Path

import pytest

from jupyter_mlops.errors import ExportError
from jupyter_mlops.exporting.folder import PROVENANCE, check_target, edits, fill, put_in_place, staging

TEXTS = {"service.py": "one\n", "churn/prediction.py": "two\n", "README.md": "ä\n"}


@pytest.fixture
def target(tmp_path):
    return tmp_path / "churn_service"


def export(target, texts=TEXTS, **provenance):
    with staging(target) as staged:
        (staged / "churn" / "values").mkdir(parents=True)
        (staged / "churn" / "values" / "model.pkl").write_bytes(b"\0")
        fill(staged, texts, {"run": "r", **provenance})
        (staged / "churn" / "__pycache__").mkdir()  # left by the proof
        (staged / "churn" / "__pycache__" / "x.pyc").touch()
        put_in_place(staged, target)


def content(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def refused(target, **options):
    with pytest.raises(ExportError) as caught:
        check_target(target, **{"overwrite_edits": False, **options})
    (finding,) = caught.value.findings
    assert finding.fix.text
    return finding


def test_a_new_folder(target):
    check_target(target, overwrite_edits=False)
    export(target)
    assert content(target) == {*TEXTS, PROVENANCE, "churn/values/model.pkl"}
    assert target.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in target.parent.iterdir()] == ["churn_service"]
    assert edits(target) == []
    check_target(target, overwrite_edits=False)


def test_provenance_lists_every_file(target):
    export(target)
    data = json.loads((target / PROVENANCE).read_text(encoding="utf-8"))
    assert set(data["files"]) == {*TEXTS, "churn/values/model.pkl"}
    assert data["run"] == "r"


def test_the_same_export_is_the_same_text(tmp_path):
    export(tmp_path / "a")
    export(tmp_path / "b")
    assert (tmp_path / "a" / PROVENANCE).read_bytes() == (tmp_path / "b" / PROVENANCE).read_bytes()


def test_an_empty_folder_will_do(target):
    target.mkdir()
    check_target(target, overwrite_edits=False)
    export(target)
    assert edits(target) == []


@pytest.mark.parametrize(
    "files",
    [
        {"notes.txt": "mine"},
        {PROVENANCE: "not json", "a": ""},
        {PROVENANCE: "[]"},
        {PROVENANCE: '{"files": 3}'},
        {".hidden": ""},
    ],
)
@pytest.mark.parametrize("overwrite", [True, False])
def test_a_foreign_folder_is_refused(target, files, overwrite):
    target.mkdir()
    for name, text in files.items():
        (target / name).write_text(text)
    assert refused(target, overwrite_edits=overwrite).code == "folder-not-ours"


@pytest.mark.parametrize("place", ["/proc/export", "file/export", "x" * 300])
def test_a_place_where_nothing_can_be_written_is_refused_before_the_run(tmp_path, place):
    (tmp_path / "file").touch()
    assert refused(tmp_path / place).code == "folder-not-writable"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_is_refused(target):
    target.touch()
    finding = refused(target)
    assert finding.code == "folder-not-ours"
    assert "is a file" in finding.message


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        (lambda t: (t / "service.py").write_text("edited"), ["service.py"]),
        (lambda t: (t / "service.py").unlink(), ["service.py"]),
        (lambda t: (t / "churn" / "values" / "model.pkl").write_bytes(b"\1"), ["churn/values/model.pkl"]),
        (lambda t: edit_provenance(t, run="other"), [PROVENANCE]),
        (lambda t: edit_provenance(t, digest=None), [PROVENANCE]),
        (lambda t: (t / "mine.py").write_text("new"), []),
        (lambda t: (t / "service.py").write_text("one\n"), []),
    ],
)
def test_hand_edits(target, edit, changed):
    export(target)
    edit(target)
    assert edits(target) == changed
    if changed:
        finding = refused(target)
        assert finding.code == "hand-edits"
        assert changed[0] in finding.message
    check_target(target, overwrite_edits=True)


def edit_provenance(target, **changes):
    data = json.loads((target / PROVENANCE).read_text(encoding="utf-8"))
    (target / PROVENANCE).write_text(json.dumps({**data, **changes}))


@pytest.mark.parametrize("files", [{"service.py": 3}, {"../outside": "0"}, {"service.py": "0", "gone": "0"}])
def test_a_made_up_list_of_files_is_an_edit(target, files):
    export(target)
    edit_provenance(target, files=files)
    assert PROVENANCE in edits(target)


def test_a_second_export_takes_the_place_of_the_first(target):
    export(target)
    export(target, {"service.py": "new\n"}, run="r2")
    assert content(target) == {"service.py", "churn/values/model.pkl", PROVENANCE}
    assert (target / "service.py").read_text() == "new\n"
    assert [path.name for path in target.parent.iterdir()] == ["churn_service"]


def test_files_that_somebody_added_stay(target):
    export(target)
    added = ["notes.md", "churn/extra.py", "deploy/k8s.yaml", ".git/HEAD"]
    for name in added:
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text("mine")
    (target / "__pycache__").mkdir()
    (target / "link").symlink_to("deploy")
    export(target, {"service.py": "new\n", "deploy/ours.yaml": "ours\n"})
    assert {*added, "deploy/ours.yaml", "service.py"} <= content(target)
    assert (target / "link").is_symlink()
    assert not (target / "__pycache__").exists()
    assert "README.md" not in content(target)
    assert edits(target) == []


def test_an_added_file_that_the_new_export_writes_too_is_kept_beside_it(target):
    export(target, {"service.py": "one\n"})
    (target / "README.md").write_text("mine")
    export(target)
    assert (target / "README.md").read_text(encoding="utf-8") == "ä\n"
    assert (target / "README.md.before-export").read_text() == "mine"


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_what_fails_leaves_nothing(target, fault):
    with pytest.raises(fault), staging(target) as staged:  # noqa: PT012
        fill(staged, TEXTS, {})
        raise fault
    assert list(target.parent.iterdir()) == []


def test_what_fails_leaves_the_earlier_export(target):
    export(target)
    with pytest.raises(RuntimeError), staging(target) as staged:  # noqa: PT012
        fill(staged, {"service.py": "new"}, {})
        raise RuntimeError
    assert (target / "service.py").read_text() == "one\n"
    assert edits(target) == []


def test_a_swap_that_fails_puts_the_earlier_export_back(target, monkeypatch):
    export(target)
    rename = Path.rename

    def fail(path, to):
        if ".export-" in path.name:
            raise OSError(28, "No space left on device")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="No space"):
        export(target, {"service.py": "new"})
    assert (target / "service.py").read_text() == "one\n"
    assert [path.name for path in target.parent.iterdir()] == ["churn_service"]
