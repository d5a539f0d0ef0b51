"""What the command line says of runs in real kernels: limits of time, exceptions that were expected, saved outputs."""

from __future__ import annotations

import json

import nbformat
import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("words", "code", "option"),
    [
        (["--cell-timeout", "2"], "cell-timeout", "--cell-timeout"),
        (["--timeout", "12"], "run-timeout", "--timeout"),
        (["--cell-timeout", "2", "--timeout", "600"], "cell-timeout", "--cell-timeout"),
    ],
)
def test_a_limit_ends_the_run_and_is_named(tmp_path, write_notebook, mlops, words, code, option):
    path = write_notebook(tmp_path / "a.ipynb", "print(1)", "x = 1\nimport time\ntime.sleep(600)", "y = 1")
    done = mlops("run", path, *words, "-o", tmp_path / "out.ipynb", "--json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, finding["code"], finding["index"]) == (1, code, 2)
    assert "no end of" in finding["message"]
    assert f"{words[1]} s" in finding["message"]
    assert finding["fix"]["text"].startswith(f"raise {option}, ")
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert written.metadata.jupyter_mlops.verdict == "failed"
    assert written.cells[0].outputs[0].text == "1\n"
    assert written.cells[2].execution_count is None
    record = json.loads(
        (tmp_path / ".jupyter_mlops" / "runs" / written.metadata.jupyter_mlops.run / "run.json").read_text()
    )
    assert [cell["status"] for cell in record["cells"]] == ["ok", "error", "not-run"]


def test_limits_that_nothing_reaches_change_nothing(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "a.ipynb", "x = 1")
    assert mlops("run", path, "--cell-timeout", "300", "--timeout", "600").returncode == 0


def test_an_exception_of_the_notebook_with_the_name_of_a_limit_is_its_own(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "a.ipynb", "class CellTimeoutError(Exception): pass\nraise CellTimeoutError('x')")
    done = mlops("run", path, "--json")
    assert json.loads(done.stdout)["findings"][0]["code"] == "cell-failed"


def test_expected_exceptions_are_counted_and_recorded(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "a.ipynb",
        ("1 / 0", "raises-exception"),
        ("x = 1", "raises-exception"),
        "get_ipython().showsyntaxerror()",
        "y = 2",
    )
    done = mlops("run", path)
    assert done.returncode == 0, done.stderr
    assert "ran clean: 4 cells, 1 of them with an expected exception, in " in done.stdout
    record = json.loads(mlops("run", path, "--json").stdout)
    assert [cell["status"] for cell in record["cells"]] == ["ok"] * 4
    assert record["cells"][0]["error"] == {"name": "ZeroDivisionError", "message": "division by zero", "line": 1}
    assert record["cells"][1]["error"] is None
    plain = mlops("run", write_notebook(tmp_path / "b.ipynb", "x = 1"))
    assert "ran clean: 1 cells in " in plain.stdout


def test_saved_outputs_are_held_against_the_run(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "a.ipynb", "rate = 0.5\nprint('rate', rate)", "rate * 2")
    assert mlops("run", path, "-o", tmp_path / "saved.ipynb").returncode == 0
    same = mlops("run", tmp_path / "saved.ipynb", "--compare")
    assert same.returncode == 0, same.stderr
    assert "saved outputs of 2 cells: 2 the same" in same.stdout
    text = (tmp_path / "saved.ipynb").read_text()
    (tmp_path / "saved.ipynb").write_text(text.replace("rate 0.5", "rate 0.4"))
    different = mlops("run", tmp_path / "saved.ipynb", "--compare")
    assert different.returncode == 1
    assert "a number differs: 0.4 → 0.5" in different.stdout
    document = json.loads(mlops("run", tmp_path / "saved.ipynb", "--compare", "--json").stdout)
    assert (document["different"], [cell["state"] for cell in document["cells"]]) == (1, ["different", "same"])
