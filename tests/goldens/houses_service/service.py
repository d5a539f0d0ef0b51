"""A BentoML service over `houses.prediction`: `bentoml serve` in this folder starts it."""

from typing import Any, ClassVar

import bentoml

from houses import prediction, wire


class Rows(wire.Rows):
    """What every endpoint takes; a larger body is refused with 413."""

    schema_of_rows = prediction.SCHEMA
    max_body: ClassVar[int] = 16 * 1024 * 1024


@bentoml.service
class Houses:
    """Answers of `estimator`, a sklearn.pipeline.Pipeline, from houses.ipynb."""

    def __init__(self) -> None:
        prediction.model()

    @bentoml.api(input_spec=Rows)
    def predict(self, rows: Any) -> list[float]:
        """One answer a row: what `estimator.predict` gives."""
        return wire.reply(prediction.answer, "predict", rows)


wire.attach(Houses)
