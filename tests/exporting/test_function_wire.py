"""A package of functions behind a real `bentoml serve`: every kind of argument, and every refusal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bentoml
import httpx
import pytest
from kinds_notebook import CELLS

from jupyter_mlops.documents import ExportResult
from jupyter_mlops.exporting.export import Options, export
from jupyter_mlops.exporting.serving import service
from jupyter_mlops.exporting.verify import same
from jupyter_mlops.notebook import read_notebook

pytestmark = pytest.mark.slow

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExportResult]:
    """The package of a notebook with every kind of argument, proved."""
    import nbformat

    folder = tmp_path_factory.mktemp("kinds")
    node = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}}
    )
    for index, cell in enumerate(CELLS, start=1):
        source, *tags = (cell,) if isinstance(cell, str) else cell
        node.cells.append(nbformat.v4.new_code_cell(source, id=f"cell-{index}", metadata={"tags": tags}))
    (folder / "kinds.ipynb").write_text(nbformat.writes(node), encoding="utf-8")
    result = export(read_notebook(folder / "kinds.ipynb"), Options(target=folder / "package"))
    assert isinstance(result, ExportResult)
    return folder / "package", result


@pytest.fixture(scope="module")
def client(exported: tuple[Path, ExportResult]) -> Iterator[httpx.Client]:
    with service(exported[0], sys.executable) as running:
        running.wait_ready()
        with httpx.Client(base_url=running.address, timeout=60, trust_env=False) as client:
            yield client


def test_every_kind_is_proved(exported: tuple[Path, ExportResult]) -> None:
    proof = exported[1].proof
    assert proof.passed
    assert {part.how for part in proof.parts} == {"in process", "over HTTP", "from the built bento"}
    weak = {part.endpoint for part in proof.parts if part.weak}
    assert weak == {"of_nothing", "fails"}
    assert {part.endpoint: part.examples for part in proof.parts}["of_house"] == 21


def test_the_package_is_clean_and_replays_its_examples(exported: tuple[Path, ExportResult]) -> None:
    tools = Path(sys.executable).parent
    for call in (
        [tools / "ruff", "check", "--isolated", "--no-cache", "--select", "E,F,I,UP,B", "--line-length", "100", "."],
        [tools / "ruff", "format", "--isolated", "--no-cache", "--check", "--line-length", "100", "."],
        [tools / "pyright", "--pythonpath", sys.executable, "."],
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
    ):
        done = subprocess.run(call, cwd=exported[0], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{call}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize(
    ("endpoint", "body", "answer"),
    [
        ("of_house", {"house": {"area": 70, "place": {"city": "Ulm"}}}, "Ulm 70.0 0"),
        ("of_house", {"house": {"area": 1.5, "place": {"city": "Ulm"}}, "offer": None}, "Ulm 1.5 0"),
        ("of_kinds", {}, {"colour": "red", "when": None, "sum": 1.5, "city": "nowhere"}),
        (
            "of_kinds",
            {"colour": "blue", "when": "2024-02-29", "json": 2, "copy": 1, "place": {"city": "x"}},
            {"colour": "blue", "when": "2024-02-29", "sum": 3.0, "city": "x"},
        ),
        ("of_lists", {"numbers": [1], "table": {}}, 5),
        ("of_lists", {"numbers": [1, 1.5], "table": {"a": [2]}, "pair": [7, "z"], "either": [0.5]}, 12.0),
        ("of_array", {"pixels": [[1, None], [2, 3]], "flags": [True], "small": [255, 1]}, [258.0, 262.0]),
        ("of_array", {"pixels": [[1, 1]], "flags": [], "small": [], "scale": 2}, [4.0]),
        (
            "of_frame",
            {"offers": [{"age in years": 5, "when": "2021-01-01T00:00:00", "kind": "b", "x": None}]},
            [{"age in years": 5, "when": "2021-01-01T00:00:00", "kind": "b", "x": None, "late": True}],
        ),
        ("of_words", {"text": 'a cat: "the" cat'}, [1]),
        ("of_nothing", {}, 7),
        ("fails", {"x": 14}, None),
        ("unhinted", {"a": 1}, [1, None, "x", "y"]),
        ("unhinted", {"a": 1, "b": 2, "names": []}, [1, 2.0]),
    ],
)
def test_answers(client: httpx.Client, endpoint: str, body: dict[str, Any], answer: Any) -> None:
    response = client.post(f"/{endpoint}", json=body)
    assert (response.status_code, response.json()) == (200, answer)


HOUSE = {"area": 1.5, "place": {"city": "Ulm"}}
ROW = {"age in years": 5, "when": "2021-01-01T00:00:00", "kind": "b", "x": None}
PIXELS = {"pixels": [[1, 2]], "flags": [], "small": []}
INFINITE = '{"house": {"area": 1.5, "place": {"city": "x"}}, "offer": {"price": 1e400}}'

BAD: dict[str, tuple[str, Any, int, str, str | None]] = {
    "empty body": ("estimate", "", 400, "not-json", None),
    "cut off": ("estimate", '{"area": 1', 400, "not-json", None),
    "text after the end": ("estimate", '{"area": 1} x', 400, "not-json", None),
    "NaN": ("estimate", '{"area": NaN}', 400, "not-json", None),
    "Infinity inside": ("of_lists", '{"numbers": [Infinity], "table": {}}', 400, "not-json", None),
    "half a surrogate": ("of_words", '{"text": "\\ud800"}', 400, "not-json", None),
    "nested too deeply": ("of_lists", '{"numbers": ' + "[" * 50_000 + "]" * 50_000 + "}", 400, "not-json", None),
    "key twice": ("estimate", '{"area": 1, "area": 1}', 400, "duplicate-key", None),
    "key twice, escaped": ("estimate", '{"area": 1, "\\u0061rea": 1}', 400, "duplicate-key", None),
    "key twice inside": (
        "of_house",
        '{"house": {"area": 1, "place": {"city": "a", "city": "b"}}}',
        400,
        "duplicate-key",
        None,
    ),
    "key twice in a dict": ("of_lists", '{"numbers": [], "table": {"a": [], "a": []}}', 400, "duplicate-key", None),
    "a list": ("estimate", [], 422, "schema", "$"),
    "a list of arguments": ("estimate", [{"area": 1}], 422, "schema", "$"),
    "null": ("estimate", None, 422, "schema", "$"),
    "missing": ("estimate", {}, 422, "schema", "$.area"),
    "unknown": ("estimate", {"area": 1, "Area": 1}, 422, "schema", "$.Area"),
    "unknown where there are none": ("of_nothing", {"x": 1}, 422, "schema", "$.x"),
    "a field's stand-in": ("of_kinds", {"json_": 1}, 422, "schema", "$.json_"),
    "text for a number": ("estimate", {"area": "1"}, 422, "schema", "$.area"),
    "true for a number": ("estimate", {"area": True}, 422, "schema", "$.area"),
    "null for a number": ("estimate", {"area": None}, 422, "schema", "$.area"),
    "1e400": ("estimate", '{"area": 1e400}', 422, "schema", "$.area"),
    "1e400 in a model": ("of_house", INFINITE, 422, "schema", "$.offer.price"),
    "1e400 in a plain list": ("of_lists", '{"numbers": [1, -1e400], "table": {}}', 422, "schema", "$.numbers[1]"),
    "an integer of 5000 digits": ("estimate", '{"area": 1, "rooms": ' + "9" * 5000 + "}", 422, "schema", "$.rooms"),
    "1.0 for an integer": ("estimate", {"area": 1, "rooms": 1.0}, 422, "schema", "$.rooms"),
    "true for an integer": ("estimate", {"area": 1, "rooms": True}, 422, "schema", "$.rooms"),
    "text for an integer": ("estimate", {"area": 1, "rooms": "1"}, 422, "schema", "$.rooms"),
    "1 for a boolean": ("estimate", {"area": 1, "sure": 1}, 422, "schema", "$.sure"),
    "not of the Literal": ("estimate", {"area": 1, "kind": "third"}, 422, "schema", "$.kind"),
    "a number for a Literal": ("estimate", {"area": 1, "kind": 1}, 422, "schema", "$.kind"),
    "no member": ("of_kinds", {"colour": "green"}, 422, "schema", "$.colour"),
    "a member's name": ("of_kinds", {"colour": "RED"}, 422, "schema", "$.colour"),
    "a number for a date": ("of_kinds", {"when": 5}, 422, "schema", "$.when"),
    "no date": ("of_kinds", {"when": "2023-02-29"}, 422, "schema", "$.when"),
    "missing inside": ("of_house", {"house": {"area": 1, "place": {}}}, 422, "schema", "$.house.place.city"),
    "unknown inside": (
        "of_house",
        {"house": {"area": 1, "place": {"city": "a", "street": "b"}}},
        422,
        "schema",
        "$.house.place.street",
    ),
    "unknown in a model": ("of_house", {"house": HOUSE, "offer": {"price": 1, "x": 2}}, 422, "schema", "$.offer.x"),
    "mistyped inside": ("of_house", {"house": {**HOUSE, "tags": ["a", 1]}}, 422, "schema", "$.house.tags[1]"),
    "a text for an object": ("of_house", {"house": "Ulm"}, 422, "schema", "$.house"),
    "neither of a union": ("of_lists", {"numbers": [], "table": {}, "either": "x"}, 422, "schema", "$.either"),
    "mistyped in a dict": ("of_lists", {"numbers": [], "table": {"a": [1, "b"]}}, 422, "schema", "$.table.a[1]"),
    "a tuple too short": ("of_lists", {"numbers": [], "table": {}, "pair": [1]}, 422, "schema", "$.pair"),
    "a row of another width": ("of_array", {**PIXELS, "pixels": [[1, 2], [1]]}, 422, "schema", "$.pixels[1]"),
    "too flat": ("of_array", {**PIXELS, "pixels": [1, 2]}, 422, "schema", "$.pixels[0]"),
    "no rows": ("of_array", {**PIXELS, "pixels": []}, 422, "schema", "$.pixels"),
    "beyond uint8": ("of_array", {**PIXELS, "small": [1, 256]}, 422, "schema", "$.small[1]"),
    "a number for booleans": ("of_array", {**PIXELS, "flags": [0]}, 422, "schema", "$.flags[0]"),
    "null where none was": ("of_array", {**PIXELS, "small": [None]}, 422, "schema", "$.small[0]"),
    "a frame that is no list": ("of_frame", {"offers": ROW}, 422, "schema", "$.offers"),
    "an empty frame": ("of_frame", {"offers": []}, 422, "schema", "$.offers"),
    "a column missing": ("of_frame", {"offers": [ROW, {"x": 1}]}, 422, "schema", "$.offers[1].age in years"),
    "a column too many": ("of_frame", {"offers": [{**ROW, "y": 1}]}, 422, "schema", "$.offers[0].y"),
    "a column mistyped": ("of_frame", {"offers": [{**ROW, "x": "1"}]}, 422, "schema", "$.offers[0].x"),
    "an unknown category": ("of_frame", {"offers": [{**ROW, "kind": "c"}]}, 422, "schema", "$.offers[0].kind"),
    "1e400 in a frame": (
        "of_frame",
        json.dumps({"offers": [{**ROW, "x": 8}]}).replace("8", "1e400"),
        422,
        "schema",
        "$.offers[0].x",
    ),
    "an infinite answer": ("fails", {"x": 13}, 500, "answer-not-finite", None),
    "a function that raises": ("fails", {"x": -1}, 500, "prediction-failed", None),
}


def refused(response: httpx.Response) -> tuple[int, str, str | None]:
    body = response.json()
    assert list(body) == ["error"]
    assert sorted(body["error"]) == ["code", "message", "path"]
    assert body["error"]["message"]
    assert "secret" not in response.text
    return response.status_code, body["error"]["code"], body["error"]["path"]


@pytest.mark.parametrize("name", BAD)
def test_refusals(client: httpx.Client, name: str) -> None:
    endpoint, body, status, code, path = BAD[name]
    content = body if isinstance(body, str) else json.dumps(body)
    assert refused(client.post(f"/{endpoint}", content=content, headers=JSON)) == (status, code, path)


def test_routes_types_and_sizes(client: httpx.Client) -> None:
    assert refused(client.post("/helper", json={})) == (404, "unknown-route", None)
    assert refused(client.post("/estimate/", json={"area": 1})) == (404, "unknown-route", None)
    assert refused(client.get("/estimate")) == (405, "wrong-method", None)
    wrong = client.post("/estimate", content='{"area": 1}', headers={"content-type": "text/plain"})
    assert refused(wrong) == (415, "wrong-content-type", None)
    large = client.post("/estimate", content=b" " * (16 * 1024 * 1024 + 1), headers=JSON)
    assert refused(large) == (413, "too-large", None)


def test_the_page_has_fields_examples_and_refusals(client: httpx.Client) -> None:
    for path in ("/livez", "/readyz", "/metrics", "/docs.json", "/schema.json", "/"):
        assert client.get(path).status_code == 200, path
    document = client.get("/docs.json").json()
    assert document["components"]["schemas"]["House"]["properties"]["area"]["type"] == "number"
    for path, item in document["paths"].items():
        operation = item.get("post")
        if operation is None:
            continue
        assert set(operation["responses"]) >= {"200", "400", "413", "415", "422", "500"}
        example = operation["requestBody"]["content"]["application/json"]["example"]
        answer = operation["responses"]["200"]["content"]["application/json"]["example"]
        assert same(answer, client.post(path, json=example).json(), 1e-9)
    asked = document["paths"]["/estimate"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert asked["required"] == ["area"]
    assert asked["additionalProperties"] is False
    assert asked["properties"]["kind"]["enum"] == ["first", "second"]
    either = document["paths"]["/of_lists"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert len(either["properties"]["either"]["anyOf"]) == 2
    framed = document["paths"]["/of_frame"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    columns = framed["properties"]["offers"]["items"]["properties"]
    assert columns["kind"] == {"type": "string", "enum": ["a", "b"]}
    assert columns["x"] == {"type": "number", "nullable": True}


def test_bentomls_own_client(client: httpx.Client) -> None:
    with bentoml.SyncHTTPClient(str(client.base_url)) as theirs:
        assert theirs.of_house(house=HOUSE) == "Ulm 1.5 0"
        assert theirs.of_words(text="cat") == [1]
        with pytest.raises(bentoml.exceptions.BentoMLException, match="kind"):
            theirs.estimate(area=1.0, kind="third")
