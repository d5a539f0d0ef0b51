"""Facts about calls: what a function, a method, an import or a magic changes, reads and gives back.

The facts are data, in `effects.toml`, whose head explains the keys. An entry such as

    [[method]]
    names = ["fillna", "dropna"]
    result = "fresh"
    changes = [{ what = "receiver", only = "inplace" }]

says that `df.fillna(0)` gives a new object and leaves `df` alone, and that `df.fillna(0, inplace=True)` changes it.
A misspelt key, an unknown word, a wrong type or a name given twice is an error that names the entry.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any, Generic, Literal, TypeVar, get_args

Result = Literal[
    "plain", "fresh", "holds", "parts", "live", "pairs", "element", "lookup", "receiver", "shares", "copy", "deepcopy"
]
Runs = Literal["nothing", "reading", "anything", "copies"]
NamesInText = Literal["at", "words"]
DefaultOf = Literal["function", "class", "statement", "method", "value"]

_SECTIONS = ("function", "class", "method", "attribute", "import", "magic", "command")
_TARGETS = frozenset({"receiver", "arguments", "argument"})
_SETTINGS = re.compile(r"settings\.\w+")


class FactsError(ValueError):
    """The file of facts breaks its schema; the message names the entry and says what is allowed."""


@dataclass(frozen=True)
class Condition:
    """An argument by keyword or position. It holds where the argument is given and is not None or False; with
    `among`, where it is one of these constants (patterns), or no constant at all."""

    keyword: str | None = None
    position: int | None = None
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Touch:
    """Something that a call changes or reads: the receiver, its arguments, or a state out of sight.

    For the argument, and for the path of `files`, `position` and `keyword` say which argument it is. `anew` sets a
    state whatever it was before, as a seed does.
    """

    what: str
    position: int | None = None
    keyword: str | None = None
    only: Condition | None = None
    unless: Condition | None = None
    anew: bool = False


@dataclass(frozen=True)
class Fact:
    """What one call does; the keys are explained at the head of `effects.toml`."""

    result: Result = "fresh"
    runs: Runs = "reading"
    changes: tuple[Touch, ...] = ()
    reads: tuple[Touch, ...] = ()
    later: tuple[Touch, ...] = ()
    holds: bool = False
    separate: bool = False
    iterator: bool = False
    retains: bool = False
    shallow: bool = False
    draws: bool = False
    grows: bool = False
    remembers: bool = False
    linked: str | None = None
    uses: tuple[str, ...] = ()
    names_in_text: NamesInText | None = None


@dataclass(frozen=True)
class StateFact:
    """What an import or a shell command changes, or the state that an attribute of a module stands for."""

    changes: tuple[Touch, ...] = ()


@dataclass(frozen=True)
class MagicState:
    """The states that a magic changes. With `binds`, code of it that cannot be seen does no more than bind names."""

    changes: tuple[Touch, ...] = ()
    binds: bool = False


T = TypeVar("T")


@dataclass(frozen=True)
class Table(Generic[T]):
    """Facts by name. A name may be a pattern with `*`; an exact name goes before patterns, a longer pattern before
    a shorter one."""

    exact: dict[str, T] = field(default_factory=dict[str, T])
    patterns: dict[str, T] = field(default_factory=dict[str, T])
    _matched: dict[str, T | None] = field(default_factory=dict[str, "T | None"], repr=False, compare=False)

    def add(self, name: str, fact: T) -> bool:
        """Add a fact; False where the name has one already."""
        place = self.patterns if "*" in name else self.exact
        if name in place:
            return False
        place[name] = fact
        self._matched.clear()
        return True

    def find(self, name: str) -> T | None:
        """The fact for a name, None where nothing is known of it."""
        return self.exact[name] if name in self.exact else self.find_pattern(name)

    def find_pattern(self, name: str) -> T | None:
        """The fact of the longest pattern that a name matches."""
        if name not in self._matched:
            matching = [pattern for pattern in self.patterns if fnmatchcase(name, pattern)]
            self._matched[name] = self.patterns[max(matching, key=len)] if matching else None
        return self._matched[name]


@dataclass(frozen=True)
class Facts:
    """All facts of a file."""

    functions: Table[Fact]
    classes: Table[Fact]
    methods: Table[Fact]
    attributes: Table[StateFact]
    imports: Table[StateFact]
    magics: Table[MagicState]
    commands: Table[StateFact]
    defaults: dict[DefaultOf, Fact]
    arrays: frozenset[str]


@cache
def facts() -> Facts:
    """The facts that are shipped with the package, read once."""
    return parse(resources.files("jupyter_mlops.analysis").joinpath("effects.toml").read_text("utf-8"))


def parse(text: str) -> Facts:
    """Facts from the text of a TOML file. Raises FactsError where the text breaks the schema."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FactsError(f"the facts are no TOML: {error}") from None
    states = frozenset(_words(raw.pop("states", []), "states"))
    defaults: dict[DefaultOf, Fact] = {}
    of_defaults = _dictionary(raw.pop("default", {}), "default")
    for kind in get_args(DefaultOf):
        if kind not in of_defaults:
            raise FactsError(f"default.{kind} is missing")
        defaults[kind] = _fact(of_defaults.pop(kind), f"default.{kind}", states)
    _nothing_left(of_defaults, "default", get_args(DefaultOf))
    result = Facts(
        functions=_section(raw, "function", states, _fact),
        classes=_section(raw, "class", states, _fact),
        methods=_section(raw, "method", states, _fact),
        attributes=_section(raw, "attribute", states, _state_fact),
        imports=_section(raw, "import", states, _state_fact),
        magics=_section(raw, "magic", states, _magic_state),
        commands=_section(raw, "command", states, _state_fact),
        defaults=defaults,
        arrays=frozenset(_words(raw.pop("arrays", []), "arrays")),
    )
    _nothing_left(raw, "the file", ["states", "arrays", "default", *_SECTIONS])
    return result


