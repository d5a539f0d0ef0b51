"""What a comparison is given, and what it says of two things that differ."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_mlops.documents import DifferenceKind
from jupyter_mlops.running.comparing.clocks import Span

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Terms:
    """`tolerance` is relative, `span` the time of the clean run where that is known."""

    tolerance: float = TOLERANCE
    span: Span | None = None

    @property
    def nothing(self) -> float:
        """The absolute difference that counts as none: 1e-12 with the usual tolerance."""
        return self.tolerance * 1e-6


@dataclass(frozen=True)
class Unlike:
    """How two outputs differ: in a word, in a sentence, as two short texts, and line by line."""

    kind: DifferenceKind
    message: str
    saved: str | None = None
    now: str | None = None
    diff: tuple[str, ...] = ()
