"""The package answers as the notebook did: every example in `examples/`, in process."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from quotes import prediction

FILES = sorted((Path(__file__).parent / "examples").glob("*.json"))


def same(got: Any, expected: Any, tolerance: float) -> bool:
    """Equal, with numbers as near to each other as the tolerance says."""
    if isinstance(expected, list):
        return (
            isinstance(got, list)
            and len(got) == len(expected)
            and all(same(a, b, tolerance) for a, b in zip(got, expected, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(same(got[key], expected[key], tolerance) for key in expected)
        )
    numbers = (int, float)
    if isinstance(got, bool) or isinstance(expected, bool):
        return got is expected
    if isinstance(got, numbers) and isinstance(expected, numbers):
        return math.isclose(got, expected, rel_tol=tolerance, abs_tol=tolerance)
    return got == expected


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_answers_are_the_notebooks(file: Path) -> None:
    given = json.loads(file.read_text(encoding="utf-8"))
    for example in given["examples"]:
        got = prediction.answer(given["endpoint"], json.dumps(example["arguments"]).encode())
        assert same(got, example["answer"], given["tolerance"]), example["arguments"]
