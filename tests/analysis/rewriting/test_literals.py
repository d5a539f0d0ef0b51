"""Paths of this machine become paths from the notebook's folder, where nothing else is meant."""

from pathlib import PurePosixPath

import pytest

from jupyter_mlops.analysis.rewriting.literals import relative_paths

FOLDER, OPENED = PurePosixPath("/home/ana/shop"), PurePosixPath("/home/ana/shop/data/prices.csv")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('read("/home/ana/shop/data/prices.csv")  # é', 'read("data/prices.csv")  # é'),
        ("%matplotlib inline\r\nx = r'/home/ana/shop/data'\r\n", "%matplotlib inline\r\nx = r'data'\r\n"),
        ("x = '/home/ana/shop/data/' + name", "x = 'data/' + name"),
        ("x = '/home/ana/shop'", "x = '.'"),
        ("x = '''/home/ana/shop/'''", "x = '''./'''"),
        ("# /home/ana/shop/data/prices.csv", None),
        ("x = '/home/ana'", None),
        ("x = '/home/ana/shop/data/costs.csv'", None),
        ("x = '/home/ana/shop/data/prices.csv.old'", None),
        ("x = '/home/ana/shop/../shop/data/prices.csv'", None),
        ("x = 'data/prices.csv'", None),
        ("x = f'/home/ana/shop/data/{name}'", None),
        ("x = '/home/ana/' 'shop/data/prices.csv'", None),
        ("x = '/home/ana/shop/dat\\x61/prices.csv'", None),
        ("os.chdir('x')\ny = '/home/ana/shop'", None),
        ("%cd x\ny = '/home/ana/shop'", None),
        ("cd x", None),
    ],
)
def test_paths(source, expected):
    made = relative_paths(["z = 1", source], OPENED, FOLDER)
    assert made == ({1: expected} if expected is not None else None)
