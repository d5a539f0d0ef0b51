"""Changes of a cell's source: of a value, of nothing but its looks, of a name.

Each gives None where the source has nothing that could be changed so. Positions come from Python's own tree, so
what is changed is never inside a text or a comment.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable
from random import Random


def parsed(source: str) -> ast.Module | None:
    """The tree of a source; None where it is not plain Python (magics, shell lines)."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def another_value(source: str, rng: Random) -> str | None:
    """One number, truth or text of the source changed: 3 becomes 4, 0.1 becomes 0.15, "b" becomes "bb".

    Texts change only where they are elements of a list or dict, or are bound: elsewhere they are names of columns,
    options and the like, and the cell would only fail.
    """
    tree = parsed(source)
    if tree is None:
        return None
    plain = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AugAssign)}
    for node in ast.walk(tree):
        if isinstance(node, ast.List):
            plain |= {id(each) for each in node.elts}
        elif isinstance(node, ast.Dict):
            plain |= {id(each) for each in node.values}
    seeds = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in ("random_state", "seed")
        for inner in ast.walk(node)
    }
    wanted = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and (isinstance(node.value, bool | int | float) or (isinstance(node.value, str) and id(node) in plain))
        and node.lineno == node.end_lineno
        and id(node) not in seeds
    ]
    rng.shuffle(wanted)
    for node in wanted:
        text = _replaced(source, node, _other(node.value))
        if text is not None and parsed(text) is not None:
            return text
    return None


def _other(value: bool | int | float | str) -> str:
    if isinstance(value, bool):
        return repr(not value)
    if isinstance(value, int):
        return repr(value + 1)
    if isinstance(value, float):
        return repr(round(value * 1.5, 6) or 0.5)
    return repr(value + value[-1:] if value else "x")


def _replaced(source: str, node: ast.expr, text: str) -> str | None:
    lines = source.splitlines(keepends=True)
    line = lines[node.lineno - 1].encode()
    old = line[node.col_offset : node.end_col_offset].decode()
    if not old or (isinstance(node, ast.Constant) and old[0] in "fFrRbB"):
        return None
    try:
        # the middle of an f-string has no place of its own before Python 3.12
        if ast.literal_eval(old) != node.value:
            return None
    except (SyntaxError, ValueError):
        return None
    lines[node.lineno - 1] = (line[: node.col_offset] + text.encode() + line[node.end_col_offset :]).decode()
    return "".join(lines)


def looks(source: str, rng: Random) -> str | None:
    """Other layout and comments, the same code."""
    tree = parsed(source)
    if tree is None:
        return None
    ways: list[Callable[[str], str]] = [
        lambda text: f"# looked at again\n{text}",
        lambda text: f"{text}\n\n# until here\n",
        lambda text: f"\n\n{text}\n",
        _spaced,
        _commented,
    ]
    rng.shuffle(ways)
    for way in ways:
        text = way(source)
        other = parsed(text)
        if text != source and other is not None and ast.dump(other) == ast.dump(tree):
            return text
    return None


def _spaced(source: str) -> str:
    """More space around `=` and after commas, outside of texts."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, IndentationError):
        return source
    lines = source.splitlines(keepends=True)
    for token in reversed(tokens):
        if token.type == tokenize.OP and token.string in ("=", ",") and token.start[0] == token.end[0]:
            row, column = token.end
            line = lines[row - 1]
            lines[row - 1] = f"{line[:column]} {line[column:]}"
    return "".join(lines)


def _commented(source: str) -> str:
    """A comment at the end of the last line."""
    return f"{source.rstrip()}  # as before"


def bound_names(source: str) -> list[str]:
    """The names that plain assignments, `def` and `class` at the top of a cell bind, in order."""
    tree = parsed(source)
    found: list[str] = []
    for node in tree.body if tree else []:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]):
                found.append(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.append(name)
            case _:
                pass
    return list(dict.fromkeys(found))


def with_name(source: str, old: str, new: str) -> str:
    """A source in which a name is another one, outside of texts, attributes and the words of calls."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, IndentationError):
        return source
    lines = source.splitlines(keepends=True)
    depth, places = 0, list[tuple[int, int]]()
    for position, token in enumerate(tokens):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        elif token.type == tokenize.NAME and token.string == old:
            attribute = position > 0 and tokens[position - 1].string == "."
            word = depth > 0 and tokens[position + 1].string == "="
            if not attribute and not word:
                places.append(token.start)
    for row, column in reversed(places):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + new + line[column + len(old) :]
    return "".join(lines)
