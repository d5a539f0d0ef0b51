"""The explicit calls."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jupyter_mlops import log_artifact, log_metric, log_param, unload_ipython_extension

IMPORT = "from jupyter_mlops import log_artifact, log_metric, log_param\n"


def test_what_is_logged_is_recorded(cell):
    Path("plots").mkdir()
    seen = cell(
        IMPORT + "import numpy as np\nlog_param('data', '2024-06')\nlog_param('rate', np.float32(0.5))\n"
        "log_metric('auc', np.float64(0.8))\nlog_metric('found', True)\n"
        "for step in range(3):\n    log_metric('loss', 1 / (step + 1), step=np.int64(step))\n"
        "open('plots/a.svg', 'w').write('a')\nopen('b.html', 'w').write('b')\n"
        "log_artifact('plots')\nfrom pathlib import Path\nlog_artifact(Path('b.html'))"
    )
    assert seen.result.success
    assert seen.parameters == {"data": "'2024-06'", "rate": "0.5"}
    assert seen.metrics == {"auc": 0.8, "found": 1, "loss": pytest.approx(1 / 3)}
    assert seen.curve("loss") == [(0, 1), (1, 0.5), (2, pytest.approx(1 / 3))]
    assert seen.files == {("plots/a.svg", "write", "logged"), ("b.html", "write", "logged")}
    assert {row["origin"] for row in [*seen.rows["parameter"], *seen.rows["metric"]]} == {"logged"}
    assert {row["type"] for row in seen.rows["metric"]} == {"float64", "bool", "float"}


def test_the_last_number_of_a_step_and_the_last_step_count(cell):
    seen = cell(
        IMPORT + "for step, value in [(5, 1.0), (2, 2.0), (2, 3.0), (None, 4.0)]:\n    log_metric('x', value, step)"
    )
    assert seen.curve("x") == [(None, 4.0), (2, 3.0), (5, 1.0)]
    assert seen.metrics == {"x": 1.0}


def test_a_long_curve_is_thinned_and_keeps_its_end(cell):
    seen = cell(IMPORT + "for step in range(25_000):\n    log_metric('x', step, step)")
    points = seen.curve("x")
    assert len(points) < 10_001
    assert points[0] == (0, 0)
    assert points[-1] == (24_999, 24_999)
    assert seen.metrics == {"x": 24_999}


def test_what_is_logged_goes_before_what_was_found(sample):
    seen = sample(IMPORT + "acc = m.score(X, y)\nlog_metric('acc', 0.5)\nlog_metric('own', m.score(X, y))")
    assert (seen.metrics["acc"], set(seen.metrics)) == (0.5, {"acc", "own"})
    assert {row["origin"] for row in seen.rows["metric"]} == {"logged"}


def test_threads_log_too_also_after_their_cell(cell):
    code = IMPORT + (
        "import threading\ngo = threading.Event()\ndone = threading.Event()\n"
        "def work():\n    log_metric('early', 1)\n    go.wait()\n"
        "    log_metric('late', 2)\n    log_metric('later', 3)\n    done.set()\n"
        "thread = threading.Thread(target=work)\nthread.start()"
    )
    cell(code)
    cell.shell.user_ns["go"].set()
    cell.shell.user_ns["done"].wait(60)
    assert cell.read(code).metrics == {"early": 1, "late": 2}
    unload_ipython_extension(cell.shell)
    assert cell.read(code).metrics == {"early": 1, "late": 2, "later": 3}


def test_what_a_long_cell_logs_is_there_before_it_ends(cell):
    """A kernel that is killed has lost no more than the last seconds."""
    seen = []
    cell.shell.user_ns["look"] = lambda: seen.append(cell.read().metrics)
    cell(IMPORT + "log_metric('loss', 1, step=0)\nlook()")
    assert seen == [{"loss": 1}]


NOT_WELL = [
    (lambda: log_metric("auc", "0.8"), TypeError, r"log_metric\('auc', float\('0.8'\)\)"),
    (lambda: log_metric("auc", np.array([1, 2])), TypeError, "a numpy.ndarray, not a number.*values.mean"),
    (lambda: log_metric("auc", None), TypeError, "a NoneType, not a number"),
    (lambda: log_metric(0.8, "auc"), TypeError, 'log_metric.*the name is a float, not a text.*log_metric."name"'),
    (lambda: log_metric("auc", 0.8, step=1.5), TypeError, "the step is a float, not a whole number"),
    (lambda: log_metric("auc", 0.8, step="1"), TypeError, "the step is '1'"),
    (lambda: log_metric("", 0.8), ValueError, "one line of 1 to 200 characters"),
    (lambda: log_param(7, 1), TypeError, "log_param.*the name is a int, not a text"),
    (lambda: log_param("a\nb", 1), ValueError, "one line"),
    (lambda: log_artifact(7), TypeError, "log_artifact.*a int, not a text or Path"),
    (lambda: log_artifact("no/such.file"), FileNotFoundError, "write it before it is logged"),
]


@pytest.mark.parametrize(("call", "error", "message"), NOT_WELL)
def test_wrong_arguments_name_the_call_and_the_fix(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_outside_of_notebooks_they_do_nothing(tmp_path):
    script = IMPORT + "log_metric('a', 1)\nlog_param('b', 2)\nlog_artifact('script.py')\n"
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert [each.name for each in tmp_path.iterdir()] == ["script.py"]


def test_where_nobody_records_a_notebook_is_told_once(tmp_path):
    script = (
        "from IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\n"
        "shell.run_cell('from jupyter_mlops import log_metric')\n"
        "shell.run_cell('log_metric(\"a\", 1)')\nshell.run_cell('log_metric(\"a\", 1)')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr.count("UserWarning: log_metric: nothing is recorded here; run `%load_ext jupyter_mlops`") == 1
    assert "<ipython-input" in done.stderr
