# ruff: noqa: E501
"""A BentoML service over `quotes.prediction`: `bentoml serve` in this folder starts it."""

from typing import Any

import bentoml

from quotes import calls, prediction, wire


class QuoteArguments(calls.Arguments):
    """What `/quote` takes; a body of more than `max_body` bytes is refused with 413."""

    request = prediction.QuoteRequest


class SurchargeArguments(calls.Arguments):
    """What `/surcharge` takes; a body of more than `max_body` bytes is refused with 413."""

    request = prediction.SurchargeRequest


class RisksArguments(calls.Arguments):
    """What `/risks` takes; a body of more than `max_body` bytes is refused with 413."""

    request = prediction.RisksRequest


class WordsArguments(calls.Arguments):
    """What `/words` takes; a body of more than `max_body` bytes is refused with 413."""

    request = prediction.WordsRequest


@bentoml.service
class Quotes:
    """Answers of the functions `quote`, `surcharge`, `risks`, `words` of quotes.ipynb."""

    @bentoml.api(input_spec=QuoteArguments)
    def quote(self, body: Any) -> dict[str, Any]:
        """The quote for a move.

        A larger crew is faster, but not by as much as it costs.
        """
        return calls.reply(prediction.answer, "quote", body)

    @bentoml.api(input_spec=SurchargeArguments)
    def surcharge(self, body: Any) -> float:
        """What is added to a quote for the day and for haste, in euros."""
        return calls.reply(prediction.answer, "surcharge", body)

    @bentoml.api(input_spec=RisksArguments)
    def risks(self, body: Any) -> list[float]:
        """The risk of damage of several jobs: volume, distance, stairs and hours of care of each."""
        return calls.reply(prediction.answer, "risks", body)

    @bentoml.api(input_spec=WordsArguments)
    def words(self, body: Any) -> dict[str, float]:
        """The hours that each known word of a note adds."""
        return calls.reply(prediction.answer, "words", body)


wire.attach(Quotes)
