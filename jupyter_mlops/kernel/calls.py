"""The hook through which the values of watched calls pass, and who hears of them.

`model.fit(X, y)` in a cell becomes (`kernel/wrapping.py`)

    H((7, "result", H((7, "self", model)).fit(H((7, 0, X)), y)))

with `H` spelled `__mlops__`: a callable that returns the last item of its tuple and notes the rest. So no frame
of ours is on the stack when the user's code raises, and order, `await` and positions stay as they were. The
hook pickles to `operator.itemgetter(-1)`, which does the same without us, since functions of a notebook travel
to worker processes; in a forked child it notes nothing.

A listener says of each cell's tree what it wishes to hear: of this call its argument 0, of that expression its value.
Several may wish for the same call; it is wrapped once, for the arguments that any of them named.
"""

from __future__ import annotations

import ast
import operator
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from jupyter_mlops.kernel.interrupts import send_again

HOOK = "__mlops__"

FIT_METHODS = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit", "conformalize", "fit_conformalize"})
ANSWER_METHODS = frozenset({"predict", "predict_proba", "decision_function", "transform"})

# A call that raised leaves its entry behind; more than this many are forgotten together.
_MOST_PENDING = 1000
# `player.score()` in a long loop: what was dull so often is not looked at any more
_MOST_DULL = 100


@dataclass
class Call:
    """One call under way, as one listener sees it: its site, the name it is called by, the object before the dot (of a
    call by name the function itself), and what the listener kept before it was made.

    `given` are the arguments that were wished for, by position or name; `alone` tells that the call has one argument
    only, `about` is the wish's. A listener that has no use for it makes it `dull`.
    """

    site: int
    method: str
    receiver: object
    kept: Any = None
    alone: bool = True
    given: dict[int | str, object] = field(default_factory=dict[int | str, object])
    about: Any = None
    dull: bool = False


class Listener(Protocol):
    """Hears of calls. What it raises goes to its own `report_fault`, and the user's code goes on."""

    def wishes(self, tree: ast.AST) -> Iterable[Wish]:
        """What is to be heard of the code that is about to be compiled."""
        ...

    def called(self, call: Call) -> Any:
        """All arguments that were wished for are there, and the call is about to be made; the answer becomes `kept`."""
        ...

    def returned(self, call: Call, result: object) -> None:
        """The call gave its result."""
        ...

    def reached(self, about: Any, value: object) -> None:
        """An expression that was wished for has its value."""
        ...

    def report_fault(self, fault: BaseException, /) -> None:
        """Something of this listener raised."""
        ...


@dataclass(frozen=True, eq=False)
class Wish:
    """What a listener wants to hear: of a call with `arguments`, by position or keyword; else an expression's value.

    A call that has one of these arguments only behind a `*` or `**` is heard without any.
    """

    node: ast.expr
    listener: Listener
    arguments: tuple[int | str, ...] | None = None
    about: Any = None


@dataclass(frozen=True)
class Ear:
    """A wish that was granted: without its node, since sites live as long as the kernel."""

    listener: Listener
    arguments: tuple[int | str, ...] | None
    about: Any


@dataclass
class Site:
    """A wrapped place of the notebook's code, and how many calls of it in a row were dull to all."""

    method: str
    ears: tuple[Ear, ...]
    alone: bool = False
    dull: int = 0


@dataclass
class _Entry:
    """A call under way, with what each of its listeners sees of it."""

    site: int
    calls: list[Call]


class _Pending(threading.local):
    def __init__(self) -> None:
        self.entries: list[_Entry] = []


@dataclass
class Hook:
    """The object behind `__mlops__`. Sites are numbered over the whole life of the kernel."""

    sites: list[Site] = field(default_factory=list[Site])
    _process: int = field(default_factory=os.getpid)
    _pending: _Pending = field(default_factory=_Pending)

    def __call__(self, note: tuple[int, str | int, Any]) -> Any:
        try:
            if self.sites[note[0]].dull <= _MOST_DULL and os.getpid() == self._process:
                self._note(*note)
        except KeyboardInterrupt:
            send_again()
        except Exception:  # noqa: BLE001, S110  (the user's cell must not see a fault of ours; listeners report theirs)
            pass
        return note[2]

    def _note(self, number: int, slot: str | int, value: object) -> None:
        site = self.sites[number]
        entries = self._pending.entries
        if slot == "value":
            for ear in site.ears:
                _told(ear.listener, ear.listener.reached, ear.about, value)
            return
        if slot == "self":
            if len(entries) > _MOST_PENDING:
                entries.clear()
            calls = [Call(number, site.method, value, alone=site.alone, about=ear.about) for ear in site.ears]
            entries.append(_Entry(number, calls))
            for ear, call in zip(site.ears, calls, strict=True):
                if not ear.arguments:
                    call.kept = _told(ear.listener, ear.listener.called, call)
            return
        position = next((i for i in range(len(entries) - 1, -1, -1) if entries[i].site == number), None)
        if position is None:
            return
        calls = entries[position].calls
        if slot == "result":
            del entries[position:]
            for ear, call in zip(site.ears, calls, strict=True):
                _told(ear.listener, ear.listener.returned, call, value)
            site.dull = site.dull + 1 if all(call.dull for call in calls) else 0
            return
        argument = slot if isinstance(slot, int) else slot[1:]
        for ear, call in zip(site.ears, calls, strict=True):
            if ear.arguments and argument in ear.arguments:
                call.given[argument] = value
                if len(call.given) == len(ear.arguments):
                    # all are there, and the callee has not had the time to change them
                    call.kept = _told(ear.listener, ear.listener.called, call)

    def forget(self) -> None:
        """Let go of calls of this thread that raised."""
        self._pending.entries.clear()

    def __reduce__(self) -> tuple[Any, ...]:
        return operator.itemgetter, (-1,)


def _told(listener: Listener, step: Callable[..., Any], *given: Any) -> Any:
    """What a listener answers; a fault of one is no fault of the others."""
    try:
        return step(*given)
    except Exception as fault:  # noqa: BLE001  (as above)
        listener.report_fault(fault)
        return None
