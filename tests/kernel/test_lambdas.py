"""Function objects get the names that the export gave to their places."""

import linecache

import pytest

from jupyter_mlops.kernel.lambdas import LambdaNames

TEXT = "scale, shift = lambda x: x / 2, lambda x: x + 1\ndef make():\n    return lambda: 3\n"
TABLE = [
    {"source": TEXT.strip(), "line": 1, "column": 15, "name": "scale_function"},
    {"source": TEXT.strip(), "line": 3, "column": 11, "name": "make_function"},
]


@pytest.fixture
def namespace():
    """The cell, run as IPython keeps it: with its text in linecache, and empty lines above."""
    text = "\n\n" + TEXT
    linecache.cache["<cell of lambdas>"] = (len(text), None, text.splitlines(keepends=True), "<cell of lambdas>")
    names = {}
    exec(compile(text, "<cell of lambdas>", "exec"), names)  # noqa: S102
    yield names
    del linecache.cache["<cell of lambdas>"]


def test_a_lambda_has_the_name_of_its_place(namespace):
    known = LambdaNames(TABLE)
    assert known.of(namespace["scale"]) == "scale_function"
    assert known.of(namespace["make"]()) == "make_function"
    assert known.of(namespace["shift"]) is None


def test_other_texts_have_no_names(namespace):
    assert LambdaNames().of(namespace["scale"]) is None
    assert LambdaNames([{**TABLE[0], "source": "x = 1"}]).of(namespace["scale"]) is None
    hidden = {}
    exec("f = lambda x: x", hidden)  # noqa: S102
    assert LambdaNames(TABLE).of(hidden["f"]) is None
