"""What IPython's magics and shell lines do to the notebook's names, as facts.

After IPython's transformation each of them is a call. `%%bash --out listing`, for one, becomes

    get_ipython().run_cell_magic('bash', '--out listing', 'ls $HOME')

which `magic_call` takes apart, and for which `effect_of` says that it binds `listing`. The facts stand in
`magics.toml`; they were read from IPython's source, and the tests hold them against a living shell.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from IPython.utils.text import DollarFormatter

from jupyter_mlops.analysis.magic_facts import MagicFact, Words, magic_facts


@dataclass(frozen=True)
class MagicCall:
    """A call of a magic, or of the shell with the name `!`. `body` is what stands below a `%%` line."""

    name: str
    line: str
    body: str | None = None

    @property
    def spelling(self) -> str:
        """The magic as a user writes it: `%run`, `%%bash`."""
        return ("%" if self.body is None else "%%") + self.name if self.name != "!" else "!"


@dataclass(frozen=True)
class MagicEffect:
    """What one call does. `reads` are names that it looks at where they are bound. `code` is Python that it runs,
    in the notebook's namespace or, when `timed`, in a function of its own; its first line is the magic's own.
    `commands` are shell lines, each with its distance from the magic's line."""

    reads: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    code: str | None = None
    timed: bool = False
    opaque: bool = False
    commands: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class _Named:
    """Names of the notebook among the words of a magic's line."""

    reads: Sequence[str] = ()
    binds: Sequence[str] = ()
    deletes: Sequence[str] = ()
    opaque: bool = False


def _no_names(_words: list[str]) -> _Named:
    return _Named()


def _script_names(words: list[str]) -> _Named:
    wanted = ["--out", "--err", *(["--proc"] if "--bg" in words else [])]
    return _Named(binds=[value for option in wanted for value in _values(words, option)])


def _values(words: Sequence[str], option: str) -> Iterator[str]:
    """The values of an option: `x` in `--out x` and in `--out=x`."""
    for word, following in itertools.pairwise([*words, ""]):
        name, equals, value = word.partition("=")
        if name == option and (equals or following):
            yield value if equals else following


def _store_names(words: list[str]) -> _Named:
    """`%store x` saves, `%store -r x` brings back, `%store -r` brings back whatever was saved."""
    flags, rest = _flags(words)
    if "r" in flags:
        return _Named(binds=rest, opaque=not rest)
    if flags:
        return _Named()
    return _Named(reads=rest[:1] if any(word.startswith(">") for word in rest) else rest)


def _imported_names(words: list[str]) -> _Named:
    """`%aimport numpy, os.path as p` binds `numpy` and `p`; `%aimport -numpy` binds nothing."""
    modules = [part.split() for part in " ".join(words).split(",")]
    return _Named(binds=[part[-1].partition(".")[0] for part in modules if part and not part[0].startswith("-")])


def _assigned_name(words: list[str]) -> _Named:
    name, equals, _ = " ".join(_flags(words)[1]).partition("=")
    return _Named(binds=[name.strip()] if equals else [])


def _query_name(words: list[str]) -> _Named:
    """`%sql rows << SELECT …` binds `rows`."""
    return _Named(binds=[word for word, following in itertools.pairwise(words) if following == "<<"][:1])


def _macro_name(words: list[str]) -> _Named:
    rest = _flags(words)[1]
    return _Named(binds=rest[:1] if len(rest) > 1 else [])


def _deleted_name(words: list[str]) -> _Named:
    return _Named(deletes=_flags(words)[1])


def _shown_names(words: list[str]) -> _Named:
    """`df.head?` looks at `df`."""
    return _Named(reads=[word.partition(".")[0].partition("[")[0] for word in _flags(words)[1]])


def _flags(words: Sequence[str]) -> tuple[str, list[str]]:
    """The letters of the options, and the words that are none."""
    flags = "".join(word[1:] for word in words if word.startswith("-"))
    return flags, [word for word in words if not word.startswith("-")]


_READERS: Mapping[Words, Callable[[list[str]], _Named]] = {
    "none": _no_names,
    "assigned": _assigned_name,
    "deleted": _deleted_name,
    "imported": _imported_names,
    "macro": _macro_name,
    "query": _query_name,
    "script": _script_names,
    "shown": _shown_names,
    "stored": _store_names,
}


