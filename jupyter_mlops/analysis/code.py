"""A cell's source as Python: parsed after IPython's own transformation, and hashed in a canonical form.

The hash of a cell does not change with comments, layout or quotes, nor with the Python that computes it:

    >>> code_hash("x = 1  # one") == code_hash("x=1")
    True
    >>> code_hash("x = 1") == code_hash("x = 2")
    False

A text that does not parse is hashed as it stands. `%%time` and `%%capture` run their body in the notebook's
namespace, so `parse_cell` sees through them: the body's statements are the cell's. What other magics bind cannot
be known from the text, and they are reported as `opaque`.
"""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from IPython.core.inputtransformer2 import TransformerManager

from jupyter_mlops.analysis import syntax
from jupyter_mlops.analysis.installs import Install, installs
from jupyter_mlops.analysis.magic_facts import magic_facts
from jupyter_mlops.analysis.magics import (
    MagicCall,
    MagicEffect,
    captured_names,
    effect_of,
    magic_call,
    reaches_names,
)
from jupyter_mlops.analysis.newer import Newer, newer_syntax

_SKIPPED_FIELDS = frozenset({"ctx", "kind", "type_comment"})
# Statements whose parts may be left out by a run.
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match, ast.FunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class SyntaxFault:
    """Why a cell is no Python: the parser's message and the line within the cell, from 1. `newer` is the syntax
    that a newer Python would have understood."""

    message: str
    line: int | None
    newer: Newer | None = None


@dataclass(frozen=True)
class Opaque:
    """A magic or shell line that may bind names out of sight."""

    what: str
    line: int


@dataclass(frozen=True)
class ParsedCell:
    """A cell after IPython's transformation. `text` has the lines that the positions in `tree` refer to.

    `one_word` marks a single line such as `ls -l`, which IPython takes for a magic as long as nobody has bound `ls`.
    """

    text: str
    tree: ast.Module
    opaque: tuple[Opaque, ...] = ()
    fault: SyntaxFault | None = None
    installs: tuple[Install, ...] = ()
    one_word: bool = False


class _LinesKept(TransformerManager):
    """IPython's transformer, which joins continued lines of a magic; the lines after them keep their numbers here."""

    def do_one_token_transform(self, lines: list[str]) -> Any:
        changed, result = cast("tuple[bool, list[str]]", super().do_one_token_transform(lines))
        joined = len(lines) - len(result)
        if joined > 0:
            at = next(i for i, (before, after) in enumerate(zip(lines, result, strict=False)) if before != after)
            result = [*result[: at + 1], *["\n"] * joined, *result[at + 1 :]]
        return changed, result


def transform(source: str) -> str:
    """The Python that IPython would run for a cell's source.

    Raises SyntaxError where IPython's transformer already refuses the text.
    """
    return TransformerManager().transform_cell(source)


def parse_cell(source: str) -> ParsedCell:
    """Parse a cell. A fault is returned, never raised, with an empty tree beside it."""
    try:
        with syntax.deep():
            text, tree, one_word = _see_through(source, 0)
    except _RefusedError as error:
        return _faulty(error.transformed, error.args[0], error.line, newer_syntax(error.transformed))
    except SyntaxError as error:
        return _faulty(source, error.msg, error.lineno)
    except (ValueError, RuntimeError, MemoryError) as error:
        # null bytes, lone surrogates, thousands of nested parts, hundreds of magics
        return _faulty(source, str(error) or "it is nested too deeply", None)
    opaque, found = _magic_parts(tree)
    return ParsedCell(text, tree, tuple(opaque), None, tuple(found), one_word)


class _RefusedError(SyntaxError):
    """The transformed text that the parser refuses, and why."""

    def __init__(self, transformed: str, cause: SyntaxError) -> None:
        super().__init__(cause.msg)
        self.transformed = transformed
        self.line = cause.lineno


