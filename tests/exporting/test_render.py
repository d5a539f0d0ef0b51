"""Packages as text: complete, clean by ruff and pyright, the same bytes twice, and safe with any names."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_package import RUNTIME, channels, churn, digits, ingredients, plan, reviews, waves

from jupyter_mlops.documents import (
    Answer,
    ArrayInput,
    Cells,
    Column,
    Endpoint,
    Example,
    FrameInput,
    ItemType,
    TextInput,
)
from jupyter_mlops.exporting.render import RUNTIME_MODULES, prediction_source, render
from jupyter_mlops.exporting.row_source import attribute_names

ENDPOINT = Endpoint(name="predict", answer=Answer(type="number"), examples=1, weak=True)
AWKWARD = [
    "sepal length (cm)",
    "class",
    "1st",
    "a-b",
    "a_b",
    "self",
    "int",
    "float",
    "Literal",
    "rows",
    "__init__",
    "_x",
    "",
    " ",
    'say "so"',
    "it's",
    '"""',
    "back\\slash",
    "new\nline",
    "{{ x }}",
    "{% y %}",
    "größe",
    "ﬁ",
    "a:b",
    "日本",
    "\x00",
    "`|`",
    "msgspec",
    "Row",
    "a" * 300,
]


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[Any]:
    """Imports a rendered `prediction.py` in a package of its own, without ruff and without value files."""
    made: list[str] = []

    def load(signature: Any, **_: Any) -> ModuleType:
        name = f"rendered_{tmp_path.name.replace('-', '_')}_{len(made)}"
        folder = tmp_path / name
        folder.mkdir()
        source = prediction_source(ingredients(plan(name, signature, [ENDPOINT])))
        (folder / "__init__.py").write_text("")
        (folder / "prediction.py").write_text(source, encoding="utf-8")
        for module in RUNTIME_MODULES:
            (folder / f"{module}.py").write_bytes((RUNTIME / f"{module}.py").read_bytes())
        importlib.invalidate_caches()
        made.append(name)
        return importlib.import_module(f"{name}.prediction")

    sys.path.insert(0, str(tmp_path))
    yield load
    sys.path.remove(str(tmp_path))
    for name in [each for each in sys.modules if each.split(".")[0] in made]:
        del sys.modules[name]


