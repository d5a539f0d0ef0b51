"""Kernels of clean runs: ready at the first sign, gone at once, and never left behind.

What stock jupyter_client waits for by the clock is waited for by its event here:

- Ready: the kernel has answered our `kernel_info` request, and something came over IOPub that proves the
  subscription: `iopub_welcome` (ipykernel 7, JEP 65) or a status of that very request. Where neither comes, the
  request is repeated, as the stock client does; the stock client then listens for 0.2 s more.
- Gone: a pidfd becomes readable when the process ends (Linux 5.3); elsewhere the process is polled.
- Left behind: a kernel whose runner is killed is killed by the system (`PR_SET_PDEATHSIG`, Linux); elsewhere
  ipykernel looks for its parent once a second.
- ipykernel 7 stops the thread that sends its output while another one flushes to it, and then hangs for seconds in
  one of a few exits; `PREPARATION` has the second one end first.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from queue import Empty
from typing import Any

import zmq
from jupyter_client.manager import AsyncKernelManager

_PR_SET_PDEATHSIG = 1
_RECONNECT_MILLISECONDS = 5
_PROOF_SECONDS = 0.2

# Runs in the kernel before its first cell and leaves no name there. At exit, callbacks run last in first out. The sleep
# of half a millisecond after each cell is for clients that do not wait for its status over IOPub.
PREPARATION = '''exec("""
import atexit, sys
if "ipykernel.kernelapp" in sys.modules and sys.modules["ipykernel.kernelapp"].IPKernelApp.initialized():
    app = sys.modules["ipykernel.kernelapp"].IPKernelApp.instance()
    app.kernel._execute_sleep = 0
    thread = getattr(app, "control_thread", None)
    if thread is not None:
        atexit.register(lambda: (thread.stop(), thread.join(1)))
""", {})'''


class CleanKernelManager(AsyncKernelManager):
    """Starts one kernel that cannot outlive this process, and sees its end at once.

    `ended` is set when the kernel's process has ended; it is None where the system cannot tell.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.ended: asyncio.Event | None = None
        self._descriptor: int | None = None

    async def _async_start_kernel(self, **options: Any) -> None:
        self.context.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MILLISECONDS)
        if hasattr(self, "transport_encryption"):
            # the kernel warns on every start where it talks over TCP in the clear
            self.transport_encryption = "auto"
        if sys.platform == "linux" and self._is_local():
            options["preexec_fn"] = _dies_with(os.getpid())
        await super()._async_start_kernel(**options)
        self._watch(getattr(self.provisioner, "pid", None))

    start_kernel = _async_start_kernel  # pyright: ignore[reportAssignmentType]

    def _is_local(self) -> bool:
        """Whether jupyter_client itself starts the process, and not a provisioner for other machines."""
        metadata: dict[str, Any] = getattr(self.kernel_spec, "metadata", {})
        provisioner: dict[str, Any] = metadata.get("kernel_provisioner", {})
        return provisioner.get("provisioner_name", "local-provisioner") == "local-provisioner"

    def _watch(self, pid: int | None) -> None:
        if pid is None or not hasattr(os, "pidfd_open"):
            return
        try:
            self._descriptor = os.pidfd_open(pid)
        except OSError:  # an old system, or a sandbox without the call: the process is polled
            return
        self.ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._descriptor, self._end)

    def _end(self) -> None:
        if self.ended is not None:
            self.ended.set()
        self._unwatch()

    def _unwatch(self) -> None:
        if self._descriptor is not None:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    async def _async_wait(self, pollinterval: float = 0.1) -> None:
        if self.ended is None:
            await super()._async_wait(pollinterval)
        else:
            await self.ended.wait()

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        self._unwatch()
        await super()._async_cleanup_resources(restart)

    cleanup_resources = _async_cleanup_resources  # pyright: ignore[reportAssignmentType]


def _dies_with(parent: int) -> Callable[[], None]:
    """What the child does before it becomes the kernel. The library is loaded here: a fork should do little."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


async def ready(client: Any, is_alive: Callable[[], Awaitable[bool]], timeout: float) -> dict[str, Any]:
    """Wait until the kernel answers and what it sends over IOPub arrives; returns what it says of itself.

    Raises RuntimeError where it died or `timeout` seconds have passed.
    """
    deadline = time.monotonic() + timeout
    while True:
        request = client.kernel_info()
        reply = await _answer(client, request, is_alive, deadline)
        client._handle_kernel_info_reply(reply)
        if await _heard(client, request):
            return reply["content"]
        if time.monotonic() > deadline:
            raise RuntimeError(f"the kernel sends no output within {timeout:g} s")


async def _answer(
    client: Any, request: str, is_alive: Callable[[], Awaitable[bool]], deadline: float
) -> dict[str, Any]:
    while True:
        try:
            message = await client.shell_channel.get_msg(timeout=1)
        except Empty:
            if not await is_alive():
                raise RuntimeError("the kernel died before it answered") from None
            if time.monotonic() > deadline:
                raise RuntimeError("the kernel did not answer in time") from None
            continue
        if message["parent_header"].get("msg_id") == request:
            return message


async def _heard(client: Any, request: str) -> bool:
    """Whether a sign of the subscription came over IOPub."""
    deadline = time.monotonic() + _PROOF_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        try:
            message = await client.iopub_channel.get_msg(timeout=left)
        except Empty:
            return False
        if message["msg_type"] == "iopub_welcome" or message["parent_header"].get("msg_id") == request:
            return True
    return False