Raw = dict[str, Any]


def _section(raw: Raw, kind: str, states: frozenset[str], read: Callable[[Raw, str, frozenset[str]], T]) -> Table[T]:
    table = Table[T]()
    entries = raw.pop(kind, [])
    if not isinstance(entries, list):
        raise FactsError(f"[[{kind}]] has to be a list of tables")
    for number, entry in enumerate(entries, 1):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        values = _dictionary(entry, f"[[{kind}]] {number}")
        names = _words(values.pop("names", []), f"names of [[{kind}]] {number}")
        if not names:
            raise FactsError(f"[[{kind}]] {number} has no names")
        where = f"[[{kind}]] {number} ({names[0]})"
        fact = read(values, where, states)
        for name in names:
            if not table.add(name, fact):
                raise FactsError(f"{where}: {name!r} has an entry already")
    return table


def _fact(raw: Raw, where: str, states: frozenset[str]) -> Fact:
    values: Raw = {}
    for key, value in _dictionary(raw, where).items():
        place = f"{where}: {key}"
        match key:
            case "result":
                values[key] = _word(value, place, get_args(Result))
            case "runs":
                values[key] = _word(value, place, get_args(Runs))
            case "names_in_text":
                values[key] = _word(value, place, get_args(NamesInText))
            case "changes":
                values[key] = _touches(value, place, states, _TARGETS)
            case "reads" | "later":
                values[key] = _touches(value, place, states, frozenset())
            case "uses":
                values[key] = tuple(_words(value, place))
            case "linked":
                values[key] = _state(value, place, states)
            case "holds" | "separate" | "iterator" | "retains" | "shallow" | "draws" | "grows" | "remembers":
                values[key] = _flag(value, place)
            case _:
                raise FactsError(f"{where}: unknown key {key!r}; known are {', '.join(Fact.__dataclass_fields__)}")
    return Fact(**values)


def _state_fact(raw: Raw, where: str, states: frozenset[str]) -> StateFact:
    changes = _touches(raw.pop("changes", []), f"{where}: changes", states, frozenset())
    _nothing_left(raw, where, ["names", "changes"])
    return StateFact(changes)


