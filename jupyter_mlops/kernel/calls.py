"""Sees the calls that a notebook itself makes of `fit`, `predict` and their kin.

One AST transformer rewrites only such calls. `model.fit(X, y)` in a cell becomes

    H((7, "result", H((7, "self", model)).fit(H((7, "rows and more", X)), y)))

with `H` spelled `__mlops__`: a callable that returns the last item of its tuple and notes the rest. So no frame
of ours is on the stack when the user's code raises, and order, `await` and positions stay as they were. The
hook pickles to `operator.itemgetter(-1)`, which does the same without us, since functions of a notebook travel
to worker processes; in a forked child it notes nothing. Bodies of decorated functions stay as they are: numba
and its kin compile them.

Calls by name of the functions that become endpoints are seen too, argument by argument: `price(a, km=b)` becomes

    H((8, "result", H((8, "self", price))(H((8, 0, a)), km=H((8, "=km", b)))))

A call with `*` or `**` is not seen.
"""

from __future__ import annotations

import ast
import operator
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

HOOK = "__mlops__"

FIT_METHODS = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit", "conformalize", "fit_conformalize"})
ANSWER_METHODS = frozenset({"predict", "predict_proba", "decision_function", "transform"})
WATCHED = FIT_METHODS | ANSWER_METHODS

# A call that raised leaves its entry behind; more than this many are forgotten together.
_MOST_PENDING = 1000


@dataclass
class Call:
    """One call under way: its site, method, receiver and what the listener kept of its first argument, and whether
    that is its only one.

    Of a function's call `receiver` is the function, `given` its arguments by position or name, and `kept` what the
    listener made of them.
    """

    site: int
    method: str
    receiver: object
    kept: Any = None
    alone: bool = True
    given: dict[int | str, object] = field(default_factory=dict[int | str, object])


class CallTransformer(ast.NodeTransformer):
    """Wraps watched calls of a cell. Sites are numbered over the whole life of the kernel.

    `functions` are the names that are watched as functions; `arguments` has, for each site of theirs, how many
    arguments it passes.
    """

    def __init__(self, functions: Iterable[str] = ()) -> None:
        self.methods: dict[int, str] = {}
        self.functions = frozenset(functions)
        self.arguments: dict[int, int] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node if node.decorator_list else self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node if node.decorator_list else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self.functions:
            return self._function_call(node, node.func)
        if not (isinstance(node.func, ast.Attribute) and node.func.attr in WATCHED):
            return node
        site = len(self.methods)
        self.methods[site] = node.func.attr
        node.func.value = _noted(site, "self", node.func.value)
        first = node.args[0] if node.args else None
        slot = "rows" if len(node.args) + len(node.keywords) == 1 else "rows and more"
        if first is not None and not isinstance(first, ast.Starred):
            node.args[0] = _noted(site, slot, first)
        for keyword in node.keywords:
            if first is None and keyword.arg == "X":
                keyword.value = _noted(site, slot, keyword.value)
        return _noted(site, "result", node)

    def _function_call(self, node: ast.Call, function: ast.Name) -> ast.expr:
        unpacked = any(isinstance(each, ast.Starred) for each in node.args) or any(not k.arg for k in node.keywords)
        if unpacked:
            return node
        site = len(self.methods)
        self.methods[site] = function.id
        self.arguments[site] = len(node.args) + len(node.keywords)
        node.func = _noted(site, "self", function)
        node.args = [_noted(site, position, value) for position, value in enumerate(node.args)]
        for keyword in node.keywords:
            keyword.value = _noted(site, f"={keyword.arg}", keyword.value)
        return _noted(site, "result", node)


def _noted(site: int, slot: str | int, value: ast.expr) -> ast.expr:
    note = ast.Tuple(elts=[ast.Constant(site), ast.Constant(slot), value], ctx=ast.Load())
    wrapped = ast.Call(func=ast.Name(id=HOOK, ctx=ast.Load()), args=[note], keywords=[])
    for part in (wrapped, wrapped.func, note, *note.elts[:2]):
        ast.copy_location(part, value)
    return wrapped


def _nothing(*_: object) -> None:
    """What is done about functions where none is watched."""


class _Pending(threading.local):
    def __init__(self) -> None:
        self.calls: list[Call] = []


@dataclass
class Hook:
    """The object behind `__mlops__`.

    `keep_rows(receiver, method, rows)` is asked before the call and `finished(call, result)` after it; of calls of
    functions `keep_arguments(call)` and `answered(call, result)`.
    """

    methods: dict[int, str]
    keep_rows: Callable[[object, str, object], Any]
    finished: Callable[[Call, object], None]
    report_fault: Callable[[BaseException], None]
    arguments: dict[int, int] = field(default_factory=dict[int, int])
    keep_arguments: Callable[[Call], Any] = _nothing
    answered: Callable[[Call, object], None] = _nothing
    _process: int = field(default_factory=os.getpid)
    _pending: _Pending = field(default_factory=_Pending)

    def __call__(self, note: tuple[int, str | int, Any]) -> Any:
        site, slot, value = note
        if os.getpid() == self._process:
            try:
                self._note(site, slot, value)
            except Exception as fault:  # noqa: BLE001  (the user's cell must not see a fault of ours)
                self.report_fault(fault)
        return value

    def _note(self, site: int, slot: str | int, value: object) -> None:
        calls = self._pending.calls
        if slot == "self":
            if len(calls) > _MOST_PENDING:
                calls.clear()
            calls.append(Call(site, self.methods[site], value))
            if self.arguments.get(site) == 0:
                calls[-1].kept = self.keep_arguments(calls[-1])
            return
        position = next((i for i in range(len(calls) - 1, -1, -1) if calls[i].site == site), None)
        if position is None:
            return
        call = calls[position]
        if slot in ("rows", "rows and more"):
            call.alone = slot == "rows"
            call.kept = self.keep_rows(call.receiver, call.method, value)
        elif slot == "result":
            del calls[position:]
            (self.answered if site in self.arguments else self.finished)(call, value)
        else:
            call.given[slot if isinstance(slot, int) else slot[1:]] = value
            if len(call.given) == self.arguments[site]:
                # all are there, and the function has not had the time to change them
                call.kept = self.keep_arguments(call)

    def __reduce__(self) -> tuple[Any, ...]:
        return operator.itemgetter, (-1,)
