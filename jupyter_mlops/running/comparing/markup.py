"""HTML and SVG: what they show and how they are built.

    <table id="T_1f"><tr><td class="x">a</td><td>0.5</td></tr></table>

shows the line `a  0.5` and is built of `table tr td /td td /td /tr /table`. Both must match: the lines by the
rules of `text`, the tags one by one. Of attributes only those that a reader sees count (an address, the span of
a cell, the value of a bar); ids, classes, styles and code do not. Pictures inside are held against each other as
pictures, and JSON inside scripts as such: charts keep their data there. Of an SVG the numbers that place its
shapes are compared too, within 2 % of the largest of them.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from jupyter_mlops.running.comparing.difflines import clipped, unlike_texts
from jupyter_mlops.running.comparing.images import unlike_pictures
from jupyter_mlops.running.comparing.structures import unlike_structures, values_in
from jupyter_mlops.running.comparing.terms import Terms, Unlike
from jupyter_mlops.running.comparing.text import same_line

_UNSEEN = frozenset({"script", "style", "metadata", "template"})
# These have no end tag, so nothing lies inside.
_UNSEEN_ALONE = frozenset({"link", "meta", "base"})
_CELL = re.compile("td|th")
_LINE = re.compile(
    "address|article|aside|blockquote|body|br|caption|dd|details|div|dl|dt|figcaption|figure|footer|form|h[1-6r]|header"
    "|html|li|main|nav|ol|p|pre|section|summary|table|tbody|text|tfoot|thead|tr|ul"
)
_SEEN_ATTRIBUTES = ("src", "href", "alt", "value", "max", "colspan", "rowspan", "checked", "open")
_GEOMETRY = re.compile("d|points|transform|viewbox|width|height|[xy][12]?|[cdr]?[xy]|r|offset|font-size")
_GEOMETRY_TOLERANCE = 0.02
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PICTURE = re.compile(r"data:(image/[\w.+-]+);base64,(.*)", re.DOTALL)


def unlike_html(saved: str, now: str, terms: Terms) -> Unlike | None:
    """How two pieces of HTML differ by the rules; None where they do not."""
    if saved == now:
        return None
    before, after = _read(saved), _read(now)
    return (
        unlike_texts(before.shown, after.shown, terms)
        or _unlike_tags(before.tags, after.tags, terms)
        or next(
            (
                unlike
                for one, other in zip(before.pictures, after.pictures, strict=False)
                if (unlike := unlike_pictures(one[0], one[1], other[1]))
            ),
            None,
        )
        or unlike_structures(before.values, after.values, terms)
    )


def unlike_svg(saved: str, now: str, terms: Terms) -> Unlike | None:
    """How two SVG pictures differ by the rules; None where they do not."""
    if saved == now:
        return None
    before, after = _read(saved), _read(now)
    unlike = unlike_texts(before.shown, after.shown, terms) or _unlike_tags(before.tags, after.tags, terms)
    if unlike:
        return Unlike("image", f"the picture differs: {unlike.message}", unlike.saved, unlike.now, unlike.diff)
    one, other = before.geometry, after.geometry
    if len(one) != len(other):
        return Unlike("image", "the picture's shapes differ", f"{len(one)} coordinates", f"{len(other)} coordinates")
    widest = max((abs(each) for each in (*one, *other)), default=0.0)
    moved = sum(abs(x - y) > _GEOMETRY_TOLERANCE * widest for x, y in zip(one, other, strict=True))
    if moved:
        return Unlike("image", f"the picture's shapes differ: {moved} of {len(one)} coordinates lie elsewhere")
    return None


class _Reader(HTMLParser):
    """Takes in a document once; `shown`, `tags`, `pictures`, `values` and `geometry` are what it found."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.pictures: list[tuple[str, str]] = []
        self.values: list[Any] = []
        self.geometry: list[float] = []
        self._lines: list[str] = [""]
        self._unseen: list[str] = []
        self._reads_script = False
        self._script = ""
        self._preformatted = 0

    @property
    def shown(self) -> str:
        """The text by lines: one for each block and each row of a table."""
        return "\n".join(line.strip() for line in self._lines if line.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen.append(tag)
            # the state of widgets is full of ids
            self._reads_script = tag == "script" and "widget" not in (dict(attrs).get("type") or "")
        if self._unseen or tag in _UNSEEN_ALONE:
            return
        self._preformatted += tag == "pre"
        self._separate(tag)
        self.tags.append(" ".join([tag, *self._seen(dict(attrs))]))

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            if tag == self._unseen[-1]:
                self._unseen.pop()
                self.values.extend(values_in(self._script))
                self._script = ""
            return
        self._preformatted -= tag == "pre" and self._preformatted > 0
        self._separate(tag)
        self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if self._unseen:
            if self._reads_script:
                self._script += data
            return
        pieces = data.split("\n") if self._preformatted else [" ".join(data.split())]
        if not self._preformatted and data[:1].isspace():
            pieces[0] = " " + pieces[0]
        self._lines[-1] += pieces[0]
        self._lines.extend(pieces[1:])
        if not self._preformatted and data[-1:].isspace():
            self._lines[-1] += " "

    def _separate(self, tag: str) -> None:
        if _CELL.fullmatch(tag):
            self._lines[-1] += "  "
        elif _LINE.fullmatch(tag) and self._lines[-1].strip():
            self._lines.append("")

    def _seen(self, attributes: dict[str, str | None]) -> list[str]:
        for name, text in attributes.items():
            if _GEOMETRY.fullmatch(name):
                self.geometry.extend(float(each) for each in _NUMBER.findall(text or ""))
        seen: list[str] = []
        for name in _SEEN_ATTRIBUTES:
            if name not in attributes:
                continue
            text = attributes[name] or ""
            picture = _PICTURE.match(text)
            if picture:
                self.pictures.append((picture[1], picture[2]))
                text = f"data:{picture[1]}"
            seen.append(f'{name}="{text}"')
        return seen


def _read(text: str) -> _Reader:
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except AssertionError:
        # of a marked section that it does not know (`<![x[`): the whole text counts as it stands
        reader.tags.append(text)
    return reader


def _unlike_tags(saved: list[str], now: list[str], terms: Terms) -> Unlike | None:
    for one, other in zip(saved, now, strict=False):
        if not same_line(one, other, terms):
            return Unlike("text", "the markup differs", clipped(f"<{one}>"), clipped(f"<{other}>"))
    if len(saved) != len(now):
        return Unlike("text", "the markup differs", f"{len(saved)} tags", f"{len(now)} tags")
    return None
