"""Run records on disk: `.jupyter_mlops/runs/<id>/run.json` beside the executed `notebook.ipynb`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from jupyter_mlops.documents import FORMAT, RunRecord
from jupyter_mlops.project import our_folder, write_whole

RECORD = "run.json"
EXECUTED = "notebook.ipynb"


def new_run_id() -> str:
    """An id that sorts by time: UTC to the microsecond, and four random hexadecimal digits."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f") + "-" + secrets.token_hex(2)


def run_folder(root: Path, run_id: str) -> Path:
    """The folder of one run; made by whoever writes into it."""
    return our_folder(root) / "runs" / run_id


def write_record(root: Path, record: RunRecord) -> Path:
    """Write a run's record whole, and return its path."""
    path = run_folder(root, record.id) / RECORD
    write_whole(path, msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
    return path


def read_records(root: Path, notebook: str) -> Iterator[RunRecord]:
    """The records of a notebook (path relative to the root), newest first, as `all_records` has them."""
    return (record for record in all_records(root) if record.notebook == notebook)


def all_records(root: Path) -> Iterator[RunRecord]:
    """The records of a project, newest first.

    A record that cannot be read, or that a newer version wrote, is passed over.
    """
    runs = root / ".jupyter_mlops" / "runs"
    if not runs.is_dir():
        return
    for folder in sorted(runs.iterdir(), key=lambda path: path.name, reverse=True):
        try:
            record = msgspec.json.decode((folder / RECORD).read_bytes(), type=RunRecord)
        except (OSError, msgspec.MsgspecError):
            continue
        if record.format <= FORMAT:
            yield record
