"""All rules over one notebook."""

from __future__ import annotations

from jupyter_mlops.analysis import syntax
from jupyter_mlops.documents import CheckResult, RunFacts
from jupyter_mlops.errors import in_notebook
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.rules.catalogue import RULES
from jupyter_mlops.rules.facts import gather
from jupyter_mlops.rules.selection import Selection, selection_of
from jupyter_mlops.rules.surroundings.look import look


def check(
    notebook: Notebook, run: RunFacts | None, *, python: str | None = None, selection: Selection | None = None
) -> CheckResult:
    """The findings of every rule, in document order.

    `run` are the facts of a run of the same code, if any; `python` is the interpreter of the notebook's kernel, which
    knows what is installed; `selection` goes before what pyproject.toml selects and ignores.

    Raises ProjectError where the settings in pyproject.toml are wrong.
    """
    chosen = selection_of(notebook, selection)
    with syntax.deep():
        facts = look(gather(notebook, run), python)
        findings = [finding for rule in RULES if rule.codes & chosen.codes for finding in rule.find(facts)]
    findings = chosen.kept([*findings, *chosen.unknown])
    findings.sort(key=lambda finding: (finding.index or 0, finding.line or 0))
    return CheckResult(
        notebook=notebook.path.name,
        run=run.run if run else None,
        findings=list(in_notebook(findings, notebook.path.name)),
    )
