"""Calls of known readers and writers, and the paths that they are given.

    pd.read_parquet("data/a.parquet")   reads  data/a.parquet
    joblib.dump(model, "model.pkl")     writes model.pkl
    pl.scan_csv("data/*.csv")           reads  what the pattern stands for now

Which calls these are is data, in `file_calls.toml`, whose head explains the keys. A misspelt key or a wrong value is an
error.
"""

from __future__ import annotations

import glob
import os
import tomllib
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any, Literal, cast

from jupyter_mlops.kernel.calls import Call
from jupyter_mlops.kernel.capture.scoring import callee, origin

Mode = Literal["read", "write", "either"]

_KEYS = {"libraries": list, "names": list, "mode": str, "position": int, "keywords": list}
_MODES = ("read", "write", "either")
_MOST_FILES = 200


class FileCallsError(ValueError):
    """The file of readers and writers breaks its schema; the message names the entry."""


@dataclass(frozen=True)
class FileCall:
    """A function or method that takes a path."""

    libraries: frozenset[str]
    mode: Mode
    position: int
    keywords: tuple[str, ...]

    @property
    def arguments(self) -> tuple[int | str, ...]:
        """Where the path may stand."""
        return (self.position, *self.keywords)


def parsed(text: str) -> dict[str, tuple[FileCall, ...]]:
    """The calls of a text in TOML by the name that is called."""
    document = tomllib.loads(text)
    if set(document) != {"call"}:
        raise FileCallsError(f"sections {sorted(document)}: only [[call]] is known")
    found: dict[str, tuple[FileCall, ...]] = {}
    for number, entry in enumerate(document["call"], 1):
        _check(entry, number)
        made = FileCall(frozenset(entry["libraries"]), entry["mode"], entry["position"], tuple(entry["keywords"]))
        for name in entry["names"]:
            before = found.get(name, ())
            if any(not made.libraries.isdisjoint(other.libraries) for other in before):
                raise FileCallsError(f"call {number}: {name} of {sorted(made.libraries)} is there already")
            found[name] = (*before, made)
    return found


def _check(entry: dict[str, Any], number: int) -> None:
    for key in entry.keys() | _KEYS.keys():
        if key not in _KEYS:
            raise FileCallsError(f"call {number}: the key {key} is unknown")
        value: object = entry.get(key)
        parts = cast("list[object]", value) if isinstance(value, list) else []
        if not isinstance(value, _KEYS[key]) or not all(type(part) is str for part in parts):
            raise FileCallsError(f"call {number}: {key} has to be a {_KEYS[key].__name__}, with texts in a list")
    if entry["mode"] not in _MODES:
        raise FileCallsError(f"call {number}: mode has to be one of {', '.join(_MODES)}")


@cache
def known_calls() -> dict[str, tuple[FileCall, ...]]:
    """The calls of the file that is shipped."""
    return parsed(
        resources.files("jupyter_mlops.kernel.capture").joinpath("file_calls.toml").read_text(encoding="utf-8")
    )


def matching(call: Call, known: Iterable[FileCall]) -> FileCall | None:
    """Which of some calls of one name this is, by where the function or the receiver comes from."""
    libraries = set(_libraries(call))
    return next((each for each in known if not libraries.isdisjoint(each.libraries)), None)


def _libraries(call: Call) -> Iterator[str]:
    if isinstance(call.receiver, types.ModuleType):
        yield call.receiver.__name__.partition(".")[0]
    function = callee(call)
    yield origin(function).partition(".")[0]
    for kind in type.mro(type(function)):
        yield str(kind.__module__).partition(".")[0]


def paths_in(value: object) -> list[str]:
    """The paths that an argument stands for: one, several, a pattern, the files of a folder. Addresses and open files
    are none."""
    if type(value) in (list, tuple):
        return [path for each in cast("list[object]", value)[:_MOST_FILES] for path in paths_in(each)]
    if type(value) is bytes:
        text = os.fsdecode(value)
    elif type(value) is str:
        text = value
    elif type(value).__module__.partition(".")[0] == "pathlib":
        text = os.fspath(cast("Path", value))
    else:
        return []
    if "://" in text or "\n" in text or not text:
        return []
    if glob.has_magic(text) and not os.path.exists(text):  # noqa: PTH110
        return list(islice(glob.iglob(text, recursive=True), _MOST_FILES))  # noqa: PTH207
    if os.path.isdir(text):  # noqa: PTH112
        return list(islice(_files_below(text), _MOST_FILES))
    return [text]


def _files_below(folder: str) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        for name in names:
            yield f"{place}/{name}"
