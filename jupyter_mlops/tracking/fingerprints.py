"""When two fingerprints stand for the same value.

    =a1           =a1            the whole value was looked at, and it is the same
    ~s.d          ~s.d           the same sample of a value that was made in the same way
    ~s.d=a1       ~s.d           the same: the second was not looked at whole yet
    ~s.d=a1       ~t.e=a1        the same: both were looked at whole
    ~s.d=a1       =a1            the same
    ~s.d          =a1            not the same, as far as anybody knows
    !1            !1             never the same: nothing is known of such a value

It is no equivalence: `~s.d=a1` and `~s.d=b2` are both equal to `~s.d`, and not to each other.
"""

from __future__ import annotations

UNKNOWABLE = "!"


def equal(one: str, other: str) -> bool:
    """Whether two fingerprints are those of equal values."""
    if one == other:
        return not one.startswith(UNKNOWABLE)
    kinds = {one[:1], other[:1]}
    if not kinds <= {"=", "~"} or kinds == {"="}:
        return False
    made, _, digest = one.rpartition("=") if "=" in one else (one, "", "")
    other_made, _, other_digest = other.rpartition("=") if "=" in other else (other, "", "")
    if digest and other_digest:
        return digest == other_digest
    return kinds == {"~"} and made == other_made
