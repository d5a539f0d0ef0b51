"""Request bodies as checked rows: first strict JSON, then the schema.

msgspec does both in one pass and is strict on types, but two things have to be added. A key that
is there twice in one object passes it (the last one wins), and where a body breaks the schema
early on, msgspec does not say whether the rest of it is JSON at all.

Looking for double keys costs a second, slower pass, so it is made only where one is possible.
Every field is required and none is unknown, so a body that passed has one colon for `rows` and
one for each field of each row, plus one for each key that is there twice, plus those inside texts
and names. Where the count of colons is the least possible there is no room for a double key,
however the keys are spelled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

import msgspec

_FIELD = re.compile(r"Object (?:missing required|contains unknown) field `(.*)`", re.DOTALL)
_LONGEST = 300


class RefusedError(ValueError):
    """A body that is not admitted: `code` says how, `path` says where, as in `$.rows[3].age`."""

    def __init__(self, code: str, message: str, path: str | None = None) -> None:
        super().__init__(_cut(message))
        self.code = code
        self.message = _cut(message)
        self.path = None if path is None else _cut(path)


class Schema:
    """The type of a request's body, `{"rows": [...]}`, and how to read one.

    `fields` counts the fields of a row, all of them required (0 where rows are no objects).
    `renamed` maps names that msgspec cannot have as a field's (with a quote, a backslash or a
    control character) to those that the row's class has instead.
    """

    def __init__(
        self, body: type[Any], fields: int = 0, renamed: Mapping[str, str] | None = None
    ) -> None:
        self.body = body
        self.fields = fields
        self.renamed = dict(renamed or {})
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(body)

    def rows(self, body: bytes) -> list[Any]:
        """The rows of a body as it came over the wire; raises `RefusedError`."""
        try:
            decoded = self._decode_renamed(body) if self.renamed else self._decoder.decode(body)
        except RefusedError:
            look_closely(body)
            raise
        except msgspec.ValidationError as error:
            look_closely(body)
            raise _refused(str(error), self.renamed) from None
        except RecursionError:
            raise RefusedError("not-json", "it is nested too deeply") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RefusedError("not-json", str(error)) from None
        rows: list[Any] = decoded.rows
        if self.renamed or body.count(b":") != 1 + len(rows) * self.fields:
            look_closely(body)
        return rows

    def _decode_renamed(self, body: bytes) -> Any:
        data: Any = msgspec.json.decode(body)
        if isinstance(data, dict):
            fields = cast(dict[str, Any], data)
            if isinstance(fields.get("rows"), list):
                fields["rows"] = [self._renamed(*each) for each in enumerate(fields["rows"])]
        return msgspec.convert(data, self.body)

    def _renamed(self, position: int, row: Any) -> Any:
        if not isinstance(row, dict):
            return row
        fields = cast(dict[str, Any], row)
        for name in self.renamed.values():
            if name in fields:
                text = f"Object contains unknown field `{name}`"
                raise RefusedError("schema", text, f"$.rows[{position}].{name}")
        return {self.renamed.get(name, name): value for name, value in fields.items()}


def look_closely(body: bytes) -> None:
    """Raises `RefusedError` where a body is not JSON throughout or an object has a key twice."""
    try:
        json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_check_keys,
            parse_constant=_refuse_constant,
            parse_int=float,
        )
    except RefusedError:
        raise
    except RecursionError:
        raise RefusedError("not-json", "it is nested too deeply") from None
    except ValueError as error:
        raise RefusedError("not-json", str(error)) from None


def check_range(values: Sequence[Any], low: Any, high: Any, suffix: str) -> None:
    """Raises `RefusedError` for the first value outside of a range that the schema cannot state.

    `values` is one column; `suffix` is its part of the path, as in `$.rows[3]` + `.when`.
    """
    for position, value in enumerate(values):
        if value is not None and not low <= value <= high:
            text = f"Expected a value from {low} to {high}"
            raise RefusedError("schema", text, f"$.rows[{position}]{suffix}")


def check_listed(values: Sequence[Any], listed: Sequence[Any], suffix: str) -> None:
    """Raises `RefusedError` for the first value that is none of those listed."""
    for position, value in enumerate(values):
        if value is not None and value not in listed:
            text = f"Invalid enum value {value!r}"
            raise RefusedError("schema", text, f"$.rows[{position}]{suffix}")


def _refused(text: str, renamed: Mapping[str, str]) -> RefusedError:
    """What msgspec said, with the path apart; a missing or unknown field is part of the path."""
    message, mark, rest = text.rpartition(" - at `")
    path = rest[:-1] if mark else "$"
    message = message if mark else text
    field = _FIELD.fullmatch(message)
    if field:
        path = f"{path}.{field[1]}"
    for name, stand_in in renamed.items():
        if path.endswith(f".{stand_in}"):
            path = path.removesuffix(stand_in) + name
            message = message.replace(f"`{stand_in}`", f"`{name}`")
    return RefusedError("schema", message, path)


def _check_keys(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise RefusedError("duplicate-key", f"the key `{name}` is there twice in one object")
        seen.add(name)


def _refuse_constant(name: str) -> NoReturn:
    raise RefusedError("not-json", f"{name} is not a number in JSON")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
