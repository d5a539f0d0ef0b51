"""The command line as far as it needs no kernel: help, usage, messages, documents, events, and a light start."""

# ruff: noqa: ARG005

import json
import subprocess
import sys

import nbformat
import pytest

from jupyter_mlops import __version__
from jupyter_mlops.cli import main

COMMANDS = ["check", "run", "status", "runs", "roles", "export", "serve", "demo", "doctor"]


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Call `main` in an empty folder; gives the exit status and what was printed on both streams."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *arguments: None)

    def called(*words):
        monkeypatch.setattr(sys, "argv", ["jupyter-mlops", *words])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return called


def write(path, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.mark.parametrize("words", [["--help"], ["-h"], *([command, "--help"] for command in COMMANDS)])
def test_help(call, words):
    status, out, err = call(*words)
    assert (status, err) == (0, "")
    assert "Usage: jupyter mlops" in out


def test_help_names_every_command(call):
    out = call("--help")[1]
    assert [command for command in COMMANDS if command not in out] == []


def test_version(call):
    assert __version__ in call("--version")[1]


@pytest.mark.parametrize(
    "words",
    [
        ["fly"],
        ["--fast"],
        ["check"],
        ["run"],
        ["run", "a.ipynb", "b.ipynb"],
        ["run", "a.ipynb", "-p", "x"],
        ["run", "a.ipynb", "--timeout", "0"],
        ["run", "a.ipynb", "--cell-timeout", "-1"],
        ["run", "https://[broken/a.ipynb"],
        ["run", "a.ipynb", "--output"],
        ["export", "a.ipynb", "--tolerance", "2"],
        ["serve", ".", "--port", "0"],
        ["serve", ".", "--port", "many"],
        ["status"],
        ["demo", "extra"],
    ],
)
def test_usage_errors(call, words):
    status, out, err = call(*words)
    assert (status, out) == (2, "")
    assert "Error: " in err


@pytest.mark.parametrize("command", ["check", "status", "roles", "export"])
def test_addresses_are_for_runs_only(call, command):
    status, out, err = call(command, "s3://bucket/a.ipynb")
    assert (status, out) == (2, "")
    assert "s3://bucket/a.ipynb is not on this machine: fetch it first" in err


BAD = [
    ["check", "none.ipynb"],
    ["run", "none.ipynb"],
    ["status", "none.ipynb"],
    ["export", "none.ipynb"],
    ["serve", "none"],
]


@pytest.mark.parametrize("words", BAD)
def test_one_message_without_a_stack_trace(call, words):
    status, out, err = call(*words)
    assert (status, out) == (1, "")
    assert err.startswith("✗ ")
    assert "  fix: " in err
    assert "Traceback" not in err


def test_debug_shows_the_trace(call):
    assert "Traceback" in call("check", "none.ipynb", "--debug")[2]


@pytest.mark.parametrize("command", ["check", "run", "status", "roles", "export"])
def test_error_document(call, command):
    status, out, err = call(command, "none.ipynb", "--json")
    document = json.loads(out)
    assert (status, err, document["format"]) == (1, "", 1)
    (finding,) = document["findings"]
    assert set(finding) == {"code", "message", "severity", "notebook", "cell", "index", "line", "reason", "fix"}
    assert (finding["code"], finding["severity"]) == ("no-such-notebook", "error")


@pytest.mark.parametrize("command", ["run", "export"])
def test_error_event(call, command):
    status, out, err = call(command, "none.ipynb", "--events")
    (line,) = out.splitlines()
    event = json.loads(line)
    assert (status, err, event["event"]) == (1, "", "error")
    assert event["findings"][0]["code"] == "no-such-notebook"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-p", "x", "1"], "no-parameters-cell"),
        (["-f", "none.yaml"], "parameters-file"),
        (["-f", "list.yaml"], "parameters-file"),
        (["-f", "broken.yaml"], "parameters-file"),
    ],
)
def test_parameters_are_checked_before_anything_starts(call, tmp_path, words, code):
    write("a.ipynb", "x = 1")
    (tmp_path / "list.yaml").write_text("- 1\n")
    (tmp_path / "broken.yaml").write_text("a: [\n")
    status, out, _ = call("run", "a.ipynb", *words, "--json")
    assert status == 1
    assert json.loads(out)["findings"][0]["code"] == code
    assert not (tmp_path / ".jupyter_mlops").exists()


def test_check_for_people(call):
    write("a.ipynb", "x = 1", "y = z\nfrom math import *")
    status, out, err = call("check", "a.ipynb")
    assert (status, err) == (1, "")
    assert "✗ `z` is not bound" in out
    assert "a.ipynb, cell 2, line 1" in out
    assert "i `from math import *`" in out
    assert "a.ipynb: 1 finding (" in out
    assert "[undefined-name]" in out


def test_check_finds_nothing(call):
    write("a.ipynb", "x = 1")
    status, out, err = call("check", "a.ipynb")
    assert (status, err) == (0, "")
    assert "a.ipynb: nothing found" in out


def test_check_as_a_document(call):
    write("a.ipynb", "y = z")
    write("b.ipynb", "y = 1")
    status, out, _ = call("check", "a.ipynb", "--json")
    document = json.loads(out)
    assert (status, document["format"], document["notebook"], document["run"]) == (1, 1, "a.ipynb", None)
    assert document["findings"][0]["code"] == "undefined-name"
    status, out, _ = call("check", "a.ipynb", "b.ipynb", "--json")
    assert [each["notebook"] for each in json.loads(out)] == ["a.ipynb", "b.ipynb"]
    assert status == 1


def test_status_of_a_notebook_that_never_ran(call, tmp_path):
    write("a.ipynb", "x = 1")
    status, out, _ = call("status", "a.ipynb", "--json")
    document = json.loads(out)
    assert status == 1
    assert document["certificate"]["state"] == "none"
    assert document["certificate"]["fix"] == "jupyter mlops run a.ipynb"
    assert document["session"] is None
    assert [cell["verdict"] for cell in document["cells"]] == ["never-run"]
    assert not (tmp_path / ".jupyter_mlops").exists()


def test_brackets_in_a_message_are_no_markup(call):
    write("a.ipynb", "x = '[red]' = 1")
    (line,) = [each for each in call("check", "a.ipynb")[1].splitlines() if each.startswith("✗")]
    assert "not Python" in line
    assert "[red]none.ipynb" in call("check", "[red]none.ipynb")[2]


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (KeyboardInterrupt(), "interrupted", 130),
        (OSError(28, "No space left on device", "a"), "no-space", 1),
        (PermissionError(13, "Permission denied", "a"), "no-permission", 1),
        (ZeroDivisionError("oh"), "internal-error", 1),
    ],
)
def test_what_was_not_foreseen(call, monkeypatch, fault, code, status):
    def fail(path):
        raise fault

    monkeypatch.setattr("jupyter_mlops.notebook.read_notebook", fail)
    got, out, err = call("status", "a.ipynb", "--json")
    assert (got, err) == (status, "")
    assert json.loads(out)["findings"][0]["code"] == code


HEAVY = ["pandas", "papermill", "bentoml", "sklearn", "IPython", "numpy", "nbclient", "httpx"]


def test_a_light_start():
    script = f"import sys, jupyter_mlops, jupyter_mlops.cli; print([m for m in {HEAVY} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
