"""Slices: the statements that names need, which run alone must give the same values."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.slicing import backward_slice
from jupyter_mlops.errors import NotebookError

EXAMPLES = Path(__file__).parents[2] / "examples"


def sliced(name: str, *cells: str) -> list[str]:
    return [each.unit.text for each in backward_slice([parse_cell(cell) for cell in cells], [name])]


KEPT = [
    # what is wanted, statements that stay, statements that fall out
    ("y", ["x = 1", "y = x"], ["z = 3", "print(y)"]),
    ("x", ["x = 2"], ["y = 5", "print(y)"]),
    ("x", ["x = 1", "if t():\n    x = 2"], ["y = 1"]),
    ("xs", ["xs = []", "xs.append(1)"], ["len(xs)", "assert xs", "best = xs[0]"]),
    ("xs", ["xs = [2, 1]", "ys = xs", "ys.sort()"], ["ys = None"]),
    ("total", ["total = 0", "for i in range(3):\n    total += i"], ["print(total)"]),
    ("y", ["RATE = 2", "def f(x):\n    return x * RATE", "y = f(1)"], ["def g():\n    return 1", "g()"]),
    ("d", ["d = {}", "d['a'] = 1", "d.update(b=2)"], ["d.get('a')", "list(d)"]),
    ("a", ["import numpy as np", "np.random.seed(0)", "noise = np.random.rand(3)", "a = np.random.rand()"], []),
    ("n", ["def put(to):\n    to.append(1)", "n = []", "put(n)"], ["m = []", "put(m)"]),
    (
        "model",
        [
            "import pandas as pd",
            "from sklearn.linear_model import LinearRegression",
            "df = pd.read_csv('a.csv')",
            "df['b'] = df.a * 2",
            "df.dropna(inplace=True)",
            "model = LinearRegression()",
            "model.fit(df[['b']], df.a)",
        ],
        [
            "import matplotlib.pyplot as plt",
            "df.head()",
            "df.describe()",
            "plt.plot(df.a)",
            "plt.show()",
            "print(model.score(df[['b']], df.a))",
            "shown = df.drop(columns='a')",
        ],
    ),
    ("C", ["BASE = 1", "class C:\n    def value(self):\n        return BASE"], ["C().value()"]),
    ("w", ["import gzip as g", "with g.open('f') as file:\n    w = file.read()"], ["file.close()"]),
    ("p", ["q = [1, 2]", "[p, *rest] = q"], ["rest.append(3)"]),
    ("x", ["x = 1  # as the paper has it"], ["# alone\ny = 2"]),
    ("later", ["def later():\n    return helper()", "def helper():\n    return LIMIT", "LIMIT = 3"], ["LIMIT + 1"]),
]


@pytest.mark.parametrize(("name", "stay", "fall"), KEPT, ids=[case[0] + "-" + case[1][-1][:20] for case in KEPT])
def test_what_stays_and_what_falls_out(name, stay, fall):
    assert sliced(name, *stay, *fall) == stay


def test_statements_are_cut_out_of_their_cells_with_their_comments():
    cell = "# the rate of 2020\nrate = 2  # per cent\nprint(rate); other = 1\n# not this\nunused = 3"
    assert sliced("rate", cell) == ["# the rate of 2020\nrate = 2  # per cent"]
    assert sliced("other", cell) == ["other = 1"]


def test_what_may_bind_anything_stays_where_it_may_matter():
    assert sliced("y", "from settings import *", "y = LIMIT", "z = 1") == ["from settings import *", "y = LIMIT"]
    assert sliced("y", "%run setup.py", "y = LIMIT")[0].startswith("get_ipython()")
    assert "z = 1" not in sliced("y", "from settings import *", "z = 1", "y = LIMIT")


def test_reasons_say_what_a_statement_is_kept_for():
    cells = "import random", "random.seed(1)", "xs = [1]", "xs.append(random.random())"
    reasons = [each.reason for each in backward_slice([parse_cell(cell) for cell in cells], ["xs"])]
    assert reasons[1] == "seeds random.python"
    assert reasons[2] == "binds xs"
    assert "changes xs" in reasons[3]


def test_a_name_that_nobody_binds_is_refused():
    with pytest.raises(NotebookError, match="no cell binds `y`"):
        sliced("y", "x = 1")


# --- run alone

NAMES = ["a", "b", "c"]
START = ["import random", "random.seed(7)", *(f"{name} = [{at}, {at + 1}]" for at, name in enumerate(NAMES)), "n = 1"]
STATEMENTS = [
    "{one} = {other}",
    "{one} = {other} + [n]",
    "{one} = list({other})",
    "{one}.append(n)",
    "{one} += {other}[:1]",
    "{one}[0] = n",
    "{one}.extend(x for x in {other}[:2])",
    "n = len({one})",
    "n += 1",
    "n = sum({one}) % 7 if {other} else n",
    "if n % 2:\n    {one} = [n]\nelse:\n    {other}.append(n)",
    "for n in {one}[:2]:\n    {other}.append(n)",
    "while len({one}) < 3:\n    {one}.append(n)",
    "try:\n    {one} = [{other}[5]]\nexcept IndexError as error:\n    n = 5",
    "def f(xs, extra=n):\n    xs.append(extra)\n    return xs",
    "{one} = f({other})",
    "f({one})",
    "def g():\n    global n\n    n = n + len({one})\n    return {other}",
    "{one} = g()",
    "random.shuffle({one})",
    "n = random.randint(0, 9)",
    "random.seed(n)",
    "class Box:\n    items = {one}\n    def put(self, x):\n        self.items.append(x)",
    "Box().put(n)",
    "{one} = [x + n for x in {other}]",
    "{one}, n = {other}[::-1], len({other})",
    "match {one}:\n    case [first, *rest]:\n        n = first\n        {other} = rest",
    "keep = lambda x: x + n + len({one})",
    "n = keep(1) % 11",
    "print({one}, n)",
    "{one} = {other}[1:] or {one}",
    "store = {{'k': {one}}}",
    "store['k'].append(n)",
    "{one} = store.get('k', {other})",
    "del store",
    "{one}.sort(reverse=n % 2 == 0)",
    "unused = max({one}, default=0)",
]
FIRST = ["def f(xs): return xs", "def g(): return a", "class Box:\n    def put(self, x): pass", "keep = lambda x: x"]


@st.composite
def notebooks(draw: st.DrawFn) -> list[str]:
    """Cells of statements that share, change and bind lists, numbers, functions and random numbers."""
    body = draw(st.lists(st.sampled_from(STATEMENTS), min_size=2, max_size=12))
    names = st.sampled_from(NAMES)
    return [*START, *FIRST, "store = {'k': c}", *(text.format(one=draw(names), other=draw(names)) for text in body)]


def run(statements: list[str]) -> dict[str, object]:
    namespace: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for statement in statements:
            exec(statement, namespace)  # noqa: S102
    return namespace


@settings(max_examples=400)
@given(notebooks(), st.sampled_from([*NAMES, "n"]))
def test_a_slice_that_runs_alone_gives_the_same_value(cells, name):
    try:
        whole = run(cells)
    except (NameError, KeyError):  # `store` may have been deleted
        return
    assert run(sliced(name, *cells))[name] == whole[name], "\n".join(cells)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("example", "model"),
    [
        ("churn", "model"),
        ("houses", "estimator"),
        ("digits", "reader"),
        ("reviews", "classifier"),
        ("quotes", "risk_model"),
    ],
)
def test_the_slice_of_a_model_trains_the_same_model(example, model, tmp_path):
    """The statements alone, as a script in the notebook's folder, give a model that answers as the notebook's."""
    path = EXAMPLES / example / f"{example}.ipynb"
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    parts = backward_slice([parse_cell(cell) for cell in cells], [model])
    whole = [parse_cell(cell).text for cell in cells]
    assert len(parts) < sum(len(parse_cell(cell).tree.body) for cell in cells)
    shown = (
        "\nimport json, numpy, sys\n"
        "def numbers(value, seen):\n"
        "    if isinstance(value, numpy.ndarray) and value.dtype.kind in 'fiu': seen.append(float(value.sum()))\n"
        "    elif isinstance(value, (list, tuple)):\n"
        "        for each in value: numbers(each, seen)\n"
        "    elif hasattr(value, '__dict__') and type(value).__module__.startswith('sklearn'):\n"
        "        for key in sorted(vars(value)): numbers(vars(value)[key], seen)\n"
        "    return seen\n"
        f"print('RESULT', json.dumps(numbers({model}, [])))\n"
    )
    results = []
    for number, texts in enumerate([whole, [each.unit.text for each in parts]]):
        script = tmp_path / f"script{number}.py"
        script.write_text("get_ipython = display = lambda *_: None\n" + "\n".join(texts) + shown)
        done = subprocess.run([sys.executable, script], cwd=path.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        results.append(json.loads(done.stdout.rpartition("RESULT ")[2]))
    assert results[0] == results[1]
    assert results[0]
