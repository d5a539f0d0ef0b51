"""Sources and tags of cells changed in the text of a notebook's file, with every other byte as it was.

The file is not parsed and written again, since that would change its layout, its escapes and the order of its keys.
Instead the place of each value is found in the text. In

      "metadata": {
       "scrolled": true
      },
      "source": [
       "x = 1\\n",
       "y = 2"
      ]

the tag `train` becomes a member behind `scrolled`, in the layout of its neighbours (or the last of the tags that are
there already), and of a new source only the lines that changed are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_VALUE = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\u(?:00[89a-f]|0[1-9a-f]|[1-9a-f])", re.IGNORECASE)


def with_tags(text: str, added: Mapping[int, Sequence[str]]) -> str:
    """The text of a notebook's file with more tags in some cells, by their positions from 1."""
    layout, starts = _Layout.of(text), _cells(text)
    for position in sorted(added, reverse=True):
        for tag in added[position]:
            metadata = _parts(text, starts[position - 1])["metadata"]
            at, end, inserted = _edit(text, metadata, tag, layout)
            text = text[:at] + inserted + text[end:]
    return text


def with_sources(text: str, sources: Mapping[int, str]) -> str:
    """The text of a notebook's file with other sources in some cells, by their positions from 1."""
    ascii_only = text.isascii() and _ESCAPED.search(text) is not None
    layout, starts = _Layout.of(text), _cells(text)
    for position in sorted(sources, reverse=True):
        member = _parts(text, starts[position - 1])["source"]
        made = _source(text, member, sources[position], layout, ascii_only=ascii_only)
        text = text[: member.start] + made + text[member.end :]
    return text


def _cells(text: str) -> list[int]:
    """Where each cell begins; changes from the last one upwards leave the others where they are."""
    top = _parts(text, _skip(text, 0))
    return [start for start, _ in _items(text, top["cells"].start)]


def _parts(text: str, at: int) -> dict[str, _Member]:
    """The members of the object that begins at `at` by their keys; of two of a key the last, as JSON is read."""
    return {member.key: member for member in _members(text, at)}


def _source(text: str, member: _Member, source: str, layout: _Layout, *, ascii_only: bool) -> str:
    """A source as the value of a member: a text, or a list of lines of which those that stay are not written anew."""
    if text[member.start] != "[":
        return _written(source, ascii_only=ascii_only)
    places = list(_items(text, member.start))
    before = [_VALUE.raw_decode(text, at)[0] for at, _ in places]
    after = source.splitlines(keepends=True)
    items: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            items += [text[at:end] for at, end in places[a:b]]
        else:
            items += [_written(line, ascii_only=ascii_only) for line in after[c:d]]
    if not items:
        return "[]"
    outer = _space_before(text, member.at)
    inner = outer + layout.step if layout.step is not None and "\n" in outer else ""
    opening, closing = inner, outer if inner else ""
    between = "," + inner if inner else layout.comma
    if places:
        opening = text[member.start + 1 : places[0][0]]
        closing = text[places[-1][1] : member.end - 1]
        if len(places) > 1:
            between = text[places[0][1] : places[1][0]]
        elif "\n" in opening:
            between = "," + opening
        else:
            between = layout.comma
    return "[" + opening + between.join(items) + closing + "]"


def _written(text: str, *, ascii_only: bool) -> str:
    surrogates = any("\ud800" <= character <= "\udfff" for character in text)
    return json.dumps(text, ensure_ascii=ascii_only or surrogates)


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
