"""Executions and clean runs side by side."""

from __future__ import annotations

from typing import Literal

from jupyter_mlops.documents.base import FORMAT, Document
from jupyter_mlops.documents.executions import Execution, IndexedRun, MetricValue
from jupyter_mlops.documents.runs import ParameterValue

Better = Literal["higher", "lower"]
# how it is known which cells made a result: the names that they read and wrote, their order alone, or all of a run
CellsFrom = Literal["traces", "order", "run", "nothing"]


class ComparedMetric(Document, frozen=True, kw_only=True):
    """A metric of each item, null where it has none; `better` says which way is, where that is known."""

    name: str
    better: Better | None
    values: list[MetricValue | None]


class ComparedParameter(Document, frozen=True, kw_only=True):
    """A parameter of each item, null where it has none."""

    name: str
    values: list[ParameterValue | None]


class ComparedFact(Document, frozen=True, kw_only=True):
    """One thing of the environment of each item: a version, the commit; null where it was not there or not recorded."""

    name: str
    values: list[str | None]


class ComparedSource(Document, frozen=True, kw_only=True):
    """A cell that made one of the results: the hash of its source in each item, null where it had no part.

    `diffs` has for each item the lines of a unified diff against the first one that the cell has a part in; none where
    it is the same. `begins` is the first line of the newest of its sources.
    """

    cell: str | None
    begins: str
    hashes: list[str | None]
    diffs: list[list[str]]


class EqualCounts(Document, frozen=True, kw_only=True):
    """How many values and cells are the same in all items."""

    metrics: int
    parameters: int
    environment: int
    cells: int


class RunComparison(Document, frozen=True, kw_only=True):
    """The answer of `jupyter mlops runs compare --json`: what differs, or with `--all` everything.

    The first item is what the others are compared with. `cells_from` says of each item how it is known which cells made
    it.
    """

    format: int = FORMAT
    items: list[Execution | IndexedRun]
    metrics: list[ComparedMetric]
    parameters: list[ComparedParameter]
    environment: list[ComparedFact]
    cells: list[ComparedSource]
    equal: EqualCounts
    cells_from: list[CellsFrom]
