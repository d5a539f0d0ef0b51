"""Executions and clean runs as tables: as many columns as the terminal has room for, or all of them as CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from jupyter_mlops.cli.output import ForPeople
from jupyter_mlops.documents import Execution, IndexedRun, RunsResult
from jupyter_mlops.tracking.columns import BASE
from jupyter_mlops.tracking.tables import TableColumn, digits_that_tell_apart, table_of
from jupyter_mlops.tracking.values import Scalar

Items = Sequence[Execution | IndexedRun]

_WIDE = 200
_LEAST = {"notebook": 8, "cell": 8}
_BETWEEN = 1
_GOOD = {"ok": "green", "passed": "green", "running": "blue"}


class CsvTable(ForPeople):
    """CSV on standard output, with a head and all columns; errors as for people.

    NaN and infinities are `nan`, `inf` and `-inf`, as Python and pandas read them; what a row has not is empty.
    """

    def result(self, value: Any, show: Callable[[Console], None]) -> None:
        """Print the rows of a list; what is no list as for people."""
        if not isinstance(value, RunsResult):
            super().result(value, show)
            return
        columns = table_of(value.items)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(column.name for column in columns)
        writer.writerows(zip(*(column.values for column in columns), strict=True))


def print_items(console: Console, items: Items, asked_for: Sequence[str] = ()) -> None:
    """A table as wide as the terminal, and how many columns had no room; those that were asked for always have some."""
    if not console.is_terminal:
        # a file or a pipe has room for more
        console.width = max(console.width, _WIDE)
    columns = table_of(items)
    cells = {column.name: _cells(column, items) for column in columns}
    widths = {name: max(map(len, [name, *texts])) for name, texts in cells.items()}
    first = [column for column in columns if column.name in BASE]
    others = [column for column in columns if column.name not in BASE]
    # long names of notebooks and cells give way, a number or an id is there to be typed again
    least = {each.name: min(widths[each.name], _LEAST.get(each.name, widths[each.name])) for each in first}
    room = console.width - sum(least.values()) - len(least) * _BETWEEN
    shown = [column for column in others if column.name in asked_for]
    room -= sum(widths[column.name] + _BETWEEN for column in shown)
    for column in others:
        if column not in shown and (room := room - widths[column.name] - _BETWEEN) >= 0:
            shown.append(column)
    table = Table(box=None, pad_edge=False, padding=(0, _BETWEEN, 0, 0), header_style="dim")
    chosen = [*first, *(column for column in others if column in shown)]
    for column in chosen:
        number = column.column.kind == "number" or (column not in first and not _has_text(column))
        needed = least.get(column.name, widths[column.name])
        table.add_column(column.name, no_wrap=True, min_width=needed, justify="right" if number else "left")
    for row in zip(*(cells[column.name] for column in chosen), strict=True):
        table.add_row(
            *(
                coloured(text) if column.name == "status" else escape(text)
                for column, text in zip(chosen, row, strict=True)
            )
        )
    console.print(table)
    if left := len(columns) - len(chosen):
        console.print(f"[dim]{left} more column{'' if left == 1 else 's'}: --format csv, or a wider terminal[/dim]")


def _cells(column: TableColumn, items: Items) -> list[str]:
    match column.name:
        case "seconds":
            return [seconds(item.seconds) for item in items]
        case "started":
            return [when(item.started) for item in items]
        case "cell":
            return [_cell(item) for item in items]
        case _:
            digits = digits_that_tell_apart(column.values)
            return [shown(value, digits) for value in column.values]


def _cell(item: Execution | IndexedRun) -> str:
    if isinstance(item, IndexedRun):
        return f"{item.cells} cell{'' if item.cells == 1 else 's'}"
    return item.cell or f"“{item.begins[:30]}”"


def _has_text(column: TableColumn) -> bool:
    return any(isinstance(value, str) for value in column.values)


def shown(value: Scalar, digits: int) -> str:
    """A value for people, a number with so many significant digits."""
    match value:
        case None:
            return ""
        case float():
            return f"{value:.{digits}g}"
        case _:
            return str(value)


def plain(value: str | None) -> str:
    """A text that is no markup."""
    return escape(value or "")


def coloured(state: str) -> str:
    """A status in its colour."""
    style = _GOOD.get(state, "red")
    return f"[{style}]{state}[/{style}]"


def seconds(seconds: float | None) -> str:
    """A duration with three digits."""
    return "?" if seconds is None else f"{seconds:.3g}" if seconds < 100 else f"{seconds:.0f}"


def when(started: str) -> str:
    """A time of the store in the reader's own zone."""
    return f"{datetime.fromisoformat(started).astimezone():%m-%d %H:%M:%S}"
