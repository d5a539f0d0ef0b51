"""Syntax that a newer Python has: which, and since when.

Python 3.11 refuses `type Pair[T] = tuple[T, T]` with "invalid syntax". So the tokens are looked at for what later
versions brought; each find is rewritten in older words (`Pair = tuple[T, T]`), and if the whole then parses, the
newer syntax was all that was wrong. Looked for are, from 3.12, type parameters, `type` statements and f-strings
with any expression (PEP 695, 701); from 3.13, defaults of type parameters (PEP 696); from 3.14, template strings
and `except` without parentheses (PEP 750, 758).
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from tokenize import TokenInfo

Position = tuple[int, int]


@dataclass(frozen=True)
class Newer:
    """A construct, in the plural, with the Python that brought it and its line."""

    what: str
    version: tuple[int, int]
    line: int


@dataclass(frozen=True)
class _Find:
    newer: Newer
    start: Position
    end: Position
    instead: str


_LAYOUT = frozenset({tokenize.NL, tokenize.COMMENT})
_STARTS = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING})
_MOST_REWRITINGS = 200


def newer_syntax(text: str) -> Newer | None:
    """The newest construct of a text that this Python refuses and that a newer one parses; None where no newer
    Python would help."""
    found: list[Newer] = []
    for _ in range(_MOST_REWRITINGS):
        if _parses(text):
            return max(found, key=lambda each: each.version, default=None)
        find = next(_finds(text), None)
        if find is None:
            return None
        found.append(find.newer)
        text = _rewritten(text, find)
    return None


def _parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _finds(text: str) -> Iterator[_Find]:
    """What the running Python does not know, from the top of the text."""
    tokens = [token for token in _tokens(text) if token.type not in _LAYOUT]
    for index, token in enumerate(tokens):
        if token.type not in (tokenize.NAME, tokenize.STRING):
            continue
        found = (
            _formatted_text(text, tokens, index)
            or _type_parameters(text, tokens, index)
            or _type_statement(tokens, index)
            or _template(tokens, index)
            or _bare_except(text, tokens, index)
        )
        if found is not None and found.newer.version > sys.version_info[:2]:
            yield found


def _tokens(text: str) -> list[TokenInfo]:
    """The tokens up to the first that is none."""
    found: list[TokenInfo] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            found.append(token)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass
    return found


def _rewritten(text: str, find: _Find) -> str:
    """The text with a find replaced, on as many lines as before."""
    first, last = _offset(text, find.start), _offset(text, find.end)
    lost = text.count("\n", first, last)
    # the line at the end is for a backslash on the last one
    return text[:first] + find.instead + "\\\n" * lost + text[last:] + "\n"


def _offset(text: str, position: Position) -> int:
    line, column = position
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    return start + column


def _slice(text: str, start: Position, end: Position) -> str:
    return text[_offset(text, start) : _offset(text, end)]


# --- type parameters and `type` statements


def _type_parameters(text: str, tokens: Sequence[TokenInfo], index: int) -> _Find | None:
    """`[T]` in `def f[T](x)`, `class A[T]:` and `type X[T] = …`."""
    if tokens[index].string not in ("def", "class", "type") or len(tokens) < index + 4:
        return None
    name, opening = tokens[index + 1], tokens[index + 2]
    if name.type != tokenize.NAME or opening.string != "[":
        return None
    if tokens[index].string == "type" and not _starts_statement(tokens, index):
        return None
    closing = _closing(tokens, index + 2)
    if closing is None:
        return None
    inside = _slice(text, opening.end, closing.start)
    # type parameters are spelled like those of a function, and there is at least one
    signature = f"def _(\n{inside}\n): pass"
    if not inside.strip() or not _parses(signature):
        return None
    line = name.start[0]
    newer = Newer("type parameters", (3, 12), line)
    for part in ast.walk(ast.parse(signature)):
        if isinstance(part, ast.arguments) and (part.defaults or any(part.kw_defaults)):
            newer = Newer("defaults of type parameters", (3, 13), line)
    return _Find(newer, opening.start, closing.end, "")


def _closing(tokens: Sequence[TokenInfo], opening: int) -> TokenInfo | None:
    depth = 0
    for token in tokens[opening:]:
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if depth == 0:
                return token
    return None


def _type_statement(tokens: Sequence[TokenInfo], index: int) -> _Find | None:
    """`type X = int`; its type parameters have been taken away before."""
    if tokens[index].string != "type" or not _starts_statement(tokens, index) or len(tokens) < index + 3:
        return None
    name, equals = tokens[index + 1], tokens[index + 2]
    if name.type != tokenize.NAME or equals.string != "=":
        return None
    return _Find(Newer("`type` statements", (3, 12), name.start[0]), tokens[index].start, name.start, "")


def _starts_statement(tokens: Sequence[TokenInfo], index: int) -> bool:
    return index == 0 or tokens[index - 1].type in _STARTS or tokens[index - 1].string in (";", ":")


# --- template strings, `except` without parentheses


def _template(tokens: Sequence[TokenInfo], index: int) -> _Find | None:
    """`t"…"`: a name right before a text."""
    token = tokens[index]
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None or following.type != tokenize.STRING or following.start != token.end:
        return None
    if token.type != tokenize.NAME or token.string.lower() not in ("t", "rt", "tr"):
        return None
    return _Find(Newer("template strings", (3, 14), token.start[0]), token.start, token.end, "")


def _bare_except(text: str, tokens: Sequence[TokenInfo], index: int) -> _Find | None:
    """`except A, B:`."""
    if tokens[index].string != "except" or not _starts_statement(tokens, index):
        return None
    first = index + (2 if index + 1 < len(tokens) and tokens[index + 1].string == "*" else 1)
    depth, commas = 0, 0
    for token in tokens[first:]:
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            commas += token.string == "," and depth == 0
            if token.string == ":" and depth == 0:
                if not commas:
                    return None
                start = tokens[first].start
                newer = Newer("`except` clauses without parentheses", (3, 14), start[0])
                return _Find(newer, start, token.start, f"({_slice(text, start, token.start)})")
        elif token.string == "as" or token.type in _STARTS:
            return None
    return None


# --- f-strings


def _formatted_text(text: str, tokens: Sequence[TokenInfo], index: int) -> _Find | None:
    """An f-string whose expressions hold its own quotes, backslashes, comments or lines: `f'{d['k']}'`."""
    token = tokens[index]
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if token.type == tokenize.STRING:
        prefix = token.string[: min(token.string.find(quote) for quote in "'\"" if quote in token.string)]
    elif following is not None and following.start == token.end and following.string in ("'", '"'):
        prefix = token.string  # `f'{` with no end on its line
    else:
        return None
    if prefix.lower() not in ("f", "rf", "fr"):
        return None
    start = _offset(text, token.start)
    try:
        end, expressions = _scan(text, start + len(prefix))
    except (IndexError, ValueError):
        return None
    whole = text[start:end]
    if whole == token.string and not any(_is_newer(each, whole[len(prefix) :]) for each in expressions):
        return None
    if not all(each.strip() and _parses_somewhere(f"(\n{each}\n)") for each in expressions):
        return None
    lines = whole.split("\n")
    stop = (token.start[0] + len(lines) - 1, len(lines[-1]) + (token.start[1] if len(lines) == 1 else 0))
    newer = Newer("f-strings that nest their own quotes, backslashes, comments or lines", (3, 12), token.start[0])
    return _Find(newer, token.start, stop, '""')


def _is_newer(expression: str, literal: str) -> bool:
    triple = literal[:3] in ("'''", '"""')
    quote = literal[:3] if triple else literal[0]
    return quote in expression or "\\" in expression or "#" in expression or ("\n" in expression and not triple)


