"""All values of metrics, not only those by which executions and clean runs are listed: curves by step."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.documents import Execution, IndexedRun
from jupyter_mlops.tracking.access import reading
from jupyter_mlops.tracking.reading import select
from jupyter_mlops.tracking.selecting import Selection
from jupyter_mlops.tracking.values import portions


@dataclass(frozen=True)
class Point:
    """One value of a metric of an execution or a clean run. SQLite has no NaN: the text has."""

    item: Execution | IndexedRun
    name: str
    step: int | None
    text: str


def list_points(store: Path, wanted: Selection, name: str | None = None) -> list[Point]:
    """The values of all metrics, or of one, of what is selected: the items in order, their values as they came.

    Raises as `list_runs` does.
    """
    with reading(store) as connection:
        if connection is None:
            return []
        items = select(connection, wanted)
        executions = {item.id: item for item in items if isinstance(item, Execution)}
        runs = {item.id: item for item in items if isinstance(item, IndexedRun)}
        found: dict[int | str, list[Point]] = {}
        for keys, owner in ((portions(list(executions)), "execution.id"), (portions(list(runs)), "session.run")):
            for key, point in _points(connection, keys, owner, name, executions | runs):
                found.setdefault(key, []).append(point)
    return [point for item in items for point in found.get(item.id, ())]


def _points(
    connection: sqlite3.Connection,
    portions_of_keys: Iterable[str],
    owner: str,
    name: str | None,
    items: Mapping[int | str, Execution | IndexedRun],
) -> Iterator[tuple[int | str, Point]]:
    for keys in portions_of_keys:
        rows = connection.execute(
            f"""SELECT {owner} AS owner, metric.name, metric.step, metric.text
FROM execution JOIN session ON session.id = execution.session JOIN metric ON metric.execution = execution.id
WHERE {owner} IN (SELECT value FROM json_each(:keys)) AND (:name IS NULL OR metric.name = :name)
ORDER BY metric.id""",  # noqa: S608  (names of ours)
            {"keys": keys, "name": name},
        )
        for row in rows:
            yield row["owner"], Point(items[row["owner"]], row["name"], row["step"], row["text"])
