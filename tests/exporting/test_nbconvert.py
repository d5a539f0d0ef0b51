"""`jupyter nbconvert --to bento`, and the call for programs."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import get_exporter
from nbconvert.utils.exceptions import ConversionException

from jupyter_mlops.documents import Plan
from jupyter_mlops.errors import ParameterError
from jupyter_mlops.exporting.export import Options, export_file

EXAMPLES = Path(__file__).parents[2] / "examples"


def convert(*words, cwd, **options):
    return subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "bento", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.slow
def test_the_report_the_folder_and_hand_edits(tmp_path):
    shutil.copytree(EXAMPLES / "churn", tmp_path / "churn")
    cwd = tmp_path / "churn"
    before = (cwd / "churn.ipynb").read_bytes()

    done = convert("churn.ipynb", "--BentoExporter.parameters", "seed=8", "--BentoExporter.name=leavers", cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in cwd.iterdir()} == {
        *("churn.csv", "churn.ipynb", "churn_service.md", "leavers_service", ".jupyter_mlops")
    }
    report = (cwd / "churn_service.md").read_text()
    provenance = json.loads((cwd / "leavers_service" / "provenance.json").read_text())
    assert provenance["run"] in report
    assert provenance["parameters"]["seed"] == {"type": "int", "text": "8"}
    assert (cwd / "leavers_service" / "service.py").is_file()
    for expected in ("`leavers_service`", "`POST /predict`", "`POST /predict_proba`", "in process", "over HTTP"):
        assert expected in report
    assert (cwd / "churn.ipynb").read_bytes() == before

    service = cwd / "leavers_service" / "service.py"
    service.write_text(service.read_text() + "# mine\n")
    refused = convert("churn.ipynb", "--BentoExporter.name=leavers", "--output-dir", "reports", cwd=cwd)
    assert refused.returncode == 1
    assert "1 file in leavers_service changed since the export: service.py" in refused.stderr
    assert "--BentoExporter.overwrite_edits=True" in refused.stderr
    assert service.read_text().endswith("# mine\n")
    assert not list((cwd / "reports").iterdir())

    elsewhere = "--BentoExporter.target=other"
    done = convert("churn.ipynb", elsewhere, "--BentoExporter.model=model", "--output-dir", "reports", cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (cwd / "reports").iterdir()] == ["churn.md"]
    assert (cwd / "other" / "service.py").is_file()


def test_a_notebook_from_standard_input(tmp_path):
    text = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]))
    done = convert("--stdin", cwd=tmp_path, input=text)
    assert done.returncode == 1
    assert "the notebook comes without a file" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_notebook_without_a_file():
    exporter = get_exporter("bento")()
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    for resources in (None, {"metadata": {"name": "none", "path": ""}}):
        with pytest.raises(ConversionException, match="without a file"):
            exporter.from_notebook_node(node, resources)


def test_a_broken_file_says_what_to_do(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("<<<<<<< HEAD\n{}")
    with pytest.raises(ConversionException, match="merge conflict marks"):
        get_exporter("bento")().from_filename(str(path))


def test_what_the_export_refuses_is_told_with_its_fix(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "a.ipynb", "x = 1")
    exporter = get_exporter("bento")(name="numpy", target=str(tmp_path / "out"))
    with pytest.raises(ConversionException) as error:
        exporter.from_filename(str(path))
    assert "the package cannot be called `numpy` [package-name]" in str(error.value)
    assert "--BentoExporter.name=NAME" in str(error.value)
    with pytest.raises(ConversionException, match="no cell tagged `parameters`"):
        get_exporter("bento")(parameters={"x": "2"}).from_filename(str(path))
    assert [each.name for each in tmp_path.iterdir()] == ["a.ipynb"]


def test_other_conversions_load_nothing_of_the_export():
    script = (
        "import sys; from nbconvert.exporters import get_export_names; assert 'bento' in get_export_names();"
        "print([m for m in ('pandas', 'sklearn', 'bentoml', 'papermill', 'jupyter_mlops.running') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_call_for_programs_works_within_a_running_loop(tmp_path):
    shutil.copytree(EXAMPLES / "churn", tmp_path / "churn")
    path = tmp_path / "churn" / "churn.ipynb"

    async def call():
        return export_file(path, Options(parameters={"seed": "8"}, plan_only=True))

    plan = asyncio.run(call())
    assert isinstance(plan, Plan)
    assert (plan.model, plan.findings) == ("model", [])
    assert [each.name for each in plan.endpoints] == ["predict", "predict_proba", "decision_function"]


def test_the_call_for_programs_checks_parameters(tmp_path, write_notebook):
    path = write_notebook(tmp_path / "a.ipynb", ("rate = 0.5", "parameters"), "print(rate)")
    with pytest.raises(ParameterError, match="does not fit the parameter `rate`"):
        export_file(str(path), Options(parameters={"rate": "much"}))
    assert not (tmp_path / ".jupyter_mlops").exists()
