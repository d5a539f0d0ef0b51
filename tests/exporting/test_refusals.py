"""What bad input gets: one message with the cell, the line, the reason and the fix, and nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

IMPORTS = """
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
X = np.random.default_rng(0).normal(size=(40, 2))
y = X @ [1.0, -2.0]
"""
FRAME = "frame = pd.DataFrame(X, columns=['a', 'b'])"

READING = "model = make_pipeline(FunctionTransformer(read), LinearRegression()).fit(X, y)\nmodel.predict(X)"
READER = """import pathlib


def read(v):
    return v + float((pathlib.Path(__file__).parent / "numbers.csv").read_text())
"""

# cells after the imports (which are cell 1), the rule's code, cell, line, a part of the message, a part of the fix
REFUSED = [
    (["total = y.sum()"], "no-estimator", None, None, "leaves no fitted estimator", "model = …"),
    (["model = LinearRegression()"], "never-fitted", 2, 1, "`model` (LinearRegression) is not fitted", "model.fit"),
    (
        ["one = LinearRegression().fit(X, y)", "\ntwo = LinearRegression().fit(X, y)"],
        "several-estimators",
        3,
        2,
        "leaves 2 fitted estimators: `one` (LinearRegression), `two` (LinearRegression)",
        "--model two",
    ),
    (
        [
            "def times(k):\n    return lambda v: v * k",
            "model = make_pipeline(FunctionTransformer(times(2)), LinearRegression()).fit(X, y)",
        ],
        "value-cannot-be-saved",
        2,
        2,
        "a lambda keeps `k` of what made it",
        "functools.partial of a named function",
    ),
    (
        [
            "\n\nclass Steps:\n    twice = lambda v: v * 2",
            "model = make_pipeline(FunctionTransformer(Steps.twice), LinearRegression()).fit(X, y)",
        ],
        "value-cannot-be-saved",
        2,
        4,
        "lambda has no name",
        "named function",
    ),
    (
        [
            "def make():\n    def twice(v):\n        return v * 2\n    return twice",
            "model = make_pipeline(FunctionTransformer(make()), LinearRegression()).fit(X, y)",
        ],
        "value-cannot-be-saved",
        2,
        None,
        "`twice` is defined inside a function",
        "top level",
    ),
    (
        [
            "import threading\nclass Locked(TransformerMixin, BaseEstimator):\n"
            "    def fit(self, X, y=None):\n        self.lock_ = threading.Lock()\n        return self\n"
            "    def transform(self, X):\n        return X",
            "model = make_pipeline(Locked(), LinearRegression()).fit(X, y)",
        ],
        "value-cannot-be-saved",
        3,
        1,
        ".lock_",
        "inside the function",
    ),
    (
        [
            "import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.execute('create table rates (rate)')",
            "def rated(v):\n    return v + len(db.execute('select * from rates').fetchall())",
            "model = make_pipeline(FunctionTransformer(rated), LinearRegression()).fit(X, y)",
        ],
        "value-cannot-be-saved",
        2,
        2,
        "`db` cannot be saved: TypeError: cannot pickle 'sqlite3.Connection' object",
        "inside the function that uses it",
    ),
    (
        [
            "import sqlite3\nclass Rated(TransformerMixin, BaseEstimator):\n"
            "    def fit(self, X, y=None):\n        self.db_ = sqlite3.connect(':memory:')\n        return self\n"
            "    def transform(self, X):\n        return X",
            "\nmodel = make_pipeline(Rated(), LinearRegression()).fit(X, y)",
        ],
        "value-cannot-be-saved",
        3,
        2,
        ".db_ (Connection)",
        "inside the function",
    ),
    (
        [
            "rows = (i for i in range(3))\ndef use(v):\n    next(rows)\n    return v",
            "model = make_pipeline(FunctionTransformer(use), LinearRegression()).fit(X, y)",
        ],
        "value-cannot-be-saved",
        2,
        1,
        "`rows` cannot be saved",
        "list",
    ),
    (
        [
            "def scale(v):\n    return v * factor_of_nobody if False else v",
            "model = make_pipeline(FunctionTransformer(scale), LinearRegression()).fit(X, y)",
        ],
        "undefined-name",
        2,
        2,
        "no cell binds `factor_of_nobody`",
        "bind `factor_of_nobody`",
    ),
    (
        [
            "def shown(v):\n    display(v)\n    return v",
            "model = make_pipeline(FunctionTransformer(shown), LinearRegression()).fit(X, y)",
        ],
        "notebook-only",
        2,
        2,
        "`display` exists only in a notebook",
        "take `display` out",
    ),
    (
        ["from scipy.sparse import csr_matrix", "model = LinearRegression().fit(csr_matrix(X), y)"],
        "rows-have-no-schema",
        3,
        None,
        "scipy.sparse",
        "one pipeline",
    ),
    (
        ["frame = pd.DataFrame(X)\nmodel = LinearRegression().fit(frame, y)"],
        "rows-have-no-schema",
        2,
        None,
        "no text for a name",
        "frame.columns",
    ),
    (
        [
            FRAME + "\nframe['when'] = pd.to_timedelta(range(40), unit='D')\n"
            "def numbers(f):\n    return f[['a', 'b']]\n"
            "model = make_pipeline(FunctionTransformer(numbers), LinearRegression()).fit(frame, y)"
        ],
        "rows-have-no-schema",
        2,
        None,
        "`when` (timedelta64",
        "total_seconds",
    ),
    (
        ["import sklearn.model_selection as ms\n"
         "model = ms.cross_validate(LinearRegression(), X, y, return_estimator=True)['estimator'][0]\ndel X"],
        "no-rows",
        2,
        None,
        "no rows were seen",
        "model.fit",
    ),
    (
        ["import sys\nsys.path.append('../elsewhere')\nimport helper_from_elsewhere as helper",
         "model = make_pipeline(FunctionTransformer(helper.twice), LinearRegression()).fit(X, y)"],
        "import-not-installed",
        2,
        3,
        "helper_from_elsewhere",
        "into the project's folder",
    ),
    (
        ["import service\n"
         "model = make_pipeline(FunctionTransformer(service.twice), LinearRegression()).fit(X, y)"],
        "module-name-taken",
        2,
        1,
        "`service` of its own",
        "rename the module",
    ),
    (
        ["from pathlib import Path\ndef read(v):\n    np.loadtxt(Path.cwd() / 'numbers.csv')\n    return v", READING],
        "file-not-packable",
        2,
        3,
        "its path is absolute",
        "open it by a path relative to that",
    ),
    (
        ["def read(v):\n    return v + np.loadtxt('../elsewhere/numbers.csv').sum()", "\n" + READING],
        "file-not-packable",
        2,
        2,
        "opens `../elsewhere/numbers.csv`",
        "read it at the top level of a cell",
    ),
    (
        ["def read(v):\n    with open('log.txt', 'a') as log:\n        log.write('asked')\n    return v", READING],
        "file-not-packable",
        2,
        2,
        "writes `log.txt`",
        "only return its answer",
    ),
    (
        ["import os\nos.chdir('data')", "def read(v):\n    return v + np.loadtxt('numbers.csv').sum()", READING],
        "file-not-packable",
        3,
        2,
        "with another working folder",
        "os.chdir",
    ),
    (
        ["def key():\n    return open('.env').read()", "def read(v):\n    key()\n    return v", READING],
        "file-not-packable",
        2,
        2,
        "hidden files",
        "read it at the top level",
    ),
    (
        ["!echo 2.5 > ../elsewhere/made.csv",
         "def read(v):\n    return v + np.loadtxt('../elsewhere/made.csv').sum()", READING],
        "file-not-packable",
        3,
        2,
        "opens `../elsewhere/made.csv`",
        "keep it below the notebook's folder",
    ),
    (
        ["import helper_that_reads\nmodel = make_pipeline(\n"
         "    FunctionTransformer(helper_that_reads.read), LinearRegression()).fit(X, y)"],
        "file-not-packable",
        None,
        None,
        "(line 5 of helper_that_reads.py)",
        "open it by a path relative",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "code", "index", "line", "message", "fix"), REFUSED, ids=[f"{r[1]}-{i}" for i, r in enumerate(REFUSED)]
)
def test_what_cannot_be_exported_is_said(tmp_path, write_notebook, mlops, cells, code, index, line, message, fix):
    folder = tmp_path / "project"
    for module in ("project/service.py", "elsewhere/helper_from_elsewhere.py"):
        (tmp_path / module).parent.mkdir(exist_ok=True)
        (tmp_path / module).write_text("def twice(v):\n    return v * 2\n")
    (folder / "helper_that_reads.py").write_text(READER)
    for file in ("project/numbers.csv", "project/data/numbers.csv", "project/.env", "elsewhere/numbers.csv"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("1.5\n")
    path = write_notebook(folder / "refused.ipynb", IMPORTS, *cells)
    done = mlops("export", path, "--json")
    assert done.returncode == 1, done.stdout
    findings = {finding["code"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert code in findings, findings
    found = findings[code]
    assert message in found["message"] + found["reason"]
    assert fix in found["fix"]["text"]
    assert found["notebook"] == "refused.ipynb"
    if index is not None:
        assert found["index"] == index
    if line is not None:
        assert found["line"] == line
    assert not (folder / "refused_service").exists()
    assert not list(folder.glob(".refused*"))
    assert "internal-error" not in findings


def test_the_plan_says_what_blocks_and_check_remembers(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "plan.ipynb", IMPORTS, "one = LinearRegression().fit(X, y)\ntwo = LinearRegression().fit(X, y)"
    )
    before = mlops("check", path, "--json")
    assert (before.returncode, json.loads(before.stdout)["run"]) == (0, None)
    plan = mlops("export", path, "--plan", "--json")
    assert plan.returncode == 1
    assert [finding["code"] for finding in json.loads(plan.stdout)["findings"]] == ["several-estimators"]
    after = mlops("check", path, "--json")
    assert after.returncode == 1
    assert [finding["code"] for finding in json.loads(after.stdout)["findings"]] == ["several-estimators"]
    named = mlops("export", path, "--plan", "--json", "--model", "two")
    assert named.returncode == 0
    document = json.loads(named.stdout)
    assert (document["model"], [e["name"] for e in document["endpoints"]]) == ("two", ["predict"])
    unknown = mlops("export", path, "--model", "three")
    assert "[unknown-model]" in unknown.stderr
    assert "`one`, `two`" in unknown.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == [".jupyter_mlops", "plan.ipynb"]


MODEL = "model = LinearRegression().fit(X, y)\nmodel.predict(X)"


def test_folders_that_hold_other_things_and_hand_edits(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "tiny.ipynb", IMPORTS, MODEL)
    out = tmp_path / "out"
    out.mkdir()
    (out / "precious.txt").write_text("mine")
    refused = mlops("export", path, "-o", out)
    assert (refused.returncode, "[folder-not-ours]" in refused.stderr) == (1, True)
    assert [each.name for each in out.iterdir()] == ["precious.txt"]
    assert not (tmp_path / ".jupyter_mlops").exists(), "it stopped before running anything"

    target = tmp_path / "tiny_service"
    assert mlops("export", path).returncode == 0
    (target / "notes.md").write_text("mine")
    readme = target / "README.md"
    readme.write_text(readme.read_text() + "edited\n")
    edited = mlops("export", path)
    assert edited.returncode == 1
    assert "[hand-edits]" in edited.stderr
    assert "README.md" in edited.stderr
    assert readme.read_text().endswith("edited\n")
    assert mlops("export", path, "--overwrite-edits").returncode == 0
    assert not readme.read_text().endswith("edited\n")
    assert (target / "notes.md").read_text() == "mine"


def test_names_a_package_cannot_have(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "json.ipynb", IMPORTS, MODEL)
    for name in ("numpy", "class", "My-Model", "service", "été", "a" * 47):
        done = mlops("export", path, "--plan", "--name", name)
        assert (done.returncode, "[package-name]" in done.stderr) == (1, True), name
    plan = json.loads(mlops("export", path, "--plan", "--json").stdout)
    assert plan["name"] == "json_service"


def test_values_from_a_shell_line_have_no_training_script(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "shell.ipynb",
        IMPORTS,
        "# what the shell knows\n!echo 1 > numbers.csv",
        "model = LinearRegression().fit(X + np.loadtxt('numbers.csv'), y)\nmodel.predict(X)",
    )
    plan = json.loads(mlops("export", path, "--plan", "--json").stdout)
    (finding,) = plan["findings"]
    assert (finding["code"], finding["severity"]) == ("no-training-script", "warning")
    assert (finding["index"], finding["line"]) == (2, 2)
    assert "the shell line `!echo 1 > numbers.csv`, which only a notebook can run" in finding["reason"]
    assert "write it in plain Python" in finding["fix"]["text"]


def test_few_rows_give_a_weak_proof(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "few.ipynb", IMPORTS, "model = LinearRegression().fit(X[:7], y[:7])\nmodel.predict(X[:3])"
    )
    done = mlops("export", path)
    assert done.returncode == 0, done.stderr
    assert "weak: 7 examples" in done.stdout


def test_a_kernel_without_the_packages_is_told_before_anything_runs(tmp_path, write_notebook, mlops):
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    spec = tmp_path / "jupyter" / "kernels" / "bare"
    spec.mkdir(parents=True)
    argv = [str(bare / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "bare", "language": "python"}))
    path = write_notebook(tmp_path / "work" / "tiny.ipynb", IMPORTS, MODEL)
    done = mlops("export", path, "--kernel", "bare", JUPYTER_PATH=str(tmp_path / "jupyter"))
    assert done.returncode == 1
    assert "[kernel-lacks-packages]" in done.stderr
    assert f"{bare / 'bin' / 'python'} -m pip install jupyter_mlops bentoml" in done.stderr
    assert not (tmp_path / "work" / ".jupyter_mlops").exists()


@pytest.mark.parametrize("phase", ["run", "plan", "render", "proof"])
def test_an_interrupt_in_any_phase_leaves_nothing_half_written(tmp_path, write_notebook, phase):
    path = write_notebook(tmp_path / "tiny.ipynb", IMPORTS, MODEL)
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_mlops", "export", path, "--events"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(json.loads(line))
        if seen[-1]["event"] == "phase" and seen[-1]["name"] == phase:
            process.send_signal(signal.SIGINT)
    errors = process.stderr.read() if process.stderr else ""
    assert process.wait(60) == 130, errors
    assert seen[-1]["event"] == "error"
    assert seen[-1]["findings"][0]["code"] == "interrupted"
    assert "Traceback" not in errors
    assert sorted(each.name for each in tmp_path.iterdir()) == [".jupyter_mlops", "tiny.ipynb"]
    deadline = time.monotonic() + 30
    while (left := processes_in(tmp_path)) and time.monotonic() < deadline:
        os.sched_yield()
    assert left == []


def processes_in(folder: Path) -> list[str]:
    """Processes whose working folder is this one or below: kernels, services, proofs."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.mark.skipif(shutil.which("mount") is None or os.geteuid() != 0, reason="mounts a small file system")
def test_no_space_left(tmp_path, write_notebook, mlops):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", small], check=False).returncode != 0:
        pytest.skip("this machine mounts no file system")
    try:
        path = write_notebook(tmp_path / "tiny.ipynb", IMPORTS, MODEL)
        done = mlops("export", path, "-o", small / "out")
        assert done.returncode == 1
        assert "[no-space]" in done.stderr
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)
