"""The proof of `train.py`: what cannot be reproduced is told, what fails stops the export, a broken slice is seen."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops.documents import Example, ExportResult
from jupyter_mlops.errors import Finding, ProofError
from jupyter_mlops.exporting import retraining
from jupyter_mlops.exporting.export import Options, export, export_file
from jupyter_mlops.exporting.retraining import retrain
from jupyter_mlops.exporting.training import Training, training_of
from jupyter_mlops.notebook import read_notebook

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"
IMPORTS = (
    "import os\nimport numpy as np\nimport pandas as pd\n"
    "from sklearn.ensemble import RandomForestClassifier\nfrom sklearn.linear_model import LinearRegression"
)
ROWS = (
    "random = np.random.default_rng(1)\nX = pd.DataFrame(random.normal(size=(80, 3)), columns=list('abc'))\n"
    "y = (X['a'] + random.normal(size=80) > 0).astype(int)"
)


@pytest.fixture
def nothing_left(tmp_path: Path) -> Callable[[str], bool]:
    return lambda stem: not list(tmp_path.glob(f"{stem}_service")) and not list(tmp_path.glob(f".{stem}*"))


def test_an_unseeded_forest_is_served_as_fitted_with_a_warning(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "forest.ipynb",
        IMPORTS,
        ROWS,
        "model = RandomForestClassifier(n_estimators=5)\nmodel.fit(X, y)",
        ("hits = (model.predict(X) == y).sum()\nshare = hits / len(y)\nsure = bool(share > 0.5)", "evaluate"),
    )
    done = mlops("export", path)
    assert done.returncode == 0, done.stderr
    assert "training is not reproducible" in done.stdout
    assert "[training-not-reproducible]" in done.stdout
    assert "forest.ipynb, cell 3, line 1" in done.stdout
    assert "`RandomForestClassifier` of cell 3 has no random_state" in done.stdout
    assert "served is what the run fitted" in done.stdout

    # the numbers of the evaluate cell are the run's metrics
    package = tmp_path / "forest_service"
    metrics = json.loads((package / "provenance.json").read_text())["metrics"]
    assert set(metrics) == {"hits", "share"}
    assert metrics["hits"] == round(metrics["share"] * 80)
    assert f"| `share` | {metrics['share']!r} |" in (package / "README.md").read_text()
    assert "metrics=" in (package / "train.py").read_text()


def test_a_seeded_one_gives_the_same_metrics_again(tmp_path, write_notebook):
    path = write_notebook(
        tmp_path / "seeded.ipynb",
        IMPORTS,
        ("trees: int = 5  # how many", "parameters"),
        ROWS,
        "model = RandomForestClassifier(n_estimators=trees, random_state=0).fit(X, y)",
        ("share = (model.predict(X) == y).mean()", "evaluate"),
    )
    result = export_file(path, Options(parameters={"trees": 7}))
    assert isinstance(result, ExportResult)
    assert result.proof.training == "reproducible"
    package = Path(result.folder)
    done = trained(package, tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads((package / "trained" / "metrics.json").read_text())
    assert report["metrics"] == json.loads((package / "provenance.json").read_text())["metrics"]
    assert report["parameters"] == {"trees": 7}
    # what was trained beside the package is nobody's edit
    assert isinstance(export_file(path), ExportResult)
    assert (package / "trained" / "model.pkl").is_file()


def trained(package: Path, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, package / "train.py"], cwd=data, capture_output=True, text=True, check=False)


def test_a_file_that_is_gone_after_the_run_fails_the_export(tmp_path, write_notebook, nothing_left):
    (tmp_path / "rows.csv").write_text("a,b\n" + "".join(f"{i},{i % 7}\n" for i in range(60)))
    path = write_notebook(
        tmp_path / "gone.ipynb",
        IMPORTS,
        "# what was measured\n\nrows = pd.read_csv('rows.csv')\nprint(len(rows))",
        "model = LinearRegression().fit(rows[['a']], rows['b'])\nmodel.predict(rows[['a']])",
        "os.remove('rows.csv')",
    )
    with pytest.raises(ProofError) as caught:
        export_file(path)
    finding = caught.value.findings[0]
    assert (finding.code, finding.index, finding.line) == ("training-failed", 2, 3)
    assert "FileNotFoundError" in finding.message
    assert 'File "train.py"' in finding.reason
    assert str(tmp_path) not in finding.reason.replace(f"{tmp_path}/rows.csv", "")
    assert finding.fix is not None
    assert "keep the file" in finding.fix.text
    assert nothing_left("gone")


def test_what_only_a_notebook_can_do_gets_no_script(tmp_path, write_notebook):
    path = write_notebook(
        tmp_path / "shell.ipynb",
        IMPORTS,
        ROWS,
        "count = !echo 40\nrows = X.head(int(count[0]))",
        "model = LinearRegression().fit(rows, rows['a'])\nmodel.predict(rows)",
    )
    result = export_file(path)
    assert isinstance(result, ExportResult)
    assert result.proof.training == "no-script"
    finding = next(each for each in result.plan.findings if each.code == "no-training-script")
    assert (finding.notebook, finding.index, finding.line) == ("shell.ipynb", 3, 1)
    assert not (Path(result.folder) / "train.py").exists()
    assert "Train again" not in (Path(result.folder) / "README.md").read_text()


class Houses:
    """A proved package, and how to train it again after its script was changed."""

    def __init__(self, folder: Path) -> None:
        self.data = shutil.copytree(EXAMPLES / "houses", folder / "houses")
        notebook = read_notebook(self.data / "houses.ipynb")
        self.folder = folder / "good"
        result = export(notebook, Options(target=self.folder))
        assert isinstance(result, ExportResult)
        self.endpoints = result.plan.endpoints
        given = json.loads((self.folder / "tests" / "examples" / "predict.json").read_text())["examples"]
        self.examples = {"predict": [Example(row=each["row"], answer=each["answer"]) for each in given]}
        learned = [each.name for each in result.plan.names if each.kind == "learned"]
        training = training_of(notebook.code_cells, learned, (), {})
        assert isinstance(training, Training)
        self.training = training

    def retrain(self, scratch: Path, pattern: str, replacement: str = "") -> Finding | None:
        staged = shutil.copytree(self.folder, scratch / "staged")
        script = staged / "train.py"
        text, count = re.subn(pattern, replacement, script.read_text(), flags=re.MULTILINE)
        assert count == 1, f"{pattern!r} is {count} times in train.py"
        script.write_text(text)
        return retrain(
            staged,
            "houses",
            self.training,
            self.endpoints,
            self.examples,
            sys.executable,
            data=self.data,
            run_seconds=0.1,
            tolerance=1e-9,
            notebook="houses.ipynb",
            scratch=scratch,
        )


@pytest.fixture(scope="module")
def houses(tmp_path_factory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


def test_the_good_script_passes(houses, tmp_path):
    assert houses.retrain(tmp_path, "^SEED = 11$", "SEED = 11") is None
    assert [path.name for path in tmp_path.iterdir()] == ["staged"]


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"^estimator\.fit\(.*\)\n", ""),
        (r"^SEED = 11$", "SEED = 12"),
        (r"test_size=0\.25", "test_size=0.3"),
        (r"\.median\(\)\.round\(1\)", ".mean().round(1)"),
    ],
)
def test_a_broken_slice_gives_other_answers(houses, tmp_path, pattern, replacement):
    finding = houses.retrain(tmp_path, pattern, replacement)
    assert finding is not None
    assert (finding.code, finding.severity) == ("training-not-reproducible", "warning")


@pytest.mark.parametrize(
    ("pattern", "cell", "message"),
    [
        (r"^houses = pd\.read_csv.*\n", 5, "NameError: name 'houses' is not defined"),
        (r"^import numpy as np\n", 9, "NameError: name 'np' is not defined"),
        (r"^MEDIAN_OVERALL = .*\n", 8, "NameError: name 'MEDIAN_OVERALL' is not defined"),
    ],
)
def test_a_statement_that_is_missing_fails_the_export(houses, tmp_path, pattern, cell, message):
    with pytest.raises(ProofError) as caught:
        houses.retrain(tmp_path, pattern)
    finding = caught.value.findings[0]
    assert (finding.code, finding.index) == ("training-failed", cell)
    assert message in finding.message


def test_a_training_that_does_not_end_is_stopped(houses, tmp_path, monkeypatch):
    monkeypatch.setattr(retraining, "_LEAST_SECONDS", 20)
    with pytest.raises(ProofError) as caught:
        houses.retrain(tmp_path, r"^houses = pd\.read_csv", "import time; time.sleep(600)\nhouses = pd.read_csv")
    finding = caught.value.findings[0]
    assert (finding.code, finding.index) == ("training-failed", 4)
    assert "did not end within 20 s" in finding.message
