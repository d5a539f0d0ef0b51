"""Tells pages that something about a notebook changed, so that they ask for it.

a kernel says that it is idle again ─► `changed` for its notebooks
… its recorder writes, and looks at large values while nothing runs …
the store changed ─► `changed` once more, for some seconds
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyter_client.session import Session

from jupyter_mlops.documents import Revision

SCHEMA = "https://jupyter-mlops.invalid/changed"
_WATCHED_SECONDS = 3.0
_STEP_SECONDS = 0.05


class Changes:
    """Counts changes, and emits them as events of the server (`event_schemas/changed.yaml`)."""

    def __init__(self, server: str, emit: Callable[..., None]) -> None:
        self._server = server
        self._emit = emit
        self._count = 0

    def revision(self) -> Revision:
        """The next one: what is answered with it is newer than all before."""
        self._count += 1
        return Revision(server=self._server, count=self._count)

    def tell(self, path: str) -> None:
        """Something about the notebook changed."""
        revision = self.revision()
        self._emit(
            schema_id=SCHEMA,
            data={"path": path, "revision": {"server": revision.server, "count": revision.count}},
        )


class KernelEars:
    """Listens to what kernels say of their state; for those that are elsewhere (a gateway) there is nothing to hear."""

    def __init__(self, kernels: Any, heard: Callable[[str], None]) -> None:
        self._kernels = kernels
        self._heard = heard
        self._streams: dict[str, Any] = {}

    def listen(self, kernel: str) -> None:
        """Listen to a kernel from now on."""
        if kernel in self._streams or kernel not in self._kernels:
            return
        manager = self._kernels.get_kernel(kernel)
        if not hasattr(manager, "connect_iopub"):
            return
        stream = manager.connect_iopub()
        # a session of our own: each takes a message once only
        session = Session(config=manager.session.config, key=manager.session.key)
        stream.on_recv(partial(self._hear, kernel, session))
        self._streams[kernel] = stream

    def _hear(self, kernel: str, session: Any, frames: list[bytes]) -> None:
        try:
            _, parts = session.feed_identities(frames, copy=True)
            message = session.deserialize(parts, content=True, copy=True)
        except ValueError:
            # of another session, or sent twice: none of ours
            return
        if (
            message["msg_type"] == "status"
            and message["content"]["execution_state"] == "idle"
            and message["parent_header"].get("msg_type") == "execute_request"
        ):
            self._heard(kernel)

    def forget_ended(self) -> None:
        """Close the streams of kernels that are no more."""
        for kernel in [each for each in self._streams if each not in self._kernels]:
            self._streams.pop(kernel).close()

    def close(self) -> None:
        """Listen no more."""
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()


class StoreWatch:
    """After a kernel was heard, looks for some seconds whether its project's store changes."""

    def __init__(self, changed: Callable[[Iterable[str]], None]) -> None:
        self._changed = changed
        self._tasks: dict[Path, asyncio.Task[None]] = {}

    def watch(self, store: Path, paths: Iterable[str]) -> None:
        """Tell of the notebooks at `paths` whenever the store changes in the next seconds."""
        running = self._tasks.get(store)
        if running is not None:
            running.cancel()
        self._tasks[store] = asyncio.create_task(self._look(store, list(paths)))

    async def _look(self, store: Path, paths: list[str]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + _WATCHED_SECONDS
        while not store.exists() and loop.time() < end:
            await asyncio.sleep(_STEP_SECONDS)
        with suppress(sqlite3.Error), closing(_connected(store)) as connection:
            known = -1
            while loop.time() < end:
                (version,) = connection.execute("PRAGMA data_version").fetchone()
                if version != known:
                    known = version
                    self._changed(paths)
                await asyncio.sleep(_STEP_SECONDS)

    async def close(self) -> None:
        """Look no more."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


def _connected(store: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(store))}?mode=ro", uri=True)
