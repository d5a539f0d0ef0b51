"""What the recorder adds to a cell: a plain kernel beside one that records, asked in turn.

    python benchmarks/recorder.py [--cells 500]

A round trip is from the request to the reply and the kernel's idle status. Each trivial cell has a source of its own.
Both kernels live at once and are asked one after the other; which of them begins alternates. Prints the medians and the
95th percentiles, what is added (of the paired differences the median; of the percentiles the difference) and the ratio
of the medians, beside the load of the machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

LOAD = "get_ipython().run_line_magic('load_ext', 'jupyter_mlops')"
WARM_UP = 20


def round_trip(client: BlockingKernelClient, code: str, *, silent: bool = False) -> float:
    """The seconds from the request to the reply and the idle status."""
    start = time.perf_counter()
    request = client.execute(code, silent=silent)
    while True:
        message = client.get_iopub_msg(timeout=60)
        if (
            message["parent_header"].get("msg_id") == request
            and message["msg_type"] == "status"
            and message["content"]["execution_state"] == "idle"
        ):
            break
    while client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != request:
        pass
    return time.perf_counter() - start


def percentile(values: list[float]) -> float:
    """The 95th."""
    return statistics.quantiles(values, n=20)[-1]


def measure(cells: int, kernels: dict[str, BlockingKernelClient]) -> dict[str, list[float]]:
    """The round trips of trivial cells, asked in turn."""
    taken: dict[str, list[float]] = {name: [] for name in kernels}
    for number in range(-WARM_UP, cells):
        for name in sorted(kernels, reverse=bool(number % 2)):
            seconds = round_trip(kernels[name], f"x = {number}")
            if number >= 0:
                taken[name].append(seconds)
    return taken


def main(cells: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").touch()
        started: dict[str, tuple[KernelManager, BlockingKernelClient]] = {
            name: start_new_kernel(cwd=folder) for name in ("plain", "recorded")
        }
        kernels = {name: client for name, (_, client) in started.items()}
        loading = round_trip(kernels["recorded"], LOAD, silent=True)
        taken = measure(cells, kernels)
        for manager, client in started.values():
            client.stop_channels()
            manager.shutdown_kernel()
        bytes_each = (Path(folder) / ".jupyter_mlops" / "store.sqlite").stat().st_size / (cells + WARM_UP)
    plain, recorded = taken["plain"], taken["recorded"]
    added = statistics.median(mine - theirs for theirs, mine in zip(plain, recorded, strict=True))
    for name, values in taken.items():
        middle, high, low = statistics.median(values), percentile(values), min(values)
        print(f"{name:10} median {middle * 1e3:6.2f} ms   p95 {high * 1e3:6.2f} ms   min {low * 1e3:6.2f} ms")
    print(f"added      median {added * 1e3:6.2f} ms   p95 {(percentile(recorded) - percentile(plain)) * 1e3:6.2f} ms")
    print(f"ratio      {statistics.median(recorded) / statistics.median(plain):.3f}   ({cells} cells)")
    print(f"loading    {loading * 1e3:.1f} ms; {bytes_each:.0f} bytes an execution; load {os.getloadavg()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=500)
    main(parser.parse_args().cells)
