"""Traces of cells, as a shell's recorder writes them."""

from __future__ import annotations

import json
import sqlite3

import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_mlops import load_ipython_extension, unload_ipython_extension
from jupyter_mlops.kernel import tracing
from jupyter_mlops.kernel.faults import read_losses


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """A recorded IPython shell without a front end, in a project of its own."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("JUPYTER_MLOPS_STORE", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    made = InteractiveShell()
    made.history_manager.enabled = False
    # shells of one process share them
    getattr(made.history_manager, "outputs", {}).clear()
    load_ipython_extension(made)
    yield made
    unload_ipython_extension(made)


@pytest.fixture
def traced(shell, store):
    """Run cells in the shell and give the traces of all so far."""

    def run(*cells):
        for cell in cells:
            shell.run_cell(cell, store_history=True)
        with sqlite3.connect(store) as connection:
            rows = connection.execute("SELECT reads, writes, deleted, draws, outputs FROM trace ORDER BY execution")
            found = [(*(json.loads(part) for part in row[:4]), row[4]) for row in rows]
        assert read_losses(store) == []
        return found

    return run


@pytest.mark.parametrize(
    ("before", "cell", "reads", "writes", "deleted"),
    [
        ("", "x = 1", "", "x", ""),
        ("x = 1", "y = x", "x", "y", ""),
        ("x = 1", "x = 1", "", "x", ""),
        ("x = 1", "y", "y-", "", ""),
        ("x = 1", "del x", "", "", "x"),
        ("x = 1", "print(x)", "x", "", ""),
        ("x = 1", "if False:\n    x = 2", "", "x", ""),
        # changed in place: by a method, an alias, a call, a closure, a default argument, a loop, a global, an attribute
        ("a = [1]", "a.append(2)", "a", "a", ""),
        ("a = [1]", "a.copy()", "a", "", ""),
        ("a = [1]\nb = a", "b.append(2)", "b", "a b", ""),
        ("a = [1]\nb = {'k': (a,)}", "b['k'][0].append(2)", "b", "a b", ""),
        ("a = [1]\nb = a", "b += [2]", "b", "a b", ""),
        ("a = [1]\nb = a", "b = b + [2]", "b", "b", ""),
        ("a = [1]\ndef f(r): r.append(2)", "f(a)", "a f", "a", ""),
        ("a = [1]\ndef f(): a.append(2)", "f()", "a f", "a", ""),
        ("a = [1]\ndef g(): a.append(2)\ndef f(): g()", "f()", "a f g", "a", ""),
        ("def m():\n    a = []\n    def f(): a.append(1)\n    return f\nf = m()", "f()", "f", "f", ""),
        ("def f(box=[]): box.append(1)", "f()", "f", "f", ""),
        ("a = [1]", "for r in range(2): a.append(r)", "a", "a r", ""),
        ("n = 1\ndef f():\n    global n\n    n += 1", "f()", "f n", "n", ""),
        ("class A:\n    n = 0\na = A()", "a.n = 2", "a", "a", ""),
        ("class A:\n    n = 0\na = A()", "A.n = 2", "A", "A a", ""),
        ("class A:\n    rows = []\n    def add(s): s.rows.append(1)\na = A()\nr = a.rows", "a.add()", "a", "A a r", ""),
        ("i = iter([1, 2])", "next(i)", "i", "i", ""),
        ("from collections import Counter\nc = Counter()", "c['a'] += 1", "c", "c", ""),
        # functions: what is defined reads nothing, what is called reads what it looks up
        ("w = 1", "def f(): return w", "", "f", ""),
        ("w = 1\ndef f(): return w", "f()", "f w", "", ""),
        ("w = 1\ndef f(): return w", "w = 2\nf()", "f", "w", ""),
        ("w = 1\ndef f(): return w", "list(map(f, ()))" if False else "g = f", "f w", "g", ""),
        ("def f(): return missing", "f", "f missing-", "", ""),
        ("f = lambda q: q + w\nw = 1", "f(1)", "f w", "", ""),
        # out of sight
        ("", "exec('x = 1')", "", "x", ""),
        ("", "%time x = 1", "", "x", ""),
        ("y = 1", "%time x = y", "y", "x", ""),
        ("y = 1", "%%time\nx = y", "y", "x", ""),
        ("", "%%capture out\nx = 1", "", "out x", ""),
        ("", "get_ipython().run_cell('x = 1')", "", "x", ""),
        ("x = 1", "get_ipython().run_line_magic('reset', '-f')", "", "", "x"),
        # what fails has done what it did
        ("a = []", "a.append(1)\n1 / 0\nb = 1", "a", "a", ""),
        ("", "x = (", "", "", ""),
        # names that are IPython's
        ("1", "_ = 5\nOut, In, _i", "", "_", ""),
        ("", "import os, math as m\nfrom math import sin", "", "os m sin", ""),
    ],
)  # fmt: skip
def test_reads_and_writes(traced, before, cell, reads, writes, deleted):
    *_, (read, written, gone, draws, _) = traced(*([before] if before else []), cell)
    assert {name if text is not None else f"{name}-" for name, text in read.items()} == set(reads.split())
    assert set(written) == set(writes.split())
    assert gone == deleted.split()
    assert draws == {}


def test_a_fingerprint_goes_from_the_writer_to_the_reader_and_stays_with_equal_values(traced):
    traces = traced("a = [1, 2]", "sum(a)", "b = a", "a = [2, 1]", "a.reverse()", "a == b")
    first = traces[0][1]["a"]
    assert [trace[0].get("a") for trace in traces[1:3]] == [first, first]
    assert traces[2][1]["b"] == first
    assert traces[3][1]["a"] != first
    assert traces[4][1]["a"] == first
    assert traces[5][0] == {"a": first, "b": first}


def test_the_same_in_another_session(traced, shell):
    cells = ["import numpy as np", "a = np.arange(5_000_000)", "def f(): return a", "b = f() + 1", "b[7] = 0"]
    first = traced(*cells)
    unload_ipython_extension(shell)
    for name in ("np", "a", "f", "b"):
        del shell.user_ns[name]
    load_ipython_extension(shell)
    assert traced(*cells)[len(first) :] == first


def test_values_too_large_to_look_at(traced):
    traces = traced(
        "import numpy as np",
        "a = np.zeros(5_000_000)",
        "a[12_345] = 1",
        "a.sum()",
        "a.sort()",
        "a = np.zeros(5_000_000)",
        "b = a",
        "b[0] = 5",
    )
    written = [trace[1].get("a") for trace in traces]
    assert written[1].startswith("~")
    assert written[2].startswith("~")
    assert written[2] != written[1]
    assert written[3] is None
    assert written[4] not in (None, written[2])
    assert written[5] == written[1]
    assert set(traces[7][1]) == {"a", "b"}


def test_what_another_than_a_cell_changed_is_read_as_it_is(traced, shell):
    traced("a = [1]")
    shell.user_ns["a"].append(2)
    shell.user_ns["b"] = 3
    traces = traced("a, b")
    assert traces[1][0]["a"] not in (None, traces[0][1]["a"])
    assert traces[1][0]["b"] is not None


def test_objects_that_take_long_to_look_at_are_looked_at_again(traced, monkeypatch):
    monkeypatch.setattr(tracing, "_SLOW_SECONDS", 0.0)
    found = traced(
        "class A:\n    rows = []\n    def __init__(s): s.kept = {'k': []}\n    def add(s): s.kept['k'].append(1)",
        "a = A()",
        "a.add()",
        "a.rows.append(1)",
    )
    assert [set(each[1]) for each in found[2:]] == [{"a"}, {"A", "a"}]


def test_a_draw_before_the_seed_of_the_same_cell(traced):
    traces = traced("import random", "x = random.random()\nrandom.seed(1)", "random.seed(1)\nx = random.random()")
    assert [each[3] for each in traces] == [{}, {"<random>": "decides"}, {}]


def test_streams(traced):
    traces = traced(
        "import numpy as np, random",
        "np.random.seed(0)",
        "x = np.random.rand()",
        "random.seed(1)",
        "y = random.random()",
        "np.random.seed(0)",
        "np.random.seed(0)",
        "np.random.seed(0)\nz = np.random.rand()",
        "def set_seed(n):\n    random.seed(n)\n    np.random.seed(n)",
        "set_seed(3)",
        "set_seed(3)",
        "rng = np.random.default_rng()",
        "rng = np.random.default_rng(1)",
        "import uuid\nuuid.uuid4()",
        "np.random.seed()",
    )
    numpy, python = "<numpy.random>", "<random>"
    states = [trace[1].get(numpy) for trace in traces]
    assert states[1] is not None
    assert traces[2][0][numpy] == states[1]
    assert traces[2][3] == {numpy: "decides"}
    assert states[2] not in (None, states[1])
    assert traces[4][0][python] == traces[3][1][python]
    # seeding is no read, and is a write also where the stream was there already
    assert [numpy in traces[each][0] for each in (1, 5, 6, 7)] == [False] * 4
    assert states[5] == states[6] == states[1]
    assert states[7] == states[2]
    assert traces[8][1].keys() == {"set_seed"}
    assert traces[9][1].keys() == traces[10][1].keys() == {numpy, python}
    assert traces[9][3] == traces[10][3] == {}
    assert traces[11][0]["<entropy>"].startswith("!")
    assert traces[13][0]["<entropy>"] not in (None, traces[11][0]["<entropy>"])
    assert "<entropy>" not in traces[12][0]
    assert traces[14][3] == {numpy: "decides"}


def test_draws_that_decide_nothing(traced):
    traces = traced(
        "from sklearn.svm import SVC\nfrom sklearn.ensemble import RandomForestClassifier",
        "from sklearn.tree import DecisionTreeClassifier\nX, y = [[0], [1], [2], [3]], [0, 1, 0, 1]",
        "SVC().fit(X, y)",
        "DecisionTreeClassifier().fit(X, y)",
        "RandomForestClassifier(3).fit(X, y)",
        "m = RandomForestClassifier(3)",
        "m.fit(X, y)",
        "RandomForestClassifier(3, random_state=1).fit(X, y)",
        "from sklearn.pipeline import make_pipeline\nmake_pipeline(SVC()).fit(X, y)",
    )
    draws = [trace[3].get("<numpy.random>") for trace in traces]
    assert draws[2:] == ["nothing", "nothing", "decides", None, "decides", None, "nothing"]
    # some libraries draw while they are imported
    assert set(traces[0][3].values()) <= {"nothing"}


def test_outputs(traced, shell):
    """Outputs are equal when what is shown is; addresses do not count. Before version 9 IPython keeps none, and
    only cells that have nothing to show are known."""
    kept = hasattr(shell.history_manager, "outputs")
    first = traced("print(1)", "print(2)", "print(1)", "1", "object()", "object()", "x = 1", "print(object())")
    outputs = [trace[4] for trace in first]
    assert [each is not None for each in outputs] == [*[kept] * 6, True, kept]
    if not kept:
        return
    assert outputs[0] == outputs[2]
    assert outputs[4] == outputs[5]
    assert len(set(outputs)) == 6
    assert traced("import asyncio", "await asyncio.sleep(0)")[-1][4] is None


def test_settings(traced, shell):
    traces = traced(
        "import pandas as pd\ndf = pd.DataFrame({'a': [1.25]})",
        "df",
        "pd.set_option('display.precision', 1)",
        "df",
        "1",
        "pd.set_option('display.precision', 6)",
        "df",
        "pd.reset_option('display.precision')",
    )
    name = "<settings.pandas>"
    if not hasattr(shell.history_manager, "outputs"):
        # nobody sees that something rich was shown
        assert [name in trace[1] for trace in traces] == [False, False, True, False, False, True, False, True]
        return
    assert [name in trace[0] for trace in traces] == [False, False, False, True, False, False, True, False]
    assert traces[3][0][name] == traces[2][1][name]
    assert traces[6][0][name] == traces[5][1][name] != traces[2][1][name]


def test_no_name_is_left_and_no_object_kept(shell, traced):
    traced(
        "import weakref, gc\nclass A: pass\na = A()\nr = weakref.ref(a)",
        "a.b = 1",
        "del a\ngc.collect()",
        "gone = r() is None",
    )
    assert shell.user_ns["gone"] is True


def test_functions_are_not_kept_alive(shell, traced):
    traced(
        "import weakref\nclass Big: pass",
        "def make():\n    big = Big()\n    return lambda: big\nf = make()\nr = weakref.ref(f())",
        "y = f()\ndel y",
        "f\ndel f\nimport gc\ngc.collect()\ngone = r() is None",
    )
    assert shell.user_ns["gone"] is True


def test_rebinding_frees_the_old_object_at_once(shell, traced):
    traced(
        "import weakref\nclass A: pass\na = A()\nr = weakref.ref(a)",
        "a.x = 1\na = A()\ngone = r() is None",
    )
    assert shell.user_ns["gone"] is True


@pytest.mark.slow
def test_large_values_are_looked_at_whole_while_the_kernel_has_nothing_to_do(start_kernel, store, wait_until):
    kernel = start_kernel()
    kernel.run("import numpy as np")
    kernel.run("a = np.arange(8_000_000)")
    kernel.run("rows = [{'n': n} for n in range(60_000)]")

    def written():
        with sqlite3.connect(store) as connection:
            rows = connection.execute("SELECT writes FROM trace ORDER BY execution").fetchall()
        return {name: text for (row,) in rows for name, text in json.loads(row).items()}

    # the first is given up when the second cell begins
    wait_until(lambda: "=" in written()["rows"])
    assert written()["rows"].startswith("~")
    kernel.run("a = np.arange(8_000_000)")
    wait_until(lambda: "=" in written()["a"])
    assert read_losses(store) == []
