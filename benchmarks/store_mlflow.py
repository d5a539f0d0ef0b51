"""MLflow's part of `store.py`, run by the Python of `peers.py`: log runs into its SQLite store, then search them.

python benchmarks/store_mlflow.py STORE RUNS TIMES
"""

from __future__ import annotations

import json
import random
import sys
import time
from typing import Any

import mlflow
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient


def fill(client: MlflowClient, experiment: str, runs: int) -> None:
    """Log runs with four metrics and eight parameters each."""
    chance = random.Random(0)  # noqa: S311
    for number in range(runs):
        values = {"auc": chance.betavariate(20, 4), "f1": chance.random(), "loss": chance.expovariate(1), "error": 0.1}
        parameters = {"seed": chance.randrange(10), "rate": chance.choice([0.01, 0.1]), "n_trees": 100, "depth": 3}
        parameters |= {"cut_by": chance.choice(["f1", "cost"]), "balanced": True, "leaf": 1, "class": "Forest"}
        started = 1_750_000_000_000 + number * 1000
        run = client.create_run(experiment, start_time=started)
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(name, value, started, 0) for name, value in values.items()],
            params=[Param(name, str(value)) for name, value in parameters.items()],
        )


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
    fill(client, experiment, runs)
    filling = time.perf_counter() - start
    print(json.dumps({"version": mlflow.__version__, "filling": filling, "taken": measure(client, experiment, times)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
