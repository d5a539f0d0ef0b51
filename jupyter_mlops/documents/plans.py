"""What goes in and comes out of a service, and everything that its package will contain."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from jupyter_mlops.documents.base import FORMAT, Document
from jupyter_mlops.errors import Finding

ItemType = Literal["integer", "number", "boolean", "string", "datetime"]


class Cells(Document, frozen=True, kw_only=True):
    """Cells that are sequences of numbers of one `dtype`: Series with the index 0, 1, 2, …, arrays or lists.

    `length` is null where they were of different lengths; none may be empty.
    """

    container: Literal["series", "array", "list"]
    dtype: str
    length: int | None


class Column(Document, frozen=True, kw_only=True):
    """One column of a frame as the run's rows showed it.

    `dtype` is the pandas dtype to build it with; `categories` are the only values admitted, where that is
    known; `aware` says of a datetime column that its values carry a time zone, `ordered` of a categorical one
    that its categories have an order, and `null` what a missing value was in a column of dtype object. Where `cells` is
    given, `type` and `nullable` speak of the numbers in a cell.
    """

    name: str
    dtype: str
    type: ItemType
    nullable: bool
    categories: list[str | int | float | bool] | None = None
    aware: bool = False
    ordered: bool = False
    null: Literal["nan", "none"] = "none"
    cells: Cells | None = None


class FrameInput(Document, frozen=True, kw_only=True, tag="frame", tag_field="kind"):
    """Rows are objects, one field a column; `predict` gets a pandas DataFrame with these columns in order."""

    columns: list[Column]


class ArrayInput(Document, frozen=True, kw_only=True, tag="array", tag_field="kind"):
    """Rows are lists, nested and as long as `shape` says, or single values where it is empty.

    `predict` gets a NumPy array of `dtype` with the rows as its first dimension and `shape` as the others.
    """

    shape: tuple[int, ...]
    dtype: str
    type: ItemType
    nullable: bool


class TextInput(Document, frozen=True, kw_only=True, tag="text", tag_field="kind"):
    """Rows are strings; `predict` gets the container that the notebook used.

    `container` is `list`, `array` (one-dimensional, of `dtype`) or `series` (with `dtype` and `name`).
    """

    container: Literal["list", "array", "series"]
    dtype: str | None = None
    name: str | None = None


Signature = FrameInput | ArrayInput | TextInput


class Answer(Document, frozen=True, kw_only=True):
    """One element of the list that an endpoint answers with.

    A scalar of `type` where `shape` is empty; else lists of such values, nested and as long as it says, or, where
    `columns` is given, an object with these fields. `nullable` where NaN may come out; `single` where the numbers are
    floats of 32 bits or fewer; `by_output` where the method itself gives an array for each output of the model.
    """

    type: ItemType
    shape: tuple[int, ...] = ()
    columns: list[str] | None = None
    nullable: bool = False
    single: bool = False
    by_output: bool = False


class Example(Document, frozen=True, kw_only=True):
    """A row with the answer that the notebook itself gave; of a function, `row` holds its arguments by name."""

    row: Any
    answer: Any


class ElementsInput(Document, frozen=True, kw_only=True, tag="elements", tag_field="kind"):
    """A NumPy array as an argument: lists nested `ndim` deep, the inner ones of `width` where that is known."""

    ndim: int
    width: int | None
    dtype: str
    type: ItemType
    nullable: bool


class Argument(Document, frozen=True, kw_only=True):
    """One argument of a function that is an endpoint.

    `type` is its hint as the notebook has it, or what the calls of the run showed; `default` is a Python literal,
    null where there is none. `content` says what arrays and frames hold. `positional` arguments have no name in
    calls of Python.
    """

    name: str
    type: str
    required: bool
    default: str | None = None
    positional: bool = False
    content: FrameInput | ElementsInput | None = None


class Endpoint(Document, frozen=True, kw_only=True):
    """One route of the service: `POST /<name>`, of a method of the model or of a function of the notebook.

    Of a method, `answer` is the type of one element of its list, and `classes` gives the order of probabilities,
    where known. Of a function, `returns` is the type of its answers as Python has it, and `description` its
    docstring.
    """

    name: str
    kind: Literal["model", "function"] = "model"
    answer: Answer | None = None
    examples: int
    weak: bool
    classes: list[Any] | None = None
    arguments: list[Argument] | None = None
    returns: str | None = None
    description: str | None = None


NameKind = Literal["code", "learned", "parameter", "not-needed"]


class PlannedName(Document, frozen=True, kw_only=True):
    """A name of the notebook and what becomes of it; `cell` is the id of the cell that bound it."""

    name: str
    kind: NameKind
    reason: str
    cell: str | None
    index: int | None


class Requirement(Document, frozen=True, kw_only=True):
    """A distribution that the package needs, with the version of the run and the reason."""

    name: str
    version: str
    reason: str


class Plan(Document, frozen=True, kw_only=True):
    """What an export will contain, complete before anything is written.

    `model` and `signature` are null where the endpoints are functions of the notebook; `modules` are files of the
    project that go along, by their paths in the package, and `files` are those that the code which serves reads.
    """

    format: int = FORMAT
    run: str
    notebook: str
    name: str
    model: str | None
    model_class: str | None
    signature: Signature | None
    endpoints: list[Endpoint]
    names: list[PlannedName]
    requirements: list[Requirement]
    modules: list[str] = msgspec.field(default_factory=list[str])
    files: list[str] = msgspec.field(default_factory=list[str])
    findings: list[Finding]
