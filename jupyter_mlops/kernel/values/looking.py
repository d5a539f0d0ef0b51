"""A look at a value: what stands for it, how much of it was seen, and what it is made of.

    look([1, 2, 3])          whole a1…, sample a1…       all of it was seen
    look(hundred_megabytes)  whole None, sample 7f…      a sample: its type, its shape, a thousand of its elements
    look(connection)         whole None, sample 03…      nothing of it can be seen but its type: it is opaque

What is sampled never depends on how much may be looked at, so that two looks at the same value can be compared whatever
their limits were. No code of the user's classes is called. Values that hold themselves, and values held twice, are seen
once.
"""

# What the user bound may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownParameterType=false

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from time import time
from types import BuiltinFunctionType, CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

from jupyter_mlops.kernel.values import definitions, libraries
from jupyter_mlops.kernel.values.digests import (
    NoDigestError,
    array_steps,
    finished,
    items_steps,
    of_bytes,
    plain,
    text_of,
)

# so many parts are walked one by one; of longer rows a few are sampled, and the rest is taken by the piece
_MOST_PARTS = 3000
_SHORT = 512
_SAMPLED = 48
_SAMPLED_ELEMENTS = 1024
_FEW = 16
_MOST_COPIED = 100_000_000
_DEEPEST = 60
# stands for an estimator that was told to sample
SAMPLES = "(samples)"
_PLAIN = frozenset({int, float, complex, bool, str, bytes, type(None)})
_NUMBERS = frozenset({int, float, complex, bool, type(None)})
_PROXY = type(MappingProxyType({}))
_NO_STATE = (
    "__weakref__",
    "__dict__",
    "__doc__",
    "__module__",
    "__firstlineno__",
    "__static_attributes__",
    # copyreg keeps it there once an object was copied or pickled
    "__slotnames__",
    "_abc_impl",
)


@dataclass(frozen=True)
class Limit:
    """How much may be looked at now: bytes of arrays and texts, items of long rows."""

    size: int
    items: int


@dataclass(frozen=True)
class Look:
    """What a look showed. `whole` is None where something was left out; `opaque` says that it can never be seen.

    `mutable` are the identities of the changeable objects in it, `codes` the code of the notebook's functions (which
    keeps none of their values alive), `unseeded` the classes of objects whose `random_state` is None, `reads_itself`
    says that it changes by being read, as an iterator does.
    """

    sample: str
    whole: str | None
    opaque: bool = False
    mutable: frozenset[int] = frozenset()
    codes: tuple[CodeType, ...] = ()
    unseeded: frozenset[str] = frozenset()
    reads_itself: bool = False


@dataclass
class Known:
    """Digests of large parts that were computed before, and the parts that were left out, by what identifies each."""

    digests: dict[Any, bytes] = field(default_factory=dict[Any, bytes])
    left: list[tuple[Any, Any]] = field(default_factory=list[tuple[Any, Any]])


def look(value: Any, limit: Limit, since: float = math.inf, known: Known | None = None) -> Look:
    """Look at a value. Times of the clock between `since` and now count as one word, as they differ in every run.

    Large parts (arrays, long lists and dicts) that are over the limit are put into `known.left`, or taken from
    `known.digests`.
    """
    learn_arrays()
    walk = _Walk(limit, since, known or Known())
    walk.part(value, 0)
    sample = of_bytes(b"".join(walk.sample))
    whole = None
    if walk.complete:
        whole = sample if walk.whole is None else of_bytes(b"".join(walk.whole))
    return Look(
        sample=text_of(sample),
        whole=None if whole is None else text_of(whole),
        opaque=walk.opaque,
        mutable=frozenset(walk.mutable),
        codes=tuple(walk.codes),
        unseeded=frozenset(walk.unseeded),
        reads_itself=issubclass(type(value), Iterator) and type(value).__module__ != "__main__",
    )


