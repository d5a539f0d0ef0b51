"""What reading back costs in a large store, and what MLflow's `search_runs` costs in a small one.

    python benchmarks/store.py [--executions 1000000] [--times 200] [--mlflow-runs 10000] [--folder DIR]

Makes a store of executions of 1,000 cells of 20 notebooks, a tenth of them in clean runs, by bulk inserts into the
schema that kernels write. Every execution has a trace; each fifth cell measures: four metrics, eight parameters, at
times a curve. Then the functions behind `jupyter mlops runs list` are asked, with other arguments each time, and the
medians and 95th percentiles printed with the bytes an execution and the load of the machine. MLflow gets runs with
metrics and parameters of the same kind in its SQLite store, in the environment of `peers.py`; `--mlflow-runs 0` leaves
it out. With `--folder` the store is kept there and used again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import peers
from jupyter_mlops.documents import CellRecord, RunRecord
from jupyter_mlops.kernel.store import connect
from jupyter_mlops.tracking.indexing import index_runs
from jupyter_mlops.tracking.reading import list_runs
from jupyter_mlops.tracking.selecting import Selection

CELLS, NOTEBOOKS, VERSIONS = 1_000, 20, 4
IN_SESSION, IN_RUN, MEASURES_EACH, CURVE_EACH = 500, 20, 5, 100
BEGIN = 1_750_000_000.0
_TABLES = {
    "execution": "id session seq notebook cell found source role depth started seconds status execution_count clean",
    "trace": "execution reads writes deleted draws outputs",
    "metric": "execution name step value text type origin final clean",
    "parameter": "execution name type text value origin",
}


def fill(path: Path, executions: int) -> None:
    """Make the store."""
    chance = random.Random(0)  # noqa: S311
    with closing(connect(path, 20)) as store:
        store.execute("PRAGMA synchronous = OFF")
        store.execute("PRAGMA cache_size = -400000")
        store.execute("BEGIN IMMEDIATE")
        store.executemany("INSERT INTO notebook VALUES (?, ?)", [(n + 1, f"n{n}.ipynb") for n in range(NOTEBOOKS)])
        versions = [(cell, version) for cell in range(CELLS) for version in range(VERSIONS)]
        store.executemany(
            "INSERT INTO source VALUES (?, ?, ?)",
            [(n + 1, f"{n:064x}", f"# cell {c}, {v}\n" + "x = f(y)\n" * 12) for n, (c, v) in enumerate(versions)],
        )
        batch: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
        runs: list[RunRecord] = []
        for session, first, count, run in sessions(executions):
            _insert_session(store, session, first, run)
            for number in range(first, first + count):
                _add_execution(batch, chance, session, number, number - first, clean=run is not None)
            if run is not None:
                runs.append(_record(run, first, count))
            if len(batch["execution"]) > 20_000:
                _insert(store, batch)
        _insert(store, batch)
        store.execute("COMMIT")
        store.execute("PRAGMA synchronous = NORMAL")
    index_runs(path, runs)
    with closing(connect(path, 20)) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def sessions(executions: int) -> Iterator[tuple[int, int, int, str | None]]:
    """The sessions: number, first execution, how many, and the clean run that each tenth execution is in."""
    session, first = 0, 1
    while first <= executions:
        # twenty runs of twenty cells for each 3,600 cells in live kernels
        live = session % 28 < 8
        count = min(450 if live else IN_RUN, executions - first + 1)
        started = datetime.fromtimestamp(BEGIN + first, UTC)
        yield session + 1, first, count, None if live else f"{started:%Y%m%dT%H%M%S%f}-{session:08x}"
        session, first = session + 1, first + count


def _insert_session(store: sqlite3.Connection, session: int, first: int, run: str | None) -> None:
    modules = json.dumps(dict.fromkeys(["numpy", "pandas", "scipy", "sklearn", "matplotlib"], "2.1.0"))
    store.execute(
        "INSERT INTO session (id, key, run, started, ended, host, pid, python, platform, ipython, executable, modules)"
        " VALUES (?, ?, ?, ?, ?, 'host', 1, '3.12.1', 'Linux', '9.0', '/usr/bin/python', ?)",
        (session, f"{session:020}", run, BEGIN + first, BEGIN + first + 1, modules),
    )


def _add_execution(
    batch: dict[str, list[tuple[Any, ...]]], chance: random.Random, session: int, number: int, seq: int, *, clean: bool
) -> None:
    cell = chance.randrange(CELLS)
    notebook = cell % NOTEBOOKS + 1
    measures = cell % MEASURES_EACH == 0
    role = "evaluate" if measures else "train" if cell % MEASURES_EACH == 1 else None
    source = cell * VERSIONS + chance.randrange(VERSIONS) + 1
    status = "error" if chance.random() < 0.05 else "ok"
    batch["execution"].append(
        (
            *(number, session, seq + 1, notebook, f"cell-{cell:04}", "metadata", source, role, 0),
            *(BEGIN + number, chance.expovariate(2), status, seq + 1, int(clean)),
        )
    )
    reads = {f"name_{cell + n}": f"={chance.getrandbits(64):016x}.{chance.getrandbits(64):016x}" for n in range(4)}
    writes = {f"name_{cell + 4 + n}": f"={chance.getrandbits(64):016x}" for n in range(2)}
    batch["trace"].append(
        (number, json.dumps(reads), json.dumps(writes), "[]", "{}", f"{chance.getrandbits(128):032x}")
    )
    if not measures:
        return
    for name, value in [("auc", chance.betavariate(20, 4)), ("f1", chance.random()), ("loss", chance.expovariate(1))]:
        batch["metric"].append((number, name, None, value, repr(value), "float", "score", 1, int(clean)))
    steps = 20 if chance.randrange(CURVE_EACH) == 0 else 1
    for step in range(steps):
        value = chance.random() / (step + 1)
        last = int(step == steps - 1)
        batch["metric"].append((number, "error", step, value, repr(value), "float", "logged", last, int(clean)))
    for name, value in _parameters(chance).items():
        number_of = float(value) if isinstance(value, (int, float)) else None
        batch["parameter"].append((number, name, type(value).__name__, repr(value), number_of, "cell"))


def _parameters(chance: random.Random) -> dict[str, object]:
    return {
        "seed": chance.randrange(10),
        "rate": chance.choice([0.01, 0.02, 0.05, 0.1]),
        "n_trees": chance.choice([50, 100, 200, 400]),
        "cut_by": chance.choice(["f1", "cost"]),
        "balanced": chance.random() < 0.5,
        "Forest.max_depth": chance.choice([3, 5, 8]),
        "Forest.min_samples_leaf": chance.choice([1, 5]),
        "Forest": "Forest",
    }


def _insert(store: sqlite3.Connection, batch: dict[str, list[tuple[Any, ...]]]) -> None:
    for table, columns in _TABLES.items():
        names = columns.split()
        marks = ", ".join("?" * len(names))
        store.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", batch[table])  # noqa: S608
        batch[table].clear()


def _record(run: str, first: int, count: int) -> RunRecord:
    started = datetime.fromtimestamp(BEGIN + first, UTC).isoformat()
    return RunRecord(
        id=run,
        notebook=f"n{first % NOTEBOOKS}.ipynb",
        code_hash="0" * 64,
        cells=[CellRecord(id=f"c{n}", code_hash="0", status="ok", started=started, seconds=0.1) for n in range(count)],
        parameters={},
        kernel="python3",
        environment=None,
        git=None,
        data_files=None,
        verdict="passed",
        reason="every cell ran in order",
    )


def questions() -> dict[str, Callable[[random.Random], Selection]]:
    """What is asked, with arguments by chance."""

    def threshold(chance: random.Random) -> float:
        # from what nearly all have to what nobody has
        return chance.choice([0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.1]) + chance.random() / 100

    def cell(chance: random.Random) -> str:
        return f"cell-{chance.randrange(CELLS):04}"

    def notebook(chance: random.Random) -> str:
        return f"n{chance.randrange(NOTEBOOKS)}.ipynb"

    return {
        "newest 100": lambda _: Selection(limit=100),
        "newest 100 of a notebook": lambda chance: Selection(limit=100, notebook=notebook(chance)),
        "filter by a metric": lambda chance: Selection(limit=100, where=f"auc > {threshold(chance)}"),
        "filter by a metric and a parameter": lambda chance: Selection(
            limit=100, where=f"auc > {threshold(chance)} and cut_by = 'cost'"
        ),
        "order by a metric": lambda chance: Selection(limit=100, sort=chance.choice(["-auc", "loss", "f1", "-error"])),
        "filter and order by metrics": lambda chance: Selection(
            limit=100, where=f"f1 > {chance.random()}", sort="-auc"
        ),
        "history of one cell": lambda chance: Selection(limit=100, cell=cell(chance)),
    }


@dataclass(frozen=True)
class Taken:
    """The seconds that passed, and those that the processor worked: on a busy machine they differ."""

    wall: float
    processor: float


def measure(path: Path, times: int) -> dict[str, list[Taken]]:
    """What each question takes, asked in turn."""
    chance = random.Random(1)  # noqa: S311
    taken: dict[str, list[Taken]] = {name: [] for name in questions()}
    for turn in range(-3, times):
        for name, question in questions().items():
            wanted = question(chance)
            start, worked = time.perf_counter(), time.process_time()
            list_runs(path, wanted)
            if turn >= 0:
                taken[name].append(Taken(time.perf_counter() - start, time.process_time() - worked))
    return taken


def line(name: str, taken: Sequence[Taken]) -> str:
    """A line with the medians and the 95th percentiles."""
    parts = [name.ljust(36)]
    for what, seconds in (("", [each.wall for each in taken]), ("processor ", [each.processor for each in taken])):
        high = statistics.quantiles(seconds, n=20)[-1]
        parts.append(f"{what}median {statistics.median(seconds) * 1e3:6.1f} ms, p95 {high * 1e3:6.1f} ms")
    return "   ".join(parts)


def mlflow(runs: int, times: int, folder: Path) -> None:
    """What MLflow takes for the same questions."""
    python = peers.prepared()
    script = Path(__file__).parent / "store_mlflow.py"
    found = subprocess.run(
        [python, script, str(folder / "mlflow.sqlite"), str(runs), str(times)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    answer: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    print(f"\nMLflow {answer['version']}, search_runs on {runs} runs ({answer['filling']:.0f} s to fill it)")
    for name, taken in answer["taken"].items():
        print(line(name, [Taken(*each) for each in taken]), flush=True)


def main(executions: int, times: int, mlflow_runs: int, folder: Path) -> None:
    """Measure and print."""
    path = folder / f"store-{executions}.sqlite"
    if not path.exists():
        start = time.perf_counter()
        fill(path, executions)
        print(f"{executions} executions in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    print(f"{path.stat().st_size / executions:.0f} bytes an execution; load {os.getloadavg()}")
    for name, taken in measure(path, times).items():
        print(line(name, taken), flush=True)
    print(f"load {os.getloadavg()}")
    if mlflow_runs:
        mlflow(mlflow_runs, max(times // 4, 2), folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executions", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--mlflow-runs", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = given.folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        main(given.executions, given.times, given.mlflow_runs, place)
