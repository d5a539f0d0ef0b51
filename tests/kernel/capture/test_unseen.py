"""In real kernels: nobody sees the capture, whatever the cells do."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest

# One statement a line: where several stand on one, stack_data picks by the address of one which lines to show.
SETUP = """
import warnings; warnings.simplefilter('ignore')
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, mean_squared_error
from sklearn.model_selection import GridSearchCV, cross_val_score
X = np.arange(40.0).reshape(20, 2); y = np.arange(20) % 2
m = LogisticRegression().fit(X, y)
class Odd:
    def fit(self, X):
        raise ValueError('odd')
    def get_params(self, deep=True):
        raise RuntimeError('no')
    def __eq__(self, other):
        raise RuntimeError('no')
    def __repr__(self):
        raise RuntimeError('no')
    def __len__(self):
        raise RuntimeError('no')
class Fine(Odd):
    def fit(self, X):
        return self
    def score(self, X):
        return self
"""

CELLS = [
    "m.fit(X, y)",
    "m.score(X, y)",
    "m.score(\n    X,\n    y[:3],\n)",
    "a = 1 + accuracy_score(y, y[:3])",
    "a = np.sqrt(mean_squared_error(y, [1, 2, 3]))",
    "print(f'{accuracy_score(y, None):.3f}')",
    "results = {}\nresults[m.score(X, None)] = m.score(X, y)",
    "results[1 / 0] = m.score(X, y)",
    "for C in (1, -1):\n    LogisticRegression(C=C).fit(X, y).score(X, y)",
    "GridSearchCV(LogisticRegression(), {'C': [-1]}).fit(X, y)",
    "(lambda: m.fit(None, y))()",
    "def work():\n    return [m.score(X[:n], y[:n]) for n in (20, 0)]\nwork()",
    "Odd().fit(X)",
    "Fine().fit(X).score(X)",
    "Fine()",
    "fit = m.fit\nfit(X)",
    "undefined.fit(X)",
    "m.score(undefined, y)",
    "m.fits(X)",
    "pd.read_csv('missing.csv')",
    "pd.read_csv(\n    'missing.csv',\n    sep=undefined,\n)",
    "pd.DataFrame({'a': [1]}).to_csv('out.csv')\npd.read_csv('out.csv', nonsense=1)",
    "open('missing.txt')",
    "open('/root/none/x', 'w')",
    "np.load('missing.npy')",
    "m.fit(X,",
    "try:\n    m.fit(X, None)\nexcept ValueError as error:\n    raise KeyError('k') from error",
    "import asyncio\nasync def later():\n    await asyncio.sleep(0)\n    return m.score(X, None)\nawait later()",
    "import dis, inspect\nprint(inspect.getsource(work))",
    "print(work.__name__, m.fit.__name__, [name for name in dir() if 'mlops' in name.removeprefix('__mlops__')])",
    "import pickle\npickle.loads(pickle.dumps(work)) is work",
    "from joblib import Parallel, delayed\ndef score(n):\n    return m.score(X[:n], y[:n])\n"
    "Parallel(2)(delayed(score)(n) for n in (10, 20))",
    "from concurrent.futures import ThreadPoolExecutor\nlist(ThreadPoolExecutor(2).map(score, (10, 20)))",
    "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n"
    "    print(pool.map(score, (10, 20)))",
    "child = __import__('os').fork()\nif child == 0:\n    m.fit(X, y); m.score(X, y); open('child.txt', 'w').close()\n"
    "    __import__('os')._exit(0)\n__import__('os').waitpid(child, 0)[1]",
    "%time m.score(X, y) > 2",
    "%%time\nm.score(X, None)",
    "%timeit -n1 -r1 m.score(X, y)\n1 / 0",
    "%prun -q m.score(X, None)",
    "raise SystemExit(m.score(X, y))",
    "%reset -f",
    "X = 1\nX.fit(1)",
    "import sys\nsys.stdout.flush()\nopen('x' * 5000)",
    "open('nul\\0')",
    "import random\nrandom.seed(1)\nrandom.random()",
]


def normalised(answer):
    """What a front end hears, without what differs from one process to the next."""
    text = json.dumps([answer.messages, {key: answer.reply.get(key) for key in ("status", "ename", "traceback")}])
    text = re.sub(r"0x[0-9a-f]+|ipykernel_\d+/\d+\.py", "PLACE", text)
    return re.sub(r"[\d.]+ ?(?:n|µ|\\u00b5|m)?s\b|Wall time.*?\\n|CPU times.*?\\n", "TIME", text)


@pytest.mark.slow
@pytest.mark.parametrize("tag", [None, "evaluate", "parameters"])
def test_outputs_and_tracebacks_are_the_same(start_kernel, tag, tmp_path):
    plain, recorded = start_kernel(recorded=False), start_kernel()
    for code in (SETUP, *CELLS):
        expected = plain.run(code, {"cellId": "a", "tags": [tag] if tag else []})
        for path in tmp_path.glob("*.csv"):
            path.unlink()
        answer = recorded.run(code, {"cellId": "a", "tags": [tag] if tag else []})
        assert normalised(answer) == normalised(expected), code
    assert recorded.hears_nothing_more()


@pytest.mark.slow
def test_an_interrupt_reaches_a_cell_that_scores_in_a_loop(start_kernel):
    kernel = start_kernel()
    kernel.run(SETUP)
    request = kernel.send("print('now', flush=True)\nwhile True:\n    m.score(X, y)\n    open('a.txt', 'a').close()")
    kernel.hear(request, until=lambda answer: "now" in answer.text)
    kernel.manager.interrupt_kernel()
    reply = kernel.hear(request).reply
    assert reply["ename"] == "KeyboardInterrupt"
    assert "jupyter_mlops/kernel" not in "".join(reply["traceback"])


@pytest.mark.slow
def test_what_was_logged_outlives_a_kernel_that_is_killed(start_kernel, store):
    kernel = start_kernel()
    request = kernel.send(
        "from jupyter_mlops import log_metric\nlog_metric('loss', 0.5, step=0)\n"
        "print('now', flush=True)\nimport time\ntime.sleep(600)"
    )
    kernel.hear(request, until=lambda answer: "now" in answer.text)
    kernel.kill()
    with sqlite3.connect(store) as connection:
        assert connection.execute("SELECT name, value, step FROM metric").fetchall() == [("loss", 0.5, 0)]


@pytest.mark.slow
def test_big_files_and_distributions_follow_when_the_kernel_is_idle(start_kernel, store, wait_until):
    kernel = start_kernel()
    kernel.run("import numpy as np\nnp.save('big.npy', np.zeros(1_000_000))")

    def done():
        with sqlite3.connect(store) as connection:
            complete = connection.execute("SELECT complete FROM file").fetchall()
        return complete == [(1,)]

    wait_until(done)
    kernel.end()
    with sqlite3.connect(store) as connection:
        [(distributions,)] = connection.execute("SELECT distributions FROM session").fetchall()
    assert {"numpy", "ipykernel", "ipython"} <= {name.lower() for name in json.loads(distributions)}
