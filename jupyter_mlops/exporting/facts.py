"""What an export's run showed, kept beside its record for `check`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from jupyter_mlops.documents import RunFacts
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.project import project_root, relative, write_whole
from jupyter_mlops.running.records import read_records, run_folder

FACTS = "facts.json"


def write_facts(folder: Path, facts: RunFacts) -> None:
    """Write the facts of a run into its folder."""
    write_whole(folder / FACTS, msgspec.json.encode(facts))


def newest_facts(notebook: Notebook) -> RunFacts | None:
    """The facts of the newest export run of the same code, if there was one.

    Where comments or layout changed since, its findings lose their edits, which would bring the old ones back.
    """
    root = project_root(notebook.path)
    for record in read_records(root, relative(notebook.path, root)):
        path = run_folder(root, record.id) / FACTS
        if record.code_hash == notebook.code_hash and path.is_file():
            facts = msgspec.json.decode(path.read_bytes(), type=RunFacts)
            return facts if facts.text_hash == notebook.text_hash else _without_edits(facts)
    return None


def _without_edits(facts: RunFacts) -> RunFacts:
    findings = [replace(each, fix=replace(each.fix, edits=())) if each.fix else each for each in facts.findings]
    return msgspec.structs.replace(facts, findings=findings)
