"""A cell's source as Python: parsed after IPython's own transformation, and hashed in a canonical form.

The hash of a cell does not change with comments, layout or quotes, nor with the Python that computes it:

    >>> code_hash("x = 1  # one") == code_hash("x=1")
    True
    >>> code_hash("x = 1") == code_hash("x = 2")
    False

A text that does not parse is hashed as it stands. `%%time` and `%%capture` run their body in the notebook's
namespace, so `parse_cell` sees through them; what other magics bind cannot be known from the text, and they
are reported as `opaque`.
"""

from __future__ import annotations

import ast
import hashlib
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager

# Cell magics that run their body as ordinary Python in the notebook's namespace.
TRANSPARENT_CELL_MAGICS = frozenset({"time", "capture"})

# Magics that bind no name of the notebook.
HARMLESS_MAGICS = frozenset(
    [
        "alias",
        "autoreload",
        "bash",
        "capture",
        "cat",
        "cd",
        "colors",
        "conda",
        "config",
        "debug",
        "env",
        "history",
        "html",
        "javascript",
        "js",
        "latex",
        "load_ext",
        "ls",
        "logstart",
        "lsmagic",
        "magic",
        "markdown",
        "matplotlib",
        "mkdir",
        "pdef",
        "pdoc",
        "pfile",
        "pinfo",
        "pinfo2",
        "pip",
        "precision",
        "psearch",
        "psource",
        "pwd",
        "reload_ext",
        "script",
        "set_env",
        "sh",
        "svg",
        "sx",
        "system",
        "timeit",
        "uv",
        "who",
        "who_ls",
        "whos",
        "writefile",
        "xmode",
    ]
)

_SKIPPED_FIELDS = frozenset({"ctx", "kind", "type_comment"})
_CELL_MAGIC = re.compile(r"\A\s*%%(\w+)[^\n]*")
_LEADING_EMPTY_LINES = re.compile(r"\A(?:[^\S\n]*\n)*")
_NAMES_AN_OUTPUT = re.compile(r"--(out|err|proc)\b")  # `%%bash --out listing`


@dataclass(frozen=True)
class SyntaxFault:
    """Why a cell is no Python: the parser's message and the line within the cell, from 1."""

    message: str
    line: int | None


@dataclass(frozen=True)
class Opaque:
    """A magic or shell line that may bind names out of sight."""

    what: str
    line: int


@dataclass(frozen=True)
class ParsedCell:
    """A cell after IPython's transformation. `text` has the lines that the positions in `tree` refer to."""

    text: str
    tree: ast.Module
    opaque: tuple[Opaque, ...] = ()
    fault: SyntaxFault | None = None


def transform(source: str) -> str:
    """The Python that IPython would run for a cell's source.

    Raises SyntaxError where IPython's transformer already refuses the text.
    """
    return TransformerManager().transform_cell(source)


def parse_cell(source: str) -> ParsedCell:
    """Parse a cell. A fault is returned, never raised, with an empty tree beside it."""
    magic = _CELL_MAGIC.match(source)
    bound_by_magic: list[str] = []
    if magic and magic[1] in TRANSPARENT_CELL_MAGICS:
        if magic[1] == "capture":
            bound_by_magic = [word for word in magic[0].split()[1:] if word.isidentifier()]
        source = source[: magic.start()] + "\n" * magic[0].count("\n") + source[magic.end() :]
    try:
        text = _leading_lines(source) + transform(source)
        tree = ast.fix_missing_locations(_TimeLines().visit(_parse(text)))
    except SyntaxError as error:
        return _faulty(source, error.msg, error.lineno)
    except (ValueError, RecursionError, MemoryError) as error:
        # null bytes, lone surrogates, thousands of nested parts
        return _faulty(source, str(error) or "it is nested too deeply", None)
    for name in bound_by_magic:
        tree.body.insert(0, _capture_binding(name))
    return ParsedCell(text=text, tree=tree, opaque=tuple(_opaque_parts(tree)))


def _leading_lines(source: str) -> str:
    """The empty lines at the top, which IPython's transformation drops, so that lines count as in the cell."""
    empty = _LEADING_EMPTY_LINES.match(source)
    return "\n" * empty[0].count("\n") if empty and source.strip() else ""


def _faulty(source: str, message: str, line: int | None) -> ParsedCell:
    return ParsedCell(source, ast.Module(body=[], type_ignores=[]), fault=SyntaxFault(message, line))


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cell's own SyntaxWarnings are the kernel's to show
        return ast.parse(text)


def _capture_binding(name: str) -> ast.stmt:
    """`%%capture out` binds `out` after the body; nothing of the body can read it meanwhile."""
    statement = ast.parse(f"{name} = None").body[0]
    return ast.increment_lineno(statement, 0)


def _magic_call(node: ast.AST) -> tuple[str, list[str]] | None:
    """The method and constant arguments of `get_ipython().method(...)`, which is what magics become."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython"), args=[]), attr=method),
            args=arguments,
        ):
            return method, [str(a.value) for a in arguments if isinstance(a, ast.Constant)]
        case _:
            return None


class _TimeLines(ast.NodeTransformer):
    """Puts the statements of `%time x = f()` in place of the magic, since they bind names of the notebook."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        call = _magic_call(node.value)
        if call is None or call[0] != "run_line_magic" or call[1][:1] != ["time"] or len(call[1]) < 2:
            return node
        try:
            body = _parse(call[1][1]).body
        except SyntaxError:
            return node
        for statement in body:
            for part in ast.walk(statement):
                if "lineno" in part._attributes:
                    ast.copy_location(part, node)
        return body


def _opaque_parts(tree: ast.Module) -> Iterator[Opaque]:
    for node in ast.walk(tree):
        call = _magic_call(node)
        if call is None:
            continue
        method, arguments = call
        line = getattr(node, "lineno", 1)
        name = arguments[0] if arguments else ""
        if method not in ("run_line_magic", "run_cell_magic"):
            continue
        if name not in HARMLESS_MAGICS or _NAMES_AN_OUTPUT.search("".join(arguments[1:2])):
            yield Opaque(f"{'%%' if method == 'run_cell_magic' else '%'}{name}", line)


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
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _digest(source)


def notebook_hash(cell_hashes: Iterable[str]) -> str:
    """The code hash of a notebook: that of the ordered list of its code cells' hashes."""
    return _digest("\n".join(cell_hashes))