def _magic_state(raw: Raw, where: str, states: frozenset[str]) -> MagicState:
    changes = _touches(raw.pop("changes", []), f"{where}: changes", states, frozenset())
    binds = _flag(raw.pop("binds", False), f"{where}: binds")
    _nothing_left(raw, where, ["names", "changes", "binds"])
    return MagicState(changes, binds)


def _touches(value: Any, where: str, states: frozenset[str], targets: frozenset[str]) -> tuple[Touch, ...]:
    if not isinstance(value, list):
        raise FactsError(f"{where}: a list is wanted, not {value!r}")
    return tuple(_touch(each, where, states, targets) for each in value)  # pyright: ignore[reportUnknownVariableType]


def _touch(value: Any, where: str, states: frozenset[str], targets: frozenset[str]) -> Touch:
    raw: Raw = {"what": value} if isinstance(value, str) else dict(_dictionary(value, where))
    what = raw.pop("what", None)
    if what not in targets:
        what = _state(what, f"{where}: what", states, targets)
    touch = Touch(
        what,
        position=_number(raw.pop("position", None), f"{where}: position"),
        keyword=_text(raw.pop("keyword", None), f"{where}: keyword"),
        only=_condition(raw.pop("only", None), f"{where}: only"),
        unless=_condition(raw.pop("unless", None), f"{where}: unless"),
        anew=_flag(raw.pop("anew", False), f"{where}: anew"),
    )
    if what == "argument" and touch.position is None and touch.keyword is None:
        raise FactsError(f"{where}: the argument is named by its position or keyword")
    _nothing_left(raw, where, Touch.__dataclass_fields__)
    return touch


def _condition(value: Any, where: str) -> Condition | None:
    if value is None:
        return None
    raw: Raw = {"keyword": value} if isinstance(value, str) else dict(_dictionary(value, where))
    condition = Condition(
        keyword=_text(raw.pop("keyword", None), f"{where}: keyword"),
        position=_number(raw.pop("position", None), f"{where}: position"),
        among=tuple(_words(raw.pop("among", []), f"{where}: among")),
    )
    if condition.keyword is None and condition.position is None:
        raise FactsError(f"{where}: the argument is named by its position or keyword")
    _nothing_left(raw, where, Condition.__dataclass_fields__)
    return condition


def _state(value: Any, where: str, states: frozenset[str], targets: frozenset[str] = frozenset()) -> str:
    if isinstance(value, str) and (value in states or _SETTINGS.fullmatch(value)):
        return value
    known = ", ".join(sorted(states | targets))
    raise FactsError(f"{where}: {value!r} is unknown; known are {known} and settings.<package>")


def _word(value: Any, where: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise FactsError(f"{where}: {value!r} is unknown; known are {', '.join(allowed)}")
    return value


def _words(value: Any, where: str) -> list[str]:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):  # pyright: ignore[reportUnknownVariableType]
        return value  # pyright: ignore[reportUnknownVariableType]
    raise FactsError(f"{where}: a list of texts is wanted, not {value!r}")


def _text(value: Any, where: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise FactsError(f"{where}: a text is wanted, not {value!r}")


def _number(value: Any, where: str) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise FactsError(f"{where}: a number from 0 is wanted, not {value!r}")


def _flag(value: Any, where: str) -> bool:
    if isinstance(value, bool):
        return value
    raise FactsError(f"{where}: true or false is wanted, not {value!r}")


def _dictionary(value: Any, where: str) -> Raw:
    if isinstance(value, dict):
        return value  # pyright: ignore[reportUnknownVariableType]
    raise FactsError(f"{where}: a table is wanted, not {value!r}")


def _nothing_left(raw: Mapping[str, Any], where: str, known: Any) -> None:
    if raw:
        raise FactsError(f"{where}: unknown key {next(iter(raw))!r}; known are {', '.join(known)}")
