"""`jupyter mlops run` beside plain `papermill IN OUT`, as whole processes, in interleaved pairs.

    python benchmarks/clean_run.py [--pairs 7]

Prints for each notebook the medians in seconds and papermill's time over ours: more than 1 is faster than
papermill. Both run the same file with the same kernel; which of the two starts a pair alternates.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

NOTEBOOKS = {
    "5 trivial cells": ["x = 1"] * 5,
    "50 trivial cells": ["x = 1"] * 50,
    "500 trivial cells": ["x = 1"] * 500,
    "50 cells of 200 kB output": ["print('x' * 200_000)"] * 50,
    "pandas and scikit-learn": ["import pandas", "import sklearn.ensemble", "x = 1", "y = x", "y"],
}


def write(path: Path, cells: list[str]) -> Path:
    """A notebook of these cells."""
    node = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
    )
    path.write_text(nbformat.writes(node), encoding="utf-8")
    return path


def seconds(command: list[str | Path]) -> float:
    """The wall time of a command that has to succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main(pairs: int) -> None:
    """Measure and print."""
    print(f"{'notebook':28} {'ours':>8} {'papermill':>10} {'ratio':>7}   ({pairs} pairs, medians)")
    with tempfile.TemporaryDirectory() as folder:
        for name, cells in NOTEBOOKS.items():
            notebook = write(Path(folder) / "notebook.ipynb", cells)
            commands: dict[str, list[str | Path]] = {
                "ours": [sys.executable, "-m", "jupyter_mlops", "run", notebook],
                "papermill": [sys.executable, "-m", "papermill", notebook, Path(folder) / "out.ipynb"],
            }
            taken: dict[str, list[float]] = {"ours": [], "papermill": []}
            for pair in range(pairs):
                for who in sorted(commands, reverse=bool(pair % 2)):
                    taken[who].append(seconds(commands[who]))
            ours, theirs = statistics.median(taken["ours"]), statistics.median(taken["papermill"])
            ratio = statistics.median(t / o for o, t in zip(taken["ours"], taken["papermill"], strict=True))
            print(f"{name:28} {ours:7.2f}s {theirs:9.2f}s {ratio:6.2f}x", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    main(parser.parse_args().pairs)
