"""Packages that a cell installs while it runs, read from its shell lines.

`!{sys.executable} -m pip install -q "foo>=2" bar && echo done` installs `foo>=2` and `bar`: the line is cut into
commands, the command into words, and of the words after `install` the options and their values are left out.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jupyter_mlops.analysis.magic_facts import magic_facts

Installer = Literal["pip", "conda"]


@dataclass(frozen=True)
class Install:
    """One install command: what it asks for, as words (`foo==1.2`, `-r requirements.txt`), and its line in the
    cell. `sure` is False where the command stands in a branch."""

    installer: Installer
    requirements: tuple[str, ...]
    line: int
    sure: bool = True


_SEPARATORS = ";&|"
_CONDA = frozenset({"conda", "mamba", "micromamba"})
# What may stand before a command.
_PREFIXES = frozenset({"sudo", "time", "yes", "env", "command", "exec", "nohup"})

# Options whose value names what is installed, with the one spelling that a fix shows.
_REQUIREMENT_OPTIONS = {
    "-r": "-r",
    "--requirement": "-r",
    "--requirements": "-r",
    "-e": "-e",
    "--editable": "-e",
    "--group": "--group",
    "--file": "--file",
}


def installs(command: str) -> Iterator[tuple[Installer, tuple[str, ...]]]:
    """Who installs what in a shell line; nothing where the line installs nothing."""
    for words in _commands(command):
        found = _installed_words(words)
        if found is not None:
            installer, rest = found
            requirements = tuple(_requirements(rest, installer))
            if requirements:
                yield installer, requirements


def _commands(text: str) -> Iterator[list[str]]:
    """The commands of a shell line as words; comments are left out."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_SEPARATORS)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # a quote that is never closed
        words = text.split()
    words = list(itertools.takewhile(lambda word: not word.startswith("#"), words))
    for is_separator, command in itertools.groupby(words, key=lambda word: set(word) <= set(_SEPARATORS)):
        if not is_separator:
            yield list(command)


def _installed_words(words: Sequence[str]) -> tuple[Installer, list[str]] | None:
    """The installer and the words after `install`, where the command is one."""
    rest = list(words)
    while rest and (rest[0] in _PREFIXES or _is_setting(rest[0])):
        rest.pop(0)
    if rest and _is_python(rest[0]) and rest[1:2] == ["-m"]:
        rest = rest[2:]
    if not rest:
        return None
    program, rest = _program(rest[0]), _without_options(rest[1:])
    if program == "uv":
        if rest[:1] == ["add"]:
            return "pip", rest[1:]
        if rest[:1] != ["pip"]:
            return None
        program, rest = "pip", _without_options(rest[1:])
    if rest[:1] != ["install"]:
        return None
    if program in _CONDA:
        return "conda", rest[1:]
    # pip, pip3, pip3.11
    version = program.removeprefix("pip").replace(".", "")
    is_pip = program.startswith("pip") and (not version or version.isdecimal())
    return ("pip", rest[1:]) if is_pip else None


def _program(word: str) -> str:
    return word.rpartition("/")[2].removesuffix(".exe")


def _is_setting(word: str) -> bool:
    """`PIP_QUIET=1` before a command."""
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def _is_python(word: str) -> bool:
    return "sys.executable" in word or _program(word).startswith(("python", "pypy"))


def _without_options(words: list[str]) -> list[str]:
    return list(itertools.dropwhile(lambda word: word.startswith("-"), words))


def _requirements(words: Sequence[str], installer: Installer) -> Iterator[str]:
    left = iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            if not word.startswith((">", "<", "2>", "1>")):
                yield word
            elif word.strip("<>12&") == "":
                next(left, None)  # the file of `> log.txt`
        elif name in _REQUIREMENT_OPTIONS:
            value = value if equals else next(left, "")
            if value:
                yield f"{_REQUIREMENT_OPTIONS[name]} {value}"
        elif word[:2] in ("-r", "-e") and not word.startswith("--") and installer == "pip":
            yield f"{word[:2]} {word[2:]}"
        elif name in magic_facts().options_with_value[installer] and not equals:
            next(left, None)
