"""Absolute paths are found where a text is a path, and texts that only look like one are left alone."""

import pytest

from jupyter_mlops.rules.check import check

IMPORTS = "import numpy as np, pandas as pd, os, sys, re, requests, joblib"
IMPORTS += "\nfrom pathlib import Path\napp = df = client = None"


@pytest.mark.parametrize(
    "source",
    [
        "pd.read_csv('/data/prices.csv')",
        "pd.read_csv('/home/ana/prices.csv')",
        "pd.read_csv(filepath_or_buffer='/home/ana/prices.csv')",
        "pd.read_csv(r'C:\\Users\\ana\\prices.csv')",
        "pd.read_csv('C:/data/prices.csv')",
        "pd.read_csv('file:///home/ana/prices.csv')",
        "pd.read_csv('~/prices.csv')",
        "pd.read_csv(f'/home/ana/{1}.csv')",
        "pd.read_csv('/home/ana/' + 'a.csv')",
        "FOLDER = '/Users/ana/data'",
        "FILES = ['/home/ana/a.csv', 'b.csv']",
        "SETTINGS = {'data': '/home/ana/a'}",
        "os.chdir('/home/ana/project')",
        "sys.path.append('/home/ana/project/src')",
        "Path('/srv/data')",
        "open('/srv/data/a.txt')",
        "np.save('/srv/a.npy', 1)",
        "pd.read_csv('/content/drive/MyDrive/a.csv')",
        "os.listdir('/kaggle/input')",
        "def load():\n    return 1\nload.path = '/home/ana/x'",
    ],
)
def test_found(found, source):
    found_here = [each for each in found(IMPORTS, source) if each[0] == "absolute-path"]
    line = source.count("\n") + 1
    assert found_here == [("absolute-path", "warning", 2, line)]


@pytest.mark.parametrize(
    "source",
    [
        "pd.read_csv('data/a.csv')",
        "pd.read_csv('https://example.org/home/ana/a.csv')",
        "pd.read_csv('s3://bucket/a.csv')",
        "requests.get('/api/predict')",
        "client.post('/predict', json={})",
        "app.route('/home/ana/page')",
        "print('/home/ana/a.csv')",
        "open('/dev/null', 'w')",
        "open('/proc/cpuinfo')",
        "PATTERN = '/a/b/c'",
        "'a/b'.split('/')",
        "re.sub('/home/ana/x', '', '1')",
        "df = 1 / 2\nx = '/'",
        "# '/home/ana/a.csv'\n1",
        "'''/home/ana/a.csv'''\n1",
        "URL = '/predict'",
        "os.path.join('a', '/b')",
        "name = 'C:'",
        "label = 'ratio a/b ~ c'",
        "x = '~'",
        "def f():\n    'reads /home/ana/a.csv'",
    ],
)
def test_left_alone(found, source):
    assert [each for each in found(IMPORTS, source) if each[0] == "absolute-path"] == []


def test_temporary_folders_are_a_note(found):
    assert ("absolute-path", "info", 2, 1) in found(IMPORTS, "pd.read_csv('/tmp/a.csv')")


def test_each_path_once_a_cell(found):
    source = "a = '/home/ana/x'\npd.read_csv('/home/ana/x')"
    assert [each[2:] for each in found(IMPORTS, source) if each[0] == "absolute-path"] == [(2, 1)]


def test_the_message_has_the_path(notebook):
    finding = check(notebook("open('/nowhere/a.csv')"), None).findings[0]
    assert finding.message == "`/nowhere/a.csv` is an absolute path"
    assert "not on this machine either" in finding.reason
