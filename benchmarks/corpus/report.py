"""The figures: how many count, the share exported and proved, and the reasons for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .eligibility import Eligibility
from .exports import CRASHES, Outcome


def share(outcomes: Sequence[Outcome]) -> float:
    """The part that was exported and proved; 0 where nothing counted."""
    return sum(not each.code for each in outcomes) / len(outcomes) if outcomes else 0.0


def report(total: int, tried: Sequence[Eligibility], outcomes: Sequence[Outcome]) -> str:
    """All that is printed at the end."""
    proved = [each for each in outcomes if not each.code]
    crashes = [each for each in outcomes if each.code in CRASHES]
    lines = [
        f"{total} notebooks, {len(tried)} tried, {len(outcomes)} eligible",
        f"exported and proved: {len(proved)} of {len(outcomes)}, {share(outcomes):.1%}"
        f" ({sum(each.model is not None for each in proved)} by --model, {sum(each.weak for each in proved)} weak)",
    ]
    for code, count in Counter(each.code for each in outcomes if each.code).most_common():
        first = next(each for each in outcomes if each.code == code)
        lines += ["", f"{count:4} {code}   {first.notebook}", f"     {first.message}", f"     fix: {first.fix or '-'}"]
    lines += ["", f"crashes: {len(crashes)}", *(f"     {each.notebook}: {each.message}" for each in crashes)]
    lines += ["", "not eligible:"]
    kinds = Counter(_kind(each.reason) for each in tried if not each.eligible)
    lines += [f"{count:4} {kind}" for kind, count in kinds.most_common()]
    return "\n".join(lines)


def _kind(reason: str) -> str:
    """A reason without what differs from notebook to notebook: of an exception only its class.

    >>> _kind("ModuleNotFoundError: No module named 'torch'")
    'ModuleNotFoundError'
    """
    head = reason.partition(":")[0]
    return head if head.isidentifier() else reason[:80]