def steps_of(part: Any) -> Generator[None, None, bytes]:
    """The digest of a part that was left out. Raises NoDigestError where it holds objects, or had to be copied."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(part, numpy.ndarray):
        return items_steps(part)
    if part.nbytes > _MOST_COPIED and not (part.flags.c_contiguous or part.flags.f_contiguous):
        raise NoDigestError("its memory is not in one piece")
    return array_steps(part)


class _Walk:
    """One look: the tokens of the sample, and those of the whole once these are others."""

    def __init__(self, limit: Limit, since: float, known: Known) -> None:
        self.sample: list[bytes] = []
        self.whole: list[bytes] | None = None
        self.complete = True
        self.opaque = False
        self.mutable: set[int] = set()
        self._seen: set[int] = set()
        self.codes: list[CodeType] = []
        self.unseeded: set[str] = set()
        self._limit = limit
        self._since = since
        self._known = known
        self._parts = 0
        self._size = 0
        self._now = time() + 1.0

    # --- tokens

    def say(self, token: bytes) -> None:
        self.sample.append(token)
        if self.whole is not None:
            self.whole.append(token)

    def _say_of_sample(self, token: bytes) -> None:
        if self.whole is None:
            self.whole = list(self.sample)
        self.sample.append(token)

    def _say_of_whole(self, token: bytes) -> None:
        if self.whole is None:
            self.whole = list(self.sample)
        self.whole.append(token)

    def _hide(self, kind: type) -> None:
        """Nothing can be seen of this but its type."""
        self.say(b"?" + _name(kind))
        self.complete = False
        self.opaque = True

    # --- parts

    def part(self, value: Any, depth: int) -> None:
        """Look at one part."""
        self._parts += 1
        if self._parts > _MOST_PARTS or depth > _DEEPEST:
            self.say(b"~")
            self.complete = False
            return
        kind = type(value)
        if kind in _PLAIN:
            self._plain(value, kind)
            return
        simple = _SIMPLE.get(kind)
        if simple is not None:
            simple(self, value, depth)
            return
        self._object(value, kind, depth)

    def _plain(self, value: Any, kind: type) -> None:
        if kind is float and self._since <= value <= self._now:
            self.say(b"clock")
        elif kind in (str, bytes) and len(value) > _SAMPLED_ELEMENTS * 4:
            self._say_of_sample(plain((len(value), value[:_SAMPLED_ELEMENTS], value[-_SAMPLED_ELEMENTS:])))
            known = self._known.digests.get(id(value))
            if known is None and len(value) > self._limit.size:
                self._known.left.append((id(value), (value,)))
                self.complete = False
            else:
                self._say_of_whole(known or finished(items_steps((value,))))
        else:
            self.say(plain(value))

    def _meet(self, value: Any) -> bool:
        """Note a changeable object; whether it was met before."""
        self.mutable.add(id(value))
        if id(value) in self._seen:
            self.say(b"@")
            return True
        self._seen.add(id(value))
        return False

    def row(self, items: Any, depth: int) -> None:
        """A list or tuple."""
        if type(items) is list and self._meet(items):
            return
        self._row(b"[" if type(items) is list else b"(", items, depth)

    def _row(self, mark: bytes, items: Any, depth: int, key: Any = None) -> None:
        size = len(items)
        self.say(b"%s%d" % (mark, size))
        if size > _SHORT:
            step = size / _SAMPLED
            few = [items[int(i * step)] for i in range(_SAMPLED)]
            self._sampled(id(items) if key is None else key, few, items, depth)
        elif size > _FEW and {type(item) for item in items} <= _NUMBERS:
            self._parts += size // _FEW
            self.say(plain(items))
        else:
            for item in tuple(items):
                self.part(item, depth + 1)

    def mapping(self, items: Any, depth: int) -> None:
        """A dict, in its order."""
        if not self._meet(items):
            self._mapping(items, depth)

    def _mapping(self, items: dict[Any, Any], depth: int) -> None:
        pairs = dict.items(items)
        self.say(b"{%d" % len(pairs))
        if len(pairs) <= _SHORT:
            for key, item in list(pairs):
                self.part(key, depth + 1)
                self.part(item, depth + 1)
        else:
            first = [part for pair in islice(pairs, _SAMPLED) for part in pair]
            last = [part for pair in islice(reversed(pairs), _SAMPLED) for part in pair]
            self._sampled(id(items), [*first, *last], pairs, depth)

    def set_of(self, items: Any, depth: int) -> None:  # noqa: ARG002
        """A set, whatever its order."""
        if type(items) is not set or not self._meet(items):
            self._set(items)

    def _set(self, items: Any) -> None:
        size = len(items)
        self.say((b"<%d" if isinstance(items, set) else b"<<%d") % size)
        if size > self._limit.items:
            self.complete = False
            return
        say = self.say if size <= _SHORT else self._say_of_whole
        try:
            say(of_bytes(plain(frozenset(items))))
        except NoDigestError:
            # objects in it have no order that two processes share
            self.complete = False

    def _sampled(self, key: Any, sample: Iterable[Any], items: Any, depth: int) -> None:
        """A long row: some of it for the sample, all of it by the piece for the whole."""
        if self.whole is None:
            self.whole = list(self.sample)
        kept, complete = self.whole, self.complete
        self.whole = []
        before = self._parts
        for item in sample:
            self.part(item, depth + 1)
        parts = 1 + (self._parts - before) // _SAMPLED
        self.whole, self.complete = kept, complete
        known = self._known.digests.get(key)
        if known is None:
            if len(items) * parts > self._limit.items:
                self._known.left.append((key, items))
                self.complete = False
                return
            try:
                known = finished(items_steps(items))
            except NoDigestError:
                self._one_by_one(items, depth)
                return
        self._say_of_whole(known)

    def _one_by_one(self, items: Any, depth: int) -> None:
        """A long row of objects: all are walked, for the whole only."""
        # the sample must not hang on it
        kept = self.sample, self._seen, self._parts
        self.sample, self._seen, self._parts = [], set(self._seen), 0
        for item in items:
            self.part(item, depth + 1)
        self.sample, self._seen, self._parts = kept

    def array(self, value: Any, depth: int) -> None:
        """An array of numpy."""
        owner = value
        while isinstance(owner.base, type(value)):
            owner = owner.base
        self.mutable.add(id(owner))
        self.say(b"A%s%s" % (str(value.dtype).encode(), str(value.shape).encode()))
        if value.dtype.hasobject:
            if value.dtype == object:
                self._row(b"(", tuple(value.ravel().tolist()), depth, place_of(value))
            else:
                self._hide(type(value))
            return
        flat = value.reshape(-1) if value.flags.c_contiguous else value.ravel("K") if value.nbytes < 65_536 else None
        if value.nbytes <= _SAMPLED_ELEMENTS * 8:
            self.say(value.tobytes() if value.dtype.names is None else finished(array_steps(value)))
            return
        if flat is None:
            flat = value.T.reshape(-1) if value.flags.f_contiguous else value.flat
        step = max(1, value.size // _SAMPLED_ELEMENTS)
        few = flat[::step]
        self._say_of_sample(few.tobytes() if value.dtype.names is None else finished(array_steps(few)))
        known = self._known.digests.get(place_of(value))
        if known is None:
            if value.nbytes + self._size > self._limit.size:
                self._known.left.append((place_of(value), value))
                self.complete = False
                return
            self._size += value.nbytes
            known = finished(array_steps(value))
        self._say_of_whole(known)

    def function(self, value: FunctionType, depth: int) -> None:
        """A function: of the notebook by its definition and what it holds, of a library by its name."""
        if self._meet(value):
            return
        if definitions.is_of_notebook(value):
            self.codes.append(value.__code__)
            self.say(b"F" + definitions.definition(value.__code__).digest)
        else:
            self.say(b"f" + f"{value.__module__}:{value.__qualname__}".encode())
            if value.__closure__ is None:
                return
        self.part(value.__defaults__, depth + 1)
        self.part(value.__kwdefaults__, depth + 1)
        for cell in value.__closure__ or ():
            try:
                self.part(cell.cell_contents, depth + 1)
            except ValueError:
                self.say(b"empty")
        self._mapping(value.__dict__, depth + 1)

    def method(self, value: MethodType, depth: int) -> None:
        """A bound method."""
        self.say(b"M" + value.__func__.__name__.encode())
        self.part(value.__self__, depth + 1)
        self.part(value.__func__, depth + 1)

    def builtin(self, value: Any, depth: int) -> None:
        """A function of C, perhaps bound to an object."""
        self.say(b"B" + str(value.__qualname__).encode())
        owner = getattr(value, "__self__", None)
        if owner is not None and not isinstance(owner, ModuleType):
            self.part(owner, depth + 1)

    def partial(self, value: Any, depth: int) -> None:
        """A partial function."""
        self.say(b"P")
        for part in (value.func, value.args, value.keywords):
            self.part(part, depth + 1)

    def class_of(self, value: type, depth: int) -> None:
        """A class: of the notebook with what stands in it, of a library by its name."""
        self.say(b"C" + _name(value))
        if value.__module__ != "__main__" or self._meet(value):
            return
        for base in value.__mro__[1:]:
            if base.__module__ == "__main__":
                self.part(base, depth + 1)
            else:
                self.say(_name(base))
        for name, part in sorted(vars(value).items()):
            if name not in _NO_STATE and not name.startswith("_abc_"):
                self.say(name.encode())
                self.part(_undecorated(part), depth + 1)

    def _object(self, value: Any, kind: type, depth: int) -> None:
        if issubclass(kind, type):
            self.class_of(value, depth)
            return
        parts = libraries.parts_of(value, kind, self._since)
        if isinstance(parts, bytes):
            self.say(b"L" + _name(kind) + parts)
        elif not self._meet(value):
            self.say(b"O" + _name(kind))
            if parts is libraries.OPAQUE:
                self._hide(kind)
            elif isinstance(parts, tuple):
                for part in parts:
                    self.part(part, depth + 1)
            else:
                self._attributes(value, kind, depth)

    def _attributes(self, value: Any, kind: type, depth: int) -> None:
        """An object by its attributes, and by its content where its class is derived from a container."""
        if kind.__module__ == "__main__":
            self.part(kind, depth + 1)
        content = True
        if issubclass(kind, dict):
            self._mapping(value, depth)
        elif issubclass(kind, tuple):
            self._row(b"(", tuple.__getitem__(value, slice(None)), depth)
        elif issubclass(kind, list):
            self._row(b"[", tuple(list.__iter__(value)), depth)
        elif issubclass(kind, set | frozenset):
            self._set(value)
        else:
            base = next((each for each in _EXACT if issubclass(kind, each)), None)
            content = base is not None
            if base is not None:
                self._plain(_EXACT[base](value), base)
        attributes = _dict_of(value)
        slots = [name for each in kind.__mro__ for name in _slots(each)]
        if attributes is None and not slots and not content:
            self._hide(kind)
            return
        if attributes is not None and attributes.get("random_state", self) is None:
            self.unseeded.add(SAMPLES if _samples(attributes) else kind.__name__)
        for name in sorted(attributes or ()):
            if "cache" not in name:
                self.say(name.encode("utf-8", "surrogatepass"))
                self.part((attributes or {})[name], depth + 1)
        for name in slots:
            try:
                part = object.__getattribute__(value, name)
            except AttributeError:
                continue
            self.say(name.encode())
            self.part(part, depth + 1)


def place_of(array: Any) -> tuple[Any, ...]:
    """Which memory an array shows, since several objects may show the same."""
    return (array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str)


def _samples(attributes: Mapping[str, Any]) -> bool:
    """Whether an estimator that need not sample was told to."""
    return attributes.get("subsample", 1.0) != 1.0 or attributes.get("max_features") is not None


def _name(kind: type) -> bytes:
    return f"{kind.__module__}.{kind.__qualname__}".encode()


def _undecorated(part: Any) -> Any:
    """What stands in a class body, without the wrapper that makes it a method or property."""
    if isinstance(part, staticmethod | classmethod):
        return part.__func__
    if isinstance(part, property):
        return (part.fget, part.fset, part.fdel)
    return part


def _dict_of(value: Any) -> Mapping[str, Any] | None:
    """The attributes of an object, past any `__getattribute__` of its class."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return found if type(found) in (dict, _PROXY) else None


