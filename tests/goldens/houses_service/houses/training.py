# ruff: noqa: E501
"""What `train.py` does beside the notebook's own statements: options, progress, and its results.

    options = read(parser, __file__)                  # --seed 8 --values trained
    step(1, 2, "cell 3: X, y")                        # [1/2] cell 3: X, y
    save(options, globals(), "churn.notebook", values=["model"], metrics=["auc"])

writes `trained/model.pkl`, `trained/values.json` (which `loading` reads) and `trained/metrics.json`. The folder is
written whole or not at all. The script ends with status 0, with 2 for wrong options, with 1 and a traceback where its
code raises, and with 130 when it is interrupted.
"""

from __future__ import annotations

import argparse
import ast
import datetime
import hashlib
import json
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from .loading import MANIFEST
from .saving import CannotSaveError, pickled

METRICS = "metrics.json"
FOLDER = "trained"
INTERRUPTED = 130
BooleanOptionalAction = argparse.BooleanOptionalAction
# no option of the notebook can have such names
_VALUES, _METRICS, _STARTED = "values folder", "metrics file", "start"


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser of options with those that every script has; the parameters are added to it."""
    made = argparse.ArgumentParser(
        description=description,
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
        usage="%(prog)s [options]",
    )
    made.add_argument(
        "--values",
        dest=_VALUES,
        metavar="FOLDER",
        type=Path,
        default=argparse.SUPPRESS,
        help=f"where the values go; what an earlier training wrote there is replaced (default: {FOLDER}, beside "
        "this script)",
    )
    made.add_argument(
        "--metrics",
        dest=_METRICS,
        metavar="FILE",
        type=Path,
        default=argparse.SUPPRESS,
        help=f"where the metrics go (default: {METRICS} in the folder of the values)",
    )
    return made


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Paragraphs as they are written, and the default of each option."""


def read(made: argparse.ArgumentParser, script: str) -> argparse.Namespace:
    """The options of the command line, with the clock started. Modules are found in the current folder too, as a
    notebook's kernel finds them. Leaves the script with status 2 where an option is wrong."""
    options = made.parse_args()
    given = vars(options)
    folder: Path = given.setdefault(_VALUES, Path(script).resolve().parent / FOLDER)
    metrics: Path = given.setdefault(_METRICS, folder / METRICS)
    reason = _unfit(folder)
    if reason is None and metrics.is_dir():
        reason = f"{metrics} is a folder; name a file with --metrics"
    if reason is not None:
        made.error(reason)
    # before the code changes the current folder
    given[_VALUES], given[_METRICS] = folder.absolute(), metrics.absolute()
    given[_STARTED] = time.perf_counter()
    sys.path.append("")
    sys.excepthook = _told
    return options


def _unfit(folder: Path) -> str | None:
    """Why values cannot be written to a folder: it holds what no training wrote."""
    if not folder.exists():
        return None
    if not folder.is_dir():
        return f"{folder} is a file; name a folder with --values"
    present = {path.name for path in folder.iterdir()}
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        written = {entry["file"] for entry in manifest.values()} | {MANIFEST, METRICS}
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        written = set[str]()
    other = sorted(present - written)
    return (
        f"{folder} holds other things ({', '.join(other[:3])}); name another folder with --values"
        if other
        else None
    )


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The traceback of an error; an interrupt has none."""
    if issubclass(kind, KeyboardInterrupt):
        print("interrupted; nothing was written", file=sys.stderr)
        raise SystemExit(INTERRUPTED)
    sys.__excepthook__(kind, error, trace)


# --- options


def date(text: str) -> datetime.date:
    """Reads a day: 2024-05-31."""
    return datetime.date.fromisoformat(text)


def moment(text: str) -> datetime.datetime:
    """Reads a day with its time: 2024-05-31T12:00."""
    return datetime.datetime.fromisoformat(text)


def literal(*kinds: str) -> Callable[[str], Any]:
    """Reads a value as Python writes it, of one of some types: `literal("list")` reads `[1, 2]`.

    Text that is no literal is taken as it is where the types have `str`, or say nothing.
    """

    def convert(text: str) -> Any:
        try:
            value: Any = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, TypeError):
            return _of_text(text, kinds)
        name = type(value).__name__.replace("NoneType", "None")
        if not kinds or name in kinds:
            return value
        if name == "int" and "float" in kinds:
            return float(value)
        if name in ("list", "tuple") and "set" in kinds:
            return set(value)
        if name == "list" and "tuple" in kinds:
            return tuple(value)
        return _of_text(text, kinds)

    return convert


def _of_text(text: str, kinds: Sequence[str]) -> Any:
    for kind, convert in (
        ("float", float),
        ("datetime", moment),
        ("date", date),
        ("Path", Path),
        ("str", str),
    ):
        if kind in kinds:
            try:
                return convert(text)
            except ValueError:
                continue
    if not kinds:
        return text
    raise argparse.ArgumentTypeError(
        f"{text!r} is not {' or '.join(kinds)}: write it as Python does, such as {_SAMPLES.get(kinds[0], 'None')}"
    )


_SAMPLES = {
    "list": "'[1, 2]'",
    "tuple": "'(1, 2)'",
    "set": "'{1, 2}'",
    "dict": "'{\"a\": 1}'",
    "int": "1",
    "float": "0.5",
    "bool": "True",
}


def one_of(*values: Any) -> Callable[[str], Any]:
    """Reads one of some values by its text; another text stays, for the parser to refuse."""
    by_text = {str(value): value for value in values}
    return lambda text: by_text.get(text, text)


# --- while it runs


def step(number: int, of: int, what: str) -> None:
    """Say on standard error which cell's statements begin."""
    print(f"[{number}/{of}] {what}", file=sys.stderr, flush=True)


