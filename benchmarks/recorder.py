"""What the recorder adds to a cell, beside what ipyflow and MLflow add, all asked in turn in one run.

    python benchmarks/recorder.py [--cells 500] [--fits 50] [--only trivial] [--write]

Five kernels of one environment (`peers.py`) live at once:

    plain       ipykernel as it is
    recorded    %load_ext jupyter_mlops
    ipyflow     %load_ext ipyflow
    autolog     mlflow.autolog(), a run open in MLflow's SQLite store; models themselves are not logged
    logged      one mlflow.log_metric in each cell, the same store

and run the same cells: trivial ones (`x = 7`), ones that fit a small estimator, and trivial ones while the namespace
holds a frame of 800 MB and a list of 300,000 dicts. A round trip is from the request to the reply and the kernel's idle
status. In each round every kernel is asked once, in an order by chance. What is added is, for the median, the median of
the differences to the plain kernel in the same round, and for the 95th percentile the difference of the percentiles.
Beside it stands what the kernel itself used of a processor for each cell, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

if __name__ == "__main__":
    # as a script it finds its folder, and needs the one above
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import peers
from benchmarks.live import LiveKernel

FILE = Path(__file__).with_name("recorder.json")
WARM_UP = 10
_MLFLOW = """
import logging, os, warnings
warnings.simplefilter("ignore")
import mlflow
logging.getLogger("mlflow").setLevel(logging.ERROR)
logging.getLogger("alembic").setLevel(logging.ERROR)
mlflow.set_tracking_uri("sqlite:///" + os.path.abspath({store!r}))
mlflow.start_run()
"""
_AUTOLOG = "mlflow.autolog(log_models=False, silent=True)"
_DATA = """
import numpy as np
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(0)
rows = rng.normal(size=(200, 6))
labels = (rows[:, 0] + rng.normal(size=200) > 0).astype(int)
"""
_HELD = """
import numpy as np
import pandas as pd
frame = pd.DataFrame(np.random.default_rng(0).normal(size=(10_000_000, 10)), columns=[f"c{n}" for n in range(10)])
dicts = [{"number": number, "text": str(number)} for number in range(300_000)]
"""
_LOG = '\nmlflow.log_metric("x", {number})'


@dataclass(frozen=True)
class Scenario:
    """Cells of one kind: what comes before them, and the source of each."""

    name: str
    before: str
    cell: Callable[[int], str]


SCENARIOS = (
    Scenario("trivial", "", lambda number: f"x = {number}"),
    Scenario("fit", _DATA, lambda number: f"model = LogisticRegression(C={0.5 + abs(number) / 100}).fit(rows, labels)"),
    Scenario("held", _HELD, lambda number: f"x = {number}"),
)
KERNELS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "recorded": (),
    "ipyflow": ("%load_ext ipyflow",),
    "autolog": (_MLFLOW.format(store="autolog.db"), _AUTOLOG),
    "logged": (_MLFLOW.format(store="logged.db"),),
}


def measure(scenario: Scenario, cells: int, python: Path) -> dict[str, Any]:
    """The figures of one scenario."""
    taken: dict[str, list[float]] = {name: [] for name in KERNELS}
    used: dict[str, list[float]] = {name: [] for name in KERNELS}
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        (Path(place) / "pyproject.toml").touch()
        variables = {"JUPYTER_MLOPS_STORE": "", "IPYTHONDIR": place, "XDG_STATE_HOME": place, "HOME": place}
        # threads of five kernels that wait for each other on two cores would make a fit take 10 ms or 60
        variables |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        kernels = {name: stack.enter_context(LiveKernel(python, Path(place), variables)) for name in KERNELS}
        kernels["recorded"].record()
        for name, sources in KERNELS.items():
            for source in (*sources, scenario.before):
                shown = kernels[name].run(source)
                if shown.status != "ok":
                    raise SystemExit(f"{name}: {source}\n{shown.outputs}")
        order, random = list(KERNELS), Random(0)  # noqa: S311
        load = os.getloadavg()
        for number in range(-WARM_UP, cells):
            random.shuffle(order)
            for name in order:
                source = scenario.cell(number) + (_LOG.format(number=number) if name == "logged" else "")
                before = kernels[name].processor_seconds()
                shown = kernels[name].run(source, cell=f"c{number % 20}")
                processor = kernels[name].processor_seconds() - before
                if shown.status != "ok":
                    raise SystemExit(f"{name}: {source}\n{shown.outputs}")
                if number >= 0:
                    taken[name].append(shown.seconds)
                    used[name].append(processor)
        kernels["recorded"].end()
        size = (Path(place) / ".jupyter_mlops" / "store.sqlite").stat().st_size
    return {
        "cells": cells,
        "load_before_and_after": [[round(each, 2) for each in loads] for loads in (load, os.getloadavg())],
        "store_bytes_an_execution": round(size / (cells + WARM_UP)),
        "milliseconds": {name: figures(taken[name], taken["plain"]) for name in KERNELS},
        "processor_milliseconds": {name: figures(used[name], used["plain"]) for name in KERNELS},
    }


def figures(values: list[float], plain: list[float]) -> dict[str, float]:
    """Milliseconds of a kernel's cells, and what they are more than the plain kernel's."""
    added = statistics.median(mine - theirs for mine, theirs in zip(values, plain, strict=True))
    return {
        "median": round(statistics.median(values) * 1e3, 2),
        "p95": round(percentile(values) * 1e3, 2),
        "added_median": round(added * 1e3, 2),
        "added_p95": round((percentile(values) - percentile(plain)) * 1e3, 2),
    }


def percentile(values: list[float]) -> float:
    """The 95th."""
    return statistics.quantiles(values, n=20)[-1]


def main(options: argparse.Namespace) -> None:
    """Measure and print."""
    python = peers.prepared()
    started, kept = time.monotonic(), dict[str, Any](versions=peers.versions(python), python=sys.version.split()[0])
    for scenario in SCENARIOS:
        if options.only not in scenario.name:
            continue
        kept[scenario.name] = found = measure(
            scenario, options.fits if scenario.name == "fit" else options.cells, python
        )
        print(
            f"{scenario.name} ({found['cells']} cells, load {found['load_before_and_after']},"
            f" {found['store_bytes_an_execution']} bytes an execution)"
        )
        print(f"  {'ms':10}{'median':>9}{'p95':>9}{'added':>9}{'p95':>9}   processor {'added':>9}{'p95':>9}")
        for name, each in found["milliseconds"].items():
            cpu = found["processor_milliseconds"][name]
            columns = [each["median"], each["p95"], each["added_median"], each["added_p95"]]
            line = "".join(f"{value:9.2f}" for value in columns)
            print(f"  {name:10}{line}   {cpu['median']:9.2f} {cpu['added_median']:9.2f}{cpu['added_p95']:9.2f}")
        ours, theirs = (found["milliseconds"][name]["added_median"] for name in ("recorded", "logged"))
        print(f"  MLflow's logging call adds {theirs / max(ours, 0.01):.0f} times what the recorder adds", flush=True)
    print(f"{time.monotonic() - started:.0f} s; {kept['versions']}")
    if options.write:
        FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=500)
    parser.add_argument("--fits", type=int, default=50)
    parser.add_argument("--only", default="", metavar="NAME", help="only this kind of cells: trivial, fit or held")
    parser.add_argument("--write", action="store_true", help="keep what was measured in recorder.json")
    main(parser.parse_args())
