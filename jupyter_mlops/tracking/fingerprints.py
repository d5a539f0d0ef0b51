"""When two fingerprints stand for the same value.

    =a1           =a1            the whole value was looked at, and it is the same
    =a1.s         =a1.s          the same, where the sample of a large value has a digest of its own
    ~s.d          ~s.d           the same sample of a value that was made in the same way
    ~s.d=a1       ~s.d           the same: the second was not looked at whole yet
    ~s.d=a1       ~t.e=a1        the same: both were looked at whole
    ~s.d=a1       =a1.s          the same
    ~s.d          =a1.s          the same, as far as anybody knows: the samples are
    !1            !1             never the same: nothing is known of such a value

It is no equivalence: `~s.d=a1` and `~s.d=b2` are both equal to `~s.d`, and not to each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

UNKNOWABLE = "!"


@dataclass(frozen=True)
class _Look:
    """The digest of a sample, how the value was made where that counts, and that of the whole where it is known."""

    sample: str
    origin: str | None
    whole: str | None


def equal(one: str, other: str) -> bool:
    """Whether two fingerprints are those of equal values."""
    if one == other:
        return not one.startswith(UNKNOWABLE)
    left, right = _look(one), _look(other)
    if left is None or right is None:
        return False
    if left.whole is not None and right.whole is not None:
        return left.whole == right.whole
    same_origin = left.origin is None or right.origin is None or left.origin == right.origin
    return left.sample == right.sample and same_origin


@lru_cache(65_536)
def _look(text: str) -> _Look | None:
    if text.startswith("="):
        whole, _, sample = text[1:].partition(".")
        return _Look(sample or whole, None, whole)
    if text.startswith("~"):
        made, _, whole = text[1:].partition("=")
        sample, _, origin = made.partition(".")
        return _Look(sample, origin, whole or None)
    return None
