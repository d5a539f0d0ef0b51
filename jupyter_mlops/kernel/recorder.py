"""Records every execution of a kernel, and is never seen by the user's code.

    %load_ext jupyter_mlops

IPython calls back before and after each cell; the two calls are paired by the object that describes the request:

    before A            row 1: A running
      before B          row 2: B running, depth 1      (A calls run_cell)
      after B           row 2: B ok
    after A             A ok, 0.8 s
    … the reply goes out …
                        row 1: A ok, what it left is looked at

A kernel that is killed between the two leaves `running` behind. What a callback raised IPython would show in the user's
cell; so each catches everything, and `jupyter mlops doctor` tells it. A forked child records nothing.
"""

from __future__ import annotations

import ast
import asyncio
import atexit
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from os import getpid
from pathlib import Path
from time import perf_counter, time
from typing import Any

from jupyter_mlops.errors import StoreError
from jupyter_mlops.kernel.capture.environment import Environment
from jupyter_mlops.kernel.capture.observer import Capture
from jupyter_mlops.kernel.faults import FaultLog
from jupyter_mlops.kernel.identity import CellIdentity, identify, notebook_path, path_in
from jupyter_mlops.kernel.idle import IdleWork
from jupyter_mlops.kernel.interrupts import send_again
from jupyter_mlops.kernel.outbox import Outbox
from jupyter_mlops.kernel.record import ExecutionRow, Observer
from jupyter_mlops.kernel.requests import message_id, metadata_of, outcome, request_of
from jupyter_mlops.kernel.saved_notebook import SavedNotebook
from jupyter_mlops.kernel.store import root_of, store_path
from jupyter_mlops.kernel.surroundings import ImportedModules, session_row
from jupyter_mlops.kernel.tracing import Tracer
from jupyter_mlops.project import project_root, relative

_LAST_WAIT_SECONDS = 2.0
_LAST_WORK_SECONDS = 1.0
_IDLE_SECONDS = 1.0


@dataclass(frozen=True)
class Place:
    """Where a session's rows go; `notebook` is relative to the project's root."""

    root: Path
    store: Path
    notebook: str | None = None


@dataclass
class _Open:
    """An execution under way."""

    info: Any
    row: ExecutionRow
    clock: float


class _Stack(threading.local):
    """The executions under way in a thread, and the one that ended last there, until its reply is sent."""

    def __init__(self) -> None:
        self.entries: list[_Open] = []
        self.ended: tuple[ExecutionRow, bool] | None = None
        self.soon: asyncio.Handle | None = None


class _Trees:
    """IPython hands it the tree of each cell before it is compiled."""

    def __init__(self, see: Callable[[ast.Module], ast.Module]) -> None:
        self.visit = see


