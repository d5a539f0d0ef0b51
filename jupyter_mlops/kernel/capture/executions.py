"""Which execution something belongs to that happens now.

cell A, in the main thread            A
  a thread that A started             A, while A is open
  get_ipython().run_cell(B)           B until its end, then A again
a callback between the cells          the last one that ended, of what is logged; else none
a forked child                        none
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from jupyter_mlops.kernel.capture.collected import Collected
from jupyter_mlops.kernel.capture.files import Data, Files
from jupyter_mlops.kernel.record import ExecutionRow, FileRow


@dataclass(eq=False)
class Execution:
    """What is gathered of one execution. `bound` are names that its code binds at the top, `rows` its files at its end;
    `written` is when what was logged in it was last written, `waits` whether it will be once more."""

    row: ExecutionRow
    files: Files
    collected: Collected = field(default_factory=Collected)
    bound: dict[str, None] = field(default_factory=dict[str, None])
    ended: bool = False
    rows: tuple[FileRow, ...] = ()
    written: float = -math.inf
    waits: bool = False


class _Here(threading.local):
    """What is open in a thread; `quiet` while we open files ourselves."""

    def __init__(self) -> None:
        self.stack: list[Execution] = []
        self.quiet = False


class Executions:
    """Those that are open now."""

    def __init__(self, data: Data) -> None:
        self.last: Execution | None = None
        self._data = data
        self._process = os.getpid()
        self._here = _Here()
        self._open: list[Execution] = []
        # those of the kernel itself
        self._foreign = {thread.ident for thread in threading.enumerate()} - {threading.main_thread().ident}

    def begin(self, row: ExecutionRow) -> None:
        """An execution is about to run in this thread."""
        if row.depth == 0:
            # what is left there had no end
            self._drop(0)
        made = Execution(row, Files(self._data))
        self._here.stack.append(made)
        self._open.append(made)

    def end(self, row: ExecutionRow) -> Execution | None:
        """The execution that has ended, with the row as it is now."""
        stack = self._here.stack
        for index in range(len(stack) - 1, -1, -1):
            if stack[index].row.seq == row.seq:
                ended = stack[index]
                self._drop(index)
                ended.row = row
                ended.ended = True
                ended.written = -math.inf
                if row.depth == 0:
                    self.last = ended
                return ended
        return None

    def _drop(self, index: int) -> None:
        gone = self._here.stack[index:]
        del self._here.stack[index:]
        if gone:
            self._open = [each for each in self._open if each not in gone]

    def now(self) -> Execution | None:
        """The execution that the present thread works for."""
        here = self._here
        if here.quiet or os.getpid() != self._process:
            return None
        if here.stack:
            return here.stack[-1]
        if self._open and threading.get_ident() not in self._foreign:
            return self._open[-1]
        return None

    def now_or_last(self) -> Execution | None:
        """That, or else the one that ended last."""
        return self.now() or (self.last if os.getpid() == self._process else None)

    @contextmanager
    def quiet(self) -> Generator[None]:
        """What happens in this thread meanwhile is our own doing."""
        before, self._here.quiet = self._here.quiet, True
        try:
            yield
        finally:
            self._here.quiet = before

    def clear(self) -> None:
        """Nothing is open any more."""
        self._open.clear()
        self._here.stack.clear()
        self.last = None
