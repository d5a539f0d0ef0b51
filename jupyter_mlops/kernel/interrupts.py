"""Interrupts that hit code of ours while the user's cell is meant.

Swallowed where it was raised, so that no frame of ours stands in a traceback, and sent again a moment later.
"""

from __future__ import annotations

import signal
import threading

_LATER_SECONDS = 0.01


def send_again() -> None:
    """Interrupt the main thread in a moment, by a real signal: what `interrupt_main` makes believe does not end a call
    that waits."""
    timer = threading.Timer(_LATER_SECONDS, _interrupt)
    timer.daemon = True
    timer.start()


def _interrupt() -> None:
    identity = threading.main_thread().ident
    if identity is not None:
        signal.pthread_kill(identity, signal.SIGINT)
