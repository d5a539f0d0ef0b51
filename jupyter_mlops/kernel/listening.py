"""What an export hears of a run: the rows that models are given, and the calls of the functions that it serves."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from jupyter_mlops.kernel.calls import ANSWER_METHODS, FIT_METHODS, Call, Wish
from jupyter_mlops.kernel.examples import CallLog, Kept
from jupyter_mlops.kernel.functions import FunctionLog, Given
from jupyter_mlops.kernel.wrapping import arguments_of, calls_in

_METHODS = FIT_METHODS | ANSWER_METHODS


class RowsListener:
    """Calls of `fit`, `predict` and their kin by a dot, with their first argument."""

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self.report_fault = log.report_fault

    def wishes(self, tree: ast.AST) -> Iterator[Wish]:
        for node in calls_in(tree):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
                yield Wish(node, self, arguments_of(node, [0] if node.args else ["X"]))

    def called(self, call: Call) -> Kept | None:
        return self._log.keep_rows(call.receiver, call.method, next(iter(call.given.values()))) if call.given else None

    def returned(self, call: Call, result: object) -> None:
        self._log.finished(call, result)

    def reached(self, about: object, value: object) -> None:
        """It wishes for calls only."""


class FunctionsListener:
    """Calls by name of functions that become endpoints, with all arguments. A call with `*` or `**` is not heard."""

    def __init__(self, functions: Iterable[str], seen: FunctionLog, log: CallLog) -> None:
        self._functions = frozenset(functions)
        self._seen = seen
        self.report_fault = log.report_fault

    def wishes(self, tree: ast.AST) -> Iterator[Wish]:
        if not self._functions:
            return
        for node in calls_in(tree):
            if isinstance(node.func, ast.Name) and node.func.id in self._functions:
                wanted = [*range(len(node.args)), *(keyword.arg or "" for keyword in node.keywords)]
                if len(arguments_of(node, wanted)) == len(wanted) and "" not in wanted:
                    yield Wish(node, self, tuple(wanted))

    def called(self, call: Call) -> Given | None:
        return self._seen.keep_arguments(call)

    def returned(self, call: Call, result: object) -> None:
        self._seen.answered(call, result)

    def reached(self, about: object, value: object) -> None:
        """It wishes for calls only."""
