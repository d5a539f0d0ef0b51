"""Notebooks whose service reads files beside it go the whole way: proof, bento, serve; without the file it fails."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import nbformat
import pytest
from test_broken_packages import Good
from test_examples_whole_way import serve

from jupyter_mlops.exporting.verify import EVERY_WAY, IN_PROCESS

pytestmark = pytest.mark.slow

STOPS = {"Alexanderplatz": [52.52, 13.41], "Zoo": [52.51, 13.33]}
NEAREST = [
    "import functools\nimport json\nimport math\nfrom pathlib import Path\nfrom fares import fare",
    "@functools.cache\ndef zones():\n    return json.loads(Path('data/zones [1].json').read_text())\n\nzones()",
    "def nearest(lat: float, lon: float) -> dict:\n"
    "    with open('stops.json') as file:\n"
    "        stops = json.load(file)\n"
    "    name = min(stops, key=lambda each: math.dist(stops[each], (lat, lon)))\n"
    "    return {'stop': name, 'zone': zones()[name], 'fare': fare(zones()[name])}",
    "for i in range(25):\n    nearest(52.5 + i / 1000, 13.3 + i / 100)",
]
FARES = (
    "import csv\n\nwith open('data/fares.csv', newline='') as file:\n    FARES = dict(csv.reader(file))\n\n\n"
    "def fare(zone: str) -> float:\n    return float(FARES[zone])\n"
)

PRICES = [
    "import numpy as np\nimport pandas as pd\nfrom pathlib import Path\n"
    "from sklearn.base import BaseEstimator, TransformerMixin\n"
    "from sklearn.linear_model import LinearRegression\nfrom sklearn.pipeline import make_pipeline",
    "class Priced(TransformerMixin, BaseEstimator):\n"
    "    def fit(self, X, y=None):\n"
    "        self.base_ = pd.read_csv('training_only.csv')['price'].sum()\n"
    "        self.n_features_in_ = X.shape[1]\n        return self\n"
    "    def transform(self, X):\n"
    "        table = pd.read_csv(Path('data') / 'prices.csv', index_col='item')\n"
    "        return np.column_stack([table['price'].loc[X['item']], X['count']]) + self.base_",
    "frame = pd.DataFrame({'item': ['a', 'b', 'c', 'b'] * 10, 'count': range(40)})\n"
    "y = frame['count'] * 2.0 + frame['item'].map({'a': 1.0, 'b': 7.0, 'c': 4.0})\n"
    "model = make_pipeline(Priced(), LinearRegression()).fit(frame, y)\nmodel.predict(frame)",
]


def proved(folder: Path, name: str, cells: list[str], files: dict[str, str], serving: int = -1) -> Good:
    """The package of a notebook with some files beside it; the cell `serving` is tagged `serve`."""
    project = folder / name
    for file, text in files.items():
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text(text)
    node = nbformat.v4.new_notebook()
    for index, source in enumerate(cells):
        tags = ["serve"] if index == serving else []
        node.cells.append(nbformat.v4.new_code_cell(source, id=f"cell-{index}", metadata={"tags": tags}))
    (project / f"{name}.ipynb").write_text(nbformat.writes(node))
    return Good(name, folder)


@pytest.fixture(scope="module")
def nearest(tmp_path_factory) -> Good:
    """A function that reads a file, as do its helper that keeps its answer and its module when it is imported."""
    files = {
        "stops.json": json.dumps(STOPS),
        "data/zones [1].json": json.dumps({"Alexanderplatz": "A", "Zoo": "B"}),
        "data/zones 1.json": "nobody reads it",
        "data/fares.csv": "A,3.5\nB,2.0\n",
        "fares.py": FARES,
    }
    return proved(tmp_path_factory.mktemp("nearest"), "nearest", NEAREST, files, serving=2)


@pytest.fixture(scope="module")
def prices(tmp_path_factory) -> Good:
    """A transformer that reads a table whenever it transforms, and another one when it is fitted."""
    files = {"data/prices.csv": "item,price\na,1.5\nb,2.5\nc,4.0\n", "training_only.csv": "price\n1\n"}
    return proved(tmp_path_factory.mktemp("prices"), "prices", PRICES, files)


def test_a_function_that_reads_files_goes_the_whole_way(nearest, tmp_path):
    package = nearest.folder
    assert nearest.plan.files == ["data/fares.csv", "data/zones [1].json", "stops.json"]
    for name in nearest.plan.files:
        assert (package / name).read_bytes() == (package.parent / "nearest" / name).read_bytes()
        assert name in json.loads((package / "provenance.json").read_text())["files"]
        assert f"`{name}`" in (package / "README.md").read_text()
    assert not (package / "data" / "zones 1.json").exists()
    assert nearest.prove(nearest.copy(tmp_path / "copy"), EVERY_WAY).passed

    own = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert own.returncode == 0, own.stdout
    process, address = serve(package, tmp_path / "serve.log")
    try:
        response = httpx.post(f"{address}/nearest", json={"lat": 52.5, "lon": 13.3}, timeout=60)
        assert response.json() == {"stop": "Zoo", "zone": "B", "fare": 2.0}
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_a_transformer_that_reads_a_table_goes_the_whole_way(prices, tmp_path):
    assert prices.plan.files == ["data/prices.csv"]
    assert not (prices.folder / "training_only.csv").exists()
    copy = prices.copy(tmp_path / "copy")
    assert prices.prove(copy, EVERY_WAY).passed
    (copy / "data" / "prices.csv").write_text("item,price\na,1.5\nb,2.5\nc,4.5\n")
    assert not prices.prove(copy, (IN_PROCESS,)).passed


@pytest.mark.parametrize("name", ["stops.json", "data/zones [1].json"])
def test_a_package_without_one_of_its_files_is_caught(nearest, tmp_path, name):
    folder = nearest.copy(tmp_path / "broken")
    (folder / name).unlink()
    proof = nearest.prove(folder)
    assert not proof.passed
    assert "FileNotFoundError" in json.dumps(proof.differences[0].got)


def test_hand_edits_of_a_file_are_kept_and_a_new_export_takes_the_new_file(prices, tmp_path, mlops):
    folder = tmp_path / "project"
    shutil.copytree(prices.folder.parent / "prices", folder)
    package = shutil.copytree(prices.folder, folder / "prices_service")
    copied = package / "data" / "prices.csv"
    copied.write_text(copied.read_text() + "d,9.0\n")
    refused = mlops("export", folder / "prices.ipynb")
    assert refused.returncode == 1
    assert "[hand-edits]" in refused.stderr
    assert "data/prices.csv" in refused.stderr
    (folder / "data" / "prices.csv").write_text("item,price\na,1.5\nb,2.5\nc,7.0\n")
    done = mlops("export", folder / "prices.ipynb", "--overwrite-edits")
    assert done.returncode == 0, done.stderr
    assert copied.read_text().endswith("c,7.0\n")
