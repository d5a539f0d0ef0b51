"""What stands for a function of the notebook: its definition's code, and which names of the notebook it looks up.

    def price(km, base=3):        price:  the code in canonical form, so that comments and layout do not count
        return base + RATE * km           looks up RATE

Not the bytecode, which holds our hooks and differs from one Python to the next.
"""

from __future__ import annotations

import ast
import dis
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType

from jupyter_mlops.analysis.code import canonical
from jupyter_mlops.analysis.inputs import makes_unseeded, seeds
from jupyter_mlops.analysis.lambdas import node_of
from jupyter_mlops.analysis.syntax import unwarned
from jupyter_mlops.kernel.values.digests import of_bytes

_LOOKUPS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_MOST = 5000


@dataclass(frozen=True)
class Definition:
    """The digest of a function's code; whether it seeds a random stream, and whether it makes an unseeded generator."""

    digest: bytes
    seeds: bool = False
    unseeded: bool = False


# By code object, which the cache keeps alive, so that an address is not used again.
_known: dict[CodeType, Definition] = {}
_names: dict[CodeType, tuple[str, ...]] = {}


def is_of_notebook(function: FunctionType) -> bool:
    """Whether a function was defined in the notebook."""
    return function.__globals__.get("__name__") == "__main__"


def definition(code: CodeType) -> Definition:
    """What the definition of a function with this code says; where its text is not known, that of the bytecode."""
    known = _known.get(code)
    if known is None:
        if len(_known) > _MOST:
            _known.clear()
        node = _node(code)
        if node is None:
            known = Definition(of_bytes(_bytecode(code)))
        else:
            calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
            known = Definition(
                of_bytes(canonical(node).encode("utf-8", "surrogatepass")),
                any(seeds(each) for each in calls),
                any(makes_unseeded(each) for each in calls),
            )
        _known[code] = known
    return known


def looked_up(code: CodeType) -> tuple[str, ...]:
    """The global names that a function with this code, or one defined in it, looks up."""
    known = _names.get(code)
    if known is None:
        if len(_names) > _MOST:
            _names.clear()
        known = tuple(dict.fromkeys(_lookups(code)))
        _names[code] = known
    return known


def _lookups(code: CodeType) -> Iterator[str]:
    for step in dis.get_instructions(code):
        if step.opname in _LOOKUPS:
            yield str(step.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _lookups(constant)


def _node(code: CodeType) -> ast.AST | None:
    text = "".join(linecache.getlines(code.co_filename))
    try:
        with unwarned(text):
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if code.co_name == "<lambda>":
        return node_of(code, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if first == code.co_firstlineno:
                return node
    return None


def _bytecode(code: CodeType) -> bytes:
    constants = [_bytecode(each) if isinstance(each, CodeType) else repr(each).encode() for each in code.co_consts]
    return b"\0".join([code.co_code, *constants, *(name.encode() for name in code.co_names)])
