"""A BentoML service over `churn.prediction`: `bentoml serve` in this folder starts it."""

from typing import Any, ClassVar

import bentoml

from churn import prediction, wire


class Rows(wire.Rows):
    """What every endpoint takes; a larger body is refused with 413."""

    schema_of_rows = prediction.SCHEMA
    max_body: ClassVar[int] = 16 * 1024 * 1024


@bentoml.service
class Churn:
    """Answers of `model`, a sklearn.pipeline.Pipeline, from churn.ipynb."""

    def __init__(self) -> None:
        prediction.model()

    @bentoml.api(input_spec=Rows)
    def predict(self, rows: Any) -> list[int]:
        """One answer a row: what `model.predict` gives."""
        return wire.reply(prediction.answer, "predict", rows)

    @bentoml.api(input_spec=Rows)
    def predict_proba(self, rows: Any) -> list[list[float]]:
        """One answer a row: what `model.predict_proba` gives.

        The classes in their order are 0, 1.
        """
        return wire.reply(prediction.answer, "predict_proba", rows)

    @bentoml.api(input_spec=Rows)
    def decision_function(self, rows: Any) -> list[float]:
        """One answer a row: what `model.decision_function` gives."""
        return wire.reply(prediction.answer, "decision_function", rows)


wire.attach(Churn)