def save(
    options: argparse.Namespace,
    namespace: Mapping[str, Any],
    module: str,
    *,
    values: Sequence[str],
    metrics: Sequence[str] = (),
) -> None:
    """Write the values and the metrics, and say so. What the script defines is loaded from `module` later.

    Leaves the script with status 1 where a value cannot be saved.
    """
    given = dict(vars(options))
    folder, file = cast("Path", given.pop(_VALUES)), cast("Path", given.pop(_METRICS))
    seconds = round(time.perf_counter() - given.pop(_STARTED), 3)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        manifest: dict[str, Any] = {}
        for name in values:
            try:
                found = pickled(namespace[name], namespace, module)
            except CannotSaveError as error:
                raise SystemExit(f"{name} cannot be saved: {error.reason}; {error.fix}") from None
            (made / f"{name}.pkl").write_bytes(found.data)
            digest = hashlib.sha256(found.data).hexdigest()
            manifest[name] = {"file": f"{name}.pkl", "sha256": digest, "globals": found.globals}
        _write(made / MANIFEST, manifest)
        measured = {name: number(namespace[name]) for name in metrics if name in namespace}
        report = {
            "metrics": {
                name: _plain(value) for name, value in measured.items() if value is not None
            },
            "parameters": {name: _plain(value) for name, value in sorted(given.items())},
            "seconds": seconds,
            "values": {name: entry["sha256"] for name, entry in manifest.items()},
        }
        if file.parent == folder:
            _write(made / file.name, report)
        made.chmod(0o755)
        _put_in_place(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    if file.parent != folder:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.part")
        _write(part, report)
        part.replace(file)
    for name, value in report["metrics"].items():
        print(f"{name} = {value}", file=sys.stderr)
    print(f"wrote {', '.join(values)} to {folder}, metrics to {file}", file=sys.stderr)


def _put_in_place(made: Path, folder: Path) -> None:
    """Make one folder the other; what an earlier training left there goes."""
    if not folder.exists():
        made.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old-", dir=folder.parent))
    try:
        # an empty folder gives its place to another
        folder.rename(old)
        try:
            made.rename(folder)
        except BaseException:
            old.rename(folder)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with path.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def number(value: object) -> int | float | None:
    """A number of Python or NumPy as Python's own; None of all else, booleans too."""
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = cast("Any", value).item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if isinstance(value, int) else float(value)


def _plain(value: Any) -> Any:
    """A value as JSON has it: null for a number that is not finite, text for what it does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(part) for part in cast("Sequence[Any]", value)]
    if isinstance(value, set | frozenset):
        return sorted((_plain(part) for part in cast("set[Any]", value)), key=repr)
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in cast("dict[Any, Any]", value).items()}
    return str(value)
