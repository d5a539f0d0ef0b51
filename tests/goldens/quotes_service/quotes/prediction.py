"""Answers of the functions `quote`, `surcharge`, `risks`, `words` of quotes.ipynb.

Arguments come in as JSON and are checked, answers go out as JSON has them. There is no web
framework in here: `service.py` puts this behind HTTP, and any other program can call `answer`.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from . import notebook
from .arguments import answered, array_of, read

# no conversion, no other fields, no infinite numbers
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class QuoteRequest(BaseModel):
    """The arguments of `quote`."""

    model_config = STRICT

    job: notebook.Job
    crew: Literal[2, 3, 4] = 2


def quote(request: QuoteRequest) -> dict[str, Any]:
    """The quote for a move."""
    return answered(notebook.quote(job=request.job, crew=request.crew))


class SurchargeRequest(BaseModel):
    """The arguments of `surcharge`."""

    model_config = STRICT

    distance: float
    day: Literal["weekday", "saturday", "sunday"] = "weekday"
    express: bool = False


def surcharge(request: SurchargeRequest) -> float:
    """What is added to a quote for the day and for haste, in euros."""
    return answered(
        notebook.surcharge(distance=request.distance, day=request.day, express=request.express)
    )


class RisksRequest(BaseModel):
    """The arguments of `risks`."""

    model_config = STRICT

    features: Annotated[
        list[Annotated[list[float], Field(min_length=4, max_length=4)]], Field(min_length=1)
    ]


def risks(request: RisksRequest) -> list[float]:
    """The risk of damage of several jobs: volume, distance, stairs and hours of care of each."""
    return answered(notebook.risks(features=array_of("features", request.features, "float64")))


class WordsRequest(BaseModel):
    """The arguments of `words`."""

    model_config = STRICT

    note: str


def words(request: WordsRequest) -> dict[str, float]:
    """The hours that each known word of a note adds."""
    return answered(notebook.words(note=request.note))


REQUESTS: dict[str, type[BaseModel]] = {
    "quote": QuoteRequest,
    "surcharge": SurchargeRequest,
    "risks": RisksRequest,
    "words": WordsRequest,
}
ENDPOINTS: dict[str, Callable[[Any], Any]] = {
    "quote": quote,
    "surcharge": surcharge,
    "risks": risks,
    "words": words,
}


def answer(endpoint: str, body: bytes) -> Any:
    """What an endpoint answers to a body; raises `RefusedError` or `NotFiniteError`."""
    return ENDPOINTS[endpoint](read(REQUESTS[endpoint], body))
