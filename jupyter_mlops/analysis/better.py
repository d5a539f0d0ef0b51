"""Which way a metric is better, by the words of its name.

    better("test_roc_auc")                     higher
    better("mean_squared_error(y_test, p)")    lower
    better("scores.test_neg_log_loss")         higher
    better("cv.std"), better("total")          None: nobody knows

The words are data, in `better.toml`, whose head explains them. A misspelt key or an entry given twice is an error.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, get_args

Way = Literal["higher", "lower"]

_WORD = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d+")
_CALLS = re.compile(r"([\w.]+)\(")
_TURNS = re.compile(r"^-| - | / ")
# what is computed of a metric and stays as good or bad
_KEEPS = frozenset({"sqrt", "mean", "median", "round", "float", "min", "max", "abs"})
_KEYS = frozenset({"higher", "lower", "turning", "neither"})


class WordsError(ValueError):
    """The file of words breaks its schema; the message says where."""


@dataclass(frozen=True)
class Words:
    """The entries as rows of words, each with its way; the words that turn them, and those that end it."""

    ways: dict[tuple[str, ...], Way]
    turning: frozenset[str]
    neither: frozenset[str]


def parsed(text: str) -> Words:
    """The words of a text in TOML."""
    document = tomllib.loads(text)
    if sorted(document) != sorted(_KEYS):
        raise WordsError(f"keys {sorted(document)}: it has to have {', '.join(sorted(_KEYS))} and no others")
    ways: dict[tuple[str, ...], Way] = {}
    for way in get_args(Way):
        for entry in _texts(document[way], way):
            words = tuple(entry.split())
            if words in ways:
                raise WordsError(f"{way}: {entry!r} is there twice")
            ways[words] = way
    turning, neither = _texts(document["turning"], "turning"), _texts(document["neither"], "neither")
    return Words(ways, frozenset(turning), frozenset(neither))


def _texts(value: object, key: str) -> list[str]:
    found = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, list) or len(found) != len(value):  # pyright: ignore[reportUnknownArgumentType]
        raise WordsError(f"{key} has to be a list of texts")
    for each in found:
        if each != each.lower() or not each.strip():
            raise WordsError(f"{key}: {each!r} has to be written in small letters")
    return found


@cache
def _shipped() -> Words:
    return parsed(resources.files("jupyter_mlops.analysis").joinpath("better.toml").read_text(encoding="utf-8"))


@cache
def better(name: str) -> Way | None:
    """The way in which a metric is better; None where its name does not say."""
    known = _shipped()
    for part in _parts(name):
        words = [word.lower() for word in _WORD.findall(part)]
        if words and words[-1] in known.neither:
            return None
        if (way := _way(words, known)) is not None:
            return way
    return None


def _parts(name: str) -> list[str]:
    """What may name the metric, the surest first: of a call the function, of a dotted name its last part."""
    calls = [each.rpartition(".")[2] for each in _CALLS.findall(name)]
    if not calls:
        return list(reversed(name.split(".")))
    if _TURNS.search(name):
        # `1 - accuracy_score(y, p)`
        return []
    return [name.rpartition(").")[2] if ")." in name else "", *(each for each in calls if each not in _KEEPS)]


def _way(words: Sequence[str], known: Words) -> Way | None:
    longest, found = 0, None
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            way = known.ways.get(tuple(words[start:end]))
            if way is not None and end - start >= longest:
                turned = not known.turning.isdisjoint(words[:start])
                longest, found = end - start, ("lower" if way == "higher" else "higher") if turned else way
    return found
