"""MLflow's part of `store.py`, run by the Python of `peers.py`: fill its SQLite store with runs, then search them.

python benchmarks/store_mlflow.py STORE RUNS TIMES
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import time
import uuid
from contextlib import closing
from typing import Any

import mlflow
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

BEGIN = 1_750_000_000_000


def fill(client: MlflowClient, experiment: str, store: str, runs: int) -> None:
    """Runs with four metrics and eight parameters each: MLflow logs the first, the others are copies of its rows with
    other values. It took a fifth of a second to log one."""
    chance = random.Random(0)  # noqa: S311
    run = client.create_run(experiment, start_time=BEGIN).info.run_id
    names = {"auc": 0.5, "f1": 0.5, "loss": 0.5, "error": 0.1}
    parameters = {"seed": 1, "rate": 0.1, "n_trees": 100, "depth": 3, "cut_by": "f1", "balanced": True, "leaf": 1}
    client.log_batch(
        run,
        metrics=[Metric(name, value, BEGIN, 0) for name, value in names.items()],
        params=[Param(name, str(value)) for name, value in (parameters | {"class": "Forest"}).items()],
    )
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.row_factory = sqlite3.Row
        tables = ("runs", "metrics", "latest_metrics", "params", "tags")
        rows = {
            table: [
                dict(row)
                for row in connection.execute(f"SELECT * FROM {table} WHERE run_uuid = ?", (run,))  # noqa: S608
            ]
            for table in tables
        }
        for number in range(1, runs):
            measured = {"auc": chance.betavariate(20, 4), "f1": chance.random(), "loss": chance.expovariate(1)}
            changed = {"run_uuid": uuid.UUID(int=chance.getrandbits(128)).hex, "start_time": BEGIN + number * 1000}
            cut = chance.choice(["f1", "cost"])
            for table in tables:
                for row in rows[table]:
                    new = {name: changed.get(name, value) for name, value in row.items()}
                    if table in ("metrics", "latest_metrics"):
                        new["value"] = measured.get(row["key"], 0.1)
                    if table == "params" and row["key"] == "cut_by":
                        new["value"] = cut
                    marks = ", ".join(f":{name}" for name in new)
                    connection.execute(f"INSERT INTO {table} ({', '.join(new)}) VALUES ({marks})", new)  # noqa: S608


def measure(client: MlflowClient, experiment: str, times: int) -> dict[str, list[tuple[float, float]]]:
    """The seconds of each question, and those that the processor worked."""
    chance = random.Random(1)  # noqa: S311
    newest = ["attributes.start_time DESC"]
    taken: dict[str, list[tuple[float, float]]] = {}
    for turn in range(-1, times):
        above = chance.choice([0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.1]) + chance.random() / 100
        questions: dict[str, dict[str, Any]] = {
            "newest 100": {"order_by": newest},
            "filter by a metric": {"filter_string": f"metrics.auc > {above}", "order_by": newest},
            "filter by a metric and a parameter": {
                "filter_string": f"metrics.auc > {above} and params.cut_by = 'cost'",
                "order_by": newest,
            },
            "order by a metric": {"order_by": ["metrics.auc DESC"]},
        }
        for name, question in questions.items():
            start, worked = time.perf_counter(), time.process_time()
            client.search_runs([experiment], max_results=100, **question)
            if turn >= 0:
                taken.setdefault(name, []).append((time.perf_counter() - start, time.process_time() - worked))
    return taken


def main(store: str, runs: int, times: int) -> None:
    """Fill, measure, and print one line of JSON."""
    client = MlflowClient(tracking_uri=f"sqlite:///{store}")
    experiment = client.create_experiment("benchmark")
    start = time.perf_counter()
    fill(client, experiment, store, runs)
    filling = time.perf_counter() - start
    print(json.dumps({"version": mlflow.__version__, "filling": filling, "taken": measure(client, experiment, times)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
