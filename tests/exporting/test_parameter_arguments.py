"""Parameters that requests may set: which they are, how functions get them, and that the proof tries other values."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.exporting.parameter_arguments import extended, marked_parameters
from jupyter_mlops.notebook import Cell

PARAMETERS = (
    "from typing import Annotated, Literal\n"
    'limit: Annotated[float, "argument"] = 0.5\n'
    "mode: \"Annotated[Literal['a', 'b'], 'argument']\" = \"a\"\n"
    'least: Annotated[int, Field(ge=1), "argument"] = 2\n'
    'note: Annotated[str, "shown to people"] = "x"\n'
    "seed: int = 3\n"
)


def cells(*sources: tuple[str, str]) -> list[Cell]:
    return [
        Cell(f"cell-{position}", position, "code", source, frozenset({tag} if tag else ()))
        for position, (source, tag) in enumerate(sources, start=1)
    ]


def test_only_marked_parameters_are_arguments():
    found = marked_parameters(cells((PARAMETERS, "parameters"), ('other: Annotated[int, "argument"] = 1', "")))
    assert {name: (each.hint, each.value, each.line) for name, each in found.items()} == {
        "limit": ("float", "0.5", 2),
        "mode": ("Literal['a', 'b']", "'a'", 3),
        "least": ("Annotated[int, Field(ge=1)]", "2", 4),
    }


def test_the_value_is_the_one_that_the_run_was_given():
    found = marked_parameters(cells((PARAMETERS, "parameters"), ("limit = 0.75", "injected-parameters")))
    assert found["limit"].value == "0.75"
    assert found["limit"].cell.index == 1


DEFINITIONS = {
    "def f(): return limit": "def f(*, limit: float = 0.5): return limit",
    "def f(a): return limit": "def f(a, *, limit: float = 0.5): return limit",
    "def f(a, ): return limit": "def f(a, *, limit: float = 0.5): return limit",
    "def f(a, *, b=(1, 2)): return limit": "def f(a, *, b=(1, 2), limit: float = 0.5): return limit",
    "def f(a, /): return limit": "def f(a, /, *, limit: float = 0.5): return limit",
    "def f(\n    a: int,  # the first (of all)\n    b=')'  # no comma\n):\n    return limit": (
        "def f(\n    a: int,  # the first (of all)\n    b=')',   # no comma\n*, limit: float = 0.5):\n    return limit"
    ),
    "@cache\ndef f(a):\n    def g():\n        return limit\n    return g()": (
        "@cache\ndef f(a, *, limit: float = 0.5):\n    def g():\n        return limit\n    return g()"
    ),
    "def f(a): return limit + least": (
        "def f(a, *, limit: float = 0.5, least: Annotated[int, Field(ge=1)] = 2): return limit + least"
    ),
    # these do not read it
    "def f(a, limit): return limit": None,
    "def f(a):\n    limit = 2\n    return limit": None,
    "def f(a): return seed": None,
    "def f(a=limit): return a": None,
    "def _own(a): return limit": None,
}


@pytest.mark.parametrize("source", DEFINITIONS)
def test_a_function_that_reads_one_takes_it(source):
    found = extended(cells((PARAMETERS, "parameters"), (source, "serve"), (source, "")))
    expected = DEFINITIONS[source]
    assert [unit.text for unit in found.units.values()] == ([expected] if expected else [])
    assert [(unit.cell, unit.line) for unit in found.units.values()] == ([(1, 1)] if expected else [])
    assert set(found.added) == ({"f"} if expected else set()), "only functions of cells that serve take it"


def test_each_of_several_functions_of_a_cell_takes_what_it_reads():
    source = "def f(a): return limit\n\ndef g(a,\n      b): return mode, limit\n\ndef h(): return 1\n"
    found = extended(cells((PARAMETERS, "parameters"), (source, "serve")))
    assert {name: [each.name for each in added] for name, added in found.added.items()} == {
        "f": ["limit"],
        "g": ["limit", "mode"],
    }
    taken = {name: [each.arg for each in node.args.kwonlyargs] for name, node in found.nodes.items()}
    assert taken == {"f": ["limit"], "g": ["limit", "mode"]}
    assert [unit.line for unit in found.units.values()] == [1, 3]
    assert [finding.code for finding in found.findings] == ["parameter-not-an-argument"]
    assert "`least`" in found.findings[0].message


@given(
    st.lists(st.sampled_from(["a", "b: int", "c=1", "d: str = ')'", "e=(1, 2)", "f: 'list[int]' = [3]"]), unique=True),
    st.sampled_from([", ", ",\n        ", ",  # (why\n        "]),
    st.sampled_from(["", ",", "\n", ",  # end)\n", "  # end,\n"]),
)
def test_any_signature_keeps_its_own_arguments(arguments, separator, end):
    required = [each for each in arguments if "=" not in each]
    ordered = required + [each for each in arguments if "=" in each]
    end = end.lstrip(",") if not ordered else end
    source = f"def f({separator.join(ordered)}{end}): return limit"
    before = ast.parse(source).body[0]
    (found,) = extended(cells((PARAMETERS, "parameters"), (source, "serve"))).units.values()
    after = ast.parse(found.text).body[0]
    assert isinstance(before, ast.FunctionDef)
    assert isinstance(after, ast.FunctionDef)
    assert [each.arg for each in after.args.kwonlyargs] == ["limit"]
    after.args.kwonlyargs, after.args.kw_defaults = [], []
    assert ast.dump(before) == ast.dump(after)
    assert found.text.count("\n") == source.rstrip("\n").count("\n"), "no line moves"


# --- the whole way

IMPORTS = (
    "from typing import Annotated, Literal\nimport numpy as np\nimport pandas as pd\n"
    "from pydantic import Field\nfrom sklearn.linear_model import LogisticRegression\n"
    "X = np.random.default_rng(0).normal(size=(60, 2))\nmodel = LogisticRegression().fit(X, X[:, 0] > 0)"
)
LIMITS = (
    'limit: Annotated[float, Field(ge=0, le=1), "argument"] = 0.5\n'
    'mode: Annotated[Literal["strict", "loose"], "argument"] = "strict"\nbase: float = 0.0'
)
DECIDE = (
    "def decide(a: float, b: float) -> bool:\n    p = model.predict_proba([[a, b]])[0, 1]\n"
    '    return bool(p + base > limit * (1 if mode == "strict" else 0.5))\n\n'
    "def passing(frame: pd.DataFrame) -> list[bool]:\n"
    "    return [bool(p > limit) for p in model.predict_proba(frame.to_numpy())[:, 1]]"
)
CALLS = (
    "found = [decide(float(a), float(b)) for a, b in X[:30]]\n"
    "parts = [passing(pd.DataFrame(X[i:i + 3], columns=['a', 'b'])) for i in range(0, 60, 3)]"
)


@pytest.mark.slow
def test_a_request_may_set_the_parameter_and_the_proof_tries_it(tmp_path, write_notebook, mlops):
    path = write_notebook(tmp_path / "limits.ipynb", IMPORTS, (LIMITS, "parameters"), (DECIDE, "serve"), CALLS)
    done = mlops("export", path, "-p", "limit", "0.6", "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)["plan"]
    reasons = {each["name"]: (each["kind"], each["reason"]) for each in plan["names"]}
    assert reasons["limit"] == ("parameter", "an argument of `decide`, `passing`; the run had 0.6")
    assert reasons["base"][0] == "parameter"
    assert "reads it; the run had 0.0" in reasons["base"][1]
    folder = tmp_path / "limits_service"
    code = (folder / "limits" / "notebook.py").read_text()
    assert not re.search(r"^(limit|mode)\b", code, re.MULTILINE)
    examples = json.loads((folder / "tests" / "examples" / "decide.json").read_text())["examples"]
    assert {each["arguments"]["limit"] for each in examples} > {0.6}
    assert {each["arguments"]["mode"] for each in examples} == {"strict", "loose"}
    frames = json.loads((folder / "tests" / "examples" / "passing.json").read_text())["examples"]
    assert len({each["arguments"]["limit"] for each in frames}) > 1

    ask = (
        "import json, sys; sys.path.insert(0, '.'); from limits import prediction\n"
        "def ask(**body): return prediction.answer('decide', json.dumps(body).encode())\n"
        "print(ask(a=0.1, b=0.0, limit=0.0), ask(a=0.1, b=0.0, limit=1.0), ask(a=9.0, b=0.0))\n"
        "try:\n    ask(a=0.1, b=0.0, limit=2)\nexcept Exception as error:\n    print(type(error).__name__)\n"
    )
    asked = subprocess.run([sys.executable, "-c", ask], cwd=folder, capture_output=True, text=True, check=False)
    assert asked.stdout.splitlines() == ["True False True", "RefusedError"], asked.stderr


@pytest.mark.slow
def test_other_code_that_reads_it_is_refused_and_doing_what_is_said_helps(tmp_path, write_notebook, mlops):
    helper = "def allowed(p):\n    return p > limit"
    serve = (
        "def decide(a: float, b: float) -> bool:\n"
        "    return bool(allowed(model.predict_proba([[a, b]])[0, 1]))\n\n"
        "def twice(a: float) -> list[bool]:\n    return [direct(a), direct(-a)]\n\n"
        "def direct(a: float) -> bool:\n    return bool(a > limit)"
    )
    calls = "all_of_them = [(decide(float(a), float(b)), twice(float(a)), direct(float(b))) for a, b in X[:30]]"
    limits = 'limit: Annotated[float, "argument"] = 0.5\nleft: Annotated[str, "argument"] = "x"'
    path = write_notebook(tmp_path / "read.ipynb", IMPORTS, (limits, "parameters"), helper, (serve, "serve"), calls)
    done = mlops("export", path, "--json")
    assert done.returncode == 1
    findings = json.loads(done.stdout)["findings"]
    assert [(each["code"], each["index"], each["line"]) for each in findings] == [
        ("parameter-read-elsewhere", 3, 1),
        ("parameter-read-elsewhere", 4, 4),
    ]
    assert "`allowed` would answer with the run's `limit`" in findings[0]["message"]
    assert "it calls `direct`, which reads `limit`" in findings[1]["reason"]
    assert "def allowed(..., limit)" in findings[0]["fix"]["text"]
    assert not (tmp_path / "read_service").exists()

    helper = "def allowed(p, bound):\n    return p > bound"
    serve = (
        "def decide(a: float, b: float) -> bool:\n"
        "    return bool(allowed(model.predict_proba([[a, b]])[0, 1], limit))\n\n"
        "def twice(a: float) -> list[bool]:\n    return [allowed(a, limit), allowed(-a, limit)]\n\n"
        "def direct(a: float) -> bool:\n    return bool(a > limit)"
    )
    path = write_notebook(tmp_path / "read.ipynb", IMPORTS, (limits, "parameters"), helper, (serve, "serve"), calls)
    done = mlops("export", path, "--json")
    assert done.returncode == 0, done.stderr
    warnings = json.loads(done.stdout)["plan"]["findings"]
    assert [each["code"] for each in warnings] == ["parameter-not-an-argument"]
    assert "`left`" in warnings[0]["message"]
