"""What all documents have in common."""

from __future__ import annotations

import msgspec

FORMAT = 1


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A value that crosses a boundary: immutable, with named fields only."""
