"""Kernels as a front end drives them, and what their store holds."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import KernelManager

from jupyter_mlops import unload_ipython_extension

SECONDS = 60
LOAD = "get_ipython().run_line_magic('load_ext', 'jupyter_mlops')"


@dataclass
class Answer:
    """What a front end hears of one request: the reply, and the messages that are shown, in order."""

    reply: dict[str, Any]
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What was printed."""
        return "".join(content["text"] for kind, content in self.messages if kind == "stream")


class Kernel:
    """A stock ipykernel; recorded ones get the extension by a silent request, as JupyterLab's extension does."""

    def __init__(self, folder: Path, *, recorded: bool = True, **environment: str) -> None:
        self.manager = KernelManager()
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, **environment})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)
        if recorded:
            self.run(LOAD, silent=True)

    def send(self, code: str, metadata: dict[str, Any] | None = None, **options: Any) -> str:
        """Ask for a cell without waiting; `metadata` is the request's."""
        self.client.session.metadata = metadata or {}
        try:
            # older kernels refuse for a moment what comes right after an error
            return self.client.execute(code, allow_stdin=False, stop_on_error=False, **options)
        finally:
            self.client.session.metadata = {}

    def run(self, code: str, metadata: dict[str, Any] | None = None, **options: Any) -> Answer:
        """Run a cell to its end, and until the recorder has written it, which it does once the reply is out."""
        answer = self.hear(self.send(code, metadata, **options))
        self.settle()
        return answer

    def settle(self) -> None:
        """Wait until the kernel has done what it does after a reply."""
        self.hear(self.client.kernel_info())

    def hear(self, request: str, until: Callable[[Answer], bool] | None = None) -> Answer:
        """All that comes of a request, to its end or until something has come."""
        answer = Answer({})
        while True:
            message = self.client.get_iopub_msg(timeout=SECONDS)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] != "status":
                answer.messages.append((message["msg_type"], message["content"]))
            if until is not None and until(answer):
                return answer
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        while True:
            message = self.client.get_shell_msg(timeout=SECONDS)
            if message["parent_header"].get("msg_id") == request:
                answer.reply = message["content"]
                return answer

    def kill(self) -> None:
        """`kill -9`."""
        self.manager.shutdown_kernel(now=True)

    def end(self) -> None:
        """As a front end ends a kernel."""
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel()

    def hears_nothing_more(self) -> bool:
        """Whether nothing came over IOPub that no request asked for."""
        try:
            return self.client.get_iopub_msg(timeout=0.2)["msg_type"] == "status"
        except Empty:
            return True


@contextmanager
def shell_in(folder: Path) -> Iterator[InteractiveShell]:
    """An IPython shell without a front end, in a project of its own."""
    (folder / "pyproject.toml").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.delenv("JUPYTER_MLOPS_STORE", raising=False)
        patch.delenv("JPY_SESSION_NAME", raising=False)
        # the profile's folder would be the user's; a history in a file is none of this test
        made = InteractiveShell()
        made.history_manager.enabled = False
        yield made
        unload_ipython_extension(made)


@pytest.fixture(scope="session")
def make_shell() -> Callable[[Path], AbstractContextManager[InteractiveShell]]:
    """`with make_shell(folder) as shell`."""
    return shell_in


@pytest.fixture
def shell(tmp_path) -> Iterator[InteractiveShell]:
    """An IPython shell without a front end, in a project of its own."""
    with shell_in(tmp_path) as made:
        yield made


@pytest.fixture
def start_kernel(tmp_path, monkeypatch) -> Iterator[Callable[..., Kernel]]:
    """Start kernels in a project of their own (`tmp_path`); they end with the test."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("JUPYTER_MLOPS_STORE", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    kernels: list[Kernel] = []

    def start(**options: Any) -> Kernel:
        kernels.append(Kernel(tmp_path, **options))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.end()


@pytest.fixture
def store(tmp_path) -> Path:
    """Where the project's store is."""
    return tmp_path / ".jupyter_mlops" / "store.sqlite"


@pytest.fixture
def rows(store) -> Callable[[], list[dict[str, Any]]]:
    """The executions of the store with their sources and notebooks, in order."""

    def read(path: Path = store) -> list[dict[str, Any]]:
        with sqlite3.connect(path) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute(
                "SELECT execution.*, source.text, notebook.path FROM execution JOIN source ON source.id = source "
                "LEFT JOIN notebook ON notebook.id = notebook ORDER BY session, seq"
            ).fetchall()
        connection.close()
        return [dict(row) for row in found]

    return read


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.fixture(name="wait_until")
def wait_until_fixture() -> Callable[[Callable[[], object]], None]:
    """`wait_until(condition)`."""
    return wait_until
