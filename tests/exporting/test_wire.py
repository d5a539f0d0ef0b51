"""Packages behind a real `bentoml serve`: every refusal with its status, code and path, and no 5xx."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bentoml
import httpx
import numpy as np
import pytest
from sample_package import channels, churn, digits, plan, reviews, waves, write

from jupyter_mlops.documents import Answer, ArrayInput, Endpoint, Example

pytestmark = pytest.mark.slow

JSON = {"content-type": "application/json"}
MIB = 1024 * 1024


@contextmanager
def served(folder: Path, home: Path) -> Iterator[str]:
    """The address of a service that runs in a process group of its own; its log is beside the package."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"}
    log = folder.parent / f"{folder.name}.log"
    call = [Path(sys.executable).parent / "bentoml", "serve", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(
            call, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        until_ready(address, process, log)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until_ready(address: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{address}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
    pytest.fail(f"the service did not become ready:\n{log.read_text()}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bentoml")


@pytest.fixture(scope="module")
def churn_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return churn(tmp_path_factory.mktemp("services") / "churn")


@pytest.fixture(scope="module")
def service(churn_folder: Path, home: Path) -> Iterator[httpx.Client]:
    with served(churn_folder, home) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


ROW = {
    "age": 40,
    "monthly charge (€)": 20.5,
    "plan": "basic",
    "region": "north",
    "active": True,
    "visits": 3,
    "score": 0.5,
    "note": None,
}


def rows(*changes: dict[str, Any]) -> bytes:
    return json.dumps({"rows": [{**ROW, **change} for change in changes]}, ensure_ascii=False).encode()


def without(name: str) -> bytes:
    return json.dumps({"rows": [ROW, {k: v for k, v in ROW.items() if k != name}]}).encode()


GOOD = rows({})
CHARGE = "$.rows[0].monthly charge (€)"

BAD: dict[str, tuple[bytes, int, str, str | None]] = {
    "empty body": (b"", 400, "not-json", None),
    "cut off": (GOOD[:-1], 400, "not-json", None),
    "text after the end": (GOOD + b" x", 400, "not-json", None),
    "two documents": (GOOD + GOOD, 400, "not-json", None),
    "single quotes": (b"{'rows': []}", 400, "not-json", None),
    "comma at the end": (GOOD.replace(b"}]}", b"},]}"), 400, "not-json", None),
    "not UTF-8": (GOOD.replace(b'"basic"', b'"\xff"'), 400, "not-json", None),
    "UTF-16": (GOOD.decode().encode("utf-16"), 400, "not-json", None),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, 400, "not-json", None),
    "NaN": (GOOD.replace(b"20.5", b"NaN"), 400, "not-json", None),
    "Infinity": (GOOD.replace(b"20.5", b"Infinity"), 400, "not-json", None),
    "minus Infinity": (GOOD.replace(b"20.5", b"-Infinity"), 400, "not-json", None),
    "nested too deeply": (b'{"rows": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400, "not-json", None),
    "nothing but brackets": (b"[" * 200_000, 400, "not-json", None),
    "half a surrogate": (GOOD.replace(b'"note": null', b'"note": "\\ud800"'), 400, "not-json", None),
    "a raw line break in a text": (GOOD.replace(b'"note": null', b'"note": "a\nb"'), 400, "not-json", None),
    "key twice, equal": (GOOD.replace(b'"age": 40', b'"age": 40, "age": 40'), 400, "duplicate-key", None),
    "key twice, escaped": (GOOD.replace(b'"age": 40', b'"\\u0061ge": 1, "age": 40'), 400, "duplicate-key", None),
    "key twice beside a colon": (
        rows({"note": "a: b"}).replace(b'"age": 40', b'"age": 1, "age": 40'),
        400,
        "duplicate-key",
        None,
    ),
    "rows twice": (b'{"rows": [], ' + GOOD[1:], 400, "duplicate-key", None),
    "null": (b"null", 422, "schema", "$"),
    "a list": (b"[]", 422, "schema", "$"),
    "a number": (b"5", 422, "schema", "$"),
    "no rows": (b"{}", 422, "schema", "$.rows"),
    "empty rows": (b'{"rows": []}', 422, "schema", "$.rows"),
    "rows are null": (b'{"rows": null}', 422, "schema", "$.rows"),
    "rows are an object": (b'{"rows": {}}', 422, "schema", "$.rows"),
    "too many rows": (b'{"rows": [' + b",".join([json.dumps(ROW).encode()] * 100_001) + b"]}", 422, "schema", "$.rows"),
    "a field beside rows": (GOOD[:-1] + b', "threshold": 1}', 422, "schema", "$.threshold"),
    "row is a list": (b'{"rows": [[1, 2]]}', 422, "schema", "$.rows[0]"),
    "row is null": (b'{"rows": [null]}', 422, "schema", "$.rows[0]"),
    "row is empty": (b'{"rows": [{}]}', 422, "schema", "$.rows[0].age"),
    "missing field": (without("visits"), 422, "schema", "$.rows[1].visits"),
    "missing field with a blank": (without("monthly charge (€)"), 422, "schema", "$.rows[1].monthly charge (€)"),
    "unknown field": (rows({}, {}, {"extra": 1}), 422, "schema", "$.rows[2].extra"),
    "attribute for a column": (rows({"monthly_charge": 1}), 422, "schema", "$.rows[0].monthly_charge"),
    "other case": (rows({"Age": 1}), 422, "schema", "$.rows[0].Age"),
    "text for an integer": (rows({"age": "42"}), 422, "schema", "$.rows[0].age"),
    "float for an integer": (rows({"age": 1.5}), 422, "schema", "$.rows[0].age"),
    "1.0 for an integer": (rows({"age": 1.0}), 422, "schema", "$.rows[0].age"),
    "1e2 for an integer": (GOOD.replace(b"40", b"1e2"), 422, "schema", "$.rows[0].age"),
    "true for an integer": (rows({"age": True}), 422, "schema", "$.rows[0].age"),
    "null for an integer": (rows({}, {"age": None}), 422, "schema", "$.rows[1].age"),
    "beyond int64": (rows({"age": 2**63}), 422, "schema", "$.rows[0].age"),
    "far beyond int64": (rows({"age": 10**400}), 422, "schema", "$.rows[0].age"),
    "beyond uint8": (rows({"visits": 256}), 422, "schema", "$.rows[0].visits"),
    "below uint8": (rows({"visits": -1}), 422, "schema", "$.rows[0].visits"),
    "text for a number": (rows({"monthly charge (€)": "20.5"}), 422, "schema", CHARGE),
    "empty text for a number": (rows({"monthly charge (€)": ""}), 422, "schema", CHARGE),
    "true for a number": (rows({"monthly charge (€)": True}), 422, "schema", CHARGE),
    "1e400": (GOOD.replace(b"20.5", b"1e400"), 422, "schema", CHARGE),
    "an integer of 5000 digits": (GOOD.replace(b"20.5", b"9" * 5000), 422, "schema", CHARGE),
    "beyond float32": (rows({"score": 1e39}), 422, "schema", "$.rows[0].score"),
    "null for a number": (rows({"score": None}), 422, "schema", "$.rows[0].score"),
    "1 for a boolean": (rows({"active": 1}), 422, "schema", "$.rows[0].active"),
    "text for a boolean": (rows({"active": "true"}), 422, "schema", "$.rows[0].active"),
    "unknown category": (rows({"plan": "gold"}), 422, "schema", "$.rows[0].plan"),
    "category with a blank": (rows({"plan": "basic "}), 422, "schema", "$.rows[0].plan"),
    "number for a category": (rows({"plan": 1}), 422, "schema", "$.rows[0].plan"),
    "null for a category": (rows({"plan": None}), 422, "schema", "$.rows[0].plan"),
    "unknown nullable category": (rows({"region": "west"}), 422, "schema", "$.rows[0].region"),
    "number for a text": (rows({"note": 5}), 422, "schema", "$.rows[0].note"),
    "object for a text": (rows({"note": {}}), 422, "schema", "$.rows[0].note"),
}


def refused(response: httpx.Response) -> tuple[int, str, str | None]:
    body = response.json()
    assert response.headers["content-type"] == "application/json"
    assert list(body) == ["error"]
    assert sorted(body["error"]) == ["code", "message", "path"]
    assert body["error"]["message"]
    return response.status_code, body["error"]["code"], body["error"]["path"]


@pytest.mark.parametrize("name", BAD)
def test_bad_bodies(service: httpx.Client, name: str) -> None:
    body, status, code, path = BAD[name]
    assert refused(service.post("/predict", content=body, headers=JSON)) == (status, code, path)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": ""},
        {"content-type": "text/plain"},
        {"content-type": "text/json"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data"},
        {"content-type": "application/vnd.bentoml+pickle"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json; charset=utf-16"},
        {**JSON, "content-encoding": "gzip"},
    ],
)
def test_wrong_content_types(service: httpx.Client, headers: dict[str, str]) -> None:
    request = service.build_request("POST", "/predict", content=GOOD, headers=headers)
    if not headers:
        request.headers.pop("content-type", None)
    assert refused(service.send(request)) == (415, "wrong-content-type", None)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON;charset=UTF-8"])
def test_the_right_content_type(service: httpx.Client, kind: str) -> None:
    assert service.post("/predict", content=GOOD, headers={"content-type": kind}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/nothing", "/predict/", "/predict/x", "/PREDICT", "/static_content/nothing"])
def test_unknown_routes(service: httpx.Client, path: str) -> None:
    if path == "/":
        path = "//"
    assert refused(service.post(path, content=GOOD, headers=JSON))[:2] in [
        (404, "unknown-route"),
        (405, "wrong-method"),
    ]
    if path != "//":
        assert refused(service.get(path)) == (404, "unknown-route", None)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_wrong_methods(service: httpx.Client, method: str) -> None:
    response = service.request(method, "/predict")
    assert refused(response) == (405, "wrong-method", None)
    assert response.headers["allow"] == "POST"
    assert refused(service.post("/livez"))[:2] == (405, "wrong-method")


def test_large_bodies(service: httpx.Client) -> None:
    def chunks(size: int) -> Iterator[bytes]:
        yield b'{"rows": ['
        for _ in range(size // MIB):
            yield b" " * MIB

    too_large = (413, "too-large", None)
    assert refused(service.post("/predict", content=b" " * (16 * MIB + 1), headers=JSON)) == too_large
    assert refused(service.post("/predict", content=chunks(40 * MIB), headers=JSON)) == too_large
    assert refused(service.post("/predict", content=b" " * (16 * MIB), headers=JSON)) == (400, "not-json", None)
    assert service.post("/predict", content=iter([GOOD[:9], GOOD[9:]]), headers=JSON).json() == ["leaves"]


def test_answers_are_those_of_the_examples(service: httpx.Client, churn_folder: Path) -> None:
    for endpoint in ("predict", "predict_proba"):
        given = json.loads((churn_folder / f"tests/examples/{endpoint}.json").read_text())["examples"]
        got = service.post(f"/{endpoint}", json={"rows": [each["row"] for each in given]}).json()
        assert np.array(got).shape == np.array([each["answer"] for each in given]).shape
        if endpoint == "predict":
            assert got == [each["answer"] for each in given]
        else:
            assert np.allclose(got, [each["answer"] for each in given], rtol=1e-9, atol=1e-12)


def test_accepted_values(service: httpx.Client) -> None:
    changes = [
        {"monthly charge (€)": 1},
        {"monthly charge (€)": None},
        {"region": None},
        {"note": 'a: "b", {"c": 1}'},
        {"age": 2**53},
        {"score": 3.4e38},
    ]
    for change in changes:
        assert service.post("/predict", content=rows(change), headers=JSON).status_code == 200, change


def test_health_and_documents(service: httpx.Client) -> None:
    for path in ("/livez", "/readyz", "/healthz", "/metrics", "/docs.json", "/schema.json", "/"):
        assert service.get(path).status_code == 200, path
    document = service.get("/docs.json").json()
    row = document["components"]["schemas"]["Row"]
    assert row["additionalProperties"] is False
    assert sorted(row["required"]) == sorted(ROW)
    assert row["properties"]["plan"] == {"type": "string", "enum": ["basic", "plus", "pro"]}
    assert row["properties"]["region"] == {"type": "string", "nullable": True, "enum": ["north", "south", None]}
    assert row["properties"]["visits"] == {"type": "integer", "minimum": 0, "maximum": 255}
    operation = document["paths"]["/predict"]["post"]
    assert list(operation["responses"]) == ["200", "400", "413", "415", "422", "500"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    answer = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert service.post("/predict", json=example).json() == answer


def test_many_at_once(service: httpx.Client) -> None:
    bodies = [rows({"age": 18 + i}, {"age": 19 + i}) for i in range(40)]
    expected = [service.post("/predict_proba", content=body, headers=JSON).json() for body in bodies]
    with ThreadPoolExecutor(8) as pool:
        health = pool.submit(lambda: [service.get("/livez").status_code for _ in range(20)])
        got = list(pool.map(lambda body: service.post("/predict_proba", content=body, headers=JSON).json(), bodies))
    assert got == expected
    assert set(health.result()) == {200}


def test_bentomls_own_client(service: httpx.Client) -> None:
    with bentoml.SyncHTTPClient(str(service.base_url)) as client:
        assert client.predict(rows=[ROW]) == ["leaves"]
        assert np.array(client.predict_proba([ROW, ROW])).shape == (2, 2)
        with pytest.raises(bentoml.exceptions.BentoMLException, match="extra"):
            client.predict(rows=[{**ROW, "extra": 1}])


AWKWARD_CODE = """import numpy as np


class Awkward:
    def predict(self, array):
        if (array[:, 0] == 1).any():
            raise RuntimeError("secret detail")
        answers = array[:, 1].copy()
        answers[array[:, 0] == 2] = np.nan
        answers[array[:, 0] == 3] = np.inf
        return answers[:-1] if (array[:, 0] == 4).any() else answers
"""


def test_models_that_fail(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("awkward.notebook")
    exec(AWKWARD_CODE, module.__dict__)  # noqa: S102
    monkeypatch.setitem(sys.modules, "awkward", types.ModuleType("awkward"))
    monkeypatch.setitem(sys.modules, "awkward.notebook", module)
    endpoint = Endpoint(name="predict", answer=Answer(type="number", nullable=True), examples=1, weak=True)
    described = plan("awkward", ArrayInput(shape=(2,), dtype="float64", type="number", nullable=False), [endpoint])
    examples = {"predict": [Example(row=[2, 5], answer=None)]}
    folder = write(tmp_path / "awkward", described, module.Awkward(), examples, AWKWARD_CODE)
    with served(folder, home / "awkward") as address, httpx.Client(base_url=address, timeout=60) as client:
        assert client.post("/predict", json={"rows": [[2, 5], [0, 5]]}).json() == [None, 5.0]
        assert refused(client.post("/predict", json={"rows": [[3, 5]]})) == (500, "answer-not-finite", None)
        assert refused(client.post("/predict", json={"rows": [[4, 5]]})) == (500, "prediction-failed", None)
        failed = client.post("/predict", json={"rows": [[1, 5]]})
        assert refused(failed) == (500, "prediction-failed", None)
        assert "secret" not in failed.text
    assert (tmp_path / "awkward.log").read_text().count("RuntimeError: secret detail") == 1


@pytest.mark.parametrize("make", [digits, reviews])
def test_arrays_and_texts(tmp_path: Path, home: Path, make: Any) -> None:
    folder = make(tmp_path / make.__name__)
    examples = json.loads((folder / "tests/examples/predict.json").read_text())["examples"]
    given = [each["row"] for each in examples]
    with served(folder, home / make.__name__) as address, httpx.Client(base_url=address, timeout=60) as client:
        got = client.post("/predict", json={"rows": given}).json()
        assert np.allclose(got, [each["answer"] for each in examples], rtol=1e-9)
        for row in (None, [], [1, 2, 3], ["a", 1, 2, 3], {"a": 1}, 5, [True] * 4, [[1], 1, 1, 1]):
            status, code, path = refused(client.post("/predict", json={"rows": [given[0], row]}))
            assert (status, code) == (422, "schema"), row
            assert path is not None
            assert path.startswith("$.rows[1]")
        too_many = json.dumps({"rows": [given[0]] * 100_001}).encode()
        assert refused(client.post("/predict", content=too_many, headers=JSON)) == (422, "schema", "$.rows")
        with bentoml.SyncHTTPClient(address) as bento_client:
            assert np.allclose(bento_client.predict(rows=given), got)


WAVE = [[0.5, 1], [2, 3], [4, 5], [6, None]]
CHANNEL = {"left": [0.5, 1, 2], "right": [1]}

NESTED: list[tuple[Any, Any, Any, str]] = [
    (waves, WAVE, WAVE[:3], "$.rows[1]"),
    (waves, WAVE, [*WAVE, [7, 8]], "$.rows[1]"),
    (waves, WAVE, [], "$.rows[1]"),
    (waves, WAVE, None, "$.rows[1]"),
    (waves, WAVE, 5, "$.rows[1]"),
    (waves, WAVE, {"a": WAVE}, "$.rows[1]"),
    (waves, WAVE, [*WAVE[:2], [1], [2, 3]], "$.rows[1][2]"),
    (waves, WAVE, [[1, 2, 3], *WAVE[1:]], "$.rows[1][0]"),
    (waves, WAVE, [None, *WAVE[1:]], "$.rows[1][0]"),
    (waves, WAVE, [[1, "2"], *WAVE[1:]], "$.rows[1][0][1]"),
    (waves, WAVE, [[1, True], *WAVE[1:]], "$.rows[1][0][1]"),
    (waves, WAVE, [[1, [2]], *WAVE[1:]], "$.rows[1][0][1]"),
    (channels, CHANNEL, [[1, 2, 3], [1]], "$.rows[1]"),
    (channels, CHANNEL, {"left": [1, 2, 3]}, "$.rows[1].right"),
    (channels, CHANNEL, {**CHANNEL, "more": [1]}, "$.rows[1].more"),
    (channels, CHANNEL, {**CHANNEL, "left": [1, 2]}, "$.rows[1].left"),
    (channels, CHANNEL, {**CHANNEL, "left": [1, 2, 3, 4]}, "$.rows[1].left"),
    (channels, CHANNEL, {**CHANNEL, "left": 1}, "$.rows[1].left"),
    (channels, CHANNEL, {**CHANNEL, "left": "123"}, "$.rows[1].left"),
    (channels, CHANNEL, {**CHANNEL, "left": {"0": 1}}, "$.rows[1].left"),
    (channels, CHANNEL, {**CHANNEL, "left": [1, None, 3]}, "$.rows[1].left[1]"),
    (channels, CHANNEL, {**CHANNEL, "right": []}, "$.rows[1].right"),
    (channels, CHANNEL, {**CHANNEL, "right": None}, "$.rows[1].right"),
    (channels, CHANNEL, {**CHANNEL, "right": [1.0]}, "$.rows[1].right[0]"),
    (channels, CHANNEL, {**CHANNEL, "right": [1, 2**63]}, "$.rows[1].right[1]"),
    (channels, CHANNEL, {**CHANNEL, "right": [True]}, "$.rows[1].right[0]"),
]


@pytest.mark.parametrize("make", [waves, channels])
def test_nested_rows(tmp_path: Path, home: Path, make: Any) -> None:
    folder = make(tmp_path / make.__name__)
    with served(folder, home / make.__name__) as address, httpx.Client(base_url=address, timeout=60) as client:
        for endpoint in sorted(path.stem for path in (folder / "tests/examples").glob("*.json")):
            examples = json.loads((folder / f"tests/examples/{endpoint}.json").read_text())["examples"]
            got = client.post(f"/{endpoint}", json={"rows": [each["row"] for each in examples]}).json()
            assert np.allclose(got, [each["answer"] for each in examples], rtol=1e-9)
        for _, good, bad, path in [case for case in NESTED if case[0] is make]:
            given = client.post("/predict", json={"rows": [good, bad]})
            assert refused(given) == (422, "schema", path), bad
        schemas = client.get("/docs.json").json()
        operation = schemas["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
        assert client.post("/predict", json=operation["example"]).status_code == 200
        if make is waves:
            item = operation["schema"]["properties"]["rows"]["items"]
            assert (item["minItems"], item["maxItems"]) == (4, 4)
            assert (item["items"]["minItems"], item["items"]["maxItems"]) == (2, 2)
            assert item["items"]["items"] == {"type": "number", "nullable": True}
        else:
            row = schemas["components"]["schemas"]["Row"]["properties"]
            assert row["left"] == {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
            assert (row["right"]["minItems"], "maxItems" in row["right"]) == (1, False)


def test_a_bento_is_built_offline(churn_folder: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "BENTOML_HOME": str(tmp_path), "BENTOML_DO_NOT_TRACK": "True"}
    call = [Path(sys.executable).parent / "bentoml", "build", "--output", "tag", "--version", "1"]
    done = subprocess.run(call, cwd=churn_folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    source = tmp_path / "bentos/churn/1/src"
    packed = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    assert {"service.py", "churn/prediction.py", "churn/examples.json", "churn/values/model.pkl"} <= packed
    assert not any("__pycache__" in name for name in packed)
    lock = (tmp_path / "bentos/churn/1/env/python/requirements.txt").read_text()
    assert "scikit-learn==1.9.1" in lock
