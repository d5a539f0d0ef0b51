"""All rules over one notebook."""

from __future__ import annotations

from jupyter_mlops.documents import CheckResult, RunFacts
from jupyter_mlops.errors import in_notebook
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.rules import endpoint_name, estimators, hidden_names, installs, syntax, undefined_name, unsaveable
from jupyter_mlops.rules.facts import gather

RULES = (syntax, undefined_name, hidden_names, installs, endpoint_name, estimators, unsaveable)


def check(notebook: Notebook, run: RunFacts | None) -> CheckResult:
    """The findings of every rule, in document order; `run` are the facts of a run of the same code, if any."""
    facts = gather(notebook, run)
    findings = [finding for rule in RULES for finding in rule.find(facts)]
    findings.sort(key=lambda finding: (finding.index or 0, finding.line or 0))
    return CheckResult(
        notebook=notebook.path.name,
        run=run.run if run else None,
        findings=list(in_notebook(findings, notebook.path.name)),
    )
