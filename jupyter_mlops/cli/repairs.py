"""What `jupyter mlops check --fix` writes, says that it wrote, and leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import unified_diff
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from jupyter_mlops.documents import CheckResult, RunFacts
from jupyter_mlops.errors import place

if TYPE_CHECKING:
    from jupyter_mlops.notebook import Notebook

_MARKS = {"-": "red", "+": "green", "@": "dim"}


@dataclass(frozen=True)
class ChangedCell:
    """A cell that was changed: its position from 1, its source before and after, and the tags that it got."""

    index: int
    before: str
    after: str
    tags: tuple[str, ...]


def repaired(
    notebook: Notebook, facts: RunFacts | None, look: Callable[[Notebook, RunFacts | None], CheckResult]
) -> tuple[CheckResult, list[ChangedCell]]:
    """Write the edits of the findings that a look at a notebook gives, and look at it again.

    What only a run could tell remains a finding until the next export, though its facts are those of the code before.
    """
    from jupyter_mlops.editing import put_together, write_edits
    from jupyter_mlops.exporting.facts import newest_facts
    from jupyter_mlops.notebook import read_notebook

    found = look(notebook, facts)
    edited = put_together(notebook, found.findings)
    changes = [
        ChangedCell(cell.index, cell.source, edited.sources.get(cell.id, cell.source), edited.tags.get(cell.id, ()))
        for cell in notebook.cells
        if edited.sources.get(cell.id, cell.source) != cell.source or edited.tags.get(cell.id)
    ]
    if not changes:
        return found, []
    write_edits(notebook, edited)
    after = read_notebook(notebook.path)
    known = newest_facts(after)
    # an edit of a line that another one changed fits now
    result, more = repaired(after, known, look)
    changes += more
    left = list(result.findings)
    if known is None and facts is not None:
        changed = {each.index for each in changes}
        at_once = look(notebook, None).findings
        told = [each for each in found.findings if each not in at_once and each not in edited.fixed]
        left += [replace(each, line=None) if each.index in changed else each for each in told]
        left.sort(key=lambda each: (each.index or 0, each.line or 0))
    return msgspec.structs.replace(result, findings=left, fixed=[*edited.fixed, *result.fixed]), changes


def show_repairs(console: Console, result: CheckResult, changes: list[ChangedCell]) -> None:
    """Say what was written, cell by cell."""
    from jupyter_mlops.running.comparing.difflines import capped

    for finding in result.fixed:
        where = escape(f"{finding.message} ({place(finding)})")
        console.print(f"[green]✓ fixed[/green] {where}  [dim]\\[{finding.code}][/dim]")
    for each in changes:
        console.print(f"  {escape(result.notebook)}, cell {each.index}")
        lines = list(unified_diff(each.before.splitlines(), each.after.splitlines(), n=1, lineterm=""))[2:]
        for line in capped([*lines, *(f"+ the tag `{tag}`" for tag in each.tags)]):
            console.print(Text(f"    {line}", _MARKS.get(line[:1], "")))
