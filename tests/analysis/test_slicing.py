"""Slices: the statements that names need, which run alone must give the same values."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_programs import NAMES, notebooks

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.dataflow import library
from jupyter_mlops.analysis.slicing import backward_slice
from jupyter_mlops.analysis.statements import units
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
        "xs",
        ["xs = [1]", "xs.append(2)"],
        [
            "from jupyter_mlops import log_metric, log_param",
            "log_param('xs', xs)",
            "log_metric('n', xs.pop)",
            "print(xs)",
        ],
    ),
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

# Changes by another way than the name of what is wanted.
KEPT += [
    ("d", ["xs = []", "d = dict(k=xs)", "xs.append(1)"], []),
    ("d", ["xs = []", "d = dict([('k', xs)])", "xs.append(1)"], []),
    ("xs", ["xs = []", "d = dict(k=xs)", "d['k'].append(1)"], ["d.clear()"]),
    ("xs", ["xs = []", "d = dict([('k', xs)])", "y = d['k']", "y.append(1)"], []),
    ("xs", ["xs = []", "d = dict([['k', xs]])", "d['k'].append(1)"], []),
    ("xs", ["xs = []", "d = {}", "d.update([('k', xs)])", "d['k'].append(1)"], []),
    ("xs", ["xs = []", "d = {}", "d.update(k=xs)", "d['k'].append(1)"], []),
    ("xs", ["xs = []", "d = dict(zip('k', [xs]))", "d['k'].append(1)"], []),
    ("d", ["ks, xs = ['a'], []", "d = dict.fromkeys(ks, xs)", "xs.append(1)"], ["len(ks)"]),
    ("xs", ["xs = []", "d = dict.fromkeys('ab', xs)", "d['a'].append(1)"], []),
    ("xs", ["xs = []", "d = {}.fromkeys('ab', xs)", "d['a'].append(1)"], []),
    ("d", ["d = {1: 2}"], ["e = d.fromkeys('ab')"]),
    ("row", ["row = []", "rows = [row]", "last = list.pop(rows)", "last.append(1)"], []),
    ("row", ["row = []", "d = {'k': row}", "dict.get(d, 'k').append(1)"], ["dict.get(d, 'm')"]),
    ("row", ["row = []", "d = {'k': row}", "[v] = dict.values(d)", "v.append(1)"], []),
    ("xs", ["xs, ys = [], [1]", "list(map(xs.append, ys))"], ["list(map(xs.index, ys))"]),
    ("xs", ["xs, ys = [], [[1]]", "list(map(list.pop, ys))", "xs = ys[0]"], ["list(map(list.copy, ys))"]),
    ("xs", ["xs = []", "put = xs.append", "put(1)"], ["len(xs)"]),
    ("seen", ["from collections import Counter", "seen = Counter()", "list(map(seen.update, ['ab']))"], ["seen.total"]),
    ("f", ["best = {}", "f = sorted([2], key=best.get)"], ["best.update(a=1)"]),
]
# What a call may give: an argument as it is, or what it holds.
KEPT += [
    ("a", ["a, b = [], []", "max(a, b).append(1)"], ["max(a, default=0)"]),
    ("a", ["a = []", "b = {}", "b.get(1, a).append(1)"], ["b.pop(1, a)"]),
    ("a", ["a, it = [], iter([])", "next(it, a).append(1)"], []),
    ("b", ["a = []", "b = max([[1]], key=a.index)"], ["a.append(1)"]),
    ("b", ["d = {'k': 1}", "b = max(d.items(), key=str)"], ["d['m'] = 2"]),
    ("v", ["d = {'k': 1}", "v = d.items()", "d['m'] = 2"], []),
    ("d", ["d = {'k': [1]}", "for _, v in d.items(): v.append(2)"], ["for k, _ in d.items(): k.title()"]),
    ("a", ["import collections as c", "a = []", "d = c.OrderedDict(k=a)", "d['k'].append(1)"], ["d['z'] = 1"]),
    ("a", ["import collections as c", "a = []", "d = c.deque([a])", "d.pop().append(1)"], ["d.rotate(2)"]),
    ("a", ["import collections as c", "a = []", "d = c.defaultdict(lambda: a)", "d['k'].append(1)"], ["d.get(1)"]),
    ("d", ["import collections as c", "d = c.defaultdict(list)", "d['k'].append(1)", "d[2]"], ["d.get(1)"]),
    ("a", ["import collections as c", "a = []", "P = c.namedtuple('P', 'x')", "P(a).x.append(1)"], []),
    ("a", ["import itertools as i", "a = []", "for _, rows in i.groupby([a]): next(rows).append(1)"], []),
    ("a", ["import operator as o", "a = []", "b = [a]", "o.getitem(b, 0).append(1)"], []),
]
# Magics as IPython's transformation leaves them.
KEPT += [
    ("x", ["x = []", "get_ipython().run_line_magic('timeit', '-n 3 x.append(1)')"], ["len(x)"]),
    ("x", ["x = []", "get_ipython().run_cell_magic('timeit', 'y = x', 'y.append(1)\\n')"], []),
    ("x", ["x = []"], ["get_ipython().run_line_magic('timeit', 'x = len(x)')"]),
    ("x", ["x = 1", "get_ipython().run_line_magic('prun', '-l 5 x = 2 + x')"], []),
    ("x", ["x = []", "for i in 1, 2:\n    get_ipython().run_line_magic('timeit', 'x.append([i])')"], []),
    ("x", ["get_ipython().run_cell_magic('bash', '--out x', 'ls\\n')"], ["y = 1"]),
    ("x", ["at = 'a.csv'", "get_ipython().system('sort $at > b.csv')", "x = open('b.csv').read()"], ["y = 1"]),
    ("x", ["x = open('b.csv').read()"], ["get_ipython().system('ls')", "get_ipython().run_line_magic('pip', 'list')"]),
    ("x", ["get_ipython().run_line_magic('cd', 'data')", "x = open('b.csv').read()"], []),
    ("x", ["x = 1"], ["get_ipython().run_line_magic('matplotlib', 'inline')", "get_ipython().set_next_input('x = 2')"]),
    ("x", ["x = 1", "get_ipython().run_cell('x = 2')"], []),
    ("x", ["x = 1", "shell = get_ipython()", "shell.user_ns['x'] = 2"], ["shell.colors"]),
    ("x", ["x = 1"], ["get_ipython().config.InlineBackend.figure_format = 'retina'"]),
    ("x", ["x = 1", "get_ipython().run_line_magic('store', 'x')", "get_ipython().run_line_magic('store', '-r x')"], []),
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


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["xs = []", "xs.append(1)", "later = xs"], "changes xs"),
        (["xs = []", "box = {}", "xs.append(1)", "box['k'] = xs", "later = box"], "changes xs"),
        (["xs = []", "ys = xs", "ys.append(1)", "later = [xs]"], "changes xs, ys"),
        (["def f(v): v.append(1)", "xs = []", "f(xs)", "later = xs"], "changes xs"),
    ],
)
def test_reasons_name_what_is_there_at_the_statement(cells, reason):
    reasons = {e.unit.text: e.reason for e in backward_slice([parse_cell(cell) for cell in cells], ["later"])}
    assert reason in reasons.values()
    assert [text for text, why in reasons.items() if "later" in why] == [cells[-1]]


def test_a_name_that_nobody_binds_is_refused():
    with pytest.raises(NotebookError, match="no cell binds `y`"):
        sliced("y", "x = 1")


# --- run alone


TANGLED = [
    "def first(f, x):\n    return table[x](f, x)\ndef second(f, x):\n    later.append(f)\n    return f(first, x)",
    "table, later = [first, second, eval], []\nfor name in list(locals()):\n    table.append(locals()[name])",
    "value = max(table, key=lambda f: f(second, len(later)))",
]


def test_what_cannot_be_followed_ends_with_a_reason(monkeypatch):
    monkeypatch.setattr(library, "MOST_WORK", 50)
    with pytest.raises(NotebookError) as caught:
        sliced("value", *TANGLED)
    (finding,) = caught.value.findings
    assert finding.code == "too-tangled"
    assert finding.fix is not None
    assert "locals()" in finding.fix.text
    assert len(sliced("x", "x = 1", "y = sorted([x], key=lambda each: -each)")) == 1


def run(statements: list[str]) -> dict[str, object]:
    namespace: dict[str, object] = {}
    for statement in statements:
        exec(statement, namespace)  # noqa: S102
    return namespace


def reason_names(reason: str) -> set[str]:
    """The names in a reason; states such as random.python are left out."""
    parts = [part.partition(" ") for part in reason.split("; ")]
    named = [names for verb, _, names in parts if verb in ("binds", "changes", "deletes")]
    return {name for names in named for name in names.split(", ") if "." not in name}


@settings(max_examples=200)
@given(notebooks(), st.sampled_from(NAMES))
def test_a_slice_that_runs_alone_gives_the_same_value(cells, name):
    try:
        whole = run(cells)
    except (ValueError, IndexError):  # an iterator that walks through itself, a list that its own code empties
        return
    parsed = [parse_cell(cell) for cell in cells]
    kept = {each.unit: each.reason for each in backward_slice(parsed, [name])}
    assert run([unit.text for unit in kept])[name] == whole[name], "\n".join(cells[1:])
    there: set[str] = set()
    for unit in units(parsed):
        there |= unit.binds
        assert reason_names(kept.get(unit, "")) <= there, f"{unit.text}: {kept[unit]}"
    assert all(kept.values())


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