def _see_through(source: str, above: int) -> tuple[str, ast.Module, bool]:
    """The text, tree and oneness of code that has `above` lines over it; the bodies of magics that run them as
    Python stand in the place of the magic.

    Raises SyntaxError, or what the parser has against null bytes and the like.
    """
    # IPython's transformation drops the empty lines at the top
    empty = syntax.empty_lines_above(source) if source.strip() else 0
    transformed = _LinesKept().transform_cell(source)
    padding = "\n" * (above + empty)
    magic_line = _line_of_bare_magic(transformed)
    try:
        tree = _parse(padding + transformed)
    except SyntaxError as error:
        if magic_line is None:
            raise _RefusedError(padding + transformed, error) from None
        transformed, magic_line = magic_line, None
        tree = _parse(padding + transformed)
    text = padding + transformed
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        call = magic_call(tree.body[0].value)
        if call is not None and call.body is not None and _runs_python(call):
            return _see_through_cell_magic(call, tree.body[0].lineno)
    tree = ast.fix_missing_locations(_PythonLines().visit(tree))
    return text, tree, magic_line is not None


def _runs_python(call: MagicCall) -> bool:
    return magic_facts().of(call.name).runs == "python"


def _see_through_cell_magic(call: MagicCall, line: int) -> tuple[str, ast.Module, bool]:
    """The body of `%%time` and its like; `line` is the magic's own."""
    header, _, _ = (effect_of(call).code or "").partition("\n")
    body = call.body or ""
    text, tree, _ = _see_through(body, line)
    if header:
        lines = text.split("\n")
        lines[line - 1] = transform(header).rstrip("\n")
        text = "\n".join(lines)
        tree = ast.fix_missing_locations(_PythonLines().visit(_parse(text)))
    if call.name == "capture" and not _ends_with_semicolon(body):
        for name in captured_names(call.line):
            # bound after the body
            (statement,) = _parse(f"{name} = None").body
            tree.body.append(ast.increment_lineno(statement, line - 1))
    return text, tree, False


def _ends_with_semicolon(body: str) -> bool:
    """Then `%%capture` keeps nothing."""
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(body).readline):
            if token.type not in (tokenize.ENDMARKER, tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.DEDENT):
                last = token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return False
    return last == ";"


def _line_of_bare_magic(transformed: str) -> str | None:
    """`%pip install x` for `pip install x`: a cell of one line may leave the `%` out."""
    line = transformed.strip()
    if not line or "\n" in line:
        return None
    end = next((i for i, char in enumerate(line) if not (char.isalnum() or char == "_")), len(line))
    name, rest = line[:end], line[end:].strip()
    fact = magic_facts().magics.get(name)
    if fact is None or not fact.line or rest[:1] in ("=", ",") or (rest and line[end] not in " \t?"):
        return None
    return transform(f"%{name} {rest}")


def _faulty(source: str, message: str, line: int | None, newer: Newer | None = None) -> ParsedCell:
    return ParsedCell(source, ast.Module(body=[], type_ignores=[]), fault=SyntaxFault(message, line, newer))


def refused_statement(cell: ParsedCell) -> SyntaxFault | None:
    """What the compiler has against a cell that parses: `return` outside a function, for example.

    Statements are compiled one by one, as IPython does it.
    """
    for statement in cell.tree.body:
        try:
            _compile(statement)
        except SyntaxError as error:
            return SyntaxFault(error.msg, error.lineno)
        except (ValueError, RecursionError, MemoryError):
            continue  # how deep code may be nested is the kernel's to say
    return None


