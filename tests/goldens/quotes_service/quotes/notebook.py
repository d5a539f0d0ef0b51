"""What quotes.ipynb defines and its service needs, with the notebook's own comments."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from .loading import load

VALUES = Path(__file__).parent / "values"


hourly_rate = 62.0

WORD_HOURS = load(VALUES, "WORD_HOURS")


@dataclass
class Job:
    """A move as the customer tells it: cubic metres, kilometres, the floor that it starts from."""

    volume: float
    distance: float
    floor: int = 0
    lift: bool = False
    note: str = ""


def care_hours(note):
    """The hours that the words of a note add; words that no past job had add none."""
    return sum(WORD_HOURS.get(word, 0.0) for word in note.lower().split())


def row_of(job):
    # Stairs count only where nobody can take the lift.
    return [job.volume, job.distance, 0 if job.lift else job.floor, care_hours(job.note)]


hours_model = load(VALUES, "hours_model")
risk_model = load(VALUES, "risk_model")
risk_limit = load(VALUES, "risk_limit")


@dataclass
class Quote:
    """What the customer is told, in euros and hours."""

    price: float
    hours: float
    insured: bool


def quote(job: Job, crew: Literal[2, 3, 4] = 2) -> Quote:
    """The quote for a move.

    A larger crew is faster, but not by as much as it costs.
    """
    hours = max(2.0, hours_model.predict([row_of(job)])[0]) * (2 / crew) ** 0.8
    insured = risk_model.predict_proba([row_of(job)])[0, 1] > risk_limit
    price = hours * crew * hourly_rate + 1.2 * job.distance
    return Quote(
        price=round(price * (1.08 if insured else 1.0), 2), hours=round(hours, 2), insured=insured
    )


def surcharge(
    distance: float,
    day: Literal["weekday", "saturday", "sunday"] = "weekday",
    express: bool = False,
) -> float:
    """What is added to a quote for the day and for haste, in euros."""
    rate = {"weekday": 0.0, "saturday": 0.15, "sunday": 0.4}[day] + (0.25 if express else 0.0)
    return round(rate * (2 * hourly_rate + 0.5 * distance), 2)


def risks(features: np.ndarray) -> np.ndarray:
    """The risk of damage of several jobs: volume, distance, stairs and hours of care of each."""
    return risk_model.predict_proba(features)[:, 1]


def words(note: str) -> dict[str, float]:
    """The hours that each known word of a note adds."""
    return {word: WORD_HOURS[word] for word in note.lower().split() if word in WORD_HOURS}
