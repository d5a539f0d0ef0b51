"""What is known of a notebook's surroundings, as data; the default is that nobody looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Place = Literal["there", "at-root", "nowhere"]


@dataclass(frozen=True)
class Secret:
    """A secret in a cell's source, at a line, or in its outputs (line None). The value itself is kept nowhere."""

    cell: str
    index: int
    line: int | None
    kind: str


@dataclass(frozen=True)
class Module:
    """A module that the notebook imports: whether its kernel's interpreter finds it, whether it is a file of the
    project's own, the distributions that it belongs to, and the names that `from it import *` binds, where its text
    tells."""

    found: bool
    own: bool = False
    distributions: tuple[str, ...] = ()
    star: frozenset[str] | None = None


@dataclass(frozen=True)
class Requirements:
    """The distributions that the project's files ask for, by normalised name, with all that those bring along as far
    as they are installed; `files` are the files' names."""

    files: tuple[str, ...]
    names: frozenset[str]


@dataclass(frozen=True)
class Surroundings:
    """`files` says of paths in the code, as they stand there, whether there is such a file: from the notebook's folder,
    only from the project's root, or nowhere. `modules` is empty where the interpreter is not known, `requirements` None
    where the project has no file of them."""

    files: Mapping[str, Place] = field(default_factory=dict[str, Place])
    modules: Mapping[str, Module] = field(default_factory=dict[str, Module])
    requirements: Requirements | None = None
    secrets: tuple[Secret, ...] = ()
