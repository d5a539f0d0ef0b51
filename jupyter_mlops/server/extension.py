"""The extension: what its routes share, from the server's start to its end."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp

from jupyter_mlops.errors import ProjectError
from jupyter_mlops.server.changes import Changes, KernelEars, StoreWatch
from jupyter_mlops.server.open_notebooks import OpenNotebooks
from jupyter_mlops.server.routes import ROUTES
from jupyter_mlops.tracking.access import store_of

_EVENTS = Path(__file__).with_name("event_schemas") / "changed.yaml"


class Extension(ExtensionApp):
    """`jupyter_mlops` in a Jupyter server."""

    name = "jupyter_mlops"

    open: OpenNotebooks
    changes: Changes
    ears: KernelEars
    stores: StoreWatch

    def initialize_settings(self) -> None:
        """Everything that lives as long as the server."""
        server: Any = self.serverapp
        events = server.event_logger
        events.register_event_schema(_EVENTS)
        self.open = OpenNotebooks()
        self.changes = Changes(secrets.token_hex(4), events.emit)
        self.ears = KernelEars(server.kernel_manager, self._heard)
        self.stores = StoreWatch(self._tell)
        self.settings["jupyter_mlops"] = self

    def initialize_handlers(self) -> None:
        """The routes."""
        self.handlers.extend(ROUTES)

    async def stop_extension(self) -> None:
        """The server ends."""
        self.ears.close()
        await self.stores.close()

    def _tell(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.changes.tell(path)

    def _heard(self, kernel: str) -> None:
        """A kernel has executed something; what it records follows."""
        by_store: dict[Path, list[str]] = {}
        for path, file in self.open.of_kernel(kernel).items():
            try:
                store = store_of(file.parent)
            except ProjectError:
                # the page's own question is answered with it
                continue
            by_store.setdefault(store, []).append(path)
        for store, paths in by_store.items():
            self.stores.watch(store, paths)
        self.ears.forget_ended()
