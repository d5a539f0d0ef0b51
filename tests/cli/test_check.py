"""`jupyter mlops check`: formats, selection, the list of rules, the hook for pre-commit."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import nbformat
import pytest
import yaml

from jupyter_mlops.cli import main

ROOT = Path(__file__).parents[2]

# What SARIF 2.1.0 (OASIS) asks of the parts that a log of ours has.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "properties": {
                                                "shortDescription": {"required": ["text"]},
                                                "help": {"required": ["text"]},
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "invocations": {"items": {"required": ["executionSuccessful"]}},
                    "results": {
                        "items": {
                            "required": ["message"],
                            "properties": {
                                "message": {"required": ["text"]},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "locations": {
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {"properties": {"uri": {"type": "string"}}},
                                                    "region": {
                                                        "properties": {"startLine": {"type": "integer", "minimum": 1}}
                                                    },
                                                },
                                            }
                                        }
                                    }
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Call `main` in an empty folder; gives the exit status and what was printed on both streams."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *arguments: None)  # noqa: ARG005

    def called(*words):
        monkeypatch.setattr(sys, "argv", ["jupyter-mlops", *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return called


def write(path, *sources):
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(sources, start=1)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_sarif(call, tmp_path):
    (tmp_path / "my notebooks").mkdir()
    write("my notebooks/a.ipynb", "x = 1", "y = z\nfrom math import *")
    write("b.ipynb", "open('/srv/a.csv')")
    status, out, err = call("check", "my notebooks/a.ipynb", "b.ipynb", "--format", "sarif")
    assert (status, err) == (1, "")
    log = json.loads(out)
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    results = run["results"]
    assert [each["ruleId"] for each in results] == ["undefined-name", "star-import", "absolute-path"]
    assert [rules[each["ruleIndex"]] for each in results] == [each["ruleId"] for each in results]
    assert [each["level"] for each in results] == ["error", "note", "warning"]
    location = results[1]["locations"][0]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "my%20notebooks/a.ipynb"},
        "region": {"startLine": 2},
    }
    assert location["logicalLocations"][0]["name"] == "cell 2"
    assert results[1]["properties"] == {"cell": "cell-2", "index": 2}
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_sarif_of_nothing_and_of_a_failure(call):
    write("a.ipynb", "x = 1")
    status, out, _ = call("check", "a.ipynb", "--format", "sarif")
    jsonschema.validate(json.loads(out), SARIF)
    assert (status, json.loads(out)["runs"][0]["results"]) == (0, [])
    status, out, err = call("check", "none.ipynb", "--format", "sarif")
    jsonschema.validate(json.loads(out), SARIF)
    run = json.loads(out)["runs"][0]
    assert (status, err, run["invocations"]) == (1, "", [{"executionSuccessful": False}])
    assert run["results"][0]["ruleId"] == "no-such-notebook"


def test_json_by_either_name(call):
    write("a.ipynb", "x")
    assert call("check", "a.ipynb", "--format", "json") == call("check", "a.ipynb", "--json")
    assert call("check", "a.ipynb", "--format", "text") == call("check", "a.ipynb")
    assert call("check", "a.ipynb", "--format", "xml")[0] == 2


def test_select_and_ignore(call):
    write("a.ipynb", "x\nopen('/srv/a.csv')")

    def codes(*words):
        status, out, _ = call("check", "a.ipynb", "--json", *words)
        return status, [each["code"] for each in json.loads(out)["findings"]]

    assert codes() == (1, ["undefined-name", "absolute-path"])
    assert codes("--ignore", "undefined-name") == (1, ["absolute-path"])
    assert codes("--ignore", "undefined-name,absolute-path") == (0, [])
    assert codes("--select", "secret", "--select", "absolute-path") == (1, ["absolute-path"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--ignore", "undefined-nam"], "write `undefined-name`"),
        (["--select", "zzz"], "`zzz` is no rule"),
        (["--ignore", "syntax-error"], "cannot be ignored"),
    ],
)
def test_unknown_codes_are_wrong_usage(call, words, message):
    write("a.ipynb", "x = 1")
    status, out, err = call("check", "a.ipynb", *words)
    assert (status, out) == (2, "")
    assert message in err


def test_wrong_settings_of_the_project(call, tmp_path):
    write("a.ipynb", "x = 1")
    (tmp_path / "pyproject.toml").write_text("[tool.jupyter_mlops.check]\nignore = ['star-imprt']\n")
    status, out, err = call("check", "a.ipynb")
    assert (status, out) == (1, "")
    assert "`star-imprt` is no rule" in err
    assert "write `star-import`" in err


def test_the_list_of_rules(call):
    status, out, _ = call("check", "--rules")
    assert status == 0
    assert "unseeded-randomness       warning" in out
    jsonschema.validate(json.loads(call("check", "--rules", "--format", "sarif")[1]), SARIF)
    status, out, _ = call("check", "--rules", "--json")
    document = json.loads(out)
    assert (status, document["format"]) == (0, 1)
    assert {"code": "secret", "severities": ["error"], "summary": "a secret in the text or in a saved output"} in (
        document["rules"]
    )


def test_notes_alone_are_no_failure(call):
    write("a.ipynb", "from math import *\n!pip install foo", "%run other.py")
    status, out, _ = call("check", "a.ipynb")
    assert status == 0
    assert "a.ipynb: nothing found" in out


def test_a_notebook_without_code_is_no_failure(call):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Plan")]), "a.ipynb")
    status, out, _ = call("check", "a.ipynb")
    assert status == 0
    assert "[no-code]" in out


def test_a_kernel_that_is_not_installed_here(call, tmp_path):
    write("a.ipynb", "import nowhere_at_all")
    node = nbformat.read("a.ipynb", as_version=4)
    node.metadata["kernelspec"] = {"name": "no-such-kernel", "display_name": "x", "language": "python"}
    nbformat.write(node, "a.ipynb")
    assert call("check", "a.ipynb")[0] == 0


def test_the_hook_of_pre_commit_runs(tmp_path):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["id"], hook["language"], hook["types"]) == ("jupyter-mlops-check", "python", ["jupyter"])
    write(tmp_path / "good.ipynb", "import nowhere_at_all\nx = 1")
    write(tmp_path / "bad.ipynb", "x")
    program, *words = shlex.split(hook["entry"])
    entry = [Path(sys.executable).parent / program, *words]

    def status(*names):
        return subprocess.run([*entry, *names], cwd=tmp_path, capture_output=True, check=False).returncode

    assert status("good.ipynb") == 0
    assert status("good.ipynb", "bad.ipynb") == 1