def _compile(statement: ast.stmt) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = ast.Module([statement], type_ignores=[])
        compile(module, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _parse(text: str) -> ast.Module:
    with syntax.unwarned(text):
        return ast.parse(text)


class _PythonLines(ast.NodeTransformer):
    """Puts the statements of `%time x = f()` in place of the magic, since they bind names of the notebook."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        call = magic_call(node.value)
        if call is None or call.body is not None or not _runs_python(call):
            return node
        try:
            body = _parse(transform(effect_of(call).code or "")).body
        except SyntaxError:
            return node
        for statement in body:
            for part in ast.walk(statement):
                if "lineno" in part._attributes:
                    ast.copy_location(part, node)
        return body or node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node  # in a function the magic binds no name that the function could read

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return node


def _magic_parts(tree: ast.Module) -> tuple[list[Opaque], list[Install]]:
    """The opaque magics and the install commands of a cell."""
    opaque: list[Opaque] = []
    found: list[Install] = []
    for call, node, sure in _magic_calls(tree):
        if isinstance(call, str):
            opaque.append(Opaque(call, node.lineno))
            continue
        effect = effect_of(call)
        if effect.opaque:
            opaque.append(Opaque(call.spelling, node.lineno))
        for below, command in effect.commands:
            found += [Install(*each, node.lineno + below, sure) for each in installs(command)]
        inner = _inner(effect)
        if inner is not None:
            opaque += [Opaque(part.what, part.line + node.lineno - 1) for part in inner.opaque]
            found += [Install(i.installer, i.requirements, i.line + node.lineno - 1, False) for i in inner.installs]
    return opaque, found


def _inner(effect: MagicEffect) -> ParsedCell | None:
    """The Python within a magic that stands there as text."""
    return parse_cell(effect.code) if effect.code else None


def _magic_calls(tree: ast.Module) -> Iterator[tuple[MagicCall | str, ast.expr, bool]]:
    """Each magic in order, or how else the namespace is reached, with its node and whether no branch is around it."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, True)]
    while waiting:
        node, sure = waiting.pop()
        call = magic_call(node)
        reach = reaches_names(node)
        if isinstance(node, ast.expr) and (call or reach):
            yield call or reach or "", node, sure
            continue
        sure = sure and not isinstance(node, _BRANCHES)
        waiting += [(child, sure) for child in reversed(list(ast.iter_child_nodes(node)))]


def canonical(node: ast.AST) -> str:
    """A text that equal code shares, whatever its layout and whatever Python (3.11 to 3.13) parsed it."""
    parts: list[str] = []
    _write(node, parts)
    return "".join(parts)


def _write(node: object, parts: list[str]) -> None:
    match node:
        case ast.AST():
            parts.append(type(node).__name__ + "(")
            for field, value in ast.iter_fields(node):
                if field in _SKIPPED_FIELDS:
                    continue
                is_value = isinstance(node, ast.Constant) and field == "value"
                if not is_value and (value is None or value == []):
                    continue
                parts.append(f"{field}=")
                _write(_without_empty_texts(node) if isinstance(node, ast.JoinedStr) else value, parts)
                parts.append(",")
            parts.append(")")
        case list():
            parts.append("[")
            for item in node:  # pyright: ignore[reportUnknownVariableType]
                _write(item, parts)  # pyright: ignore[reportUnknownArgumentType]
                parts.append(",")
            parts.append("]")
        case _:
            parts.append(f"{type(node).__name__}:{node!r}")


def _without_empty_texts(text: ast.JoinedStr) -> list[ast.expr]:
    """3.11 keeps empty pieces inside f-strings that 3.12 leaves out."""
    return [piece for piece in text.values if not (isinstance(piece, ast.Constant) and piece.value == "")]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def code_hash(source: str) -> str:
    """SHA-256 of a cell's canonical code, in hexadecimal; of the raw text where it does not parse."""
    try:
        return _digest(canonical(_parse(transform(source))))
    except (SyntaxError, ValueError, RuntimeError, MemoryError):
        return _digest(source)


def notebook_hash(cell_hashes: Iterable[str]) -> str:
    """The code hash of a notebook: that of the ordered list of its code cells' hashes."""
    return _digest("\n".join(cell_hashes))
