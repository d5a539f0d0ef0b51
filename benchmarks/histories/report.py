"""What is printed and kept of a run: the shares by kind, every miss and false alarm, and one history in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from .replay import Replayed
from .scoring import ALL, CERTAIN, Scored, after_clean_runs, false_alarms, misses, nothing_to_say, tally
from .steps import History, told

WORDS = {"certain": CERTAIN, "all": ALL, "decided": ALL}


def _tallies(cells: Sequence[Scored]) -> dict[str, dict[str, Any]]:
    chosen = {"decided": after_clean_runs(cells)}
    return {name: tally(chosen.get(name, cells), words).document() for name, words in WORDS.items()}


def document(cells: Sequence[Scored]) -> dict[str, Any]:
    """What is kept of the scored cells."""
    by_history = [list(group) for _, group in groupby(cells, key=lambda cell: cell.history)]
    quiet = [group for group in by_history if nothing_to_say(group)]
    clean = [cell for cell in cells if cell.kind == "clean"]
    return {
        "histories": len(by_history),
        "cells": len(cells),
        "left_out": sum(cell.truth == "left-out" for cell in cells),
        "vary": sum(cell.truth == "varies" for cell in cells),
        "clock": sum(cell.truth == "clock" for cell in cells),
        "total": _tallies(cells),
        "defended_as": dict(
            Counter(cell.truth for cell in cells if cell.flagged(CERTAIN) and cell.defensible(CERTAIN))
        ),
        "kinds": {kind: _tallies(chosen) for kind, chosen in by_kind(cells).items()},
        "clean_histories": len({cell.history for cell in clean}),
        "flags_on_clean_histories": sum(
            cell.flagged(ALL) for cell in clean if cell.truth not in ("varies", "clock", "chance", "left-out")
        ),
        "histories_with_nothing_to_say": len(quiet),
        "of_these_flagged": sum(any(cell.flagged(ALL) for cell in group) for group in quiet),
        "misses": [_kept(cell) for cell in misses(cells, ALL)],
        "false_alarms": [_kept(cell) for cell in false_alarms(cells, ALL)],
    }


def by_kind(cells: Sequence[Scored]) -> dict[str, list[Scored]]:
    """The cells of each kind, in the order in which the kinds come."""
    kinds = dict[str, list[Scored]]()
    for cell in cells:
        kinds.setdefault(cell.kind, []).append(cell)
    return kinds


def _kept(cell: Scored) -> dict[str, Any]:
    return {
        "history": cell.history,
        "cell": cell.cell,
        "truth": cell.truth,
        "why": cell.why[:200],
        "said": list(cell.words),
        "source": cell.source[:200],
    }


def text(cells: Sequence[Scored]) -> str:
    """The table, and the list of what went wrong."""
    kept = document(cells)
    head = (
        f"{'kind':14}{'needed':>7}{'recall':>8}{'flagged':>9}{'defens.':>8}{'false':>6}{'precision':>10}{'strict':>8}"
    )
    lines = list[str]()
    for name, words in WORDS.items():
        after = ", after two clean runs where not-repeatable was said" if name == "decided" else ""
        lines += ["", f"{name} ({', '.join(sorted(words))}{after})", head]
        for kind, each in [*kept["kinds"].items(), ("total", kept["total"])]:
            one = each[name]
            lines.append(
                f"{kind:14}{one['needed']:7}{_share(one['recall'])}{one['flagged']:9}{one['defensible']:8}"
                f"{one['false']:6}  {_share(one['precision'])}{_share(one['strict'])}"
            )
    lines += [
        "",
        f"{kept['histories']} histories, {kept['cells']} cells, {kept['left_out']} left out,"
        f" {kept['vary']} vary by chance, {kept['clock']} by the clock",
        f"defended as: {kept['defended_as']}",
        f"clean histories: {kept['clean_histories']}, flags on them: {kept['flags_on_clean_histories']}",
        f"histories with nothing to say: {kept['histories_with_nothing_to_say']},"
        f" of these flagged: {kept['of_these_flagged']}",
        *_listed("misses (certain)", misses(cells, CERTAIN)),
        *_listed("misses (not-repeatable)", [cell for cell in misses(cells, ALL) if cell.truth == "varies"]),
        *_listed("false alarms", false_alarms(cells, ALL)),
        *_listed("misses after clean runs", misses(after_clean_runs(cells), ALL)),
        *_listed("false alarms after clean runs", false_alarms(after_clean_runs(cells), ALL)),
    ]
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return f"{'-' if value is None else format(value, '.3f'):>8}"


def _listed(title: str, cells: Sequence[Scored]) -> Iterator[str]:
    yield f"\n{title}: {len(cells)}"
    for cell in cells:
        said = ", ".join(cell.words) or "nothing"
        yield f"  {cell.history}  {cell.cell}: {cell.truth} ({cell.why[:140]}); said {said}"
        yield from (f"      {line}" for line in cell.source.splitlines()[:6])
        yield from (f"      -> {reason[:200]}" for reason in cell.reasons if not reason.startswith("fresh"))


def shown(history: History, replayed: Replayed, cells: Sequence[Scored]) -> str:
    """One history in full."""
    lines = [history.name, "", "the notebook"]
    for cell in history.cells:
        lines += [f"  [{cell.id}]", *(f"      {line}" for line in cell.source.splitlines())]
    lines += ["", "what happened", *(f"  {step}" for step in told(history)), "", "the document at the end"]
    judged = {cell.cell: cell for cell in cells}
    for cell in replayed.document:
        one = judged.get(cell.id)
        lines += [f"  [{cell.id}]", *(f"      {line}" for line in cell.source.splitlines())]
        if one is not None:
            lines.append(f"      truth {one.truth} {one.why}; said {', '.join(one.words)}")
            lines += [f"        {reason}" for reason in one.reasons]
        for label, ran in (("live ", replayed.live.get(cell.id)), ("fresh", replayed.fresh[0].get(cell.id))):
            outputs = ran.shown.outputs if ran else []
            for output in outputs:
                shown_text = output.get("text") or output.get("evalue") or output.get("data", {}).get("text/plain", "")
                lines.append(f"      {label} {output.output_type}: {shown_text.strip()[:300]}")
    return "\n".join(lines)
