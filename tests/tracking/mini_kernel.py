"""A kernel of a hundred lines: it runs cells by Python itself and leaves traces as the recorder does.

Plain values are looked at whole; of a `Big(…)` a look shows its length, and an iterator has no fingerprint at all.
Python's random numbers are the one random stream, `set_option(rows=5)` sets the one library's settings, and `Random()`
without a seed is an unseeded generator.
"""

from __future__ import annotations

import builtins
import contextlib
import dis
import hashlib
import io
import itertools
import random
import types
from collections.abc import Iterator, MutableMapping
from typing import Any

from jupyter_mlops.analysis.calls import followed
from jupyter_mlops.analysis.code import code_hash, parse_cell
from jupyter_mlops.kernel.record import Trace
from jupyter_mlops.tracking.state import code

STREAM, SETTINGS, ENTROPY = "<random>", "<settings.pandas>", "<entropy>"
_unique = itertools.count()


class Big:
    """A value too big to be looked at whole."""

    def __init__(self, content: Any) -> None:
        self.content = content

    def __repr__(self) -> str:
        return "Big"


class _Stores(MutableMapping[str, Any]):
    """The namespace as the code of a cell sees it; knows which names were bound."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self.bound: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        return self._names[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._names[name] = value
        self.bound.add(name)

    def __delitem__(self, name: str) -> None:
        del self._names[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class MiniKernel:
    """One kernel; `known` are the fingerprints of what its namespace holds. A `loose` one takes all for bound that the
    code of a cell binds, as the recorder does, which cannot see whether a branch was taken."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.names: dict[str, Any] = {}
        self._settings: dict[str, int] = {}
        self._random = random.Random().getstate()
        offered = {"set_option": self._settings.update, "Big": Big, "Random": random.Random}
        self._builtins = {**vars(builtins), **offered}
        self._stores = _Stores(self.names)
        self.loose = False
        self.missing: str | None = None

    def execute(self, source: str, *, idle_draw: bool = False) -> tuple[str, Trace]:
        """Run a cell; gives its status and trace. With `idle_draw` a table says that its draw decides nothing."""
        reads = self._reads(source)
        state, settings, before = self._random, dict(self._settings), set(self.names)
        status, shown = self._run(source)
        draws: dict[str, Any] = {}
        before_seed = source.partition("seed(")[0]
        if self._random != state and ("seed(" not in source or "random.random()" in before_seed):
            reads[STREAM], draws[STREAM] = _digest(state), "nothing" if idle_draw else "decides"
        if "Random()" in source:
            reads[ENTROPY], draws[ENTROPY] = f"={next(_unique)}", "decides"
        if shown:
            reads[SETTINGS] = _digest(settings)
        writes = self._writes(source, reads)
        if self._random != state:
            writes[STREAM] = _digest(self._random)
        if self._settings != settings:
            writes[SETTINGS] = _digest(self._settings)
        return status, Trace(reads, writes, sorted(before - set(self.names)), draws, _digest(shown))

    def _run(self, source: str) -> tuple[str, str]:
        shown, outside = io.StringIO(), random.getstate()
        random.setstate(self._random)
        self.names["__builtins__"] = self._builtins
        self._stores.bound.clear()
        self.missing = None
        status = "ok"
        try:
            with contextlib.redirect_stdout(shown):
                exec(compile(source, "<cell>", "exec"), self.names, self._stores)  # noqa: S102
        except KeyboardInterrupt:
            status = "interrupted"
        except Exception as error:  # noqa: BLE001
            status = "error"
            self.missing = error.name if isinstance(error, NameError) else None
            shown.write(repr(error))
        finally:
            self._random = random.getstate()
            random.setstate(outside)
            del self.names["__builtins__"]
        return status, shown.getvalue()

    def _reads(self, source: str) -> dict[str, str | None]:
        bound: set[str] = set()
        queue: list[str] = []
        for _, uses in followed([parse_cell(source)])[0]:
            for use in uses:
                if use.kind in ("read", "change") and use.name not in bound:
                    queue.append(use.name)
                elif use.kind == "bind":
                    bound.add(use.name)
        reads: dict[str, str | None] = {}
        while queue:
            name = queue.pop()
            if name not in reads and (name in self.names or name not in self._builtins):
                reads[name] = self.known.get(name)
                queue += _globals_of(self.names.get(name))
        return reads

    def _writes(self, source: str, reads: dict[str, str | None]) -> dict[str, str]:
        facts = code(source).facts
        made = hashlib.sha256(repr((code_hash(source), sorted(reads.items(), key=str))).encode()).hexdigest()[:6]
        bound = facts.binds if self.loose else self._stores.bound
        now = {name: self._look(name, made, anew=name in bound | facts.changes) for name in self.names}
        writes = {name: value for name, value in now.items() if name in bound or self.known.get(name) != value}
        self.known = now
        return writes

    def _look(self, name: str, made: str, *, anew: bool) -> str:
        value = self.names[name]
        before = self.known.get(name, "")
        if isinstance(value, Big):
            sample = f"~{len(value.content)}."
            return before if before.startswith(sample) and not anew else f"{sample}{made}"
        if isinstance(value, Iterator):
            return f"!{next(_unique)}"
        return _digest(value)

    def look_again(self, name: str) -> str:
        """The fingerprint of something big after the kernel had time for it."""
        self.known[name] = f"{self.known[name].partition('=')[0]}{_digest(self.names[name].content)}"
        return self.known[name]


def _digest(value: Any) -> str:
    return "=" + hashlib.sha256(repr(_seen(value)).encode()).hexdigest()[:6]


def _seen(value: Any) -> Any:
    match value:
        case types.FunctionType():
            cells = [cell.cell_contents for cell in value.__closure__ or ()]
            return "def", _code(value.__code__), _seen(value.__defaults__), _seen(cells)
        case types.ModuleType():
            return "module", value.__name__
        case type():
            return "class", value.__name__, _seen({k: v for k, v in vars(value).items() if callable(v)})
        case dict():
            return [(key, _seen(part)) for key, part in value.items()]
        case list() | tuple():
            return [type(value).__name__, *map(_seen, value)]
        case _ if hasattr(value, "__dict__"):
            return type(value).__name__, _seen(vars(value))
        case _:
            return value


def _code(value: types.CodeType) -> Any:
    constants = [_code(each) if isinstance(each, types.CodeType) else each for each in value.co_consts]
    return value.co_code, value.co_names, constants


def _globals_of(value: Any) -> list[str]:
    if not isinstance(value, types.FunctionType):
        return []
    return [step.argval for step in dis.get_instructions(value) if step.opname == "LOAD_GLOBAL"]
