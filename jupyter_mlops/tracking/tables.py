"""Executions and clean runs as one table: the columns that every row has, then metrics, then parameters.

    id  kind       notebook     cell  role      status  seconds  started  auc   f1    n_trees  cut_by
    17  execution  churn.ipynb  d4e5  evaluate  ok      4.49     …        0.81  0.62  200      cost

Metrics that most rows have come first, and parameters that vary before those that do not. A name that is both, or one
of the first columns, gets `metric.` or `param.` before it, as conditions have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

from jupyter_mlops.documents import Execution, IndexedRun
from jupyter_mlops.tracking.columns import BASE, PREFIXES, Column, Measured, column_of
from jupyter_mlops.tracking.values import Scalar, scalar


@dataclass(frozen=True)
class TableColumn:
    """One column with its values; `name` is what conditions call it."""

    name: str
    column: Column
    values: tuple[Scalar, ...]

    @property
    def varies(self) -> bool:
        """Whether rows that have a value differ in it."""
        return len({repr(value) for value in self.values if value is not None}) > 1


def table_of(items: Sequence[Execution | IndexedRun]) -> list[TableColumn]:
    """The columns of a table of these rows."""
    metrics = _by_number(name for item in items for name in item.metrics)
    parameters = _by_number(name for item in items for name in item.parameters)
    columns = [_column(Column(name, "base", kind), name, items) for name, kind in BASE.items()]
    columns += [_named(name, "metric", name in parameters, items) for name in metrics]
    named = [_named(name, "parameter", name in metrics, items) for name in parameters]
    return columns + sorted(named, key=lambda column: not column.varies)


def _by_number(names: Iterable[str]) -> list[str]:
    return [name for name, _ in Counter(names).most_common()]


def _named(name: str, source: Measured, both: bool, items: Sequence[Execution | IndexedRun]) -> TableColumn:
    prefix = next(prefix for prefix, each in PREFIXES.items() if each == source)
    written = f"{prefix}.{name}" if both or name in BASE else name
    return _column(column_of(name, source), written, items)


def _column(column: Column, written: str, items: Sequence[Execution | IndexedRun]) -> TableColumn:
    return TableColumn(written, column, tuple(value_in(item, column) for item in items))


def digits_that_tell_apart(values: Iterable[Scalar]) -> int:
    """How many significant digits the numbers of a column need, four at least, so that none that differ look equal."""
    numbers = {value for value in values if isinstance(value, float) and not isnan(value)}
    return next(digits for digits in range(4, 18) if len({f"{value:.{digits}g}" for value in numbers}) == len(numbers))


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
