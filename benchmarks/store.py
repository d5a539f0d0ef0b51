"""How fast a large store answers: a million executions of a thousand cells, asked through the project's own functions.

    python -m benchmarks.store [--executions 1000000] [--questions 60] [--without-mlflow]

Every execution has a trace, every fifth one also three metrics and four parameters, as cells that fit and score have.
The rows go in in bulk, through the same schema. Asked are, in turn and with other values each time: the newest 100, a
condition on a metric, the order of a metric, and the history of one cell. Printed are the median, the 95th percentile
and the bytes that an execution takes; beside them MLflow's `search_runs` on 10,000 runs in its SQLite store, with the
same metrics and parameters, in an environment of its own (see `peers.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from jupyter_mlops.kernel.store import opened, writing
from jupyter_mlops.tracking.reading import list_runs
from jupyter_mlops.tracking.selecting import Selection

from .peers import prepared

CELLS = 1000
EACH_SESSION = 2000
MLFLOW_RUNS = 10_000
METRICS = ("auc", "f1", "log_loss")
PARAMETERS = ("seed", "LogisticRegression", "LogisticRegression.C", "cut_by")


def fill(path: Path, executions: int) -> None:
    """Make a store with so many executions."""
    chance = random.Random(7)  # noqa: S311  (no secret hangs on it)
    with opened(path) as store, writing(store):
        store.execute("INSERT INTO notebook (path) VALUES ('churn.ipynb'), ('houses.ipynb')")
        for session in range(1, executions // EACH_SESSION + 2):
            store.execute(
                "INSERT INTO session (id, key, notebook, started, ended, host, pid, python, platform, ipython,"
                " executable) VALUES (?, ?, ?, ?, ?, 'host', 1, '3.11.7', 'Linux', '9.18.1', 'python')",
                (session, f"s{session:06}", session % 2 + 1, session * 1e4, session * 1e4 + 9e3),
            )
        sources = (
            (number, f"{number:064x}", f"# version {number}\n" + "x = fit(y)\n" * 20) for number in range(1, 5001)
        )
        store.executemany("INSERT INTO source (id, hash, text) VALUES (?, ?, ?)", sources)
        store.executemany(
            "INSERT INTO execution (id, session, seq, notebook, cell, found, source, role, depth, started, seconds,"
            " status, execution_count, msg_id) VALUES (?, ?, ?, ?, ?, 'metadata', ?, ?, 0, ?, 0.5, 'ok', ?, ?)",
            _executions(executions, chance),
        )
        trace = '{"%s":"=%018x","%s":"=%018x.%018x","model":"=%018x"}'
        store.executemany(
            "INSERT INTO trace (execution, reads, writes, deleted, draws, outputs) VALUES (?, ?, ?, '[]', '{}', ?)",
            (
                (
                    each,
                    trace % ("df", each, "X_train", each, 1, each),
                    trace % ("y", each, "p", each, 1, each),
                    f"{each:018x}",
                )
                for each in range(1, executions + 1)
            ),
        )
        store.executemany(
            "INSERT INTO metric (execution, name, value, text, type, origin, final, clean)"
            " VALUES (?, ?, ?, ?, 'float', 'score', 1, 0)",
            (
                (each, name, value, repr(value))
                for each in range(5, executions + 1, 5)
                for name in METRICS
                for value in (round(chance.random(), 6),)
            ),
        )
        store.executemany(
            "INSERT INTO parameter (execution, name, type, text, value, origin) VALUES (?, ?, ?, ?, ?, 'cell')",
            (
                (each, name, kind, text, value)
                for each in range(5, executions + 1, 5)
                for name, kind, text, value in zip(PARAMETERS, *_parameters(chance), strict=True)
            ),
        )
    with sqlite3.connect(path) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _executions(count: int, chance: random.Random) -> Iterator[tuple[object, ...]]:
    for number in range(1, count + 1):
        session, seq = divmod(number - 1, EACH_SESSION)
        cell = chance.randrange(CELLS)
        notebook = cell % 2 + 1
        role = "train" if number % 5 == 0 else None
        yield (
            number,
            session + 1,
            seq + 1,
            notebook,
            f"cell-{cell:04}",
            number % 5000 + 1,
            role,
            number * 1.0,
            seq,
            f"m{number}",
        )


def _parameters(chance: random.Random) -> tuple[tuple[object, ...], ...]:
    c, seed = chance.choice([0.1, 1.0, 10.0]), chance.randrange(100)
    kinds = ("int", "estimator", "float", "str")
    texts = (str(seed), "sklearn.linear_model.LogisticRegression", repr(c), chance.choice(["'cost'", "'rate'"]))
    return kinds, texts, (seed, None, c, None)


def questions(path: Path) -> dict[str, Callable[[random.Random], int]]:
    """What is asked, by name; each gives the number of rows that it got."""

    def ask(**wanted: object) -> int:
        return len(list_runs(path, Selection(limit=100, **wanted)).items)  # pyright: ignore[reportArgumentType]

    return {
        "newest 100": lambda _: ask(),
        "condition on a metric": lambda chance: ask(where=f"auc > {chance.uniform(0.5, 0.999):.4f}"),
        "two metrics and a text": lambda chance: ask(where=f"auc > {chance.uniform(0.5, 0.9):.4f} and cut_by = 'cost'"),
        "order of a metric": lambda chance: ask(sort=chance.choice(["-auc", "auc", "-f1", "log_loss"])),
        "history of a cell": lambda chance: ask(cell=f"cell-{chance.randrange(CELLS):04}"),
    }


def measure(path: Path, times: int) -> dict[str, list[float]]:
    """The seconds of each question, asked in turn."""
    chance, asked = random.Random(1), questions(path)  # noqa: S311  (as above)
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(-2, times):
        for name, ask in asked.items():
            start = time.perf_counter()
            rows = ask(chance)
            if number >= 0:
                taken[name].append(time.perf_counter() - start)
            if rows == 0:
                raise SystemExit(f"{name}: nothing was found, so nothing was measured")
    return taken


# Runs in the peers' environment. Its tables are filled directly: by its own calls 10,000 runs take twenty minutes.
MLFLOW = """
import json, random, sqlite3, sys, time
from mlflow.tracking import MlflowClient
path, count, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = MlflowClient(f"sqlite:///{path}")
experiment = client.create_experiment("churn")
client.create_run(experiment)
chance = random.Random(7)
with sqlite3.connect(path) as store:
    columns = [row[1] for row in store.execute("PRAGMA table_info(runs)")]
    row = dict(zip(columns, store.execute("SELECT * FROM runs").fetchone()))
    for number in range(count):
        row |= {"run_uuid": f"{number:032x}", "name": f"run {number}", "start_time": 1_700_000_000_000 + number * 1000,
                "end_time": 1_700_000_000_500 + number * 1000, "status": "FINISHED"}
        marks = ", ".join("?" * len(row))
        store.execute(f"INSERT INTO runs ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        for name in ("auc", "f1", "log_loss"):
            value = round(chance.random(), 6)
            for table in ("metrics", "latest_metrics"):
                store.execute(f"INSERT INTO {table} (key, value, timestamp, run_uuid, step, is_nan)"
                              " VALUES (?, ?, ?, ?, 0, 0)", (name, value, row["end_time"], row["run_uuid"]))
        for name, value in (("seed", "1"), ("model", "LogisticRegression"), ("C", "1.0"), ("cut_by", "cost")):
            store.execute("INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)", (name, value, row["run_uuid"]))
def ask(**wanted):
    start = time.perf_counter()
    found = client.search_runs([experiment], max_results=100, **wanted)
    assert len(found) == 100
    return time.perf_counter() - start
taken = {"newest 100": [ask() for _ in range(times)],
         "condition on a metric": [ask(filter_string="metrics.auc > 0.5") for _ in range(times)],
         "order of a metric": [ask(order_by=["metrics.auc DESC"]) for _ in range(max(1, times // 5))]}
print(json.dumps(taken))
"""


def mlflow(folder: Path, times: int) -> dict[str, list[float]]:
    """The seconds of MLflow's `search_runs` on 10,000 runs."""
    words = [prepared(), "-c", MLFLOW, folder / "mlflow.db", str(MLFLOW_RUNS), str(times)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=folder)
    return json.loads(done.stdout.splitlines()[-1])


def shown(name: str, seconds: list[float]) -> str:
    """One line: the median and the 95th percentile in milliseconds."""
    high = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    return f"{name:24} median {statistics.median(seconds) * 1e3:8.1f} ms   p95 {high * 1e3:8.1f} ms"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executions", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=60, help="how often each is asked")
    parser.add_argument("--without-mlflow", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "store.sqlite"
        fill(path, wanted.executions)
        print(f"{wanted.executions} executions, {path.stat().st_size / wanted.executions:.0f} bytes each")
        for question, seconds in measure(path, wanted.questions).items():
            print(shown(question, seconds))
        if not wanted.without_mlflow:
            print(f"MLflow, {MLFLOW_RUNS} runs")
            for question, seconds in mlflow(Path(name), 10).items():
                print(shown(question, seconds))
    print(f"load {os.getloadavg()}")


if __name__ == "__main__":
    main()