def _slots(kind: type) -> Iterator[str]:
    slots = kind.__dict__.get("__slots__", ())
    for name in (slots,) if isinstance(slots, str) else tuple(slots):
        if name not in ("__dict__", "__weakref__"):
            private = name.startswith("__") and not name.endswith("__")
            yield f"_{kind.__name__.lstrip('_')}{name}" if private else name


def _module(walk: _Walk, value: ModuleType, depth: int) -> None:  # noqa: ARG001
    walk.say(b"m" + str(getattr(value, "__name__", "")).encode())


def _range(walk: _Walk, value: Any, depth: int) -> None:  # noqa: ARG001
    walk.say(b"r" + repr(value).encode())


# of each plain type, what makes the value itself of one of a derived class
_EXACT: dict[type, Callable[[Any], Any]] = {
    int: int.__pos__,
    float: float.__pos__,
    complex: complex.__pos__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
}
_See = Callable[[_Walk, Any, int], None]
_SIMPLE: dict[type, _See] = {
    list: _Walk.row,
    tuple: _Walk.row,
    dict: _Walk.mapping,
    set: _Walk.set_of,
    frozenset: _Walk.set_of,
    FunctionType: _Walk.function,
    MethodType: _Walk.method,
    BuiltinFunctionType: _Walk.builtin,
    partial: _Walk.partial,
    type: _Walk.class_of,
    ModuleType: _module,
    range: _range,
}


def learn_arrays() -> None:
    """Arrays are known once numpy is there."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "ndarray"):
        _SIMPLE[numpy.ndarray] = _Walk.array
