"""Data files that a clean run would not find."""

import pytest

from jupyter_mlops.rules.check import check

IMPORTS = "import numpy as np, pandas as pd, os, json, joblib, urllib.request, shutil\nfrom pathlib import Path\ndf = 1"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("pd.read_csv('none.csv')", 1),
        ("x = 1\nwith open('none.json') as f:\n    json.load(f)", 2),
        ("open('none.txt', encoding='utf-8').read()", 1),
        ("np.load('none.npy')", 1),
        ("joblib.load('none.joblib')", 1),
        ("Path('none.txt').read_text()", 1),
        ("FOLDER = Path('data')\npd.read_csv(FOLDER / 'none.csv')", 2),
        ("name = 'none.csv'\npd.read_csv(f'data/{name}')", 2),
        ("pd.read_csv(os.path.join('data', 'none.csv'))", 1),
        ("df.to_csv('other.csv')\npd.read_csv('none.csv')", 2),
    ],
)
def test_found(found, source, line):
    assert found(IMPORTS, source) == [("data-file-missing", "warning", 2, line)]


@pytest.mark.parametrize(
    "source",
    [
        "pd.read_csv('there.csv')",
        "pd.read_csv('./data/there.csv')",
        "pd.read_csv('https://example.org/a.csv')",
        "pd.read_csv('s3://bucket/a.csv')",
        "pd.read_csv(df)",
        "name = input()\npd.read_csv(name)",
        "name = 'none.csv'\nname = 'there.csv'\npd.read_csv(name)",
        "open('new.txt', 'w')",
        "open('new.txt', mode='a')",
        "df.to_csv('new.csv')\npd.read_csv('new.csv')",
        "df.to_csv('./new.csv')\npd.read_csv('new.csv')",
        "with open('new.txt', 'w') as f: f.write('1')\nopen('new.txt')",
        "np.save('new.npy', 1)\nnp.load('new.npy')",
        "joblib.dump(df, 'new.joblib')\njoblib.load('new.joblib')",
        "Path('new.txt').write_text('1')\nPath('new.txt').read_text()",
        "df.to_csv(str(df))\npd.read_csv('new.csv')",
        "urllib.request.urlretrieve('https://example.org', 'new.csv')\npd.read_csv('new.csv')",
        "def download(): ...\ndownload()\npd.read_csv('new.csv')",
        "shutil.copy('a', 'b')\npd.read_csv('new.csv')",
        "os.makedirs('out')\nopen('out/a.txt')",
        "os.chdir('..')\npd.read_csv('new.csv')",
        "if os.path.exists('new.csv'):\n    pd.read_csv('new.csv')",
        "try:\n    pd.read_csv('new.csv')\nexcept OSError:\n    pass",
        "def load(): return pd.read_csv('new.csv')",
        "pd.read_csv('data/*.csv')",
        "pd.read_sql('select 1', df)",
        "os.path.exists('new.csv')",
        "pd.read_html('<table></table>')",
        "pd.read_csv('')",
        "pd.read_xml('<a><b/></a>')",
        "pd.read_json('{\"a\": [1]}')",
    ],
)
def test_left_alone(found, tmp_path, source):
    (tmp_path / "data").mkdir()
    for name in ("there.csv", "data/there.csv"):
        (tmp_path / name).write_text("a\n1\n")
    assert [each for each in found(IMPORTS, source) if each[0] == "data-file-missing"] == []


@pytest.mark.parametrize(
    "cell",
    ["!wget https://example.org/a.csv", "%%writefile new.csv\na", "%%bash\nmake data", "%cd ..", "%run fetch.py"],
)
def test_what_a_cell_above_may_write(found, cell):
    found_here = found(IMPORTS, cell, "pd.read_csv('new.csv')")
    assert [each for each in found_here if each[0] == "data-file-missing"] == []


def test_a_file_that_only_the_root_has(tmp_path, notebook, write_notebook):
    from jupyter_mlops.notebook import read_notebook

    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "prices.csv").write_text("a\n")
    path = write_notebook(tmp_path / "notebooks" / "b.ipynb", "import pandas as pd\npd.read_csv('prices.csv')")
    (finding,) = check(read_notebook(path), None).findings
    assert finding.code == "data-file-missing"
    assert "from the project's root only" in finding.reason
