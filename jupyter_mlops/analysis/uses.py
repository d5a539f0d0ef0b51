"""What happens to the notebook's names, as data: uses, calls of functions, and definitions of what is called.

`total = area(3)` is `read area`, a call of `area`, `bind total`; `def area(r): return PI * r ** 2` is `later PI`,
`bind area`, and a definition whose body is `read PI`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

UseKind = Literal["read", "later", "bind", "delete", "change", "borrow", "expire", "star", "hide"]


@dataclass(frozen=True)
class Use:
    """One use of a name: `later` is a read inside a function; `borrow` and `expire` enclose an exception handler,
    whose name is bound there only; `star` is an import of unknown names, with the
    module as name; `hide` is a call such as `exec` that may bind anything.

    `sure` is False where a branch, an empty loop, an earlier exit or a failure may leave the use out. A `soft` read
    does no harm where nobody binds the name: `$name` in a shell line, `try: x` with `except NameError`. `through`
    are the functions on the way where a call leads to the use, from the one that is called here.
    """

    kind: UseKind
    name: str
    line: int
    sure: bool = True
    soft: bool = False
    through: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """A name of the notebook that is called here; not `sure` where it is only handed on, or in a branch."""

    name: str
    line: int
    sure: bool
    soft: bool


@dataclass(frozen=True)
class Definition:
    """What a function or class that is bound to `name` does: `body` at each call, `methods` perhaps, later on."""

    name: str
    sure: bool
    body: tuple[Event, ...] = ()
    methods: tuple[Event, ...] = ()


Event = Use | Call | Definition

Events = tuple[Event, ...]

StatementEvents = Sequence[tuple[ast.stmt, Events]]
