"""`jupyter_mlops.dashboard()`: experiments, a plot of a metric and verdicts, as widgets in any notebook.

    notebook ▾   condition   metric ▾   order ▾   [Refresh]
    ────────────────────────────────────────────────────────
    Run   Cell   Status   Started   Duration │ auc   f1 │ C
    …
    (plot of the metric)
    Verdicts of the notebook

It is a picture of the store at one moment. A change of a field and Refresh take a new one; nothing else does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets

from jupyter_mlops.analysis.better import better
from jupyter_mlops.documents import Execution, IndexedRun
from jupyter_mlops.errors import ProjectError
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.running.certificate import status
from jupyter_mlops.tracking.access import reading
from jupyter_mlops.tracking.columns import notebooks_in
from jupyter_mlops.tracking.curves import list_points
from jupyter_mlops.tracking.reading import list_runs
from jupyter_mlops.tracking.selecting import Selection
from jupyter_mlops.tracking.tables import table_of
from jupyter_mlops.widgets import pages, plots

_ALL = "All notebooks"
_NEWEST, _HIGHEST, _LOWEST = "newest first", "highest first", "lowest first"


class Dashboard(ipywidgets.VBox):
    """The widgets of one dashboard; `root` is the folder that notebooks' paths are relative to."""

    def __init__(
        self,
        store: Path,
        root: Path,
        notebook: str | None = None,
        *,
        limit: int = 100,
    ) -> None:
        # what widgets hold has no types
        self._store = store
        self._root = root
        self._limit = limit
        self._busy = False
        style = {"description_width": "initial"}
        self.notebook: Any = ipywidgets.Dropdown(
            options=[(_ALL, "")], description="Notebook", style=style, layout={"width": "260px"}
        )
        self.where: Any = ipywidgets.Text(
            placeholder="Filter, e.g. auc > 0.83 and cut_by = 'cost'",
            continuous_update=False,
            description="Where",
            style=style,
            layout={"flex": "1 1 280px", "width": "auto"},
        )
        self.metric: Any = ipywidgets.Dropdown(options=[], description="Metric", style=style, layout={"width": "200px"})
        self.order: Any = ipywidgets.Dropdown(
            options=[_NEWEST, _HIGHEST, _LOWEST], description="Order", style=style, layout={"width": "180px"}
        )
        self.refresh_button: Any = ipywidgets.Button(
            description="Refresh", tooltip="Read the store again", layout={"width": "90px"}
        )
        self.problem: Any = ipywidgets.HTML()
        self.experiments: Any = ipywidgets.HTML()
        self.plot: Any = ipywidgets.Output()
        self.verdicts: Any = ipywidgets.HTML()
        self.refresh_button.on_click(self._asked)
        for field in (self.notebook, self.where, self.metric, self.order):
            field.observe(self._asked, names="value")
        super().__init__(
            [
                ipywidgets.HBox(
                    [self.notebook, self.where, self.metric, self.order, self.refresh_button],
                    layout={"flex_flow": "row wrap", "align_items": "center"},
                ),
                self.problem,
                self.experiments,
                self.plot,
                self.verdicts,
            ]
        )
        self.refresh(notebook)

    def refresh(self, notebook: str | None = None) -> None:
        """Read the store again and show what is asked for; what goes wrong is shown and not raised."""
        if self._busy:
            # options that change set values, which are watched
            return
        self._busy = True
        try:
            self._offer_notebooks(notebook)
            self._show()
        except ProjectError as error:
            self.problem.value = pages.page(pages.problem(error.findings))
        finally:
            self._busy = False

    def _asked(self, _: Any) -> None:
        self.refresh()

    def _offer_notebooks(self, wanted: str | None) -> None:
        with reading(self._store) as connection:
            known = [] if connection is None else notebooks_in(connection)
        chosen: str = wanted if wanted is not None else self.notebook.value or ""
        if chosen and chosen not in known:
            known.append(chosen)
        self.notebook.options = [(_ALL, ""), *((path, path) for path in known)]
        self.notebook.value = chosen

    def _show(self) -> None:
        where = self.where.value.strip() or None
        notebook = self.notebook.value or None
        ordered_by = self._ordered_by()
        wanted = Selection(limit=self._limit, notebook=notebook, where=where, sort=ordered_by)
        items = list_runs(self._store, wanted).items
        self.problem.value = ""
        table = pages.experiments(items, filtered=where is not None)
        self.experiments.value = pages.page("<h4>Experiments</h4>", table)
        self._offer_metrics(items)
        self.plot.outputs = self._plotted(items, wanted)
        self._show_verdicts(notebook)

    def _ordered_by(self) -> str | None:
        metric: str | None = self.metric.value
        if metric is None or self.order.value == _NEWEST:
            return None
        # a name that is a parameter's too is asked for as a metric
        return f"{'-' if self.order.value == _HIGHEST else ''}metric.{metric}"

    def _offer_metrics(self, items: list[Execution | IndexedRun]) -> None:
        known = [column.column.name for column in table_of(items) if column.column.source == "metric"]
        chosen: str | None = self.metric.value
        if chosen is not None and chosen not in known:
            known.append(chosen)
        if known != list(self.metric.options):
            self.metric.options = known
            self.metric.value = chosen or next(iter(known), None)

    def _plotted(self, items: list[Execution | IndexedRun], wanted: Selection) -> tuple[dict[str, Any], ...]:
        metric: str | None = self.metric.value
        if metric is None:
            return ()
        spec = plots.by_step(metric, list_points(self._store, wanted, metric))
        spec = spec or plots.over_time(metric, items, better(metric))
        if spec is None:
            return ()
        text = f"{spec['description']}: shown where the front end draws Vega-Lite"
        data = {plots.MIME: spec, "text/plain": text}
        return ({"output_type": "display_data", "data": data, "metadata": {}},)

    def _show_verdicts(self, notebook: str | None) -> None:
        if notebook is None:
            text = "<p class='quiet'>Choose a notebook to see what can be trusted in it.</p>"
        else:
            try:
                text = pages.verdicts(status(read_notebook(self._root / notebook)))
            except ProjectError as error:
                text = pages.problem(error.findings)
        self.verdicts.value = pages.page("<h4>Verdicts</h4>", text)
