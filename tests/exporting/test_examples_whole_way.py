"""The bundled notebooks go the whole way, offline: check, run, export with proof, bentoml build, serve, request."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from jupyter_mlops.exporting.verify import same

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"
KINDS = ["churn", "houses", "digits", "reviews", "quotes", "fuel", "demand", "segments", "claims", "loans"]
# the notebook that was not written for an export leaves several estimators; whoever exports it says which
ISOLATED = ["fuel", "loans"]
CHOSEN = {"loans": ["--model", "search"]}
# what a package must hold, whatever the notebook
FILES = {
    "service.py",
    "train.py",
    "bentofile.yaml",
    "requirements.txt",
    "requirements.lock.txt",
    "README.md",
    "provenance.json",
}


def serve(folder: Path, log: Path) -> tuple[subprocess.Popen[str], str]:
    """Start `jupyter mlops serve` and return it with the address that its events say."""
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_mlops", "serve", folder, "--events"],
        stdout=subprocess.PIPE,
        stderr=log.open("w"),
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "result":
            return process, event["value"]["address"]
    raise AssertionError(log.read_text())


@pytest.mark.parametrize("name", KINDS)
def test_whole_way(name, tmp_path, mlops):
    shutil.copytree(EXAMPLES / name, tmp_path / name)
    notebook = tmp_path / name / f"{name}.ipynb"
    before = notebook.read_bytes()

    checked = mlops("check", notebook)
    assert checked.returncode == 0, checked.stdout
    assert mlops("run", notebook).returncode == 0
    words = [notebook, "-o", tmp_path / "out", *CHOSEN.get(name, []), "--json"]
    if name in ISOLATED:
        # its new environment is filled from the package index; nothing else here asks for the network
        exported = mlops("export", *words, "--isolated")
    else:
        exported = mlops("export", *words, HTTPS_PROXY="http://127.0.0.1:9")
    assert exported.returncode == 0, exported.stderr
    result = json.loads(exported.stdout)
    assert result["proof"]["passed"]
    assert result["proof"]["differences"] == []
    assert result["proof"]["training"] == "reproducible"
    ways = {"in process", "over HTTP", "from the built bento"}
    ways |= {f"{way}, isolated" for way in ways} if name in ISOLATED else set()
    assert {part["how"] for part in result["proof"]["parts"]} == ways
    assert all(part["examples"] >= 20 and not part["weak"] for part in result["proof"]["parts"])
    assert notebook.read_bytes() == before

    package = tmp_path / "out"
    present = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    assert present >= FILES | {f"{name}/prediction.py", f"{name}/values/values.json", "tests/test_examples.py"}
    for source in package.rglob("*.py"):
        assert "import jupyter_mlops" not in source.read_text()
        assert "from jupyter_mlops" not in source.read_text()
    for text in (path for path in package.rglob("*") if path.suffix in {".py", ".json", ".md", ".txt", ".yaml"}):
        assert str(tmp_path) not in text.read_text(), f"{text} holds a path of this machine"
    assert list(tmp_path.glob(".out*")) == [], "something was left beside the export"

    # with the facts of the export's run, check knows more and finds nothing else
    again = mlops("check", notebook, "--json")
    assert json.loads(again.stdout)["run"] == result["run"]
    assert [each["code"] for each in json.loads(again.stdout)["findings"]] == ["several-estimators"] * (name in CHOSEN)

    # the package's own tests, without jupyter_mlops
    own = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert own.returncode == 0, own.stdout

    home = tmp_path / "bentoml"
    built = subprocess.run(
        [sys.executable, "-m", "bentoml", "build", "--output", "tag"],
        cwd=package,
        capture_output=True,
        text=True,
        env={**os.environ, "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"},
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    bento = next((home / "bentos" / name).glob("*/bento.yaml")).parent
    assert (bento / "src" / name / "prediction.py").is_file()

    process, address = serve(package, tmp_path / "serve.log")
    try:
        for part in sorted({part["endpoint"] for part in result["proof"]["parts"]}):
            case = json.loads((package / "tests" / "examples" / f"{part}.json").read_text())["examples"][0]
            of_function = "arguments" in case
            body = case["arguments"] if of_function else {"rows": [case["row"]]}
            response = httpx.post(f"{address}/{part}", json=body, timeout=60)
            assert response.status_code == 200
            assert same(case["answer"] if of_function else [case["answer"]], response.json(), 1e-9)
            assert httpx.post(f"{address}/{part}", json={"rows": []}).status_code == 422
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert [json.loads(line)["event"] for line in output.splitlines()] == ["log"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/livez")


def test_demo_from_nothing(tmp_path, mlops):
    done = mlops("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the notebook had answered" in done.stderr
    assert "Look next at" in done.stdout
    assert (tmp_path / "mlops-demo" / "churn_service" / "service.py").is_file()
    again = mlops("demo", cwd=tmp_path)
    assert again.returncode == 1
    assert "[folder-exists]" in again.stderr


def test_lambdas_become_named_functions(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "named.ipynb",
        "import functools\nimport numpy as np\nimport pandas as pd\n"
        "from sklearn.linear_model import Ridge\nfrom sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import FunctionTransformer",
        "\n\nOFFSET = 1.5\nX = pd.DataFrame({'a': np.arange(60) / 7, 'b': np.arange(60) % 11})\n"
        "y = X['a'] * 2 + X['b']",
        "# half of it\nhalf = lambda x: x / 2\n"
        "features = {\n    'log': lambda f: np.log1p(f['a'] + OFFSET),\n"
        "    'product': lambda f, by=OFFSET, *, more=1: (\n        f['a'] * half(f['b'])  # of both\n"
        "        * by * more\n    ),\n    'sum': lambda f: f.sum(axis=1), 'é': lambda f: f['a'] * 0,\n}\n"
        "def filled():\n    return FunctionTransformer(lambda f: f.fillna(0))\n"
        "def table(f, functions):\n    return pd.DataFrame({name: each(f) for name, each in functions.items()})",
        "made = FunctionTransformer(functools.partial(table, functions=features))\n"
        "model = make_pipeline(filled(), made, FunctionTransformer(lambda f: f.clip(upper=1e6)), Ridge()).fit(X, y)\n"
        "model.predict(X)",
    )
    done = mlops("export", path, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["proof"]["passed"]
    assert result["proof"]["training"] == "reproducible"
    assert {part["how"] for part in result["proof"]["parts"]} == {"in process", "over HTTP", "from the built bento"}
    package = tmp_path / "named_service"
    source = (package / "named" / "notebook.py").read_text()
    assert "lambda" not in source
    assert "# half of it\ndef half(x):\n    return x / 2\n" in source
    assert 'def features_function(f):\n    return np.log1p(f["a"] + OFFSET)\n' in source
    assert "def features_function_2(f, by=OFFSET, *, more=1):\n" in source
    assert "# of both" in source
    listed = json.loads((package / "named" / "values" / "values.json").read_text())["model"]["globals"]
    names = ["features_function", *(f"features_function_{i}" for i in (2, 3, 4)), "filled_function", "model_function"]
    assert [each for each in listed if each.startswith("named.")] == [f"named.notebook:{n}" for n in [*names, "table"]]
    assert "FunctionTransformer(filled_function)" in (package / "train.py").read_text()


def test_settings_of_scikit_learn_hold_in_the_threads_of_the_service(tmp_path, write_notebook, mlops):
    path = write_notebook(
        tmp_path / "settings.ipynb",
        "import pandas as pd\nimport sklearn\nfrom sklearn.linear_model import LinearRegression\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import FunctionTransformer, StandardScaler",
        "sklearn.set_config(transform_output='pandas')",
        "def doubled(frame):\n    return frame.assign(c=frame['a'] * 2)  # needs a frame from the scaler",
        "X = pd.DataFrame({'a': range(40), 'b': [i % 7 for i in range(40)]})\n"
        "model = make_pipeline(StandardScaler(), FunctionTransformer(doubled), LinearRegression())\n"
        "model.fit(X, X['a'] * 3 + X['b'])",
    )
    done = mlops("export", path)
    assert done.returncode == 0, done.stderr
