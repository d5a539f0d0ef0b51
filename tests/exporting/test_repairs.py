"""Notebooks that cannot be exported: `jupyter mlops check --fix` writes the repair, and then the export passes."""

from __future__ import annotations

import json

import pytest

from jupyter_mlops.notebook import read_notebook

pytestmark = pytest.mark.slow

IMPORTS = """
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
X = np.random.default_rng(0).normal(size=(40, 2))
y = X @ [1.0, -2.0]
"""


def fitted(step):
    """A cell that fits a pipeline with a function as its first step."""
    return (
        f"%matplotlib inline\nmodel = make_pipeline(FunctionTransformer({step}), LinearRegression())\n"
        "model.fit(X, y)\nmodel.predict(X)"
    )


# the rule's code, the cells after the imports, and what they become; {folder} is the notebook's
REPAIRED = [
    (
        "endpoint-name",
        [
            ("%matplotlib inline\ndef close(a: int):  # how close\n    return a / 2", "serve"),
            "[close(i)  for i in range(25)]  # é",
        ],
        [
            "%matplotlib inline\ndef close_of(a: int):  # how close\n    return a / 2",
            "[close_of(i)  for i in range(25)]  # é",
        ],
    ),
    (
        "argument-without-type",
        [
            ("def twice(a, times=2, *, names):  # é\n    return f'{a} {times} {names}'", "serve"),
            "for i in range(15):\n    twice(i, names=[['a'], []])\n    twice(str(i), None, names=[['b', None]])",
        ],
        [
            "def twice(a: int | str, times=2, *, names: list[list[str | None]]):  # é\n"
            "    return f'{a} {times} {names}'",
            "for i in range(15):\n    twice(i, names=[['a'], []])\n    twice(str(i), None, names=[['b', None]])",
        ],
    ),
    (
        "async-function",
        [
            ("async def later(a: int):\n    return a + 1", "serve"),
            "[await later(i) for i in range(25)]\nawait later(99)",
        ],
        ["def later(a: int):\n    return a + 1", "[later(i) for i in range(25)]\nlater(99)"],
    ),
    (
        "notebook-only",
        [
            "def shown(v):\n    display(v[:3])  # the first\n    return v\n\n\n"
            "def twice(v):\n    display(v)\n    return v * 2",
            fitted("shown"),
        ],
        [
            "def shown(v):\n    # the first\n    return v\n\n\ndef twice(v):\n    display(v)\n    return v * 2",
            fitted("shown"),
        ],
    ),
    (
        "file-not-packable",
        [
            "def read(v):\n    return v + np.loadtxt('{folder}/data/numbers.csv').sum()  # é",
            fitted("read"),
        ],
        ["def read(v):\n    return v + np.loadtxt('data/numbers.csv').sum()  # é", fitted("read")],
    ),
    (
        "file-not-packable",
        [
            "HERE = '{folder}/'",
            "def read(v):\n    return v + np.loadtxt(HERE + 'data/numbers.csv').sum()",
            fitted("read"),
        ],
        ["HERE = './'", "def read(v):\n    return v + np.loadtxt(HERE + 'data/numbers.csv').sum()", fitted("read")],
    ),
    (
        "value-cannot-be-saved",
        ["class Steps:\n    twice = lambda v: v * 2  # twice", fitted("Steps.twice")],
        ["class Steps:\n    def twice(v):  # twice\n        return v * 2", fitted("Steps.twice")],
    ),
    (
        "value-cannot-be-saved",
        ["def make():\n    def twice(v):\n        return v * 2\n    return twice", fitted("make()")],
        ["def twice(v):\n    return v * 2\n\n\ndef make():\n    return twice", fitted("make()")],
    ),
    (
        "rows-have-no-schema",
        [
            "frame = pd.DataFrame(X)  # no names\nrows, others, given, _ = train_test_split(frame, y, random_state=0)",
            "model = LinearRegression().fit(rows, given)\nmodel.predict(others)",
        ],
        [
            "frame = pd.DataFrame(X)  # no names\nframe.columns = frame.columns.astype(str)\n"
            "rows, others, given, _ = train_test_split(frame, y, random_state=0)",
            "model = LinearRegression().fit(rows, given)\nmodel.predict(others)",
        ],
    ),
]


@pytest.mark.parametrize(("code", "cells", "expected"), REPAIRED, ids=[f"{r[0]}-{i}" for i, r in enumerate(REPAIRED)])
def test_a_refused_notebook_is_repaired_exported_and_proved(tmp_path, write_notebook, mlops, code, cells, expected):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "numbers.csv").write_text("1.5\n")

    def here(text):
        return text.replace("{folder}", str(tmp_path))

    sources = [here(each) if isinstance(each, str) else (here(each[0]), *each[1:]) for each in cells]
    path = write_notebook(tmp_path / "refused.ipynb", IMPORTS, *sources)
    before = path.read_bytes()

    refused = mlops("export", path)
    assert refused.returncode == 1
    assert f"[{code}]" in refused.stderr
    assert "(`jupyter mlops check --fix` does this)" in refused.stderr
    assert path.read_bytes() == before

    told = json.loads(mlops("check", path, "--json").stdout)
    assert code in [finding["code"] for finding in told["findings"] if finding["fix"]["edits"]]
    assert path.read_bytes() == before

    fixed = mlops("check", path, "--fix")
    assert (fixed.returncode, fixed.stderr) == (0, "")
    assert f"[{code}]" in fixed.stdout
    assert [cell.source for cell in read_notebook(path).cells] == [IMPORTS, *expected]
    for source, text in zip(sources, expected, strict=True):
        new = set(text.splitlines()) - set((source if isinstance(source, str) else source[0]).splitlines())
        assert all(f"+{line}" in fixed.stdout for line in new)

    exported = mlops("export", path, "--json")
    assert exported.returncode == 0, exported.stdout
    result = json.loads(exported.stdout)
    assert result["proof"]["passed"]
    assert all(part["different"] == 0 and not part["weak"] for part in result["proof"]["parts"])


def test_what_has_no_certain_repair_remains(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "both.ipynb",
        IMPORTS,
        "import threading\nlock = threading.Lock()\n\n\ndef locked(v):\n    with lock:\n        return v",
        "def shown(v):\n    display(v)\n    return v",
        "model = make_pipeline(FunctionTransformer(locked), FunctionTransformer(shown), LinearRegression()).fit(X, y)",
    )
    assert mlops("export", path).returncode == 1
    fixed = mlops("check", path, "--fix", "--json")
    result = json.loads(fixed.stdout)
    assert fixed.returncode == 1
    assert [each["code"] for each in result["fixed"]] == ["notebook-only"]
    (left,) = result["findings"]
    assert (left["code"], left["index"], left["line"], left["fix"]["edits"]) == ("value-cannot-be-saved", 2, 2, [])
    again = mlops("export", path, "--plan", "--json")
    assert [each["code"] for each in json.loads(again.stdout)["findings"]] == ["value-cannot-be-saved"]
    written = path.read_bytes()
    assert json.loads(mlops("check", path, "--fix", "--json").stdout)["fixed"] == []
    assert path.read_bytes() == written
