"""The edits that findings offer, put together and written into the notebook's file.

Each edit is made for the cells as they are: it has the whole new source of a cell. Two of one cell are put together
line by line, as version control merges:

    as it is               one edit                another                 both
    def close(a):          def close_of(a):        def close(a):           def close_of(a):
        display(a)             display(a)              return a                return a
        return a               return a

Where two would change the same lines, the second waits until the first is written and the notebook was looked at again.
A finding whose edits do not all fit gets none of them.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from jupyter_mlops.errors import Edit, Finding, NotebookError
from jupyter_mlops.notebook import Notebook, parse_notebook
from jupyter_mlops.notebook_text import with_sources, with_tags
from jupyter_mlops.project import write_whole


@dataclass(frozen=True)
class Edited:
    """What some findings' edits come to: new sources and more tags by the ids of their cells; `fixed` are the findings
    whose edits are in it."""

    sources: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    fixed: tuple[Finding, ...] = ()


def put_together(notebook: Notebook, findings: Sequence[Finding]) -> Edited:
    """The edits of the findings that have some, as far as they go together."""
    made, fixed = Edited(), list[Finding]()
    for finding in findings:
        edits = finding.fix.edits if finding.fix else ()
        trial: Edited | None = made
        for edit in edits:
            trial = _with(notebook, trial, edit) if trial is not None else None
        if edits and trial is not None:
            made = trial
            fixed.append(finding)
    return replace(made, fixed=tuple(fixed))


def _with(notebook: Notebook, made: Edited, edit: Edit) -> Edited | None:
    """One edit more; None where it does not fit."""
    cell = notebook.cell(edit.cell)
    if cell is None or (edit.tags is not None and not cell.tags <= set(edit.tags)):
        return None
    sources, tags = dict(made.sources), dict(made.tags)
    if edit.source is not None:
        merged = with_both(cell.source, sources.get(cell.id, cell.source), edit.source)
        if merged is None:
            return None
        sources[cell.id] = merged
    if edit.tags is not None:
        given = tags.get(cell.id, ())
        tags[cell.id] = (*given, *(each for each in edit.tags if each not in cell.tags and each not in given))
    return Edited(sources, tags)


def with_both(before: str, one: str, other: str) -> str | None:
    """A text with the changes that lead to one text and to another; None where they touch the same lines."""
    if other in (before, one):
        return one
    if one == before:
        return other
    lines = before.splitlines(keepends=True)
    changes = sorted({*_changes(lines, one), *_changes(lines, other)})
    made: list[str] = []
    done, inserted = 0, False
    for first, last, text in changes:
        beside = made and first == done
        if first < done or (beside and (inserted or first == last)):
            return None
        made += [*lines[done:first], text]
        done, inserted = last, first == last
    return "".join([*made, *lines[done:]])


def _changes(lines: list[str], after: str) -> list[tuple[int, int, str]]:
    """Which lines become which text."""
    made = after.splitlines(keepends=True)
    return [
        (a, b, "".join(made[c:d]))
        for kind, a, b, c, d in SequenceMatcher(None, lines, made, autojunk=False).get_opcodes()
        if kind != "equal"
    ]


def write_edits(notebook: Notebook, edited: Edited) -> None:
    """Change the sources and tags in a notebook's file, and no other byte.

    Raises NotebookError, and writes nothing, where the cells in the file are no longer those of `notebook`.
    """
    positions = {cell.id: cell.index for cell in notebook.cells}
    sources = {positions[each]: source for each, source in edited.sources.items()}
    tags = {positions[each]: words for each, words in edited.tags.items()}
    _rewrite(notebook, lambda text: with_tags(with_sources(text, sources), tags))


def _rewrite(notebook: Notebook, change: Callable[[str], str]) -> None:
    path = notebook.path.resolve()
    try:
        # opened for writing too, so that a file that is protected stays as it is
        with path.open("r+b") as file:
            before = file.read()
        text = before.decode()
    except (FileNotFoundError, UnicodeDecodeError):
        raise _changed(notebook) from None
    if parse_notebook(text, notebook.path).cells != notebook.cells:
        raise _changed(notebook)
    after = change(text).encode()
    if path.read_bytes() != before:
        raise _changed(notebook)
    mode = stat.S_IMODE(path.stat().st_mode)
    write_whole(path, after)
    path.chmod(mode)


def _changed(notebook: Notebook) -> NotebookError:
    return NotebookError.of(
        "notebook-changed",
        f"{notebook.path} changed after it was read",
        notebook=notebook.name,
        reason="the edits could go to other cells than those that were looked at; nothing was written",
        fix="run the command again",
    )
