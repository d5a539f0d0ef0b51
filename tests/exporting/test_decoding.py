"""Bodies as rows: the table of awkward values at the schema itself, and double keys wherever they hide."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.exporting.runtime.decoding import RefusedError, Schema


class Row(msgspec.Struct, forbid_unknown_fields=True):
    a: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    b: float | None
    c: Literal["x", "y"]
    d: str


class Body(msgspec.Struct, forbid_unknown_fields=True):
    rows: Annotated[list[Row], msgspec.Meta(min_length=1, max_length=3)]


SCHEMA = Schema(Body, fields=4)
GOOD = '{"a": 1, "b": 2.5, "c": "x", "d": "t"}'


def body(row: str) -> bytes:
    return f'{{"rows": [{row}]}}'.encode()


@pytest.mark.parametrize(
    "row",
    [
        '{"a": 1, "a": 1, "b": 2.5, "c": "x", "d": "t"}',
        '{"a": "wrong", "a": 1, "b": 2.5, "c": "x", "d": "t"}',
        '{"\\u0061": 1, "a": 1, "b": 2.5, "c": "x", "d": "t"}',
        '{"a": 1, "b" : 2.5, "b"\n:\t2.5, "c": "x", "d": "t"}',
        '{"a": 1, "b": 2.5, "c": "x", "d": ":::", "d": "t"}',
        f'{GOOD}, {{}}, {GOOD[:-1]}, "d": "u"}}',
        f'{GOOD[:-1]}, "e": [{{"z": 1, "z": 2}}]}}',
    ],
)
def test_a_double_key_is_refused(row: str) -> None:
    with pytest.raises(RefusedError) as caught:
        SCHEMA.rows(body(row))
    assert caught.value.code == "duplicate-key"


def test_rows_twice_is_refused_however_many_there_are() -> None:
    for first, second in [(1, 1), (2, 1), (1, 3)]:
        rows = [f"[{', '.join([GOOD] * count)}]" for count in (first, second)]
        with pytest.raises(RefusedError) as caught:
            SCHEMA.rows(f'{{"rows": {rows[0]}, "rows": {rows[1]}}}'.encode())
        assert caught.value.code == "duplicate-key"


def test_colons_in_texts_are_no_keys() -> None:
    assert SCHEMA.rows(body(GOOD.replace('"t"', '"a: b, \\"a\\": 1"')))[0].d == 'a: b, "a": 1'


@given(
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2.5", '"x"', '":"', "null", '"\\u003a"'])),
    st.lists(st.sampled_from("abcd")),
)
def test_no_double_key_passes(fields: dict[str, str], again: list[str]) -> None:
    pairs = [*fields.items(), *((name, fields.get(name, "1")) for name in again)]
    text = "{" + ", ".join(f'"{name}": {value}' for name, value in pairs) + "}"
    doubled = len({name for name, _ in pairs}) < len(pairs)
    assert (code_of(body(text)) == "duplicate-key") == doubled


def code_of(text: bytes) -> str | None:
    try:
        SCHEMA.rows(text)
    except RefusedError as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xef\xbb\xbf" + body(GOOD),
        body(GOOD) + b"x",
        body(GOOD.replace("2.5", "NaN")),
        body(GOOD.replace("2.5", "-Infinity")),
        body(GOOD).replace(b'"t"', b'"\xff"'),
        body(GOOD).decode().encode("utf-16"),
        b"[" * 100_000,
        b'{"rows": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x": ' + b'{"x": ' * 100_000,
        body(GOOD.replace('"t"', '"\\ud800"')),
        body(GOOD.replace("1", "01")),
        b'{"rows": 5, ',
    ],
)
def test_what_is_not_json(text: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        SCHEMA.rows(text)
    assert caught.value.code == "not-json"


@pytest.mark.parametrize("digits", [20, 40, 400, 5000])
def test_long_integers_are_out_of_range(digits: int) -> None:
    for sign in ("", "-"):
        with pytest.raises(RefusedError) as caught:
            SCHEMA.rows(body(GOOD.replace("1", sign + "9" * digits)))
        assert (caught.value.code, caught.value.path) == ("schema", "$.rows[0].a")


def test_long_texts_are_not_sent_back() -> None:
    with pytest.raises(RefusedError) as caught:
        SCHEMA.rows(body(GOOD.replace('"x"', '"' + "z" * 100_000 + '"')))
    assert len(caught.value.message) <= 300
    assert caught.value.path == "$.rows[0].c"


class Renamed(msgspec.Struct, forbid_unknown_fields=True):
    said: int
    b: float = msgspec.field(name="b")


class RenamedBody(msgspec.Struct, forbid_unknown_fields=True):
    rows: Annotated[list[Renamed], msgspec.Meta(min_length=1)]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({'"said"': 1, "b": 1}, None),
        ({'"said"': 1.0, "b": 1}, '$.rows[0]."said"'),
        ({'"said"': True, "b": 1}, '$.rows[0]."said"'),
        ({"b": 1}, '$.rows[0]."said"'),
        ({"said": 1, "b": 1}, "$.rows[0].said"),
        ({'"said"': 1, "said": 1, "b": 1}, "$.rows[0].said"),
        ({'"said"': 1, "b": "1"}, "$.rows[0].b"),
        (5, "$.rows[0]"),
    ],
)
def test_names_that_msgspec_does_not_take(row: Any, expected: str | None) -> None:
    schema = Schema(RenamedBody, fields=2, renamed={'"said"': "said"})
    text = json.dumps({"rows": [row]}).encode()
    if expected is None:
        assert schema.rows(text)[0] == Renamed(said=1, b=1.0)
        return
    with pytest.raises(RefusedError) as caught:
        schema.rows(text)
    assert (caught.value.code, caught.value.path) == ("schema", expected)
    with pytest.raises(RefusedError) as doubled:
        schema.rows(text.replace(b'"b"', b'"b": 1, "b"')) if b'"b"' in text else schema.rows(b'{"rows": 1, "rows": 2}')
    assert doubled.value.code == "duplicate-key"
