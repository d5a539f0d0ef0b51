"""Types of parameters: annotations, conversion of what is given, and source that gives the same value back."""

from __future__ import annotations

import ast
import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.parameters.types import convert, of_annotation, of_default, source, spelled


def declared(annotation):
    return of_annotation(ast.parse(annotation, mode="eval").body)


SPELLED = [
    ("int", "int"),
    ("float | None", "float | None"),
    ("Optional[int]", "int | None"),
    ("typing.Optional[str]", "str | None"),
    ("Union[int, str]", "int | str"),
    ("Literal['a', 'b', 3]", "Literal['a', 'b', 3]"),
    ("list[str]", "list[str]"),
    ("List[int]", "list[int]"),
    ("dict[str, float]", "dict[str, float]"),
    ("dict", "dict"),
    ("tuple[int, ...]", "tuple[int]"),
    ("tuple[int, str]", "tuple"),
    ("datetime.date", "date"),
    ("datetime.datetime", "datetime"),
    ("pathlib.Path", "Path"),
    ("'int | None'", "int | None"),
    ("Annotated[int, 'metres']", "int"),
    ("np.ndarray", "any"),
    ("Color | None", "any"),
]


@pytest.mark.parametrize(("annotation", "text"), SPELLED)
def test_annotations(annotation, text):
    assert spelled(declared(annotation)) == text


@pytest.mark.parametrize(
    ("default", "text"),
    [
        ("1", "int"),
        ("-1.5", "float"),
        ("'a'", "str"),
        ("True", "bool"),
        ("None", "any"),
        ("[1]", "list"),
        ("{'a': 1}", "dict"),
        ("date(2020, 1, 1)", "date"),
        ("pathlib.Path('a')", "Path"),
        ("f(1)", "any"),
    ],
)
def test_defaults(default, text):
    assert spelled(of_default(ast.parse(default, mode="eval").body)) == text


FITS = [
    ("int", "7", 7), ("int", np.int64(7), 7), ("float", "1e-3", 1e-3), ("float", np.float32(0.5), 0.5),
    ("float", "nan", float("nan")), ("float", "-inf", float("-inf")), ("bool", "yes", True),
    ("bool", np.bool_(False), False), ("float | None", "None", None), ("float | None", "2", 2.0),
    ("str | None", "None", None), ("str | None", "x", "x"), ("int | str", "3", 3), ("int | str", "three", "three"),
    ("Literal['a', 3]", "3", 3), ("Literal['a', 3]", "a", "a"), ("list[str]", "['a', 'b']", ["a", "b"]),
    ("list[float]", "[1, 2.5]", [1.0, 2.5]), ("tuple[int, ...]", [1, 2], (1, 2)), ("set", "{1}", {1}),
    ("dict[int, str]", "{1: 'a'}", {1: "a"}), ("list[date]", ["2024-02-29"], [datetime.date(2024, 2, 29)]),
    ("date", "2024-02-29", datetime.date(2024, 2, 29)),
    ("datetime", "2024-02-29T10:00:00+01:00", datetime.datetime.fromisoformat("2024-02-29T10:00:00+01:00")),
    ("Path", "a/b", Path("a/b")), ("any_thing", "(1, 2)", (1, 2)), ("any_thing", "words", "words"),
    ("any_thing", np.float64(1.5), 1.5), ("any_thing", [np.int32(3)], [3]),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "value", "expected"), FITS)
def test_what_fits_is_converted(annotation, value, expected):
    result = convert(value, declared(annotation))
    assert repr(result) == repr(expected)
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [("int", "1.5"), ("int", 1.0), ("int", True), ("float", "x"), ("float", False), ("bool", 1), ("bool", "2"),
     ("Literal['a']", "b"), ("list[str]", "a"), ("list[str]", "[1]"), ("list[int]", "['1']"), ("date", "2024-02-30"),
     ("date", datetime.datetime(2024, 1, 1)), ("float | None", "x"), ("any_thing", object()), ("any_thing", 1j),
     ("any_thing", np.array([1, 2])), ("dict[str, int]", "[1]"), ("Path", 3), ("any_thing", b"a"), ("str", 3)],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_never_text(annotation, value):
    with pytest.raises(ValueError):  # noqa: PT011  (the reason is for people)
        convert(value, declared(annotation))


def unfolded(moment):
    """No text says `fold`."""
    return moment.replace(fold=0)


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes().map(unfolded)
values = st.recursive(
    plain,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)


@given(values)
def test_source_gives_the_value_back(value):
    again = eval(source(value))  # noqa: S307  (source of values that were just made)
    assert repr(again) == repr(value)


@given(values)
def test_what_nothing_is_declared_of_stays_as_it_is(value):
    if not isinstance(value, str):
        assert repr(convert(value, declared("any_thing"))) == repr(value)
