"""Imports that are not installed, and packages that the project's requirements leave out."""

import sys
import venv

import pytest

from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.rules.check import check


def codes(findings):
    return [each for each in findings if each[0] in ("import-not-installed", "not-in-requirements")]


@pytest.mark.parametrize(
    ("source", "severity", "line"),
    [
        ("import nowhere_at_all", "error", 1),
        ("x = 1\nfrom nowhere_at_all.part import thing", "error", 2),
        ("import json, nowhere_at_all.part as n", "error", 1),
        ("def f():\n    import nowhere_at_all", "info", 2),
        ("import sys\nif 'x' in sys.modules:\n    import nowhere_at_all", "info", 3),
    ],
)
def test_not_installed(found, source, severity, line):
    assert codes(found(source, python=sys.executable)) == [("import-not-installed", severity, 1, line)]


@pytest.mark.parametrize(
    "sources",
    [
        ["import pandas, numpy.linalg, sklearn"],
        ["import os.path, math, sqlite3, __future__"],
        ["try:\n    import nowhere_at_all\nexcept ImportError:\n    nowhere_at_all = None"],
        ["from contextlib import suppress\nwith suppress(ImportError):\n    import nowhere_at_all"],
        ["!pip install nowhere-at-all", "import nowhere_at_all"],
        ["%pip install -r requirements.txt", "import nowhere_at_all"],
        ["import sys\nsys.path.append('../src')", "import nowhere_at_all"],
        ["%cd ..", "import nowhere_at_all"],
        ["%%writefile nowhere_at_all.py\nx = 1", "import nowhere_at_all"],
        ["!git clone https://example.org/x", "import nowhere_at_all"],
        ["%run setup.py", "import nowhere_at_all"],
        ["import beside_the_notebook", "from folder_beside import part"],
        ["from . import part"],
    ],
)
def test_nothing_is_found(found, tmp_path, sources):
    (tmp_path / "beside_the_notebook.py").write_text("")
    (tmp_path / "folder_beside").mkdir()
    (tmp_path / "requirements.txt").write_text("numpy\npandas\nscikit-learn\n")
    assert codes(found(*sources, python=sys.executable)) == []


def test_nothing_is_known_without_an_interpreter(found):
    assert found("import nowhere_at_all") == []
    assert found("import nowhere_at_all", python="/no/such/python") == []


def test_another_interpreter_is_asked(found, tmp_path):
    venv.create(tmp_path / "v", with_pip=False)
    python = str(tmp_path / "v" / "bin" / "python")
    findings = found("import json, msgspec", "from math import *\nsqrt", "import os", python=python)
    assert findings == [("import-not-installed", "error", 1, 1), ("star-import", "info", 2, 1)]


def test_the_fix_names_the_distribution(notebook):
    (finding,) = check(notebook("import umap"), None, python=sys.executable).findings
    assert finding.message == "`umap` is not installed where the notebook's kernel runs"
    assert "python -m pip install umap-learn" in finding.fix.text


REQUIREMENTS = [
    ("requirements.txt", "# data\nnumpy>=1\nPyYAML==6 ; python_version > '3'\n"),
    ("requirements.txt", "-r more.txt\n--index-url https://example.org/simple\n"),
    ("requirements-dev.txt", "numpy\npyyaml\n"),
    ("pyproject.toml", "[project]\nname='a'\nversion='1'\ndependencies=['numpy','PyYaml']\n"),
    ("pyproject.toml", "[project]\nname='a'\nversion='1'\n[project.optional-dependencies]\nx=['numpy','PyYaml']\n"),
    ("pyproject.toml", "[project]\nname='a'\nversion='1'\n[dependency-groups]\ndev=['numpy','PyYaml']\n"),
    ("pyproject.toml", "[tool.poetry]\nname='a'\n[tool.poetry.dependencies]\nnumpy='*'\npyyaml='^6'\n"),
    ("environment.yml", "dependencies:\n  - conda-forge::numpy>=1\n  - pip:\n    - pyyaml\n"),
    ("Pipfile", "[packages]\nnumpy = '*'\npyyaml = '*'\n"),
]


@pytest.mark.parametrize(("file", "text"), REQUIREMENTS)
def test_what_the_requirements_name(found, tmp_path, file, text):
    (tmp_path / "more.txt").write_text("numpy\npyyaml\n")
    (tmp_path / file).write_text(text)
    findings = found("import numpy, yaml, IPython, json", "import attrs", python=sys.executable)
    assert codes(findings) == [("not-in-requirements", "warning", 2, 1)]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n"),
        ("pyproject.toml", "[project]\nname='a'\ndynamic=['dependencies']\n"),
        ("pyproject.toml", ""),
        ("setup.py", "from setuptools import setup\nsetup()\n"),
        ("notes.txt", "numpy\n"),
    ],
)
def test_without_requirements_nothing_is_told(found, tmp_path, file, text):
    (tmp_path / file).write_text(text)
    assert codes(found("import attrs", python=sys.executable)) == []


def test_what_a_requirement_brings_along_counts(found, tmp_path):
    (tmp_path / "requirements.txt").write_text("pandas\n")
    assert codes(found("import numpy, dateutil", python=sys.executable)) == []


def test_requirements_of_the_root_and_the_projects_own_modules(tmp_path, write_notebook):
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("numpy\n")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "cleaning_module.py").write_text("")
    path = write_notebook(tmp_path / "notebooks" / "a.ipynb", "import cleaning_module, attrs")
    (finding,) = check(read_notebook(path), None, python=sys.executable).findings
    assert finding.message == "`attrs` comes from `attrs`, which requirements.txt does not name"
    assert finding.fix.text == "add attrs to requirements.txt"
