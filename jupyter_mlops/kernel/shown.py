"""The digest of what a cell showed, without addresses and the like, so that equal outputs of two runs are equal.

IPython 9 keeps what a cell printed and what its last expression gave; what was displayed besides is heard by a hook of
the kernel's publisher. Where neither is there (older IPython, cells that await) nobody saw the outputs: None, except of
cells whose code has nothing that shows.
"""

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

from jupyter_mlops.kernel.values.digests import of_bytes, text_of

_VARYING = re.compile(
    r"0x[0-9a-fA-F]{6,}|sk-container-id-\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|ipykernel_\d+/\d+\.py|\bid=\"[^\"]*\""
)
_LARGEST = 2_000_000


class Shown:
    """Listens to what one shell displays, from `begin` to `digest`."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._displayed: list[str] = []
        self._rich = False
        self._publisher: Any = getattr(shell, "display_pub", None)
        self._listens = hasattr(self._publisher, "register_hook")
        if self._listens:
            self._publisher.register_hook(self._hear)

    def close(self) -> None:
        """Listen no more."""
        if self._listens:
            self._publisher.unregister_hook(self._hear)

    def begin(self) -> None:
        """A cell begins."""
        self._displayed.clear()
        self._rich = False

    @property
    def rich(self) -> bool:
        """Whether something else than text was displayed since the last cell began."""
        return self._rich

    def _hear(self, message: Any) -> Any:
        # the message is the user's to get, whatever becomes of this
        with suppress(KeyError, TypeError, AttributeError):
            data = message["content"].get("data")
            if data is not None:
                self._rich = True
                self._displayed.append(_text(data))
        return message

    def digest(self, count: int | None, quiet: bool = False) -> str | None:
        """What the cell with this number showed; None where that is not known. `quiet` says that it has no code to
        show something."""
        outputs = getattr(self._shell.history_manager, "outputs", {} if quiet else None)
        if outputs is None or count is None:
            return None
        parts: dict[str, list[str]] = {}
        for output in outputs.get(count, ()):
            if output.output_type == "display_data" and self._listens:
                continue
            if output.output_type == "execute_result":
                self._rich = self._rich or set(output.bundle) - {"text/plain"} != set()
            parts.setdefault(output.output_type, []).append(_text(output.bundle))
        text = json.dumps([{kind: "".join(each) for kind, each in sorted(parts.items())}, self._displayed])
        return text_of(of_bytes(text.encode("utf-8", "surrogatepass")))


def _text(bundle: Any) -> str:
    """A bundle as text; of what is large its size and both ends."""
    stream = bundle.get("stream")
    text = "".join(stream) if isinstance(stream, list) else json.dumps(bundle, sort_keys=True, default=str)
    if len(text) > _LARGEST:
        text = f"{len(text)} {text[: _LARGEST // 2]} {text[-_LARGEST // 2 :]}"
    return _VARYING.sub("", text)
