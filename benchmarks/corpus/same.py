"""Whether the recorder is seen by the notebooks of the corpus: each runs plain, recorded and plain again.

    python -m benchmarks.corpus.same [--only TEXT] [--sample N] [--write]

Compared is what each cell shows, its errors and how it ended, by the rules for outputs (`running/comparing`); what it
wrote to standard error, whole tracebacks and execution counts word for word, with addresses and the numbers of
processes left out. Cells that fail stop nothing: the cells below go on, and so more tracebacks are seen. A cell whose
two plain runs differ, or two recorded ones, proves nothing and is told apart. What takes longer than a limit counts as
far as it got.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import nbformat

from benchmarks.histories.foreign import variables
from benchmarks.histories.replay import Place, place
from benchmarks.live import KernelDiedError, Shown, TooSlowError
from jupyter_mlops.running.comparing.outputs import Outputs, differences
from jupyter_mlops.running.comparing.terms import Terms

from .__main__ import CACHE, drawn
from .environment import Environment, prepared
from .sources import SOURCES, notebooks, unpacked

FILE = Path(__file__).with_name("same.json")
LIMIT_SECONDS = 15
_UNSTABLE = (
    (re.compile(r"0x[0-9a-fA-F]+"), "0x…"),
    (re.compile(r"ipykernel_\d+/\d+\.py"), "ipykernel_…"),
    (re.compile(r"/tmp/tmp\w{8}"), "/tmp/tmp…"),  # noqa: S108
    (re.compile(r"\b\d+(?:\.\d+)?(?:e-\d+)? ?(?:s|ms|seconds?|it/s|s/it)\b"), "‹duration›"),
)


@dataclass(frozen=True)
class Compared:
    """A notebook's cells, counted by what was found; `different` says of each unlike cell in what."""

    notebook: str
    cells: int = 0
    failing: int = 0
    vary: int = 0
    different: list[str] = field(default_factory=list)
    stopped: str = ""


def compared(notebook: str, folder: Path, environment: Environment) -> Compared:
    """Run a notebook three times and compare."""
    path = folder / "sources" / notebook
    node = nbformat.read(path, as_version=4)
    cells = [cell.source for cell in node.cells if cell.cell_type == "code" and cell.source.strip()]
    with place(path.parent, environment.ours / "bin" / "python", variables(environment)) as where:
        runs = [_run(where, cells, recorded=recorded) for recorded in (False, True, False)]
        (plain, stopped), (recorded, recorded_stopped), (again, _) = runs
        pairs = zip(plain, again, recorded, strict=False)
        suspected = any(not difference(one, two) and difference(one, mine) for one, two, mine in pairs)
        # what the recorder does it does each time; what varies may be alike twice by chance
        second = _run(where, cells, recorded=True)[0] if suspected else recorded
    different, vary = list[str](), 0
    if stopped != recorded_stopped and "died" in recorded_stopped:
        different.append(f"the recorded kernel: {recorded_stopped}")
    alike = min(len(plain), len(recorded), len(again), len(second))
    for index in range(alike):
        if difference(plain[index], again[index]):
            vary += 1
        elif unlike := difference(plain[index], recorded[index]):
            if difference(plain[index], second[index]):
                different.append(f"cell {index + 1}: {unlike}")
            else:
                vary += 1
    return Compared(notebook, alike, sum(each.status != "ok" for each in plain[:alike]), vary, different, stopped)


def _run(where: Place, cells: Sequence[str], *, recorded: bool) -> tuple[list[Shown], str]:
    """What the cells show, up to the limit, and why it ended before the last one."""
    where.lay()
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells]), where.notebook)
    shown, kernel, left = list[Shown](), where.kernel(), float(LIMIT_SECONDS)
    try:
        if recorded:
            kernel.record()
        for index, source in enumerate(cells):
            if left <= 0:
                return shown, "too slow"
            shown.append(kernel.run(source, cell=f"c{index}", limit=left))
            left -= shown[-1].seconds
    except TooSlowError:
        return shown, "too slow"
    except KernelDiedError as error:
        return shown, f"the kernel died: {error}"
    finally:
        kernel.kill()
    return shown, ""