def _parses_somewhere(text: str) -> bool:
    return _parses(text) or newer_syntax(text) is not None


def _scan(text: str, start: int) -> tuple[int, list[str]]:
    """Where the f-string ends whose quotes begin at `start`, and the expressions in it.

    Raises IndexError or ValueError where it does not end.
    """
    quote = text[start] * 3 if text[start : start + 3] == text[start] * 3 else text[start]
    expressions: list[str] = []
    at = start + len(quote)
    while not text.startswith(quote, at):
        if text[at] == "\n" and len(quote) == 1:
            raise ValueError("the text does not end on its line")
        if text[at] == "\\" or text.startswith(("{{", "}}"), at):
            at += 2
        elif text[at] == "{":
            at = _scan_field(text, at + 1, expressions)
        else:
            at += 1
    return at + len(quote), expressions


def _scan_field(text: str, start: int, expressions: list[str]) -> int:
    """Past the `}` of a field that begins at `start`; its expression, and those in its format, are added."""
    at, depth = start, 0
    while depth or text[at] not in "}:!" or text.startswith("!=", at):
        if text[at] in "'\"":
            at, _ = _scan(text, at) if _is_formatted(text, at) else (_end_of_text(text, at), [])
            continue
        if text[at] == "#":
            at = text.index("\n", at)
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth < 0:
            raise ValueError("a bracket is closed that was not opened")
        at += 1
    expressions.append(text[start:at].rstrip().removesuffix("=") if _shows_itself(text[start:at]) else text[start:at])
    if text[at] == "!":
        at += 1
        while text[at] not in ":}":
            at += 1
    if text[at] == ":":
        at += 1
        while text[at] != "}":
            at = _scan_field(text, at + 1, expressions) if text[at] == "{" else at + 1
    return at + 1


def _shows_itself(expression: str) -> bool:
    """`x=` in `f"{x=}"`, which is no comparison."""
    text = expression.rstrip()
    return text.endswith("=") and not text.endswith(("==", "!=", "<=", ">="))


def _is_formatted(text: str, at: int) -> bool:
    before = text[max(0, at - 2) : at].lower()
    return before.endswith("f") or before in ("fr",)


def _end_of_text(text: str, start: int) -> int:
    """Past the end of an ordinary text whose quotes begin at `start`."""
    quote = text[start] * 3 if text[start : start + 3] == text[start] * 3 else text[start]
    at = start + len(quote)
    while not text.startswith(quote, at):
        if text[at] == "\n" and len(quote) == 1:
            raise ValueError("the text does not end on its line")
        at += 2 if text[at] == "\\" else 1
    return at + len(quote)
