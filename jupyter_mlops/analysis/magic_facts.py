"""Facts on IPython's magics and on install commands, read from `magics.toml`, whose head explains the keys.

An entry such as

    [[magic]]
    names = ["prun"]
    runs = "python"
    options = "D:l:rs:T:q"
    expands = false

says that `%prun -l 5 x = f()` runs `x = f()` in the notebook's namespace and leaves `$name` alone. A misspelt key,
an unknown word, a wrong type or a name given twice is an error that names the entry.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

Runs = Literal["nothing", "shell", "python", "timed", "anything"]
Words = Literal["none", "assigned", "deleted", "imported", "macro", "query", "script", "shown", "stored"]


@dataclass(frozen=True)
class MagicFact:
    """What one magic runs, and how its line is read."""

    runs: Runs = "nothing"
    options: str = ""
    words: Words = "none"
    expands: bool = True
    line: bool = True


@dataclass(frozen=True)
class MagicFacts:
    """All facts of a file. `options_with_value` are those of each installer."""

    magics: dict[str, MagicFact]
    harmless_of_shell: frozenset[str]
    options_with_value: dict[str, frozenset[str]]

    def of(self, name: str) -> MagicFact:
        """The fact on a magic; one that nobody knows may do anything."""
        return self.magics.get(name, MagicFact("anything"))


@cache
def magic_facts() -> MagicFacts:
    """The facts that are shipped with the package, read once."""
    return parse(resources.files(__name__.rpartition(".")[0]).joinpath("magics.toml").read_text("utf-8"))


def parse(text: str) -> MagicFacts:
    """Facts from the text of a TOML file. Raises ValueError where the text breaks the schema."""
    raw = tomllib.loads(text)
    magics: dict[str, MagicFact] = {}
    for number, entry in enumerate(raw.pop("magic", []), 1):
        names = _words(entry.pop("names", None), f"names of [[magic]] {number}")
        fact = _fact(entry, f"[[magic]] {number} ({', '.join(names[:1])})")
        for name in names:
            if name in magics:
                raise ValueError(f"[[magic]] {number}: {name!r} has an entry already")
            magics[name] = fact
    shell, installers = raw.pop("shell", {}), raw.pop("installers", {})
    harmless = frozenset(_words(shell.pop("harmless", []), "shell.harmless"))
    options = {name: frozenset(_words(value, f"installers.{name}")) for name, value in installers.items()}
    for where, rest in (("the file", raw), ("[shell]", shell)):
        if rest:
            raise ValueError(f"{where}: unknown key {next(iter(rest))!r}")
    return MagicFacts(magics, harmless, options)


def _fact(entry: dict[str, Any], where: str) -> MagicFact:
    default = MagicFact()
    kinds: dict[str, type] = {field.name: type(getattr(default, field.name)) for field in fields(MagicFact)}
    words = {"runs": get_args(Runs), "words": get_args(Words)}
    for key, value in entry.items():
        if key not in kinds:
            raise ValueError(f"{where}: unknown key {key!r}; known are names, {', '.join(kinds)}")
        if not isinstance(value, kinds[key]) or value not in words.get(key, (value,)):
            wanted = ", ".join(words[key]) if key in words else kinds[key].__name__
            raise ValueError(f"{where}: {key} is {value!r}; wanted: {wanted}")
    return MagicFact(**entry)


def _words(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):  # pyright: ignore[reportUnknownVariableType]
        raise ValueError(f"{where}: a list of texts is wanted, not {value!r}")
    return value  # pyright: ignore[reportUnknownVariableType]