def difference(one: Shown, other: Shown) -> str:
    """In what two runs of a cell are unlike; empty where they are not."""
    if one.status != other.status:
        return f"{one.status} and {other.status}"
    for each in differences(_outputs(one), _outputs(other), Terms()):
        return f"{each.output}: {each.message}: {each.saved} and {each.now}"
    for kind in ("traceback", "standard error", "execution count"):
        first, second = _text(one, kind), _text(other, kind)
        if first != second:
            return f"{kind}:\n{_first_unlike(first, second)}"
    return ""


def _outputs(shown: Shown) -> Outputs:
    return Outputs.of(nbformat.v4.new_code_cell(outputs=shown.outputs))


def _text(shown: Shown, kind: str) -> str:
    parts = list[str]()
    for output in shown.outputs:
        if kind == "traceback" and output.output_type == "error":
            parts += output.traceback
        elif kind == "standard error" and output.output_type == "stream" and output.name == "stderr":
            # progress bars draw themselves over, as often as there is time
            parts += [line.rpartition("\r")[2] for line in output.text.split("\n")]
        elif kind == "execution count" and output.output_type == "execute_result":
            parts.append(str(output.execution_count))
    text = "\n".join(parts)
    for pattern, word in _UNSTABLE:
        text = pattern.sub(word, text)
    return text


def _first_unlike(one: str, other: str) -> str:
    first, second = one.splitlines(), other.splitlines()
    for index in range(max(len(first), len(second))):
        pair = [lines[index] if index < len(lines) else "-" for lines in (first, second)]
        if pair[0] != pair[1]:
            return f"{pair[0][:300]}\n{pair[1][:300]}"
    return ""


def main(options: argparse.Namespace) -> int:
    """Compare and print; 1 where something differed."""
    folder: Path = options.folder.absolute()
    environment = prepared(folder)
    paths = [
        path.relative_to(folder / "sources").as_posix()
        for source in SOURCES
        for path in notebooks(unpacked(source, folder / "sources"), environment.stock)
    ]
    chosen = drawn([path for path in paths if options.only in path])[: options.sample]
    started, found = time.monotonic(), list[Compared]()
    limit = 60 * options.minutes if options.minutes else float("inf")
    for each in _compared(chosen, folder, environment, options.jobs, limit):
        found.append(each)
        said = "different" if each.different else "same"
        print(f"{len(found):4} {each.notebook}: {each.cells} cells, {said} {each.stopped}", file=sys.stderr, flush=True)
    kept = {
        "notebooks": len(found),
        "whole": sum(not each.stopped for each in found),
        "cells": sum(each.cells for each in found),
        "cells_that_fail": sum(each.failing for each in found),
        "cells_that_vary": sum(each.vary for each in found),
        "notebooks_that_differ": sum(bool(each.different) for each in found),
        "python": sys.version.split()[0],
        "seconds": round(time.monotonic() - started),
    }
    print(json.dumps(kept, indent=1))
    for each in found:
        for unlike in each.different:
            print(f"{each.notebook} {unlike}")
    print(f"load {os.getloadavg()}")
    if options.write:
        outcomes = [asdict(each) for each in sorted(found, key=lambda each: each.notebook)]
        FILE.write_text(json.dumps({**kept, "outcomes": outcomes}, indent=1) + "\n", encoding="utf-8")
    return int(any(each.different for each in found))


def _compared(
    chosen: Sequence[str], folder: Path, environment: Environment, jobs: int, limit: float
) -> Iterator[Compared]:
    started = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(partial(compared, folder=folder, environment=environment), path) for path in chosen]
        for each in waiting:
            if time.monotonic() - started > limit:
                # all at once: while one is waited for the next would begin
                for other in waiting:
                    other.cancel()
            if not each.cancelled():
                yield each.result()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.corpus.same",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="only notebooks whose path has this in it")
    parser.add_argument("--sample", type=int, metavar="N", help="only N notebooks")
    parser.add_argument("--minutes", type=float, help="begin no notebook after so many minutes")
    parser.add_argument("--write", action="store_true", help="keep what was found in same.json")
    parser.add_argument("--folder", type=Path, default=CACHE, help="the corpus' folder (%(default)s)")
    parser.add_argument("--jobs", type=int, default=1)
    sys.exit(main(parser.parse_args()))
