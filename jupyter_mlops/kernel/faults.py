"""What went wrong in recording, kept where `jupyter mlops doctor` finds it and the user's cells never see it.

Each session has one small file of JSON, rewritten when something new happens and then at the 2nd, 4th, 8th … time:

    .jupyter_mlops/losses/20261121T101500-4f2a.json
    {"session": …, "pid": …, "waiting": 3, "lost": 0, "faults": [{"what": "OperationalError: database is locked",
      "where": "store.py:88", "count": 4, "first": …, "last": …}]}

Where the project's folder cannot be written it is in the user's state folder, else in the one for temporary files.
`waiting` executions are in the kernel's memory and will be written when the store can be; `lost` ones never.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time
from typing import Any

_MOST_FAULTS = 20
_MOST_FILES = 50
_LONGEST = 300
_FOLDER = "losses"
_OLDEST_SECONDS = 30 * 86_400


@dataclass
class Fault:
    """One kind of fault: how often it happened, when first and last (seconds since 1970)."""

    what: str
    where: str
    count: int
    first: float
    last: float


def places(store: Path | None, environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The folders for the files of a store's sessions, the best one first."""
    name = "jupyter_mlops"
    state = environment.get("XDG_STATE_HOME") or "~/.local/state"
    shared = [Path(state).expanduser() / name, Path(tempfile.gettempdir()) / f"{name}-{os.getuid()}"]
    return [*([store.parent / _FOLDER] if store else []), *(folder / _FOLDER for folder in shared)]


class FaultLog:
    """The faults of one session, whose store is None where not even its place is known.

    Nothing here raises but an interrupt.
    """

    def __init__(self, session: str, store: Path | None) -> None:
        self.waiting = 0
        self.lost = 0
        self._session = session
        self._store = store
        self._faults: dict[tuple[str, str], Fault] = {}
        self._told: tuple[int, int] = (0, 0)
        self._file: Path | None = None

    def report(self, error: BaseException) -> None:
        """Note an error, and write the file where it is a new one or came often."""
        what = f"{type(error).__name__}: {_text(error)}"[:_LONGEST]
        fault = self._faults.get((what, _place(error)))
        if fault is None:
            if len(self._faults) >= _MOST_FAULTS:
                return
            fault = Fault(what, _place(error), 0, time(), time())
            self._faults[what, fault.where] = fault
        fault.count += 1
        fault.last = time()
        if fault.count & (fault.count - 1) == 0:
            self.write()

    def tell(self, waiting: int, lost: int) -> None:
        """Note how many executions are not in the store; written when the first waits, when one is lost at the 2nd,
        4th … and when none waits any more."""
        self.waiting, self.lost = waiting, lost
        told_waiting, told_lost = self._told
        if (waiting == 0) != (told_waiting == 0) or waiting >= 2 * told_waiting > 0 or lost >= max(1, 2 * told_lost):
            # not where a fault writes the file in between: 3 told then would leave out the 4th
            self._told = (waiting, lost)
            self.write()

    def write(self) -> None:
        """Write the file in the first folder that takes it, or remove it where there is nothing to tell."""
        if not (self.waiting or self.lost or self._faults):
            return
        text = json.dumps(
            {
                "session": self._session,
                "store": str(self._store) if self._store else None,
                "pid": os.getpid(),
                "waiting": self.waiting,
                "lost": self.lost,
                "faults": [asdict(fault) for fault in self._faults.values()],
            },
            indent=1,
        )
        for folder in [self._file.parent] if self._file else places(self._store):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                if self._file is None:
                    _make_room(folder)
                file = folder / f"{self._session}.json"
                part = file.with_suffix(".part")
                part.write_text(text, encoding="utf-8")
                part.replace(file)
            except OSError:
                # the next folder; where none takes it, nobody can be told
                self._file = None
                continue
            self._file = file
            return


def read_losses(store: Path) -> list[dict[str, Any]]:
    """What the sessions of a store told in the last 30 days, oldest first, and those that knew no store.

    Broken files are left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for folder in places(store):
        for file in sorted(folder.glob("*.json")):
            with suppress(OSError, ValueError, KeyError, TypeError):
                told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
                if file.stat().st_mtime > time() - _OLDEST_SECONDS and told["store"] in (str(store), None):
                    found.setdefault(told["session"], told)
    return [found[session] for session in sorted(found)]


def _make_room(folder: Path) -> None:
    """Names sort by time, so the first are the oldest."""
    for old in sorted(folder.glob("*.json"))[: -_MOST_FILES + 1]:
        old.unlink(missing_ok=True)


def _text(error: BaseException) -> str:
    """What an error says, without calling code of the user's class."""
    return " ".join(str(part) for part in error.args if type(part) in (str, int)) or "no message"


def _place(error: BaseException) -> str:
    """The innermost line of ours that raised."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
