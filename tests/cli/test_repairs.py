"""`jupyter mlops check --fix`: what it writes and says, and that nothing is written without it."""

import json
import sys

import msgspec
import nbformat
import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.documents import RunFacts, RunRecord
from jupyter_mlops.errors import Edit, Finding, Fix
from jupyter_mlops.exporting.facts import write_facts
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.project import write_whole
from jupyter_mlops.running.records import run_folder


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Call `main` in an empty folder; gives the exit status and what was printed on both streams."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def called(*words):
        monkeypatch.setattr(sys, "argv", ["jupyter-mlops", "check", *words])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return called


def write(path, *cells, minor=5):
    node = nbformat.v4.new_notebook()
    for index, (source, *tags) in enumerate(cells):
        node.cells.append(nbformat.v4.new_code_cell(source, id=f"c{index}", metadata={"tags": tags} if tags else {}))
    text = nbformat.writes(node)
    path.write_text(text, encoding="utf-8")


SERVED = ("def sum(a: int):  # [red]é\n    return a", "serve")


def test_a_name_is_mended(call, tmp_path):
    path = tmp_path / "a.ipynb"
    write(path, SERVED, ("sum(1)",), ("x = 1",))
    before = path.read_bytes()
    status, out, err = call("a.ipynb")
    assert (status, err, path.read_bytes()) == (1, "", before)
    assert "fix: rename the function, such as `sum_of` or `get_sum`  (`jupyter mlops check --fix` does this)" in out
    status, out, err = call("a.ipynb", "--fix")
    assert (status, err) == (0, "")
    assert path.read_bytes() == before.replace(b"sum(", b"sum_of(")
    assert out.splitlines() == [
        "✓ fixed `sum` cannot be the name of an endpoint (a.ipynb, cell 1, line 1)  [endpoint-name]",
        "  a.ipynb, cell 1",
        "    @@ -1,2 +1,2 @@",
        "    -def sum(a: int):  # [red]é",
        "    +def sum_of(a: int):  # [red]é",
        "         return a",
        "  a.ipynb, cell 2",
        "    @@ -1 +1 @@",
        "    -sum(1)",
        "    +sum_of(1)",
        "a.ipynb: nothing found (no export run of this code is recorded, so rules that need one were left out)",
    ]
    after = path.read_bytes()
    status, out, _ = call("a.ipynb", "--fix")
    assert (status, path.read_bytes(), "fixed" in out) == (0, after, False)


def test_what_is_not_certain_is_left(call, tmp_path):
    path = tmp_path / "a.ipynb"
    write(path, ("print(sum([1]), z)",), SERVED)
    before = path.read_bytes()
    status, out, _ = call("a.ipynb", "--fix")
    assert (status, path.read_bytes()) == (1, before)
    assert "fixed" not in out
    assert "fix: rename the function, such as `sum_of` or `get_sum`\n" in out
    assert "a.ipynb: 2 findings" in out


def test_names_on_one_line_are_mended_one_after_the_other(call, tmp_path):
    path = tmp_path / "a.ipynb"
    write(path, ("def sum(a): return a", "serve"), ("def close(a): return a", "serve"), ("sum(1), close(1)",))
    status, out, _ = call("a.ipynb", "--fix")
    assert (status, out.count("✓ fixed")) == (0, 2)
    assert [cell.source for cell in read_notebook(path).cells] == [
        "def sum_of(a): return a",
        "def close_of(a): return a",
        "sum_of(1), close_of(1)",
    ]


def test_the_document(call, tmp_path):
    write(tmp_path / "a.ipynb", SERVED, ("y = z",))
    document = json.loads(call("a.ipynb", "--json")[1])
    assert document["fixed"] == []
    assert {each["code"]: bool(each["fix"]["edits"]) for each in document["findings"]} == {
        "endpoint-name": True,
        "undefined-name": False,
    }
    status, out, _ = call("a.ipynb", "--fix", "--json")
    document = json.loads(out)
    assert status == 1
    assert [each["code"] for each in document["fixed"]] == ["endpoint-name"]
    assert [each["code"] for each in document["findings"]] == ["undefined-name"]
    assert document["fixed"][0]["fix"]["edits"] == [
        {"cell": "c0", "source": "def sum_of(a: int):  # [red]é\n    return a", "tags": None}
    ]


@pytest.fixture
def remembered(tmp_path):
    """Keep findings as an export of the notebook `a.ipynb` would."""

    def kept(*findings):
        notebook = read_notebook(tmp_path / "a.ipynb")
        record = RunRecord(
            id="20260101T000000000000-abcd",
            notebook="a.ipynb",
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
        facts = RunFacts(run=record.id, estimators=[], findings=list(findings), text_hash=notebook.text_hash)
        write_facts(folder, facts)

    return kept


def finding(code, line, *edits):
    fix = Fix(text="do it", edits=edits)
    return Finding(code=code, message=f"{code} here", cell="c0", index=1, line=line, reason="why", fix=fix)


def test_findings_of_the_last_export_are_fixed_or_kept(call, tmp_path, remembered):
    path = tmp_path / "a.ipynb"
    write(path, ("a = 1\nb = 2", "serve"), ("c = 3", "data"))
    remembered(
        finding("notebook-only", 1, Edit(cell="c0", source="a = 5\nb = 2"), Edit(cell="c1", tags=("data", "x"))),
        finding("value-cannot-be-saved", 2),
    )
    status, out, _ = call("a.ipynb", "--fix")
    assert status == 1
    assert "✓ fixed notebook-only here" in out
    assert "    +a = 5" in out
    assert "    + the tag `x`" in out
    # the cell's lines are not those of the run any more
    assert "✗ value-cannot-be-saved here\n  a.ipynb, cell 1  [value-cannot-be-saved]" in out
    assert [(cell.source, sorted(cell.tags)) for cell in read_notebook(path).cells] == [
        ("a = 5\nb = 2", ["serve"]),
        ("c = 3", ["data", "x"]),
    ]


def test_edits_of_an_export_never_bring_old_comments_back(call, tmp_path, remembered):
    path = tmp_path / "a.ipynb"
    write(path, ("a = 1", "serve"))
    remembered(finding("notebook-only", 1, Edit(cell="c0", source="a = 5")))
    write(path, ("a = 1  # a remark since", "serve"))
    before = path.read_bytes()
    status, out, _ = call("a.ipynb", "--fix")
    assert (status, path.read_bytes()) == (1, before)
    assert "✗ notebook-only here" in out
    assert "--fix" not in out
