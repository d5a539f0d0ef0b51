"""Work that waits until the kernel has nothing to do.

    idle.add(hash_of("big.csv"))      a generator: it yields often, and each step takes well under a millisecond
    … the reply goes out …            it runs in slices of 2 ms on the kernel's own loop
    idle.pause()                      a cell begins: nothing runs, and what was `about_now` is given up
    idle.resume()                     the cell has ended

Outside of a kernel there is no loop, and work is done only at the end of the session.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from os import getpid
from time import perf_counter

_SLICE_SECONDS = 0.002
# the reply is sent first
_FIRST_SECONDS = 0.02
_NEXT_SECONDS = 0.001


@dataclass
class _Task:
    steps: Generator[None]
    about_now: bool


class IdleWork:
    """The tasks of one session. What a task raises is reported, and it is over."""

    def __init__(self, report: Callable[[BaseException], None]) -> None:
        self._report = report
        self._tasks: deque[_Task] = deque()
        self._handle: asyncio.TimerHandle | None = None
        self._paused = False
        self._process = getpid()

    def add(self, steps: Generator[None], *, about_now: bool = False) -> None:
        """Do this when there is time; `about_now` for what is true only until the next cell begins."""
        self._tasks.append(_Task(steps, about_now))
        self._plan(_FIRST_SECONDS)

    def pause(self) -> None:
        """A cell begins."""
        self._paused = True
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if any(task.about_now for task in self._tasks):
            self._tasks = deque(task for task in self._tasks if not task.about_now)

    def resume(self) -> None:
        """The cell has ended."""
        self._paused = False
        self._plan(_FIRST_SECONDS)

    def finish(self, seconds: float) -> None:
        """Do what is left, for at most so many seconds."""
        self.pause()
        end = perf_counter() + seconds
        while self._tasks and perf_counter() < end:
            self._step()
        self._tasks.clear()

    def _plan(self, seconds: float) -> None:
        if self._tasks and self._handle is None and not self._paused:
            with suppress(RuntimeError):
                self._handle = asyncio.get_running_loop().call_later(seconds, self._slice)

    def _slice(self) -> None:
        self._handle = None
        if getpid() != self._process:
            return
        end = perf_counter() + _SLICE_SECONDS
        while self._tasks and perf_counter() < end:
            self._step()
        self._plan(_NEXT_SECONDS)

    def _step(self) -> None:
        task = self._tasks[0]
        try:
            next(task.steps)
        except StopIteration:
            self._tasks.popleft()
        except Exception as fault:  # noqa: BLE001  (asyncio would print it)
            self._tasks.popleft()
            self._report(fault)