def magic_call(node: ast.AST) -> MagicCall | None:
    """The magic or shell line that a call stands for, if it does."""
    match node:
        case ast.Call(func=ast.Attribute(value=shell, attr=method), args=arguments) if _is_shell(shell):
            words = [part.value for part in arguments if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        case _:
            return None
    if len(words) != len(arguments):
        return None
    match method, words:
        case "run_line_magic", [name, line]:
            return MagicCall(name, line)
        case "run_cell_magic", [name, line, body]:
            return MagicCall(name, line, body)
        case (("system" | "getoutput"), [command]):
            return MagicCall("!", command)
        case _:
            return None


def _is_shell(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="get_ipython"), args=[], keywords=[]):
            return True
        case _:
            return False


def reaches_names(node: ast.AST) -> str | None:
    """How the notebook's own code reaches its namespace through the shell: `get_ipython().run_cell`, for example."""
    match node:
        case ast.Attribute(value=shell, attr=name) if _is_shell(shell) and name not in magic_facts().harmless_of_shell:
            return f"get_ipython().{name}"
        case _:
            return None


def effect_of(call: MagicCall) -> MagicEffect:
    """What a call of a magic does to the notebook's names."""
    fact = magic_facts().of(call.name)
    expanded = expanded_names(call.line) if fact.expands else []
    if fact.runs in ("python", "timed"):
        return _effect_of_code(call, fact)
    text = call.line if call.body is None or call.name != "sql" else f"{call.line} {call.body}"
    named = _READERS[fact.words](text.split())
    return MagicEffect(
        reads=tuple(name for name in [*expanded, *named.reads] if name.isidentifier()),
        binds=tuple(name for name in named.binds if name.isidentifier()),
        deletes=tuple(name for name in named.deletes if name.isidentifier()),
        opaque=fact.runs == "anything" or named.opaque,
        commands=tuple(_commands(call)) if fact.runs == "shell" else (),
    )


def _effect_of_code(call: MagicCall, fact: MagicFact) -> MagicEffect:
    options, header = split_options(call.line, fact.options)
    binds: tuple[str, ...] = ()
    if call.name == "timeit":
        binds = tuple(value for letter, value in options if letter == "v" and value.isidentifier())
    if call.name == "capture":
        # its body is run as a cell of its own; `parse_cell` sees through it
        binds, header = captured_names(call.line), ""
    code = header if call.body is None else f"{header}\n{call.body}"
    return MagicEffect(binds=binds, code=code, timed=fact.runs == "timed")


def captured_names(header: str) -> tuple[str, ...]:
    """The name that `%%capture out` binds after its body."""
    return tuple(word for word in header.split() if word.isidentifier())[:1]


def _commands(call: MagicCall) -> Iterator[tuple[int, str]]:
    if call.body is not None:
        yield from enumerate(call.body.split("\n"), start=1)
    elif call.name in ("!", "sx", "system"):
        yield 0, call.line
    else:
        yield 0, f"{call.name} {call.line}"


def split_options(line: str, allowed: str) -> tuple[list[tuple[str, str]], str]:
    """The options at the start of a line with their values, and the rest: `-n3 -q f()` gives n, q and `f()`.

    Words with two dashes are options without a value here, as IPython has them.
    """
    options: list[tuple[str, str]] = []
    rest = line.strip()
    while rest.startswith("-") and not rest.startswith("- "):
        word, _, after = rest.partition(" ")
        rest = after.lstrip()
        letters = "" if word.startswith("--") else word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            value = ""
            if f"{letter}:" in allowed:
                if not letters:
                    letters, _, rest = rest.partition(" ")
                value, letters, rest = letters, "", rest.lstrip()
            options.append((letter, value))
    return options, rest


def expanded_names(text: str) -> list[str]:
    """The names in `$name` and `{expression}` of a shell line; IPython leaves a line alone where one is no Python."""
    names: list[str] = []
    try:
        for _, field, spec, _ in DollarFormatter().parse(text):
            if field is not None:
                expression = ast.parse(f"{field}:{spec}" if spec else field, mode="eval")
                found = [part for part in ast.walk(expression) if isinstance(part, ast.Name)]
                stored = {part.id for part in found if isinstance(part.ctx, ast.Store)}
                names += [part.id for part in found if part.id not in stored]
    except (ValueError, SyntaxError):
        return []
    return names
