"""Functions that cannot be endpoints: each finding with its place, and what to do."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

IMPORTS = """\
import random
from collections.abc import Callable
from dataclasses import dataclass, field
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
"""

SERVE = """\
def never(a: int): return a

def starred(*rows): return rows
def keywords(**more): return more
async def later(a: int): return a
def yielding(a: int):
    yield a
def close(a: int): return a

def calls_back(done: Callable): return 1
def of_model(model: Ridge): return 1
def of_keys(table: dict[int, str]): return 1
def of_texts(names: np.ndarray): return 1
def of_dates(frame: pd.DataFrame): return 1
def with_default(weights: np.ndarray = np.ones(2)): return 1

def loose(a): return 1
def with_model(a: int, model=Ridge()): return 1
def draws(a: int): return random.random()
def gives_model(a: int): return Ridge()
def raises(a: int): raise ValueError
def strict(n: int): return n
def replaced(a: int): return a
def unknown(a: "Nowhere"): return a
def fine(a: int): return a
"""

CALLS = """\
starred(1); keywords(a=1); await later(1); list(yielding(1)); close(1); calls_back(print); of_model(Ridge())
of_keys({1: "a"}); of_texts(np.array(["a"])); of_dates(pd.DataFrame({"day": [pd.Timedelta(1)]}))
with_default(np.ones(2)); loose(1); loose("a"); with_model(1); draws(1); draws(1); gives_model(1); strict(1.5)
try:
    raises(1)
except ValueError:
    pass
replaced(1); unknown(1); [fine(i) for i in range(20)]
replaced = 5
"""

FOUND = {
    ("never", "no-calls", 1): "call `never(...)` in a cell below, so that the answer can be proved",
    ("starred", "argument-has-no-schema", 3): "name each argument of starred",
    ("keywords", "argument-has-no-schema", 4): "name each argument of keywords",
    ("later", "async-function", 5): "write it as a plain `def later`",
    ("yielding", "generator-function", 6): "return a list instead of yielding",
    ("close", "endpoint-name", 8): "rename the function",
    ("calls_back", "argument-has-no-schema", 10): "let it take numbers",
    ("of_model", "argument-has-no-schema", 11): "let it take numbers",
    ("of_keys", "argument-has-no-schema", 12): "let it take numbers",
    ("of_texts", "argument-has-no-schema", 13): "let it take numbers",
    ("of_dates", "argument-has-no-schema", 14): "convert before the call",
    ("with_default", "argument-has-no-schema", 15): "let it take numbers",
    ("loose", "argument-without-type", 17): "write its type: def loose(a: int | str, ...)",
    ("with_model", "argument-has-no-schema", 18): "use what else it needs as a name of the notebook",
    ("draws", "answer-changes", 19): "draw no random numbers",
    ("gives_model", "no-calls", 20): "call it with what its hints say",
    ("raises", "no-calls", 21): "call `raises(...)` in a cell below",
    ("strict", "no-calls", 22): "call it with what its hints say",
    ("replaced", "no-endpoint", 23): "see to it that `replaced` is still the function",
    ("unknown", "no-endpoint", 24): "see to it",
}


def test_every_refusal_names_its_function_and_line(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "odd.ipynb", IMPORTS, (SERVE, "serve"), CALLS)
    done = mlops("export", path, "--plan", "--json")
    assert done.returncode == 1, done.stderr
    plan = json.loads(done.stdout)
    errors = [each for each in plan["findings"] if each["severity"] == "error"]
    found = {}
    for each in errors:
        assert (each["cell"], each["index"]) == ("cell-2", 2), each
        assert each["reason"]
        name = next(name for name in [key[0] for key in FOUND] if f"`{name}`" in each["message"])
        found[name, each["code"], each["line"]] = each["fix"]["text"]
    assert found.keys() == FOUND.keys()
    for key, fix in FOUND.items():
        assert fix in found[key], key
    assert [each["name"] for each in plan["endpoints"] if each["examples"] >= 20] == ["fine"]
    blocked = mlops("export", path)
    assert blocked.returncode == 1
    assert not (tmp_path / "odd_service").exists()


def test_a_serve_cell_without_functions_and_a_model_named(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "none.ipynb", "x = 1", ("class Offer: ...\ndef _own(): ...", "serve"))
    done = mlops("export", path)
    assert done.returncode == 1
    assert "[no-served-function]" in done.stderr
    named = mlops("export", path, "--model", "x")
    assert named.returncode == 1
    assert "[model-with-serve]" in named.stderr


def test_a_function_that_remembers_fails_the_proof(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "counts.ipynb",
        "asked = {'times': 0}",
        ("def count(n: int) -> int:\n    asked['times'] += 1\n    return asked['times'] * n", "serve"),
        "[count(n) for n in range(30)]",
    )
    done = mlops("export", path)
    assert done.returncode == 1
    assert "[proof-failed]" in done.stderr
    assert "count" in done.stderr
    assert "cell 2" in done.stderr
    assert not (tmp_path / "counts_service").exists()
