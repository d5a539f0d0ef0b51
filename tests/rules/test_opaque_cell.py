"""Magics, shell lines and `exec` whose effect cannot be seen are notes."""

import pytest


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\nexec('y = 1')", 2),
        ("globals()['x'] = 1", 1),
        ("for n in 'ab':\n    globals()[n] = 1", 2),
        ("vars()['x'] = 1", 1),
        ("x = 1\n\n%run other.py", 3),
        ("%store -r", 1),
        ("%%cython\ncdef int x", 1),
        ("get_ipython().run_cell('x = 1')", 1),
        ("def f():\n    globals()['x'] = 1", 2),
        ("%%timeit\n%run other.py", 2),
        ("!wget https://example.org/a.csv", 1),
        ("x = 1\n!python prepare.py", 2),
        ("%%bash\nmake data", 1),
        ("!echo 1 > a.txt", 1),
    ],
)
def test_found_as_a_note(found, source, line):
    assert found(source) == [("opaque-cell", "info", 1, line)]


@pytest.mark.parametrize(
    "source",
    [
        *("%matplotlib inline", "!ls", "%%bash\nls", "%timeit 1", "vars(int)", "import math", "ls", "'x' in globals()"),
        *("%%bash --out listing\nls", "%prun x = 1", "%store -r x", "def f(): return locals()", "!nvidia-smi"),
        *("%%time\nx = 1", "%load_ext autoreload\n%autoreload 2", "%config InlineBackend.figure_format = 'retina'"),
        *("!head a.csv | grep x", "!cd .. && pwd", "%%html\n<b>1</b>", "%env X=1", "%%writefile a.txt\n1", "df?"),
    ],
)
def test_harmless(found, source):
    assert found(source) == []


def test_installs_are_told_once(found):
    assert found("!pip install foo") == [("installs-in-notebook", "info", 1, 1)]
