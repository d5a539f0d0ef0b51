"""What notebooks and scripts ask of the store of their project, the one of the current folder.

import jupyter_mlops

jupyter_mlops.runs(where="auc > 0.83 and cut_by = 'cost'", sort="-auc")    # a frame of pandas
jupyter_mlops.metrics("loss", limit=5)                                     # curves, one row for each step
jupyter_mlops.dashboard()                                                  # the same to look at
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.project import project_root
from jupyter_mlops.tracking.access import store_of
from jupyter_mlops.tracking.selecting import Selection

if TYPE_CHECKING:
    import pandas as pd

    from jupyter_mlops.widgets.dashboard import Dashboard


def runs(
    where: str | None = None, *, sort: str | None = None, notebook: str | None = None, limit: int | None = None
) -> pd.DataFrame:
    """Executions and clean runs with their metrics and parameters, newest first, as a frame.

    `where` is a condition over the columns, `sort` one of them (`"-auc"` for the greatest first), `notebook` a path
    from the project's root. Raises ConditionError where a condition cannot be used, StoreError where the store cannot.
    """
    from jupyter_mlops.tracking.frames import runs_frame  # noqa: PLC0415  (pandas takes its time)
    from jupyter_mlops.tracking.reading import list_runs  # noqa: PLC0415

    wanted = Selection(limit=limit, notebook=notebook, where=where, sort=sort)
    return runs_frame(list_runs(store_of(Path.cwd()), wanted).items)


def metrics(
    name: str | None = None,
    *,
    where: str | None = None,
    sort: str | None = None,
    notebook: str | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Every value of every metric, or of one, as a frame with a row for each: curves by `step`.

    The other arguments choose executions and clean runs as in `runs`; `limit` counts these.
    """
    from jupyter_mlops.tracking.curves import list_points  # noqa: PLC0415
    from jupyter_mlops.tracking.frames import points_frame  # noqa: PLC0415

    wanted = Selection(limit=limit, notebook=notebook, where=where, sort=sort)
    return points_frame(list_points(store_of(Path.cwd()), wanted, name))


def dashboard(notebook: str | None = None, *, limit: int = 100) -> Dashboard:
    """Widgets with the newest experiments of the project, a plot of a metric, and the verdicts on a notebook.

    `notebook` is a path from the project's root; without it all are shown. `limit` is how many executions and runs.
    """
    from jupyter_mlops.widgets.dashboard import Dashboard  # noqa: PLC0415  (ipywidgets takes its time)

    return Dashboard(store_of(Path.cwd()), project_root(Path.cwd() / "notebook.ipynb"), notebook, limit=limit)