def frame_of(module: ModuleType, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return module.frame(module.decode(json.dumps({"rows": rows}).encode()))


def refusal(module: ModuleType, rows: list[Any]) -> tuple[str, str | None]:
    with pytest.raises(module.Schema.rows.__globals__["RefusedError"]) as caught:
        module.decode(json.dumps({"rows": rows}).encode())
    return caught.value.code, caught.value.path


def column(name: str, dtype: str = "float64", kind: ItemType = "number", **more: Any) -> Column:
    return Column(name=name, dtype=dtype, type=kind, nullable=more.pop("nullable", False), **more)


def test_awkward_names_survive(loaded: Any) -> None:
    module = loaded(FrameInput(columns=[column(name, nullable=i % 2 == 0) for i, name in enumerate(AWKWARD)]))
    row = {name: float(position) for position, name in enumerate(AWKWARD)}
    frame = frame_of(module, [row])
    assert list(frame.columns) == AWKWARD
    assert frame.iloc[0].tolist() == list(row.values())
    for name in AWKWARD:
        assert refusal(module, [{**row, name: "text"}])[0] == "schema"
        assert refusal(module, [{other: 1.0 for other in AWKWARD if other != name}])[0] == "schema"


names = st.lists(st.text(max_size=12) | st.sampled_from(AWKWARD), min_size=1, max_size=5, unique=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names, st.lists(texts, min_size=1, max_size=4, unique=True), st.text(max_size=20))
def test_any_names_round_trip(loaded: Any, names: list[str], listed: list[str], title: str) -> None:
    columns = [column(name, "object", "string", categories=listed) for name in names]
    module = loaded(FrameInput(columns=columns))
    rows = [{name: listed[(i + j) % len(listed)] for j, name in enumerate(names)} for i in range(3)]
    frame = frame_of(module, rows)
    assert frame.to_dict("records") == rows
    odd = plan("p", FrameInput(columns=columns), [ENDPOINT], model=title or "m", notebook=title, model_class=title)
    ast.parse(prediction_source(ingredients(odd)))


@settings(max_examples=15, deadline=None)
@given(names, st.text(max_size=30), texts)
def test_any_names_give_whole_packages(names: list[str], title: str, text: str) -> None:
    columns = [column(name, "category", "string", categories=[text, "other" + text]) for name in names]
    odd = plan("odd", FrameInput(columns=columns), [ENDPOINT], model=title or "m", notebook=title, model_class=title)
    examples = {"predict": [Example(row=dict.fromkeys(names, text), answer=1.5)]}
    files = render(ingredients(odd, examples=examples))
    for name, content in files.items():
        if name.endswith(".py"):
            ast.parse(content)
        if name.endswith(".json"):
            json.loads(content)
    assert json.loads(files["odd/examples.json"])["predict"]["row"] == dict.fromkeys(names, text)


@given(st.lists(st.text(max_size=10), unique=True))
def test_attribute_names_are_identifiers_and_differ(names: list[str]) -> None:
    given_names = attribute_names(names)
    assert len(set(given_names)) == len(names)
    assert all(name.isidentifier() and not name.startswith("_") for name in given_names)


@pytest.mark.parametrize(
    ("dtype", "kind", "value", "more", "bad"),
    [
        ("int64", "integer", 5, {}, [2**63, -(2**63) - 1, 1.0, True, "5", None]),
        ("int32", "integer", -5, {}, [2**31, 10**40]),
        ("int8", "integer", -128, {}, [128, -129]),
        ("uint8", "integer", 255, {}, [256, -1]),
        ("uint64", "integer", 2**64 - 1, {}, [2**64, -1]),
        ("Int64", "integer", None, {"nullable": True}, [2**63]),
        ("UInt16", "integer", 7, {"nullable": True}, [65536]),
        ("float64", "number", 1.5, {}, ["1.5", False, None]),
        ("float64", "number", None, {"nullable": True}, []),
        ("float32", "number", 3.4028235e38, {}, [3.5e38, -3.5e38]),
        ("float16", "number", 2.5, {}, [65520]),
        ("Float64", "number", None, {"nullable": True}, []),
        ("Float32", "number", 2.5, {}, [3.5e38]),
        ("object", "number", 1, {"nullable": True}, ["1", True, 2**63]),
        ("bool", "boolean", True, {}, [1, 0, "true", None]),
        ("boolean", "boolean", None, {"nullable": True}, [1]),
        ("object", "boolean", None, {"nullable": True}, [1]),
        ("object", "string", None, {"nullable": True}, [1]),
        ("object", "string", "a", {"categories": ["a", 'b"']}, ["c", None]),
        ("str", "string", None, {"nullable": True}, [1]),
        ("string", "string", None, {"nullable": True}, [1]),
        ("category", "string", "b", {"categories": ["b", "a"]}, ["c", None]),
        ("category", "integer", 2, {"categories": [3, 2]}, [1, 2.0, "2", True]),
        ("category", "number", 0.5, {"categories": [0.5, 1.5]}, [2.5]),
        ("category", "boolean", True, {"categories": [True]}, [False, 1]),
        ("category", "string", None, {"categories": [], "nullable": True}, ["a"]),
        ("datetime64[ns]", "datetime", "2024-01-02T03:04:05", {}, ["9999-01-01T00:00:00", "2024-01-02", 5]),
        ("datetime64[us]", "datetime", None, {"nullable": True}, ["2024-01-02T03:04:05Z"]),
        ("datetime64[us, UTC]", "datetime", "2024-01-02T03:04:05+02:00", {"aware": True}, ["2024-01-02T03:04:05"]),
        ("datetime64[ns, Europe/Paris]", "datetime", None, {"aware": True, "nullable": True}, ["1500-01-01T00:00:00Z"]),
    ],
)
def test_dtypes(loaded: Any, dtype: str, kind: ItemType, value: Any, more: dict[str, Any], bad: list[Any]) -> None:
    module = loaded(FrameInput(columns=[column("x y", dtype, kind, **more)]))
    frame = frame_of(module, [{"x y": value}, {"x y": value}])
    assert str(frame["x y"].dtype) == dtype
    got = frame["x y"].iloc[0]
    if value is None:
        assert pd.isna(got)
        assert got is None or dtype != "object"
    elif kind == "datetime":
        expected = datetime.fromisoformat(value)
        assert got.to_pydatetime() == expected
        assert (got.tzinfo is None) == (expected.tzinfo is None)
    else:
        assert got == np.float32(value) if dtype.lower() == "float32" else got == value
    if dtype == "category":
        assert list(frame["x y"].dtype.categories) == more["categories"]
    for each in bad:
        assert refusal(module, [{"x y": value}, {"x y": each}]) == ("schema", "$.rows[1].x y"), each


def test_times_with_zones_at_the_ends_of_the_calendar(loaded: Any) -> None:
    module = loaded(FrameInput(columns=[column("t", "datetime64[us, UTC]", "datetime", aware=True)]))
    assert refusal(module, [{"t": "0001-01-01T00:00:00+14:00"}]) == ("schema", "$.rows[0].t")
    rows = [{"t": "2024-01-02T03:04:05+02:00"}, {"t": "2024-01-02T03:04:05-07:00"}]
    first = frame_of(module, rows)["t"].iloc[0]
    assert first.to_pydatetime() == datetime(2024, 1, 2, 1, 4, 5, tzinfo=UTC)


def test_arrays(loaded: Any) -> None:
    module = loaded(ArrayInput(shape=(3,), dtype="float32", type="number", nullable=True))
    array = module.array(module.decode(b'{"rows": [[1, 2.5, null]]}'))
    assert array.dtype == np.float32
    assert array.shape == (1, 3)
    assert np.isnan(array[0, 2])
    for row in ([1, 2], [1, 2, 3, 4], [], {"a": 1}, 5):
        assert refusal(module, [[1, 2, 3], row]) == ("schema", "$.rows[1]")
    assert refusal(module, [[1, 2, 3.5e38]]) == ("schema", "$.rows[0][2]")
    unsigned = loaded(ArrayInput(shape=(2,), dtype="uint64", type="integer", nullable=False))
    assert unsigned.array(unsigned.decode(b'{"rows": [[1, 18446744073709551615]]}'))[0, 1] == 2**64 - 1
    assert refusal(unsigned, [[0, 1], [1, 2**64]]) == ("schema", "$.rows[1][1]")


def numbers(*shape: int, **more: Any) -> ArrayInput:
    return ArrayInput(**{"shape": shape, "dtype": "float64", "type": "number", "nullable": False, **more})


def test_rows_of_single_numbers(loaded: Any) -> None:
    module = loaded(numbers(nullable=True))
    array = module.array(module.decode(b'{"rows": [1, 2.5, null]}'))
    assert array.shape == (3,)
    assert np.isnan(array[2])
    for row in ([1], "1", True, {}):
        assert refusal(module, [1, row]) == ("schema", "$.rows[1]")
    unsigned = loaded(numbers(dtype="uint64", type="integer"))
    assert unsigned.array(unsigned.decode(b'{"rows": [18446744073709551615]}'))[0] == 2**64 - 1
    assert refusal(unsigned, [0, 2**64]) == ("schema", "$.rows[1]")


def test_arrays_of_three_dimensions(loaded: Any) -> None:
    module = loaded(numbers(3, 2, dtype="float32"))
    given = [[[1, 2.5], [3, 4], [5, 6]], [[0, 0], [0, 0], [0, 1]]]
    array = module.array(module.decode(json.dumps({"rows": given}).encode()))
    assert (array.shape, array.dtype) == ((2, 3, 2), np.float32)
    assert array.tolist() == given
    good = given[0]
    for row, path in [
        (good[:2], "$.rows[1]"),
        ([*good, [7, 8]], "$.rows[1]"),
        ([], "$.rows[1]"),
        (5, "$.rows[1]"),
        (None, "$.rows[1]"),
        ({"a": good}, "$.rows[1]"),
        ([[1, 2], [3], [5, 6]], "$.rows[1][1]"),
        ([[1, 2], [3, 4], [5, 6, 7]], "$.rows[1][2]"),
        ([[1, 2], [3, 4], 5], "$.rows[1][2]"),
        ([[1, 2], [3, "4"], [5, 6]], "$.rows[1][1][1]"),
        ([[1, 2], [3, True], [5, 6]], "$.rows[1][1][1]"),
        ([[1, 2], [3, None], [5, 6]], "$.rows[1][1][1]"),
        ([[1, 2], [3, [4]], [5, 6]], "$.rows[1][1][1]"),
        ([[3.5e38, 2], [3, 4], [5, 6]], "$.rows[1][0][0]"),
    ]:
        assert refusal(module, [good, row]) == ("schema", path), row


def test_arrays_with_holes_and_of_four_dimensions(loaded: Any) -> None:
    padded = loaded(numbers(3, 1, nullable=True))
    assert np.isnan(padded.array(padded.decode(b'{"rows": [[[1], [2.5], [null]]]}'))).tolist() == [
        [[False], [False], [True]]
    ]
    assert refusal(padded, [[[1], None, [2]]]) == ("schema", "$.rows[0][1]")
    deep = loaded(numbers(2, 1, 2, dtype="uint64", type="integer"))
    row = [[[0, 1]], [[2, 2**64 - 1]]]
    array = deep.array(deep.decode(json.dumps({"rows": [row]}).encode()))
    assert (array.shape, int(array[0, 1, 0, 1])) == ((1, 2, 1, 2), 2**64 - 1)
    assert refusal(deep, [row, [[[0, 1]], [[2**64, 3]]]]) == ("schema", "$.rows[1][1][0][0]")
    assert refusal(deep, [[[[0, 1], [2, 3]], [[4, 5]]]]) == ("schema", "$.rows[0][0]")


def sequence(container: Any, dtype: str, length: int | None = 2, **more: Any) -> FrameInput:
    cells = Cells(container=container, dtype=dtype, length=length)
    return FrameInput(columns=[column("x y", "object", cells=cells, **more), column("other")])


@pytest.mark.parametrize(("container", "kind"), [("series", pd.Series), ("array", np.ndarray), ("list", list)], ids=str)
def test_cells_that_are_sequences(loaded: Any, container: str, kind: type) -> None:
    module = loaded(sequence(container, "float64", nullable=True))
    for count in (1, 3):
        frame = frame_of(module, [{"x y": [1, None], "other": 5}] * count)
        assert (frame.shape, str(frame["x y"].dtype)) == ((count, 2), "object")
        for cell in frame["x y"]:
            assert type(cell) is kind
            assert cell[0] == 1.0
            assert isinstance(cell[1], float)
            assert np.isnan(cell[1])
        if container != "list":
            assert frame["x y"][0].dtype == np.float64
        if container == "series":
            assert frame["x y"][0].index.equals(pd.RangeIndex(2))
    good = {"x y": [1.5, 2], "other": 5}
    for value, path in [
        ([1], ""),
        ([1, 2, 3], ""),
        ([], ""),
        (5, ""),
        (None, ""),
        ("ab", ""),
        ({"0": 1, "1": 2}, ""),
        ([1, "2"], "[1]"),
        ([True, 2], "[0]"),
        ([1, [2]], "[1]"),
    ]:
        assert refusal(module, [good, {**good, "x y": value}]) == ("schema", f"$.rows[1].x y{path}"), value


def test_cells_of_any_length(loaded: Any) -> None:
    module = loaded(sequence("array", "int8", None, kind="integer"))
    rows = [{"x y": [1], "other": 1}, {"x y": [1, 2, 3], "other": 1}]
    assert [cell.tolist() for cell in frame_of(module, rows)["x y"]] == [[1], [1, 2, 3]]
    assert frame_of(module, rows)["x y"][0].dtype == np.int8
    assert refusal(module, [{"x y": [], "other": 1}]) == ("schema", "$.rows[0].x y")
    assert refusal(module, [{"x y": [1, None], "other": 1}]) == ("schema", "$.rows[0].x y[1]")
    assert refusal(module, [{"x y": [1, 128], "other": 1}]) == ("schema", "$.rows[0].x y[1]")
    assert refusal(module, [{"x y": [1.0], "other": 1}]) == ("schema", "$.rows[0].x y[0]")


def test_the_readme_tells_of_nested_rows() -> None:
    def readme(signature: Any, row: Any, answer: Any = 1.0, **more: Any) -> tuple[str, str]:
        endpoint = Endpoint(name="predict", answer=Answer(type="number", **more), examples=1, weak=True)
        examples = {"predict": [Example(row=row, answer=answer)]}
        files = render(ingredients(plan("p", signature, [endpoint]), examples=examples))
        return files["README.md"], files["p/prediction.py"]

    text, source = readme(numbers(2, 3), [[1, 2, 3], [4, 5, 6]], [[1.0], [2.0]], shape=(2, 1))
    assert "A row is a list of 2 lists, each a list of 3 values (number, float64)." in text
    assert '{"rows": [[[1, 2, 3], [4, 5, 6]]]}' in text
    assert "-> list[list[list[float]]]:" in source
    assert "A row is a single value (number, float64)." in readme(numbers(), 1.5)[0]
    text, _ = readme(sequence("series", "float64", None), {"x y": [1], "other": 1})
    assert "| `x y` | list of one or more values (number, `float64`) |" in text


@pytest.mark.parametrize(
    ("signature", "kind"),
    [
        (TextInput(container="list"), list),
        (TextInput(container="array", dtype="object"), np.ndarray),
        (TextInput(container="array", dtype="str"), np.ndarray),
        (TextInput(container="series", dtype="str", name='the "text"'), pd.Series),
    ],
)
def test_texts(loaded: Any, signature: TextInput, kind: type) -> None:
    module = loaded(signature)
    got = module.texts(module.decode(b'{"rows": ["a: b", "\\u00fc"]}'))
    assert isinstance(got, kind)
    assert list(got) == ["a: b", "ü"]
    assert refusal(module, ["a", 5]) == ("schema", "$.rows[1]")


def test_the_same_ingredients_give_the_same_bytes() -> None:
    columns = [column(name) for name in AWKWARD]
    examples = {"predict": [Example(row=dict.fromkeys(AWKWARD, 1.0), answer=2.0)]}
    first, second = (
        render(ingredients(plan("p", FrameInput(columns=columns), [ENDPOINT]), examples=examples)) for _ in range(2)
    )
    assert first == second
    assert not any(str(Path.cwd()) in text or "/tmp/" in text for text in first.values())  # noqa: S108
    assert not any("jupyter_mlops" in text for name, text in first.items() if name.endswith(".py"))


def test_the_notebooks_own_code_keeps_its_comments() -> None:
    code = "def f(x):   # why\n    return x+1\n"
    files = render(ingredients(plan("p", TextInput(container="list"), [ENDPOINT]), code=code))
    assert files["p/notebook.py"].endswith("def f(x):  # why\n    return x + 1\n")
    assert "p/notebook.py" not in render(ingredients(plan("p", TextInput(container="list"), [ENDPOINT])))


@pytest.mark.slow
@pytest.mark.parametrize("make", [churn, digits, reviews, waves, channels])
def test_a_package_is_clean_and_replays_its_examples(tmp_path: Path, make: Any) -> None:
    folder = make(tmp_path / "package")
    sources = [path for path in folder.rglob("*.py") if "noqa: E501" in path.read_text(encoding="utf-8")]
    assert not sources
    bin_ = Path(sys.executable).parent
    for call in (
        [bin_ / "ruff", "check", "--isolated", "--select", "E,F,I,UP,B", "--line-length", "100", "."],
        [bin_ / "ruff", "format", "--isolated", "--check", "--line-length", "100", "."],
        [bin_ / "pyright", "--pythonpath", sys.executable, "."],
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
    ):
        done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{call}\n{done.stdout}{done.stderr}"
