"""Whether a notebook as it is now has passed a clean run, and whether that still holds.

A passed run certifies the code that it ran, with its parameters, in its environment. Another version of a
distribution that it imported, or another minor version of Python, ends the certificate; so does any change of
code. Comments and layout do not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jupyter_mlops.documents import Certificate, Environment, RunRecord, Status
from jupyter_mlops.errors import ProjectError
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.project import project_root, relative
from jupyter_mlops.running.environment import current_versions, interpreter
from jupyter_mlops.running.records import read_records
from jupyter_mlops.tracking.verdicts import cell_verdicts

# Each run looked at asks the kernel's interpreter once.
MOST_LOOKED_AT = 10


def status(notebook: Notebook, session: str | None = None) -> Status:
    """What is known of a notebook now: its certificate, and the verdicts on its cells by its newest session, or by the
    one that is named.

    Raises StoreError where the store cannot be read, or the notebook has no such session.
    """
    root = project_root(notebook.path)
    records = read_records(root, relative(notebook.path, root))
    info, cells = cell_verdicts(notebook, session)
    return Status(
        notebook=relative(notebook.path, root),
        certificate=certificate(notebook, records),
        session=info,
        cells=cells,
    )


def certificate(notebook: Notebook, records: Iterable[RunRecord]) -> Certificate:
    """The certificate that the records, newest first, give to the notebook as it is now."""
    everything = list(records)
    command = f"jupyter mlops run {_shown(notebook.path)}"
    passed = [record for record in everything if record.verdict == "passed"]
    of_this_code = [record for record in passed if record.code_hash == notebook.code_hash]
    changes = {record.id: _environment_changes(record) for record in of_this_code[:MOST_LOOKED_AT]}
    valid = [record for record in of_this_code[:MOST_LOOKED_AT] if not changes[record.id]]
    for record in valid:
        if not record.parameters:
            return Certificate(
                state="certified",
                run=record.id,
                reason="a clean run of this code passed in this environment",
                fix=None,
            )
    if valid:
        values = ", ".join(f"{name} = {value.text}" for name, value in valid[0].parameters.items())
        return Certificate(
            state="other-parameters",
            run=valid[0].id,
            reason=f"a clean run passed, but only with other parameters than the defaults: {values}",
            fix=command,
        )
    if of_this_code:
        return Certificate(
            state="outdated",
            run=of_this_code[0].id,
            reason=f"the environment changed: {changes[of_this_code[0].id]}",
            fix=command,
        )
    if passed:
        return Certificate(
            state="outdated",
            run=passed[0].id,
            reason="the code changed since a clean run passed",
            fix=command,
        )
    if everything:
        last = everything[0]
        return Certificate(
            state="none", run=None, reason=f"the last clean run did not pass ({last.reason})", fix=command
        )
    return Certificate(state="none", run=None, reason="no clean run of this notebook is recorded", fix=command)


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _environment_changes(record: RunRecord) -> str:
    """What differs now from a run's environment, for people; empty where nothing does."""
    before = record.environment
    if before is None:
        return "the run did not tell its environment"
    try:
        python, versions = _versions_now(record.kernel, before)
    except ProjectError as error:
        return error.findings[0].message
    if python.split(".")[:2] != before.python.split(".")[:2]:
        return f"Python was {before.python} and is {python}"
    changed = [
        f"{name} was {version} and is {versions[name] or 'not installed'}"
        for name, version in sorted(before.distributions.items())
        if versions[name] != version
    ]
    return ", ".join(changed)


def _versions_now(kernel: str, before: Environment) -> tuple[str, dict[str, str | None]]:
    return current_versions(interpreter(kernel), before.distributions)
