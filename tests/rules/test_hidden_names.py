"""Code that binds names out of sight."""

import pytest


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("from math import *", 1),
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
    ],
)
def test_found_as_a_warning(found, source, line):
    assert found(source) == [("hides-names", "warning", 1, line)]


@pytest.mark.parametrize(
    "source",
    [
        *("%matplotlib inline", "!ls", "%%bash\nls", "%timeit 1", "vars(int)", "import math", "ls", "'x' in globals()"),
        *("%%bash --out listing\nls", "%prun x = 1", "%store -r x", "def f(): return locals()"),
    ],
)
def test_harmless(found, source):
    assert found(source) == []
