"""How right the verdicts on cells are, on histories that really happen in a kernel.

    python -m benchmarks.histories                        190 made-up histories, ten of each kind: some minutes
    python -m benchmarks.histories --corpus --sample 60   60 of notebooks that nobody here wrote (benchmarks/corpus)
    python -m benchmarks.histories --only made-up/alias/3 --show

A history is a notebook and what a user does to it: edits, deletes, inserts, moves, reruns, renames, changes in place,
runs out of order, restarts. Its truth is found by running what it leaves in fresh kernels. Every miss and every false
alarm is listed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import metadata
from pathlib import Path

from benchmarks.corpus.__main__ import CACHE
from benchmarks.corpus.environment import Environment, prepared
from benchmarks.corpus.sources import SOURCES, notebooks, unpacked

from . import report
from .foreign import LIMIT_SECONDS, LIST, LISTED_SECONDS, histories, profile, variables
from .kinds import KINDS
from .made_up import made_up
from .replay import Replayed, place, replayed
from .scoring import Scored, scored
from .steps import History
from .truth import truths

FILE = Path(__file__).with_name("measured.json")


def measure(history: History, environment: Environment | None, folder: Path) -> tuple[Replayed, list[Scored]]:
    """Replay one history and judge what was said of its cells."""
    beside = folder / "sources" / history.folder if history.folder else None
    python = environment.ours / "bin" / "python" if environment else None
    with place(beside, python, variables(environment) if environment else None) as where:
        found = replayed(history, where)
    sources = {cell.id: cell.source for cell in found.document}
    true = truths(found.document, found.live, found.fresh, found.chanceless)
    return found, scored(history.name, history.kind, sources, true, found.verdicts, found.decided)


def of_corpus(folder: Path, environment: Environment, options: argparse.Namespace) -> list[History]:
    """Histories of the corpus in an order by chance that is the same everywhere."""
    for source in SOURCES:
        notebooks(unpacked(source, folder / "sources"), environment.stock)
    found = list[History]()
    for path in LIST.read_text(encoding="utf-8").splitlines():
        one = profile(folder / "sources", path, environment, _cache(folder, path, environment), LISTED_SECONDS)
        if one.unfit:
            print(f"{path}: {one.unfit}", file=sys.stderr, flush=True)
        else:
            found += histories(one, range(options.each))
    return sorted(found, key=lambda each: hashlib.sha256(each.name.encode()).hexdigest())


def find(folder: Path) -> None:
    """Write the list of the notebooks of the corpus that are quick enough."""
    environment, fit = prepared(folder), list[str]()
    for source in SOURCES:
        for path in notebooks(unpacked(source, folder / "sources"), environment.stock):
            name = path.relative_to(folder / "sources").as_posix()
            cache = _cache(folder, name, environment)
            one = profile(folder / "sources", name, environment, cache, LIMIT_SECONDS)
            print(f"{name}: {one.unfit or f'{one.seconds:.1f} s'}", file=sys.stderr, flush=True)
            fit += [] if one.unfit else [name]
    LIST.write_text("".join(f"{each}\n" for each in sorted(fit)), encoding="utf-8")


def _cache(folder: Path, notebook: str, environment: Environment) -> Path:
    name = f"{hashlib.sha256(notebook.encode()).hexdigest()[:16]}.json"
    return folder / "profiles" / environment.stock.name / name


def main(options: argparse.Namespace) -> int:
    """Measure and print."""
    folder: Path = options.folder.absolute()
    if options.find:
        find(folder)
        return 0
    environment = prepared(folder) if options.corpus else None
    if environment:
        everything = of_corpus(folder, environment, options)
    else:
        everything = [made_up(kind, number) for number in range(options.each) for kind in KINDS]
    chosen = [each for each in everything if options.only in each.name][: options.sample]
    started, cells, failed = time.monotonic(), list[Scored](), list[str]()
    with ProcessPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(partial(measure, each, environment, folder)) for each in chosen]
        for history, each in zip(chosen, waiting, strict=True):
            if options.minutes and time.monotonic() - started > 60 * options.minutes:
                # all at once: while one is waited for the next would begin
                for other in waiting:
                    other.cancel()
            if each.cancelled():
                continue
            try:
                found, some = each.result()
            except Exception as error:  # noqa: BLE001 - a kernel that died or a cell without end is told, not scored
                failed.append(f"{history.name}: {type(error).__name__}: {error}")
                continue
            cells += some
            print(history.name, file=sys.stderr, flush=True)
            if options.show:
                print(report.shown(history, found, some), "\n")
    print(report.text(cells))
    print(f"\nnot measured: {len(failed)}", *failed, sep="\n  ")
    seconds = time.monotonic() - started
    print(f"{seconds:.0f} s, load {os.getloadavg()}")
    if options.json:
        options.json.write_text(json.dumps([each.__dict__ for each in cells], indent=1), encoding="utf-8")
    if options.write:
        kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
        kept["corpus" if options.corpus else "made-up"] = {
            "python": sys.version.split()[0],
            "ipykernel": metadata.version("ipykernel"),
            "seconds": round(seconds),
            "not_measured": failed,
            **report.document(cells),
        }
        FILE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.histories", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", action="store_true", help="notebooks that nobody here wrote")
    parser.add_argument("--find", action="store_true", help="look which notebooks of the corpus are quick enough")
    parser.add_argument("--each", type=int, default=10, help="histories of each kind (with --corpus: and notebook)")
    parser.add_argument("--sample", type=int, metavar="N", help="only N histories")
    parser.add_argument("--minutes", type=float, help="begin no history after so many minutes")
    parser.add_argument("--only", default="", metavar="TEXT", help="only histories whose name has this in it")
    parser.add_argument("--show", action="store_true", help="print each history in full")
    parser.add_argument("--write", action="store_true", help="keep what was measured in measured.json")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every cell that was judged")
    parser.add_argument("--folder", type=Path, default=CACHE, help="the corpus' folder (%(default)s)")
    parser.add_argument("--jobs", type=int, default=2)
    sys.exit(main(parser.parse_args()))