class Recorder:
    """The recorder of one shell, from `start` to `stop` or the end of the process."""

    def __init__(self, shell: Any, place: Place, run: str | None, saved: SavedNotebook | None) -> None:
        self._shell = shell
        self._root = place.root
        self._saved = saved
        self._modules = ImportedModules()
        session = session_row(place.root, place.notebook, run)
        self.faults = FaultLog(session.key, place.store)
        self.outbox = Outbox(place.store, session, self.faults.report, self.faults.tell)
        self._process = getpid()
        self._lock = threading.RLock()
        self._stack = _Stack()
        self._seq = 0
        self._loaded = time()
        self._again: asyncio.TimerHandle | None = None
        self.idle = IdleWork(self.faults.report)
        self._trees = _Trees(self._see)
        self._tracer = Tracer(shell, session.key, partial(self.idle.add, about_now=True), self._put_again)
        capture = Capture(shell, place.root, self.idle.add, self._put_again, self.faults.report)
        # the tracer sees the code as it is written
        self._observers: Sequence[Observer] = (
            self._tracer,
            capture,
            Environment(place.root, self.outbox, self.idle.add),
        )

    def start(self) -> None:
        """Write the session's row and record from now on."""
        self._modules.news()
        self.outbox.put(None)
        self._shell.events.register("pre_run_cell", self.before)
        self._shell.events.register("post_run_cell", self.after)
        self._shell.ast_transformers.append(self._trees)
        atexit.register(self.close)

    def stop(self) -> None:
        """Record no more."""
        for event, callback in (("pre_run_cell", self.before), ("post_run_cell", self.after)):
            # somebody else may have taken them out
            with suppress(ValueError):
                self._shell.events.unregister(event, callback)
        with suppress(ValueError):
            self._shell.ast_transformers.remove(self._trees)
        atexit.unregister(self.close)
        self.close()

    def close(self) -> None:
        """The end of the session: write what waits."""
        if getpid() != self._process:
            return
        try:
            with self._lock:
                self._finish_ended()
                if self._again is not None:
                    self._again.cancel()
                self.idle.finish(_LAST_WORK_SECONDS)
                for observer in self._observers:
                    observer.close()
                self.outbox.session.ended = time()
                self.outbox.put(None)
                self.outbox.close(_LAST_WAIT_SECONDS)
        except Exception as fault:  # noqa: BLE001  (at the end of a kernel nobody may see it)
            self.faults.report(fault)

    def before(self, info: Any) -> None:
        """IPython calls this before a cell."""
        if getpid() != self._process:
            return
        try:
            self._begin(info)
        except KeyboardInterrupt:
            # meant for the cell, which is about to begin
            send_again()
        except Exception as fault:  # noqa: BLE001  (the user's cell must not see a fault of ours)
            self.faults.report(fault)

    def after(self, result: Any) -> None:
        """IPython calls this after a cell, also after those of white space."""
        if getpid() != self._process:
            return
        clock = perf_counter()
        try:
            self._end(result, clock)
        except KeyboardInterrupt:
            # the cell that it was meant for has ended
            return
        except Exception as fault:  # noqa: BLE001  (as above)
            self.faults.report(fault)

    def _begin(self, info: Any) -> None:
        self._finish_ended()
        request = request_of(self._shell)
        entries = self._stack.entries
        msg_id = message_id(request)
        # what belongs to another request had no end
        entries[:] = [each for each in entries if each.row.msg_id == msg_id]
        row = self._row(info, request, depth=len(entries), started=time())
        entry = _Open(info, row, perf_counter())
        entries.append(entry)
        self.idle.pause()
        with self._lock:
            self.outbox.put(row)
            self._look_again()
        for observer in self._observers:
            self._observed(observer.begin, row)
        entry.clock = perf_counter()

    def _observed(self, step: Callable[[ExecutionRow], Any], row: ExecutionRow) -> Mapping[str, Any]:
        """What an observer found; a fault of one is no fault of the others."""
        try:
            return step(row) or {}
        except Exception as fault:  # noqa: BLE001  (the user's cell must not see a fault of ours)
            self.faults.report(fault)
            return {}

    def _put_again(self, row: ExecutionRow) -> None:
        """Write a row that is known better now."""
        with self._lock:
            self.outbox.put(row)

    def _see(self, tree: ast.Module) -> ast.Module:
        """IPython calls this with the tree of what is about to run."""
        if getpid() == self._process:
            for observer in self._observers:
                try:
                    tree = observer.see(tree)
                except KeyboardInterrupt:
                    # as in `before`
                    send_again()
                except Exception as fault:  # noqa: BLE001  (IPython would print it and throw us out)
                    self.faults.report(fault)
        return tree

    def _end(self, result: Any, clock: float) -> None:
        entry = self._pop(result)
        if entry is None:
            info = getattr(result, "info", None)
            if self._seq or info is None or not info.raw_cell.strip():
                return
            # the cell that loaded us
            row, seconds = self._row(info, request_of(self._shell), depth=0, started=self._loaded), None
        else:
            row, seconds = entry.row, clock - entry.clock
        done = replace(row, seconds=seconds, **outcome(result).__dict__)
        self._stack.ended = done, entry is not None
        if self._stack.entries or not self._has_a_loop():
            self._write_ended()
        else:
            self._stack.soon = asyncio.get_running_loop().call_soon(self._after_reply)

    def _has_a_loop(self) -> bool:
        """Whether there is a time after the reply: in a kernel, unless it runs code without one."""
        if getattr(self._shell, "kernel", None) is None:
            return False
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return False
        return True

    def _after_reply(self) -> None:
        if getpid() != self._process:
            return
        try:
            self._write_ended()
        except Exception as fault:  # noqa: BLE001  (asyncio would print it)
            self.faults.report(fault)

    def _write_ended(self) -> None:
        self._finish_ended()
        with self._lock:
            self.outbox.write()
            self._look_again()

    def _finish_ended(self) -> None:
        """Look at what the last cell left, unless that is done."""
        ended, self._stack.ended = self._stack.ended, None
        if self._stack.soon is not None:
            self._stack.soon.cancel()
            self._stack.soon = None
        if ended is not None:
            self._finish(*ended)

    def _finish(self, done: ExecutionRow, seen: bool) -> None:
        """The row as it is known at the end; `seen` says that its begin was seen as well."""
        try:
            if seen:
                for observer in self._observers:
                    done = replace(done, **self._observed(observer.end, done))
        finally:
            # also when an interrupt came
            with self._lock:
                if modules := self._modules.news():
                    self.outbox.session.modules = modules
                    self.outbox.session_changed()
                self.outbox.keep(done)
        if not self._stack.entries:
            self.idle.resume()

    def _pop(self, result: Any) -> _Open | None:
        """The execution that ended; those above it on the stack had no end."""
        entries = self._stack.entries
        info = getattr(result, "info", None)
        for index in range(len(entries) - 1, -1, -1):
            each = entries[index]
            # where its machinery failed IPython describes the request anew
            if info is None or each.info is info or each.info.raw_cell == info.raw_cell:
                del entries[index:]
                return each
        return None

    def _row(self, info: Any, request: Mapping[str, Any], *, depth: int, started: float) -> ExecutionRow:
        metadata = metadata_of(info, request, depth)
        self._find_notebook(metadata)
        found = CellIdentity()
        if depth == 0 or metadata:
            try:
                found = identify(metadata, info.raw_cell, self._saved)
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
                # the file was moved, is being written, or is no notebook
                self.faults.report(fault)
        with self._lock:
            self._seq += 1
            return ExecutionRow(
                seq=self._seq,
                text=info.raw_cell,
                notebook=self.outbox.session.notebook,
                cell=found.cell,
                found=found.found,
                role=found.role,
                depth=depth,
                started=started,
                msg_id=message_id(request),
            )

    def _find_notebook(self, metadata: Mapping[str, Any]) -> None:
        """VS Code may say only after the start which notebook it is."""
        if self.outbox.session.notebook is None:
            path = notebook_path(self._shell.user_ns) or path_in(metadata)
            if path is not None:
                self._saved = SavedNotebook(path)
                self.outbox.session.notebook = relative(path, self._root)
                self.outbox.session_changed()

    def _look_again(self) -> None:
        """Where rows wait, try again when the kernel has nothing to do."""
        if self._again is None and self.outbox.waiting:
            # outside of a kernel there is no loop: the next cell takes them along
            with suppress(RuntimeError):
                self._again = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._write_waiting)

    def _write_waiting(self) -> None:
        self._again = None
        self._after_reply()


