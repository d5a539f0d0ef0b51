"""Interrupts that come at a bad moment."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager

from jupyter_core.utils import ensure_event_loop


def cancel_pending() -> None:
    """End the task that an interrupt hit, and that waits for a kernel that is about to go."""
    loop = ensure_event_loop()
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))


@contextmanager
def interrupts_held() -> Generator[None]:
    """A second Ctrl-C must not leave the kernel to nobody, and a first one must not be lost: it counts when the block
    has ended, which takes seconds at most."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, lambda number, _: held.append(number)) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
        if held:
            signal.raise_signal(held[0])
