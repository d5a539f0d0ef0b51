"""How many notebooks that nobody here wrote are exported and proved.

    python -m benchmarks.corpus                 all of them: some hours
    python -m benchmarks.corpus --sample 20     20 of those that counted when all were run; 1 where fewer are proved
                                                than the share that is kept in measured.json

The notebooks are those in the source distributions of MAPIE, sktime, tslearn, skrub and hdbscan. Those count that
stock papermill runs offline within 60 s and that leave a fitted estimator with usable rows.
Everything is kept in a folder outside the repository, so that a second run measures only what changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from . import committed
from .eligibility import PROBE, Eligibility, eligibility
from .environment import prepared
from .exports import Outcome, exported
from .report import report, share
from .sources import SOURCES, notebooks, unpacked

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "jupyter-mlops-corpus"


def drawn(paths: list[str]) -> list[str]:
    """The notebooks in an order by chance that is the same everywhere and does not change when some are added."""
    return sorted(paths, key=lambda path: hashlib.sha256(path.encode()).hexdigest())


def main(options: argparse.Namespace) -> int:
    """Measure and print; 1 where the share is below what it has to be."""
    folder: Path = options.folder.absolute()
    environment = prepared(folder)
    done = folder / "exported" / f"{environment.stock.name}-{environment.version}"
    paths = [
        path.relative_to(folder / "sources").as_posix()
        for source in SOURCES
        for path in notebooks(unpacked(source, folder / "sources"), environment.stock)
        if options.only in path.as_posix()
    ]
    listed, needed = committed.read() if options.sample else ([], options.fail_below)
    known = {each.notebook: each for each in listed if options.only in each.notebook}
    if missing := known.keys() - set(paths):
        raise SystemExit(f"{committed.FILE.name} has notebooks that the sources lack: {sorted(missing)}")
    conditions = f"{environment.stock.name}-{hashlib.sha256(PROBE.read_bytes()).hexdigest()[:8]}"

    def measure(notebook: str) -> tuple[Eligibility, Outcome | None]:
        name = hashlib.sha256(notebook.encode()).hexdigest()[:16] + ".json"
        cache = folder / "eligible" / conditions / name
        found = known.get(notebook) or eligibility(folder / "sources", notebook, environment, cache)
        if not found.eligible:
            return found, None
        return found, exported(folder / "sources", found, environment, done / name)

    chosen = drawn(list(known))[: options.sample] if options.sample else drawn(paths)
    tried: list[Eligibility] = []
    outcomes: list[Outcome] = []
    for found, outcome in _measured(chosen, measure, options):
        tried.append(found)
        outcomes += [outcome] if outcome else []
        said = (outcome.code or "proved") if outcome else f"not eligible: {found.reason}"
        print(f"{len(tried):4} {found.notebook}: {said}", file=sys.stderr, flush=True)
    print(report(len(paths), tried, outcomes))
    if options.json:
        values = {"tried": [asdict(each) for each in tried], "exported": [asdict(each) for each in outcomes]}
        options.json.write_text(json.dumps({"share": share(outcomes), **values}, indent=1), encoding="utf-8")
    if options.write:
        kept = committed.document(len(paths), [each for each in tried if each.eligible], outcomes)
        committed.FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if share(outcomes) < needed:
        print(f"the share is below {needed:.1%}", file=sys.stderr)
        return 1
    return 0


def _measured(paths, measure, options) -> Iterator[tuple[Eligibility, Outcome | None]]:
    with ThreadPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(measure, path) for path in paths]
        try:
            for each in waiting:
                yield each.result()
        finally:
            pool.shutdown(cancel_futures=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.corpus", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--sample", type=int, metavar="N", help="only N of the notebooks that counted")
    which.add_argument("--write", action="store_true", help="keep what was measured in measured.json")
    parser.add_argument("--fail-below", type=float, default=0.0, metavar="SHARE", help="of all, between 0 and 1")
    parser.add_argument("--only", default="", metavar="TEXT", help="only notebooks whose path has this in it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    parser.add_argument("--folder", type=Path, default=CACHE, help="what is kept (%(default)s)")
    parser.add_argument("--jobs", type=int, default=1)
    sys.exit(main(parser.parse_args()))
