"""The words of a source: equal for all sources that are the same code, and found without parsing them.

    x = load('a b')  # rows            {x, load, a, b}
    x = load( "a b" )                  {x, load, a, b}
    x = load("c")                      {x, load, c}      so it is other code

So of thousands of recorded sources only those are parsed that may be the code of a cell.
"""

from __future__ import annotations

import re

_TOKENS = re.compile(
    r'''(?P<text>"""(?:\\.|.)*?"""|\'\'\'(?:\\.|.)*?\'\'\'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')'''
    r"|\#[^\n]*"
    # the letters before a text, as in r"", say how it is written
    r"""|(?P<word>[^\W\d]\w*+(?!["']))"""
    r"|(?P<number>(?:\d[\d_]*+\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?\w*)",
    re.DOTALL,
)
_WORDS = re.compile(r"\w+")


def words(text: str) -> frozenset[str]:
    """The words of a source without comments; those of texts as well, and numbers however they are written."""
    found: set[str] = set()
    for token in _TOKENS.finditer(text):
        match token.lastgroup:
            case "text":
                found.update(_WORDS.findall(token[0]))
            case "word":
                found.add(token[0])
            case "number":
                found.add(_number(token[0]))
            case _:
                pass
    return frozenset(found)


def _number(text: str) -> str:
    try:
        return repr(float(text.replace("_", "")))
    except ValueError:
        return text.lower()
