"""Captures parameters, metrics and files of each execution while it runs.

    begin(row)      an execution is open: what is heard in its thread, or in threads of its own, is its
    see(tree)       the places worth watching are wrapped (`sites`, `kernel/watch`)
    … the hook, the audit hook and the explicit calls tell what happens
    end(row)        what was gathered becomes rows; hashes of big files follow when the kernel has nothing to do

Cells in cells have executions of their own. A forked child tells nothing.
"""

from __future__ import annotations

import ast
import os
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_mlops.kernel import audit
from jupyter_mlops.kernel.calls import Call, Wish
from jupyter_mlops.kernel.capture import estimators, file_calls, scoring
from jupyter_mlops.kernel.capture.collected import Collected
from jupyter_mlops.kernel.capture.files import Data, Files, Mode, Seen, Status, as_path
from jupyter_mlops.kernel.capture.hashing import NO_HASH, Hashes
from jupyter_mlops.kernel.capture.numbers import Number, named, number
from jupyter_mlops.kernel.capture.sites import (
    About,
    FileCall,
    Fit,
    Key,
    Last,
    Score,
    Survey,
    Value,
    bound_at_top,
    last_expression,
)
from jupyter_mlops.kernel.capture.values import parameter, plain
from jupyter_mlops.kernel.idle import IdleWork
from jupyter_mlops.kernel.interrupts import send_again
from jupyter_mlops.kernel.record import Captured, ExecutionRow, FileRow, ParameterRow
from jupyter_mlops.kernel.watch import Watch
from jupyter_mlops.kernel.wrapping import arguments_of, called_name
from jupyter_mlops.tags import INJECTED_TAG, PARAMETERS_TAG

_EVALUATE = "evaluate"
_MOST_BYTES_AT_ONCE = 512 * 1024
_MOST_NAMES = 1000


@dataclass
class _Open:
    """An execution under way."""

    row: ExecutionRow
    files: Files
    collected: Collected = field(default_factory=Collected)
    bound: dict[str, None] = field(default_factory=dict[str, None])


class _Here(threading.local):
    """What is open in a thread; `quiet` while we open files ourselves."""

    def __init__(self) -> None:
        self.stack: list[_Open] = []
        self.quiet = False


