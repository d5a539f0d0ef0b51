"""What an export's run showed, kept beside its record for `check`."""

from __future__ import annotations

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
    """The facts of the newest export run of the same code, if there was one."""
    root = project_root(notebook.path)
    for record in read_records(root, relative(notebook.path, root)):
        path = run_folder(root, record.id) / FACTS
        if record.code_hash == notebook.code_hash and path.is_file():
            return msgspec.json.decode(path.read_bytes(), type=RunFacts)
    return None
