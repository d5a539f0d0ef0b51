"""Plots of a metric as Vega-Lite, which the notebook's front end draws in its own theme.

over_time(…)    a point for each execution or clean run, with the best so far as a dashed line
by_step(…)      a line for each of the newest that logged the metric by steps
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from jupyter_mlops.documents import Better, Execution, IndexedRun
from jupyter_mlops.tracking.curves import Point
from jupyter_mlops.tracking.values import scalar

MIME = "application/vnd.vegalite.v5+json"
MOST_LINES = 6

_COLOURS = ["#f57c00", "#2196f3", "#26a69a", "#ab47bc", "#8d6e63", "#789262"]
_DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 4], [1, 3]]
_GREY = "#8a8a8a"
_FRAME: dict[str, Any] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "width": 640,
    "height": 240,
    "autosize": {"type": "fit", "contains": "padding"},
    # colours of text and ground are left to the front end's theme
    "config": {
        "background": None,
        "font": "system-ui, sans-serif",
        "axis": {
            "labelFontSize": 11,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "gridOpacity": 0.25,
            "domainOpacity": 0.5,
            "tickOpacity": 0.5,
        },
        "legend": {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"},
        "view": {"stroke": None},
    },
}


def over_time(metric: str, items: Sequence[Execution | IndexedRun], better: Better | None) -> dict[str, Any] | None:
    """A metric over the order of executions and runs; None where none of them has a finite value of it."""
    values = [
        {
            "run": str(item.id),
            "started": item.started,
            "value": found.value,
            "kind": "clean run" if isinstance(item, IndexedRun) else "cell",
        }
        for item in sorted(items, key=lambda item: item.started)
        if (found := item.metrics.get(metric)) is not None and found.value is not None and isfinite(found.value)
    ]
    if not values:
        return None
    y = {"type": "quantitative", "scale": {"zero": False, "padding": 10}, "axis": {"format": "~g", "tickCount": 5}}
    points = {
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": {
            "y": {**y, "field": "value", "title": metric},
            "color": _told_by("kind", ["cell", "clean run"], [_GREY, _COLOURS[1]]),
            "shape": _told_by("kind", ["cell", "clean run"], ["circle", "square"]),
            "tooltip": [{"field": "run"}, {"field": "started"}, {"field": "value", "title": metric}],
        },
    }
    best = {
        "transform": [
            {
                "sort": [{"field": "at"}],
                "window": [{"op": "max" if better == "higher" else "min", "field": "value", "as": "best so far"}],
                "frame": [None, 0],
            }
        ],
        "mark": {"type": "line", "interpolate": "step-after", "color": _GREY, "strokeDash": [4, 3]},
        "encoding": {"y": {**y, "field": "best so far", "title": f"{metric} (dashed: best so far)"}},
    }
    return {
        **_FRAME,
        "description": f"{metric} over the order of runs",
        "data": {"name": "runs", "values": [{"at": at, **value} for at, value in enumerate(values, start=1)]},
        "encoding": {
            "x": {
                "field": "at",
                "type": "quantitative",
                "title": "order of runs",
                "axis": {"tickMinStep": 1, "format": "d"},
                "scale": {"nice": False, "padding": 18},
            }
        },
        "layer": [points] if better is None else [best, points],
    }


def by_step(metric: str, points: Sequence[Point]) -> dict[str, Any] | None:
    """A metric by step, a line for each of the first items that have two steps; None where none has."""
    lines: dict[str, list[dict[str, Any]]] = {}
    for point in points:
        value = scalar("float", point.text)
        if point.name == metric and point.step is not None and isinstance(value, float) and isfinite(value):
            run = str(point.item.id)
            lines.setdefault(run, []).append({"run": run, "step": point.step, "value": value})
    drawn = [run for run, values in lines.items() if len(values) > 1][:MOST_LINES]
    if not drawn:
        return None
    return {
        **_FRAME,
        "description": f"{metric} by step, one line a run",
        "data": {"name": "steps", "values": [value for run in drawn for value in lines[run]]},
        "mark": {"type": "line", "strokeWidth": 2, "tooltip": True},
        "encoding": {
            "x": {"field": "step", "type": "quantitative"},
            "y": {"field": "value", "type": "quantitative", "scale": {"zero": False}, "title": metric},
            "color": _told_by("run", drawn, _COLOURS),
            "strokeDash": _told_by("run", drawn, _DASHES),
        },
    }


def _told_by(field: str, domain: Sequence[str], look: Sequence[Any]) -> dict[str, Any]:
    """Rows told apart by one more look than their colour."""
    scale = {"domain": list(domain), "range": list(look[: len(domain)])}
    return {"field": field, "type": "nominal", "title": field, "scale": scale}
