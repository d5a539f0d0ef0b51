"""Captures parameters, metrics and files of each execution while it runs.

    begin(row)      an execution is open (`executions`)
    see(tree)       the places worth watching are wrapped (`sites`, `kernel/watch`)
    …               the hook, the audit hook and the explicit calls tell what happens (`collected`, `files`)
    end(row)        what was gathered becomes rows; hashes of big files follow when the kernel has nothing to do

Parameters of the notebook are recorded with executions that made something: a number, a fit, a file.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from jupyter_mlops.kernel import audit
from jupyter_mlops.kernel.calls import Call, Wish
from jupyter_mlops.kernel.capture import estimators, file_calls, scoring
from jupyter_mlops.kernel.capture.collected import Collected
from jupyter_mlops.kernel.capture.executions import Execution, Executions
from jupyter_mlops.kernel.capture.files import Data, Status, as_path
from jupyter_mlops.kernel.capture.hashing import NO_HASH, Hash, Hashes
from jupyter_mlops.kernel.capture.logged import loggers
from jupyter_mlops.kernel.capture.numbers import Number, named, number
from jupyter_mlops.kernel.capture.sites import (
    About,
    FileCall,
    Fit,
    Key,
    Last,
    Names,
    Score,
    Survey,
    Value,
    bound_at_top,
    last_expression,
)
from jupyter_mlops.kernel.capture.values import is_estimator, key_text, parameter
from jupyter_mlops.kernel.interrupts import send_again
from jupyter_mlops.kernel.record import Captured, ExecutionRow, FileRow, ParameterRow
from jupyter_mlops.kernel.watch import watch_of
from jupyter_mlops.kernel.wrapping import arguments_of, called_name
from jupyter_mlops.tags import INJECTED_TAG, PARAMETERS_TAG

_EVALUATE = "evaluate"
_MOST_BYTES_AT_ONCE = 512 * 1024
_MOST_FILES_AT_ONCE = 20
_MOST_NAMES = 500
_SECONDS_BETWEEN_WRITES = 2.0


class Capture:
    """The observer of one session.

    `later` takes work for when the kernel has nothing to do, `put` a row that is known better by then.
    """

    def __init__(
        self,
        shell: Any,
        root: Path,
        later: Callable[[Generator[None]], None],
        put: Callable[[ExecutionRow], None],
        report_fault: Callable[[BaseException], None],
    ) -> None:
        self.report_fault = report_fault
        self._watch = watch_of(shell)
        self._namespace: Mapping[str, Any] = shell.user_ns
        self._later = later
        self._put = put
        self._parameters: dict[str, None] = {}
        self._data = Data(root)
        self._executions = Executions(self._data)
        self._hashes = Hashes()
        self._calls = file_calls.known_calls()
        self._names = Names(self._calls)
        self._watch.listeners.append(self)
        audit.listen(self._hear)
        loggers.append(self)

    # --- the cells

    def begin(self, row: ExecutionRow) -> None:
        """A cell is about to run."""
        if row.depth == 0:
            self._data.notebook = row.notebook
        self._executions.begin(row)
        self._watch.place()

    def see(self, tree: ast.Module) -> ast.Module:
        """Wrap what is worth watching in it."""
        self._watch.visit(tree)
        return tree

    def end(self, row: ExecutionRow) -> Mapping[str, Any]:
        """The cell has ended: what was captured of it."""
        ended = self._executions.end(row)
        if ended is None:
            return {}
        if row.depth == 0:
            self._watch.hook.forget()
        if row.role in (PARAMETERS_TAG, INJECTED_TAG):
            kept = self._parameters if row.role == INJECTED_TAG else {}
            self._parameters = dict.fromkeys([*kept, *ended.bound][:_MOST_NAMES])
        if row.role == _EVALUATE:
            self._evaluate(ended)
        with self._executions.quiet():
            waiting = self._look_at_files(ended)
        if waiting:
            self._later(self._hash_later(ended, waiting))
        captured = self._captured(ended)
        return {} if captured is None else {"captured": captured}

    def close(self) -> None:
        """Nothing is captured any more."""
        audit.listen_no_more(self._hear)
        loggers.remove(self)
        self._watch.listeners.remove(self)
        self._executions.clear()

    def _captured(self, execution: Execution) -> Captured | None:
        """What was gathered so far, as rows."""
        metrics, parameters = execution.collected.metrics(), execution.collected.parameters()
        files = execution.rows
        if not (metrics or parameters or files):
            return None
        if metrics or parameters or any(file.mode == "write" for file in files):
            parameters = self._in_force({each.name for each in parameters}) + parameters
        return Captured(tuple(parameters), tuple(metrics), files)

    def _in_force(self, taken: set[str]) -> list[ParameterRow]:
        """The parameters of the notebook as they are now."""
        names = [name for name in self._parameters if name in self._namespace and name not in taken]
        return [parameter(name, self._namespace[name], "cell") for name in names]

    def _evaluate(self, ended: Execution) -> None:
        for name in ended.bound:
            if not name.startswith("_") and name in self._namespace:
                for key, found in named(self._namespace[name], name):
                    ended.collected.evaluated(key, found)

    # --- what the watch tells

    def wishes(self, tree: ast.AST) -> Iterator[Wish]:
        """What is to be heard of the code that is about to run."""
        execution = self._executions.now()
        if execution is None:
            return
        if self._names.may_stand_in(execution.row.text):
            survey = Survey(self._names)
            survey.go(tree)
            for node, about in survey.found:
                yield Wish(node, self, self._arguments(node, about), about)
        if execution.row.role in (_EVALUATE, PARAMETERS_TAG, INJECTED_TAG):
            execution.bound |= dict.fromkeys(bound_at_top(tree))
        if execution.row.role == _EVALUATE and (last := last_expression(tree)) is not None:
            node, about = last
            yield Wish(node, self, None, about)

    def _arguments(self, node: ast.expr, about: About) -> tuple[int | str, ...] | None:
        if isinstance(about, Value | Key) or not isinstance(node, ast.Call):
            return None
        if not isinstance(about, FileCall):
            return ()
        known = self._calls[about.name or called_name(node)]
        return arguments_of(node, dict.fromkeys(argument for each in known for argument in each.arguments))

    def called(self, call: Call) -> None:
        """A watched call is about to be made: of files it is noted how they are before."""
        execution = self._executions.now()
        if execution is None or not isinstance(call.about, FileCall):
            return
        known = self._calls[call.about.name or call.method]
        found = file_calls.matching(call, known) if call.given else None
        if found is None:
            call.dull = True
            return
        given = next((call.given[each] for each in found.arguments if each in call.given), None)
        for path in file_calls.paths_in(given):
            below = self._data.relative(path)
            if below is not None:
                execution.files.touch(below, found.mode, "call")

    def returned(self, call: Call, result: object) -> None:
        """A watched call gave its result."""
        execution = self._executions.now()
        if execution is None:
            return
        about = call.about
        if isinstance(about, Score):
            call.dull = not scoring.scores(call, result)
            if not call.dull:
                found = list(scoring.numbers_of(call, result, about.name, about.parts))
                execution.collected.scored(found, about.group, waits=about.waits)
        elif isinstance(about, Fit) and not is_estimator(call.receiver):
            call.dull = True
        elif isinstance(about, Fit) and execution.collected.looks_at_fits:
            execution.collected.fitted(estimators.parameters(call.receiver))
            if scoring.is_search(call.receiver):
                _searched(execution.collected, call.receiver, about)

    def reached(self, about: About, value: object) -> None:
        """A watched expression has its value."""
        execution = self._executions.now()
        if execution is None:
            return
        match about:
            case Value(name, group, waits) if execution.collected.holds(group):
                execution.collected.valued(list(named(value, name)), group, waits=waits)
            case Key(name):
                execution.collected.keyed(name, key_text(value))
            case Last(name, prefix):
                for key, found in named(value, name if number(value) else prefix):
                    execution.collected.evaluated(key, found)
            case _:
                pass

    # --- files

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        """The audit hook; what is raised here would stop the user's code."""
        try:
            execution = self._executions.now()
            if execution is None:
                return
            if event == "open":
                if (path := as_path(given[0])) is not None:
                    execution.files.opened(path, given[2])
            elif event == "os.rename":
                if (path := as_path(given[1])) is not None:
                    execution.files.renamed(path)
            elif (path := as_path(given[0])) is not None:
                execution.files.connected(path)
        except KeyboardInterrupt:
            send_again()
        except Exception as fault:  # noqa: BLE001  (as above)
            self.report_fault(fault)

    def _look_at_files(self, ended: Execution) -> list[tuple[int, Status]]:
        """Make the rows of files; the answer is which of them are to be hashed later."""
        rows: list[FileRow] = []
        waiting: list[tuple[int, Status]] = []
        left = _MOST_BYTES_AT_ONCE
        for touched, mode, file, same in ended.files.results():
            found: Hash | None = NO_HASH if not same else self._hashes.known(file)
            if found is None and file.size <= left and len(rows) < _MOST_FILES_AT_ONCE:
                found = self._hashes.at_once(self._path(touched.path), file)
                left -= file.size if found is not None else 0
            if found is None:
                waiting.append((len(rows), file))
                found = NO_HASH
            rows.append(FileRow(touched.path, mode, touched.seen, file.size, file.mtime, found.text, found.complete))
        ended.rows = tuple(rows)
        return waiting

    def _path(self, below: str) -> str:
        return f"{self._data.root}/{below}"

    def _hash_later(self, execution: Execution, waiting: list[tuple[int, Status]]) -> Generator[None]:
        """Hash, and write the row again."""
        rows = list(execution.rows)
        for index, file in waiting:
            for found in self._hashes.steps(self._path(rows[index].path), file):
                if found is not None:
                    rows[index] = replace(rows[index], hash=found.text, complete=found.complete)
                yield
        execution.rows = tuple(rows)
        self._put_again(execution)

    def _write_later(self, execution: Execution) -> Generator[None]:
        """Write what was logged after the end."""
        execution.waits = False
        self._put_again(execution)
        yield

    def _put_again(self, execution: Execution) -> None:
        # the trace is the tracer's to write
        self._put(replace(execution.row, trace=None, captured=self._captured(execution)))

    # --- explicit calls

    def log_metric(self, name: str, value: Number, step: int | None) -> bool:
        """A number that the user's code logs; False where nothing is recorded now."""
        return self._log(lambda execution: execution.collected.add(name, value, "logged", step))

    def log_param(self, row: ParameterRow) -> bool:
        """A parameter that the user's code logs."""

        def add(execution: Execution) -> None:
            execution.collected.logged[row.name] = row

        return self._log(add)

    def log_file(self, path: str) -> bool:
        """A file that the user's code logs."""

        def add(execution: Execution) -> None:
            execution.files.logged(path)
            if execution.ended:
                with self._executions.quiet():
                    self._look_at_files(execution)

        return self._log(add)

    def _log(self, add: Callable[[Execution], object]) -> bool:
        """What is logged is written now and then: in a long cell, and after its end."""
        execution = self._executions.now_or_last()
        if execution is None:
            return False
        try:
            add(execution)
            if monotonic() - execution.written > _SECONDS_BETWEEN_WRITES:
                execution.written = monotonic()
                self._put_again(execution)
            elif execution.ended and not execution.waits:
                execution.waits = True
                self._later(self._write_later(execution))
        except Exception as fault:  # noqa: BLE001  (a fault of ours is none of the user's code)
            self.report_fault(fault)
        return True


def _searched(collected: Collected, search: object, about: Fit) -> None:
    name = about.name or type(search).__name__
    for key, step, found, best in scoring.search_results(search, name):
        curve = collected.add(key, found, "score", step)
        if best and curve is not None:
            curve.stand(step)
