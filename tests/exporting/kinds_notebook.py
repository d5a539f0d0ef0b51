"""A notebook whose `serve` cell has a function for every kind of argument, for the tests of functions."""

from __future__ import annotations

IMPORTS = """\
import datetime as dt
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel
from sklearn.linear_model import LinearRegression
"""

LEARNED = """\
X = np.arange(60.0).reshape(20, 3) ** 1.5
models = {"first": LinearRegression().fit(X, X[:, 0]), "second": [LinearRegression().fit(X, X[:, 1] * 2 + 1)]}
threshold = float(np.median(X))
vocabulary = {word: i for i, word in enumerate(sorted(set("the cat and the dog".split())))}
"""

SERVE = '''\
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Place:
    city: str
    zip: int = 0


@dataclass
class House:
    area: float
    place: Place
    tags: list[str] = field(default_factory=list)


class Offer(BaseModel):
    price: float
    house: House | None = None


Kind = Literal["first", "second"]
FALLBACK = Place("nowhere")


def estimate(area: float, kind: Kind = "first", *, rooms: int = 2, sure: bool = False) -> float:
    """What the chosen model says."""
    model = models["second"][0] if kind == "second" else models["first"]
    return model.predict([[area, rooms, 1.0]])[0] + (threshold if sure else 0)


def of_house(house: House, offer: Offer | None = None, /) -> str:
    house.tags.append("seen")
    return f"{house.place.city} {house.area} {offer.price if offer else 0}"


def of_kinds(
    colour: Colour = Colour.RED,
    when: "dt.date | None" = None,
    json: int = 1,
    copy: float = 0.5,
    place: Place = FALLBACK,
) -> dict:
    return {"colour": colour, "when": when, "sum": json + copy, "city": place.city}


def of_lists(
    numbers: list, table: dict[str, list[float]], pair: tuple[int, str] = (1, "x"), either: int | list[float] = 3
):
    extra = either if isinstance(either, int) else sum(either)
    return sum(numbers) + sum(map(sum, table.values())) + pair[0] + extra


def of_array(pixels: np.ndarray, flags: np.ndarray, small: np.ndarray, scale=1.0):
    assert (pixels.dtype, flags.dtype, small.dtype) == ("float64", "bool", "uint8")
    return (np.nansum(pixels, axis=1) * scale + flags.sum() + small.sum(dtype=int)).tolist()


def of_frame(offers: pd.DataFrame, minimum: int = 0) -> pd.DataFrame:
    out = offers[offers["age in years"] >= minimum].copy()
    out["late"] = out["when"].dt.year > 2020
    return out


def of_words(text):
    return [vocabulary[word] for word in text.split() if word in vocabulary]


def of_nothing():
    return 7


def fails(x: float):
    if x < 0:
        raise RuntimeError("secret detail")
    return float("inf") if x == 13 else float("nan") if x == 14 else x


def unhinted(a, b=None, names=("x", "y")):
    return [a, b, *names]
'''

CALLS = """\
[estimate(i / 2, kind, rooms=i, sure=i > 5) for i in range(12) for kind in ("first", "second")]
[of_house(House(float(i), Place("Ulm", i)), Offer(price=1.5 * i)) for i in range(20)]
of_house(House(1.5, Place("Bonn")))
for i in range(25):
    of_kinds([Colour.RED, Colour.BLUE][i % 2], dt.date(2020, 1, 1 + i), json=i, copy=i / 2, place=Place("c" * i))
of_kinds()
[of_lists([i, 2.5], {"a": [1.0 * i]}, (i, "y"), [1.0] if i % 2 else i) for i in range(20)]
for i in range(20):
    pixels = np.array([[1.0 * i, np.nan], [2.0, 3.0]])
    of_array(pixels, np.array([True, False]), np.array([i, 255], dtype="uint8"), scale=i / 2)
frame = pd.DataFrame(
    {
        "age in years": [1, 20, 3],
        "when": pd.to_datetime(["2020-01-01", "2021-05-05", "2022-01-01"]),
        "kind": pd.Categorical(["a", "b", "a"]),
        "x": [1.5, None, 2.5],
    }
)
[of_frame(frame.assign(x=frame["x"] * i), i) for i in range(1, 22)]
[of_words(" ".join(["the", "cat", "bird", "dog"][: i % 5] * i)) for i in range(25)]
of_nothing()
for i in range(-3, 20):
    try:
        fails(float(i))
    except RuntimeError:
        pass
unhinted(1), unhinted(2, b=2.5), unhinted(3, 1.5, ["p", "q", "r"]), [unhinted(i, None) for i in range(20)]
"""

CELLS = (IMPORTS, (LEARNED, "train"), (SERVE, "serve"), CALLS)
