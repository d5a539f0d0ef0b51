"""What is known now of the cells of a notebook file, by what its project's store has recorded of it."""

from __future__ import annotations

from dataclasses import replace

from jupyter_mlops.documents import CellVerdict, SessionInfo
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.project import project_root, relative
from jupyter_mlops.tags import INJECTED_TAG, SKIP_TAG
from jupyter_mlops.tracking.access import reading, store_of
from jupyter_mlops.tracking.state import DocumentCell, History, code, verdicts
from jupyter_mlops.tracking.traces import Recorded, recorded


def cell_verdicts(notebook: Notebook, session: str | None = None) -> tuple[SessionInfo | None, list[CellVerdict]]:
    """The session that counts (the newest of a live kernel, or the one that is named), and the verdicts on the code
    cells. Where nothing is recorded, there is no session and no cell has ever run. Of a file without ids of cells, the
    cell of an execution is the one that has its code.

    Raises StoreError where the store cannot be read, or the notebook has no such session.
    """
    path = relative(notebook.path, project_root(notebook.path))
    with reading(store_of(notebook.path.resolve().parent)) as store:
        found = recorded(store, path, session) if store is not None else Recorded(None, [])
    info = found.session
    executions = found.executions
    if not notebook.stores_ids:
        known = {INJECTED_TAG, *(cell.id for cell in notebook.cells)}
        executions = [each if each.cell in known else replace(each, cell=None) for each in executions]
    history = History(executions, info.id if info else None)
    live = history.live(info.id) if info is not None and info.alive else {}
    cells = [
        DocumentCell(
            id=cell.id,
            index=cell.index,
            code=code(cell.source if cell.kind == "code" else ""),
            is_code=cell.kind == "code",
            skipped=SKIP_TAG in cell.tags,
        )
        for cell in notebook.cells
    ]
    return info, verdicts(cells, history, live)
