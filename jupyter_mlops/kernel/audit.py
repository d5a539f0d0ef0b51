"""The one audit hook of the process.

Python tells it of every event, and an audit hook cannot be taken out again; so there is one, which hands on those
that are about files to whoever listens.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

Listener = Callable[[str, tuple[Any, ...]], None]

_EVENTS = frozenset({"open", "os.rename", "sqlite3.connect"})
_listeners: list[Listener] = []
_hooked: list[bool] = []


def listen(listener: Listener) -> None:
    """Tell of each event from now on. What a listener raises would stop the user's code."""
    _listeners.append(listener)
    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(_hear)


def listen_no_more(listener: Listener) -> None:
    """Tell no more."""
    if listener in _listeners:
        _listeners.remove(listener)


def _hear(event: str, given: tuple[Any, ...]) -> None:
    if event in _EVENTS:
        for listener in _listeners:
            listener(event, given)