_recorders: dict[int, Recorder] = {}


def start(
    shell: Any,
    *,
    run: str | None = None,
    root: str | None = None,
    store: str | None = None,
    notebook: str | None = None,
) -> None:
    """Record what a shell executes from now on. A second start changes nothing, except that a clean run takes over.

    `run`, `root`, `store` and `notebook` are given by a clean run; else the kernel's folder and the front end say where
    the project is. Whatever goes wrong is for `jupyter mlops doctor`.
    """
    try:
        known = _recorders.get(id(shell))
        if known is not None:
            if run is None:
                return
            stop(shell)
        saved = None
        if root is not None and store is not None:
            place = Place(Path(root), Path(store), notebook)
        else:
            path = notebook_path(shell.user_ns)
            saved = SavedNotebook(path) if path is not None else None
            project = project_root(path) if path is not None else root_of(Path.cwd())
            place = Place(project, _store(project), relative(path, project) if path is not None else None)
        recorder = Recorder(shell, place, run, saved)
        recorder.start()
        _recorders[id(shell)] = recorder
    except Exception as fault:  # noqa: BLE001  (the cell that loads us is the user's)
        FaultLog(f"start-{getpid()}", None).report(fault)


def _store(root: Path) -> Path:
    try:
        return store_path(root)
    except StoreError as fault:
        FaultLog(f"start-{getpid()}", store_path(root, {})).report(fault)
        raise


def stop(shell: Any) -> None:
    """Record no more."""
    recorder = _recorders.pop(id(shell), None)
    if recorder is not None:
        recorder.stop()
