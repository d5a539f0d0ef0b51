"""Tags written into a notebook file, with every other byte as it was.

The file is not parsed and written again, since that would change its layout, its escapes and the order of its keys.
Instead the place of each tag is found in the text. In

      "metadata": {
       "scrolled": true
      },

the tag `train` becomes a member behind `scrolled`, in the layout of its neighbours; where there is a list of tags
already, it becomes the last of them.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jupyter_mlops.errors import NotebookError
from jupyter_mlops.notebook import Notebook, parse_notebook
from jupyter_mlops.project import write_whole

_VALUE = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


def write_tags(notebook: Notebook, added: Mapping[int, str]) -> None:
    """Give cells of a notebook's file one more tag each; `added` maps their positions from 1 to it.

    Raises NotebookError, and writes nothing, where the cells in the file are no longer those of `notebook`.
    """
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
    after = with_tags(text, added).encode()
    if path.read_bytes() != before:
        raise _changed(notebook)
    mode = stat.S_IMODE(path.stat().st_mode)
    write_whole(path, after)
    path.chmod(mode)


def _changed(notebook: Notebook) -> NotebookError:
    return NotebookError.of(
        "notebook-changed",
        f"{notebook.path} changed while its roles were looked for",
        notebook=notebook.name,
        reason="the tags could go to other cells than those that were looked at; nothing was written",
        fix="run the command again",
    )


def with_tags(text: str, added: Mapping[int, str]) -> str:
    """The text of a notebook's file with one more tag in some cells, by their positions from 1."""
    layout = _Layout.of(text)
    top = {member.key: member for member in _members(text, _skip(text, 0))}
    cells = list(_items(text, top["cells"].start))
    for position in sorted(added, reverse=True):
        start, _ = cells[position - 1]
        members = {member.key: member for member in _members(text, start)}
        at, end, inserted = _edit(text, members["metadata"], added[position], layout)
        text = text[:at] + inserted + text[end:]
    return text


@dataclass(frozen=True)
class _Member:
    """A member of a JSON object: where its key begins, and where its value begins and ends."""

    key: str
    at: int
    start: int
    end: int


@dataclass(frozen=True)
class _Layout:
    """How a file is laid out: one step of indentation (None for a file in one line), what stands between a key and
    its value, and between two members in one line."""

    step: str | None
    colon: str
    comma: str

    @classmethod
    def of(cls, text: str) -> _Layout:
        at = _skip(text, 0)
        first, second = list(_members(text, at))[:2]
        before = text[at + 1 : first.at]
        _, key_end = _VALUE.raw_decode(text, first.at)
        return cls(
            step=before.rpartition("\n")[2] if "\n" in before else None,
            colon=text[key_end : first.start],
            comma=", " if "\n" in before else text[first.end : second.at],
        )


def _edit(text: str, metadata: _Member, tag: str, layout: _Layout) -> tuple[int, int, str]:
    """What part of the text to replace, from where to where, and by what."""
    word = json.dumps(tag)
    members = list(_members(text, metadata.start))
    tags = next((member for member in reversed(members) if member.key == "tags"), None)
    if tags is not None:
        items = list(_items(text, tags.start))
        if items:
            space = _space_before(text, items[-1][0])
            comma = "," + space if "\n" in space else layout.comma
            return items[-1][1], items[-1][1], comma + word
        return tags.start, tags.end, _listed(word, _space_before(text, tags.at), layout)
    if members:
        space = _space_before(text, members[-1].at)
        comma = "," + space if "\n" in space else layout.comma
        inserted = comma + _member(word, space, layout)
        return members[-1].end, members[-1].end, inserted
    outer = _space_before(text, metadata.at)
    if layout.step is None or "\n" not in outer:
        return metadata.start, metadata.end, "{" + _member(word, "", layout) + "}"
    inner = outer + layout.step
    return metadata.start, metadata.end, "{" + inner + _member(word, inner, layout) + outer + "}"


def _member(word: str, space: str, layout: _Layout) -> str:
    return f'"tags"{layout.colon}{_listed(word, space, layout)}'


def _listed(word: str, space: str, layout: _Layout) -> str:
    """A list of one tag, as the value of a member that stands behind `space`."""
    if layout.step is None or "\n" not in space:
        return f"[{word}]"
    return f"[{space}{layout.step}{word}{space}]"


def _members(text: str, at: int) -> Iterator[_Member]:
    """The members of the object that begins at `at`."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, end = _VALUE.raw_decode(text, at)
        start = _skip(text, _skip(text, end) + 1)
        _, end = _VALUE.raw_decode(text, start)
        yield _Member(key, at, start, end)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _items(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Where each item of the list that begins at `at` begins and ends."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, end = _VALUE.raw_decode(text, at)
        yield at, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _space_before(text: str, at: int) -> str:
    start = at
    while start and text[start - 1] in " \t\r\n":
        start -= 1
    return text[start:at]
