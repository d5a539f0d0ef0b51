"""Executions and clean runs sorted together, as the store sorts each of them: numbers before texts, nothing last."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.documents import Execution, IndexedRun
from jupyter_mlops.tracking.columns import Column
from jupyter_mlops.tracking.selecting import Order
from jupyter_mlops.tracking.values import Scalar, number, scalar


def ordered(items: Sequence[Execution | IndexedRun], order: Order | None) -> list[Execution | IndexedRun]:
    """The items newest first, or by a column; among equals the newest are where the greatest are."""
    newest = sorted(items, key=lambda item: item.started, reverse=True)
    if order is None:
        return newest
    keyed = [(_key(value_in(item, order.column)), item) for item in newest]
    present = [(key, item.started, item) for key, item in keyed if key is not None]
    present.sort(key=lambda each: each[:2], reverse=order.descending)
    return [item for _, _, item in present] + [item for key, item in keyed if key is None]


def value_in(item: Execution | IndexedRun, column: Column) -> Scalar:
    """What an item has in a column."""
    if column.source == "metric":
        metric = item.metrics.get(column.name)
        return None if metric is None else scalar(metric.type, metric.text)
    if column.source == "parameter":
        parameter = item.parameters.get(column.name)
        return None if parameter is None else scalar(parameter.type, parameter.text)
    match column.name:
        case "kind":
            return "execution" if isinstance(item, Execution) else "run"
        case "cell" | "role":
            return getattr(item, column.name) if isinstance(item, Execution) else None
        case "status":
            return item.status if isinstance(item, Execution) else item.verdict
        case name:
            return getattr(item, name)


def _key(value: Scalar) -> tuple[int, float, str] | None:
    if isinstance(value, str):
        return (1, 0.0, value)
    found = number(value)
    return None if found is None else (0, found, "")
