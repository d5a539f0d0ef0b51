"""What is known of a notebook as a page has it: the functions of the command line, for a document in memory."""

from __future__ import annotations

from time import perf_counter

from jupyter_mlops.documents import NotebookCheck, NotebookState, Revision
from jupyter_mlops.exporting.facts import newest_facts
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.rules.check import check
from jupyter_mlops.rules.surroundings.kernelspec import interpreter
from jupyter_mlops.tracking.verdicts import cell_verdicts


def judged(notebook: Notebook, revision: Revision) -> NotebookState:
    """The verdicts on the cells. Raises StoreError where the store cannot be read."""
    session, cells = cell_verdicts(notebook)
    return NotebookState(revision=revision, session=session, cells=cells)


def checked(notebook: Notebook, revision: Revision) -> NotebookCheck:
    """The findings of all rules. Raises ProjectError where the settings in pyproject.toml are wrong."""
    start = perf_counter()
    result = check(notebook, newest_facts(notebook), python=interpreter(notebook.kernel))
    return NotebookCheck(revision=revision, findings=result.findings, seconds=perf_counter() - start)
