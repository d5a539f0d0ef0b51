"""Data files that cells read and write."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from jupyter_mlops.kernel.capture.files import Data
from jupyter_mlops.kernel.capture.hashing import Hashes, status

FRAME = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\n"


@pytest.fixture
def given(sample):
    """A text, a table and a database in the folder of `sample`, as long as nothing runs there."""
    (sample.folder / "sub").mkdir(exist_ok=True)
    for name in ("a.txt", "mod.py"):
        (sample.folder / name).write_text("x = 1")
    for name in ("new.txt", "whole.txt", "a.db"):
        (sample.folder / name).unlink(missing_ok=True)
    with sqlite3.connect(sample.folder / "a.db") as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    return sample


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("open('a.txt', 'w').write('x')", {("a.txt", "write", "open")}),
        ("open('a.txt').read()", {("a.txt", "read", "open")}),
        ("from pathlib import Path\nPath('a.txt').read_bytes()", {("a.txt", "read", "open")}),
        ("import os\nos.close(os.open(os.path.abspath('a.txt'), os.O_RDONLY))", {("a.txt", "read", "open")}),
        ("open(b'a.txt').read()", {("a.txt", "read", "open")}),
        ("f = open('a.txt', 'a')\nf.write('x')\nf.close()", {("a.txt", "write", "open")}),
        ("f = open('a.txt', 'r+')\nf.read()\nf.close()", {("a.txt", "read", "open")}),
        ("f = open('a.txt', 'r+')\nf.write('y')\nf.close()", {("a.txt", "read", "open"), ("a.txt", "write", "open")}),
        ("open('a.txt', 'a').close()", set()),
        ("open('new.txt', 'x').close()", {("new.txt", "write", "open")}),
        ("import os\nos.chdir('sub')\nopen('b.txt', 'w').close()\nos.chdir('..')",
         {("sub/b.txt", "write", "open")}),
        ("open('sub/../a.txt').read()", {("a.txt", "read", "open")}),
        ("open('gone.txt', 'w').close()\nimport os\nos.remove('gone.txt')", set()),
        ("try:\n    open('missing.txt')\nexcept OSError: pass", set()),
        ("open('part', 'w').write('x')\nimport os\nos.replace('part', 'whole.txt')", {("whole.txt", "write", "open")}),
        ("import tempfile\nf = tempfile.NamedTemporaryFile(); f.write(b'x'); f.close()", set()),
        ("import os\nos.makedirs('.cache', exist_ok=True)\nopen('.cache/x', 'w').close()", set()),
        ("open('.env', 'w').close()", set()),
        ("import sys\nsys.path.insert(0, '.')\nimport mod\ndel sys.path[0]", set()),
        ("import os\nos.makedirs('env/conda-meta', exist_ok=True)\nopen('env/x.csv', 'w').close()", set()),
        ("import json.tool", set()),
        ("import subprocess, sys\n_ = subprocess.run([sys.executable, '-c', 'open(\"child.txt\", \"w\")'])", set()),
        (FRAME + "df.to_csv('a.csv')\ndf = pd.read_csv('a.csv')",
         {("a.csv", "write", "open"), ("a.csv", "read", "open")}),
        (FRAME + "try:\n    pd.read_parquet('no.parquet')\nexcept OSError: pass", set()),
        ("import numpy as np\nnp.save('a.npy', np.arange(3))\nnp.load('a.npy')",
         {("a.npy", "write", "open"), ("a.npy", "read", "open")}),
        ("import joblib\n_ = joblib.dump([1], 'a.joblib')\njoblib.load('a.joblib')",
         {("a.joblib", "write", "open"), ("a.joblib", "read", "open")}),
        ("import sqlite3\nc = sqlite3.connect('a.db')\n_ = c.execute('CREATE TABLE u (a)')\nc.commit()\nc.close()",
         {("a.db", "write", "open")}),
        ("import sqlite3\nc = sqlite3.connect('a.db')\n_ = c.execute('SELECT * FROM t')\nc.close()",
         {("a.db", "read", "open")}),
        ("class Box:\n    def read_parquet(self, path): pass\n    to_csv = read_parquet\n"
         "Box().read_parquet('a.txt')\nBox().to_csv('a.txt')", set()),
        (FRAME + "text = df.to_csv()", set()),
    ],
)  # fmt: skip
def test_files_of_cells(given, code, expected):
    seen = given(code)
    assert seen.result.success
    assert seen.files == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("df.to_parquet('b.parquet')", ("b.parquet", "write")),
        ("df.to_feather('b.feather')", ("b.feather", "write")),
        ("pd.read_parquet('a.parquet')", ("a.parquet", "read")),
        ("pd.read_parquet(path='./a.parquet')", ("a.parquet", "read")),
        ("from pandas import read_parquet as rp\nrp('a.parquet')", ("a.parquet", "read")),
        ("def load(path):\n    return pd.read_parquet(path)\nload('a.parquet')", ("a.parquet", "read")),
    ],
)
def test_pandas_hands_on_paths_that_others_open(given, code, expected):
    """Its newer versions open such files themselves."""
    pytest.importorskip("pyarrow")
    given(FRAME + "df.to_parquet('a.parquet')")
    assert [row[:2] for row in given(code).files] == [expected]
    # by its own name, and then by one that stands for it in a later cell
    given("from pandas import read_parquet as rp")
    assert [row[:2] for row in given("rp('a.parquet')").files] == [("a.parquet", "read")]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("df.write_parquet('p/b.parquet')", {("p/b.parquet", "write", "call")}),
        ("df.write_csv(file='p/b.csv')", {("p/b.csv", "write", "call")}),
        ("pl.read_parquet('p/a.parquet')", {("p/a.parquet", "read", "call")}),
        ("pl.scan_csv('p/*.csv').collect()", {("p/a.csv", "read", "call")}),
        ("pl.read_csv(['p/a.csv'])", {("p/a.csv", "read", "call")}),
        ("pl.scan_parquet('p/a.parquet').sink_csv('p/b.csv')",
         {("p/a.parquet", "read", "call"), ("p/b.csv", "write", "call")}),
    ],
)  # fmt: skip
def test_polars_never_raises_the_hook(given, code, expected):
    pytest.importorskip("polars")
    given("import os, polars as pl\nos.makedirs('p', exist_ok=True)\ndf = pl.DataFrame({'a': [1]})")
    given("df.write_parquet('p/a.parquet')\ndf.write_csv('p/a.csv')")
    (given.folder / "p" / "b.csv").unlink(missing_ok=True)
    seen = given(code)
    assert seen.result.success
    assert seen.files == expected


def test_pyarrow(sample):
    pytest.importorskip("pyarrow")
    sample("import pyarrow as pa, pyarrow.parquet as pq\nt = pa.table({'a': [1]})")
    assert sample("pq.write_table(t, 'arrow.parquet')").files == {("arrow.parquet", "write", "call")}
    assert sample("pq.read_table('arrow.parquet')").files == {("arrow.parquet", "read", "call")}


def test_the_models_of_lightgbm_are_written_by_its_own_code(sample):
    sample("import lightgbm\nb = lightgbm.LGBMClassifier(n_estimators=1, verbose=-1).fit(X, y).booster_")
    assert {path for path, _, _ in sample("b.save_model('model.txt')").files} == {"model.txt"}


def test_what_a_row_says_of_a_file(cell):
    seen = cell("open('a.txt', 'w').write('text')")
    [row] = seen.rows["file"]
    assert (row["size"], row["complete"]) == (4, 1)
    assert row["hash"] == hashlib.sha256(b"text").hexdigest()
    assert row["mtime"] == pytest.approx(os.stat("a.txt").st_mtime)  # noqa: PTH116


def test_what_was_read_and_then_written_over_has_no_hash(cell):
    Path("a.txt").write_text("before")
    rows = {row["mode"]: row for row in cell("text = open('a.txt').read()\nopen('a.txt', 'w').write('x')").rows["file"]}
    assert (rows["read"]["size"], rows["read"]["hash"], rows["read"]["complete"]) == (6, None, 0)
    assert (rows["write"]["size"], rows["write"]["complete"]) == (1, 1)


def test_the_notebook_itself_is_no_data(cell):
    Path("a.ipynb").write_text('{"cells": [], "metadata": {}}')
    cell.shell.user_ns["__vsc_ipynb_file__"] = str(Path("a.ipynb").resolve())
    cell("x = 1")
    assert cell("text = open('a.ipynb').read()").files == set()


def test_between_cells_nothing_is_noted(cell):
    cell("x = 1")
    Path("a.txt").write_text("before")
    assert cell("x = 2").files == set()


def test_big_files_are_hashed_after_the_cell(cell):
    assert cell("_ = open('big.bin', 'wb').write(b'x' * 3_000_000)").rows["file"][0]["complete"] == 0
    cell("import jupyter_mlops\njupyter_mlops.unload_ipython_extension(get_ipython())")
    [row] = cell.read("_ = open('big.bin', 'wb').write(b'x' * 3_000_000)").rows["file"]
    assert row["hash"] == hashlib.sha256(b"x" * 3_000_000).hexdigest()


# --- the parts


def steps(hashes, path):
    return list(hashes.steps(str(path), status(str(path))))


def test_hashes_are_kept_until_the_file_changes(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 1_000_000)
    os.utime(path, (0, 0))
    hashes = Hashes()
    assert len(steps(hashes, path)) > 5
    [kept] = steps(hashes, path)
    assert (kept.text, kept.complete) == (hashlib.sha256(b"x" * 1_000_000).hexdigest(), True)
    path.write_bytes(b"y" * 1_000_000)
    assert steps(hashes, path)[-1].text == hashlib.sha256(b"y" * 1_000_000).hexdigest()


def test_of_a_very_big_file_the_beginning_is_hashed(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 1000)
    found = steps(Hashes(longest=100), path)[-1]
    assert (found.text, found.complete) == (hashlib.sha256(b"x" * 100).hexdigest(), False)


def test_a_file_that_changes_meanwhile_has_no_hash(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 1_000_000)
    found = Hashes().steps(str(path), status(str(path)))
    next(found)
    path.write_bytes(b"y")
    assert list(found)[-1].text is None
    path.unlink()
    assert [each.text for each in Hashes().steps(str(path), status(str(tmp_path / "a")) or status(__file__))] == [None]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("{root}/a.csv", "a.csv"),
        ("{root}/b/../a.csv", "a.csv"),
        ("{root}", None),
        ("{root}/", None),
        ("{root}2/a.csv", None),
        ("/etc/passwd", None),
        ("{root}/.git/index", None),
        ("{root}/b/.ipynb_checkpoints/a.csv", None),
        ("{root}/lib/site-packages/a.csv", None),
        ("{root}/a.py", None),
        ("{link}/a.csv", "a.csv"),
        ("", None),
    ],
)
def test_which_paths_are_data(tmp_path, path, expected):
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "link").symlink_to(root)
    assert Data(root).relative(path.format(root=root, link=tmp_path / "link")) == expected
