"""The rows of a request as Python source: a field for each column, and how the model's container is built.

    Column(name="sepal length (cm)", dtype="float32", type="number", nullable=True)

becomes the field and the value

    sepal_length_cm: Float32 | None = msgspec.field(name="sepal length (cm)")
    "sepal length (cm)": np.array([row.sepal_length_cm for row in rows], dtype="float32")

and the alias `Float32`, which has the range of that type. Names reach the source as literals only.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from jupyter_mlops.documents import ArrayInput, Cells, Column, FrameInput, ItemType, Signature, TextInput

MAX_ROWS = 100_000

_INTEGER = re.compile(r"(u?)int(8|16|32|64)(\[pyarrow\])?", re.IGNORECASE)
_NUMERIC = re.compile(r"(u?int|float)\d+|bool")
_NARROW_FLOATS = {
    "float16": 16,
    "halffloat[pyarrow]": 16,
    "float32": 32,
    "Float32": 32,
    "float[pyarrow]": 32,
}
# From half a unit in the last place above the largest value on, a number rounds to infinity.
_FLOAT_LIMITS = {16: "65520.0", 32: "3.4028235677973366e38"}
_PLAIN: dict[ItemType, str] = {"boolean": "bool", "string": "str", "number": "float"}
# Names that the row's class reads while its body runs, and `self`.
_TAKEN = frozenset(
    {
        *("int", "float", "str", "bool", "list", "self", "mro"),
        *("Annotated", "Any", "Literal", "Path", "datetime", "msgspec", "np", "pd", "Number"),
        *(f"{kind}{bits}" for kind in ("Int", "UInt", "Float") for bits in (8, 16, 32, 64)),
    }
)


@dataclass(frozen=True)
class Field:
    """One column: its attribute, its annotation, its name on the wire where that differs, its values."""

    name: str
    attribute: str
    annotation: str
    key: str | None
    values: str


@dataclass
class RowSource:
    """Everything about rows that the template of `prediction.py` has a hole for.

    `container` is what the model gets; `renamed` holds the columns whose names msgspec does not take; `uses` are
    the imported names that occur in any of it.
    """

    kind: str
    function: str
    container: str
    summary: str
    row: str = ""
    expression: str = ""
    fields: list[Field] = field(default_factory=list[Field])
    aliases: dict[str, str] = field(default_factory=dict[str, str])
    categories: dict[str, Sequence[object]] = field(default_factory=dict[str, Sequence[object]])
    ordered: set[str] = field(default_factory=set[str])
    checks: list[str] = field(default_factory=list[str])
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    uses: set[str] = field(default_factory=set[str])


def row_source(signature: Signature, seen: str) -> RowSource:
    """The source for a signature; `seen` says in docstrings whose rows they are, as in "`model` was fitted on"."""
    match signature:
        case FrameInput():
            return _frame(signature, seen)
        case ArrayInput():
            return _array(signature, seen)
        case TextInput():
            return _text(signature, seen)


def _frame(signature: FrameInput, seen: str) -> RowSource:
    source = RowSource("frame", "frame", "pd.DataFrame", f"The rows as a data frame, as {seen}.")
    source.uses.add("pd")
    attributes = attribute_names([column.name for column in signature.columns])
    for column, attribute in zip(signature.columns, attributes, strict=True):
        listed = f"[row.{attribute} for row in rows]"
        if _has_no_field_name(column.name):
            source.renamed[column.name] = attribute
        if column.dtype == "category":
            source.categories[column.name] = column.categories or []
            source.ordered |= {column.name} if column.ordered else set()
        key = None if column.name in (attribute, *source.renamed) else column.name
        annotation = _annotation(column, source)
        source.fields.append(Field(column.name, attribute, annotation, key, _values(column, listed, source)))
        source.checks += _checks(column, listed, source)
    return source


def _array(signature: ArrayInput, seen: str) -> RowSource:
    summary = f"The rows as an array, as {seen}."
    source = RowSource("array", "array", "np.ndarray", summary, uses={"np"})
    source.row = bounded(signature.type, signature.dtype, source) + (" | None" if signature.nullable else "")
    for depth, length in enumerate(reversed(signature.shape)):
        if depth:
            # each level has a name, so that the type of a row can be read
            name = "Values" if depth == 1 else f"Values{depth}"
            source.aliases[name], source.row = source.row, name
        source.row = f"Annotated[list[{source.row}], msgspec.Meta(min_length={length}, max_length={length})]"
    source.expression = f"np.array(rows, dtype={signature.dtype!r})"
    if signature.dtype.lower() == "uint64":
        source.uses.add("check_range")
        source.checks += _range_checks(signature.shape)
    return source


def _range_checks(shape: Sequence[int]) -> list[str]:
    """A loop over the places of a row, around the check of each."""
    names = [f"at_{depth}" for depth in range(len(shape))] if len(shape) > 1 else ["position"] * len(shape)
    lines = [
        f"{'    ' * depth}for {name} in range({length}):"
        for depth, (name, length) in enumerate(zip(names, shape, strict=True))
    ]
    places = "".join(f"[{name}]" for name in names)
    suffix = "".join(f"[{{{name}}}]" for name in names)
    listed = f"[row{places} for row in rows]" if names else "rows"
    return [*lines, f'{"    " * len(shape)}check_range({listed}, 0, 2**64 - 1, {"f" if names else ""}"{suffix}")']


def _text(signature: TextInput, seen: str) -> RowSource:
    summary = f"The texts in the container that {seen}."
    dtype = repr(signature.dtype)
    match signature.container:
        case "list":
            return RowSource("text", "texts", "list[str]", summary, row="str", expression="list(rows)")
        case "array":
            expression = f"np.array(rows, dtype={dtype})"
            return RowSource("text", "texts", "np.ndarray", summary, row="str", expression=expression, uses={"np"})
        case "series":
            expression = f"pd.Series(rows, dtype={dtype}, name={signature.name!r})"
            return RowSource("text", "texts", "pd.Series", summary, row="str", expression=expression, uses={"pd"})


def _annotation(column: Column, source: RowSource) -> str:
    """The type of one field, with the aliases that it needs put into the source."""
    if column.cells is not None:
        item = bounded(column.type, column.cells.dtype, source) + (" | None" if column.nullable else "")
        length = column.cells.length
        limits = "min_length=1" if length is None else f"min_length={length}, max_length={length}"
        return f"Annotated[list[{item}], msgspec.Meta({limits})]"
    listed = column.categories
    if listed is not None and not listed:
        return "None"
    if listed is not None and column.type in ("string", "integer"):
        source.uses.add("Literal")
        text = f"Literal[{', '.join(map(repr, listed))}]"
    elif column.type == "datetime":
        source.uses.add("datetime")
        text = f"Annotated[datetime, msgspec.Meta(tz={column.aware})]"
    elif column.type == "number" and column.dtype == "object":
        # the notebook's column held integers beside floats, and a model can tell them apart
        text = f"{bounded('integer', 'int64', source)} | float"
    else:
        text = bounded(column.type, column.dtype, source)
    return f"{text} | None" if column.nullable else text


def bounded(kind: ItemType, dtype: str, source: RowSource) -> str:
    """A plain type, or an alias with the range of the dtype."""
    if kind == "number" and dtype in _NARROW_FLOATS:
        bits = _NARROW_FLOATS[dtype]
        limit = _FLOAT_LIMITS[bits]
        source.aliases[f"Float{bits}"] = f"Annotated[float, msgspec.Meta(gt=-{limit}, lt={limit})]"
        return f"Float{bits}"
    if kind != "integer":
        return _PLAIN[kind]
    match = _INTEGER.fullmatch(dtype)
    bits = int(match[2]) if match else 64
    if match and match[1]:
        # msgspec states no bound above 2**63; `check_range` does it for 64 bits
        upper = "" if bits == 64 else f", le={2**bits - 1}"
        source.aliases[f"UInt{bits}"] = f"Annotated[int, msgspec.Meta(ge=0{upper})]"
        return f"UInt{bits}"
    bounds = "ge=-(2**63), le=2**63 - 1" if bits == 64 else f"ge={-(2 ** (bits - 1))}, le={2 ** (bits - 1) - 1}"
    source.aliases[f"Int{bits}"] = f"Annotated[int, msgspec.Meta({bounds})]"
    return f"Int{bits}"


def _values(column: Column, listed: str, source: RowSource) -> str:
    if column.cells is not None:
        return _sequences(column, column.cells, listed, source)
    if column.dtype == "category":
        return f"pd.Categorical({listed}, dtype=CATEGORIES[{column.name!r}])"
    if column.dtype == "object" and column.nullable and column.null == "nan":
        source.uses.add("np")
        # the notebook's column had NaN where JSON has null, and an imputer can tell NaN from None
        return f"pd.Series([np.nan if value is None else value for value in {listed}], dtype=object)"
    if column.dtype == "object":
        return f"pd.Series({listed}, dtype=object)"
    if _NUMERIC.fullmatch(column.dtype):
        source.uses.add("np")
        return f"np.array({listed}, dtype={column.dtype!r})"
    if column.type == "datetime":
        return f"pd.Series({listed}, dtype={column.dtype!r})"
    return f"pd.array({listed}, dtype={column.dtype!r})"


def _sequences(column: Column, cells: Cells, listed: str, source: RowSource) -> str:
    """A column whose cells are containers of their own."""
    match cells.container:
        case "series":
            cell = f"pd.Series(values, dtype={cells.dtype!r})"
        case "array":
            source.uses.add("np")
            cell = f"np.array(values, dtype={cells.dtype!r})"
        case "list" if column.nullable:
            source.uses.add("np")
            cell = "[np.nan if value is None else value for value in values]"
        case "list":
            return f"pd.Series({listed}, dtype=object)"
    return f"pd.Series([{cell} for values in {listed}], dtype=object)"


def _checks(column: Column, listed: str, source: RowSource) -> list[str]:
    """What the annotation cannot say: ranges of times and of 64-bit unsigned integers, floats as categories."""
    suffix = repr(f".{column.name}")
    if column.type == "datetime":
        zone = ", tzinfo=UTC" if column.aware else ""
        if "[ns" in column.dtype:
            low, high = f"datetime(1677, 9, 22{zone})", f"datetime(2262, 4, 11{zone})"
        elif column.aware:
            low, high = f"datetime(1, 1, 2{zone})", f"datetime(9999, 12, 30{zone})"
        else:
            return []
        source.uses |= {"check_range", "UTC"} if column.aware else {"check_range"}
        return [f"check_range({listed}, {low}, {high}, {suffix})"]
    if column.type == "integer" and column.dtype.lower().startswith("uint64"):
        source.uses.add("check_range")
        return [f"check_range({listed}, 0, 2**64 - 1, {suffix})"]
    if column.dtype == "category" and column.categories and column.type in ("number", "boolean"):
        source.uses.add("check_listed")
        return [f"check_listed({listed}, list(CATEGORIES[{column.name!r}].categories), {suffix})"]
    return []


def _has_no_field_name(name: str) -> bool:
    """Whether msgspec refuses a name for a field (it compares the raw bytes of the key)."""
    return any(character in '"\\' or character < " " for character in name)


def attribute_names(names: Sequence[str]) -> list[str]:
    """An identifier for each column, its own name where that is one; all different.

    >>> attribute_names(["age", "sepal length (cm)", "1st", "class", "a-b", "a_b", "?"])
    ['age', 'sepal_length_cm', 'column_1st', 'class_', 'a_b_2', 'a_b', 'column_7']
    """
    own = {name for name in names if _is_attribute(name)}
    given: set[str] = set()
    result: list[str] = []
    for position, name in enumerate(names, 1):
        if name in own:
            attribute = name
        else:
            stem = _mangled(name, position)
            attribute, number = stem, 2
            while attribute in own or attribute in given or attribute in names:
                attribute, number = f"{stem}_{number}", number + 1
        given.add(attribute)
        result.append(attribute)
    return result


def _is_attribute(name: str) -> bool:
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and name not in _TAKEN
        and not name.startswith("_")
        and unicodedata.normalize("NFKC", name) == name
        and len(name) <= 60
    )


def _mangled(name: str, position: int) -> str:
    stem = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:40].strip("_")
    if not stem:
        return f"column_{position}"
    if stem[0].isdigit():
        return f"column_{stem}"
    return f"{stem}_" if keyword.iskeyword(stem) or stem in _TAKEN else stem