class Capture:
    """The observer of one session. `write` puts a row into the store again, with more in it."""

    def __init__(
        self,
        watch: Watch,
        namespace: Mapping[str, Any],
        root: Path,
        idle: IdleWork,
        report_fault: Callable[[BaseException], None],
        write: Callable[[ExecutionRow], None],
    ) -> None:
        self.report_fault = report_fault
        self._watch = watch
        self._namespace = namespace
        self._idle = idle
        self._write = write
        self._process = os.getpid()
        self._here = _Here()
        self._open: list[_Open] = []
        self._parameters: dict[str, None] = {}
        self._data = Data(root)
        self._hashes = Hashes()
        self._calls = file_calls.known_calls()
        self._ours = {thread.ident for thread in threading.enumerate()} - {threading.main_thread().ident}
        watch.listeners.append(self)
        audit.listen(self._hear)

    # --- the cells

    def begin(self, row: ExecutionRow) -> None:
        """A cell is about to run."""
        if row.depth == 0:
            self._here.stack.clear()
            self._watch.hook.forget()
            self._data.left_out = row.notebook
        made = _Open(row, Files(self._data))
        self._here.stack.append(made)
        self._open.append(made)
        self._watch.place()

    def see(self, tree: ast.Module) -> ast.Module:
        """Wrap what is worth watching in it."""
        self._watch.visit(tree)
        return tree

    def end(self, row: ExecutionRow) -> Mapping[str, Any]:
        """The cell has ended: what was captured of it."""
        ended = self._close(row)
        if ended is None:
            return {}
        if row.role in (PARAMETERS_TAG, INJECTED_TAG):
            kept = self._parameters if row.role == INJECTED_TAG else {}
            self._parameters = dict.fromkeys([*kept, *ended.bound][:_MOST_NAMES])
        if row.role == _EVALUATE:
            self._evaluate(ended)
        self._here.quiet = True
        try:
            captured, later = self._captured(ended)
        finally:
            self._here.quiet = False
        if later and captured is not None:
            self._idle.add(self._hash_later(replace(row, captured=captured), later))
        return {} if captured is None else {"captured": captured}

    def close(self) -> None:
        """Nothing is captured any more."""
        audit.listen_no_more(self._hear)
        if self in self._watch.listeners:
            self._watch.listeners.remove(self)
        self._open.clear()
        self._here.stack.clear()

    def _close(self, row: ExecutionRow) -> _Open | None:
        stack = self._here.stack
        for index in range(len(stack) - 1, -1, -1):
            if stack[index].row.seq == row.seq:
                ended = stack[index]
                # those above it had no end
                gone = stack[index:]
                del stack[index:]
                self._open = [each for each in self._open if each not in gone]
                return ended
        return None

    def _now(self) -> _Open | None:
        """The execution that the present thread works for."""
        if self._here.quiet or os.getpid() != self._process:
            return None
        if self._here.stack:
            return self._here.stack[-1]
        if self._open and threading.get_ident() not in self._ours:
            return self._open[-1]
        return None

    # --- what the watch tells

    def wishes(self, tree: ast.AST) -> Iterable[Wish]:
        """What is to be heard of the code that is about to run."""
        opened = self._now()
        if opened is None:
            return
        survey = Survey(self._namespace, self._calls)
        survey.go(tree)
        for node, about in survey.found:
            yield Wish(node, self, self._arguments(node, about), about)
        if opened.row.role in (_EVALUATE, PARAMETERS_TAG, INJECTED_TAG):
            opened.bound |= dict.fromkeys(bound_at_top(tree))
        if opened.row.role == _EVALUATE and (last := last_expression(tree)) is not None:
            node, about = last
            yield Wish(node, self, None, about)

    def _arguments(self, node: ast.expr, about: About) -> tuple[int | str, ...] | None:
        if isinstance(about, Value | Key) or not isinstance(node, ast.Call):
            return None
        if not isinstance(about, FileCall):
            return ()
        known = self._calls[called_name(node)]
        return arguments_of(node, dict.fromkeys(argument for each in known for argument in each.arguments))

    def called(self, call: Call) -> object:
        """A watched call is about to be made; of files it is kept how they are before."""
        opened = self._now()
        if opened is None or not isinstance(call.about, FileCall) or not call.given:
            return None
        found = file_calls.matching(call, self._calls[call.method])
        if found is None:
            return None
        given = next((call.given[each] for each in found.arguments if each in call.given), None)
        for path in file_calls.paths_in(given):
            below = self._data.relative(path)
            if below is not None:
                opened.files.touch(below, found.mode, "call")
        return None

    def returned(self, call: Call, result: object) -> None:
        """A watched call gave its result."""
        opened = self._now()
        if opened is None:
            return
        if isinstance(call.about, Score):
            self._scored(opened.collected, call, result, call.about)
        elif isinstance(call.about, Fit) and opened.collected.looks_at_fits:
            opened.collected.fitted(estimators.parameters(call.receiver))
            if scoring.is_search(call.receiver):
                self._searched(opened.collected, call.receiver, call.about)

    def reached(self, about: About, value: object) -> None:
        """A watched expression has its value."""
        opened = self._now()
        if opened is None:
            return
        if isinstance(about, Value):
            opened.collected.valued(list(named(value, about.name)), about.group, waits=about.waits)
        elif isinstance(about, Key):
            opened.collected.keyed(about.name, _key(value))
        elif isinstance(about, Last):
            for name, found in named(value, about.name):
                opened.collected.evaluated(name, found)

    def _scored(self, collected: Collected, call: Call, result: object, about: Score) -> None:
        if scoring.scores(call, result):
            found = list(scoring.numbers_of(call, result, about.name, about.parts))
            collected.scored(found, about.group, waits=about.waits)

    def _searched(self, collected: Collected, search: object, about: Fit) -> None:
        name = about.name or type(search).__name__
        for key, step, found, best in scoring.search_results(search, name):
            curve = collected.add(key, found, "score", step)
            if best and curve is not None:
                curve.stand(step)

    def _evaluate(self, ended: _Open) -> None:
        for name in ended.bound:
            if not name.startswith("_") and name in self._namespace:
                for key, found in named(self._namespace[name], name):
                    ended.collected.evaluated(key, found)

    # --- files

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        """The audit hook; what is raised here would stop the user's code."""
        try:
            opened = self._now()
            if opened is None:
                return
            if event == "open":
                path, _, flags = given
                if (text := as_path(path)) is not None:
                    opened.files.opened(text, flags)
            elif event == "os.rename":
                if (text := as_path(given[1])) is not None:
                    opened.files.renamed(text)
            elif (text := as_path(given[0])) is not None and (below := self._data.relative(text)) is not None:
                opened.files.touch(below, "either", "open")
        except KeyboardInterrupt:
            send_again()
        except Exception as fault:  # noqa: BLE001  (as above)
            self.report_fault(fault)

    def _captured(self, ended: _Open) -> tuple[Captured | None, list[tuple[int, Status]]]:
        """The rows, and which of the files are to be hashed later."""
        files: list[FileRow] = []
        later: list[tuple[int, Status]] = []
        left = _MOST_BYTES_AT_ONCE
        for touched, mode, file, same in ended.files.results():
            found = NO_HASH if not same else self._hashes.known(file)
            if found is None and file.size <= left:
                found = self._hashes.at_once(self._path(touched.path), file)
                left -= file.size if found is not None else 0
            if found is None:
                later.append((len(files), file))
                found = NO_HASH
            files.append(
                FileRow(touched.path, mode, touched.seen, file.size, file.mtime, found.text, found.complete)
            )
        metrics, parameters = ended.collected.metrics(), ended.collected.parameters()
        if not (metrics or parameters or files):
            return None, []
        if metrics or parameters or any(file.mode == "write" for file in files):
            parameters = self._in_force({each.name for each in parameters}) + parameters
        return Captured(tuple(parameters), tuple(metrics), tuple(files)), later

    def _in_force(self, taken: set[str]) -> list[ParameterRow]:
        """The parameters of the notebook as they are now."""
        return [
            parameter(name, self._namespace[name], "cell")
            for name in self._parameters
            if name in self._namespace and name not in taken
        ]

    def _path(self, below: str) -> str:
        return f"{self._data.root}/{below}"

    def _hash_later(self, row: ExecutionRow, later: list[tuple[int, Status]]) -> Generator[None]:
        """Hash, and write the row again."""
        captured = row.captured or Captured()
        files = list(captured.files)
        for index, file in later:
            for found in self._hashes.steps(self._path(files[index].path), file):
                if found is not None:
                    files[index] = replace(files[index], hash=found.text, complete=found.complete)
                yield
        self._write(replace(row, captured=replace(captured, files=tuple(files))))

    # --- explicit calls

    def log_metric(self, name: str, value: Number, step: int | None) -> bool:
        """A number that the user's code logs; False where nothing is recorded now."""
        opened = self._now()
        if opened is None:
            return False
        opened.collected.add(name, value, "logged", step)
        return True

    def log_param(self, row: ParameterRow) -> bool:
        """A parameter that the user's code logs."""
        opened = self._now()
        if opened is None:
            return False
        opened.collected.logged[row.name] = row
        return True

    def log_file(self, path: str, mode: Mode = "write", seen: Seen = "logged") -> bool:
        """A file that the user's code logs, relative to the root."""
        opened = self._now()
        if opened is None:
            return False
        opened.files.touch(path, mode, seen)
        return True


def _key(value: object) -> str | None:
    """A key of a dict as part of a name: a text, a number, or a tuple of these."""
    value = plain(value)
    if isinstance(value, str | int | float):
        return str(value)[:60]
    if type(value) is tuple and value:
        parts = [_key(each) for each in value[:4]]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return ", ".join(str(part) for part in parts) if None not in parts else None
    return None


def is_number(value: object) -> Number | None:
    """A number that may be logged."""
    return number(value)
