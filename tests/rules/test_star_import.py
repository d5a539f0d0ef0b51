"""Star imports: a note, with the names to import where the module's text tells them."""

import sys

import pytest

from jupyter_mlops.rules.check import check


def test_a_note_only(found):
    assert found("from math import *") == [("star-import", "info", 1, 1)]


@pytest.mark.parametrize(
    "source", ["from math import sqrt", "import math", "print('from math import *')", "# from math import *\n1"]
)
def test_nothing_is_found(found, source):
    assert found(source) == []


def test_names_that_a_star_brings_are_known(found, notebook):
    sources = ("from math import *", "sqrt(2) + floor(1.5)", "sqroot(2)")
    assert found(*sources, python=sys.executable) == [
        ("star-import", "info", 1, 1),
        ("undefined-name", "error", 3, 1),
    ]
    finding = check(notebook(*sources), None, python=sys.executable).findings[0]
    assert finding.fix.text == "import the names that you use: from math import floor, sqrt"


@pytest.mark.parametrize(
    ("module", "known"),
    [
        ("def near(): ...\n_far = 1\nimport os.path\nfor i in (): pass", "near, os, i"),
        ("__all__ = ['near']\nfar = 1", "near"),
        ("from os.path import *", "join"),
        ("try:\n    import json\nexcept ImportError:\n    json = None", "json"),
    ],
)
def test_names_of_a_module_beside_the_notebook(found, tmp_path, module, known):
    (tmp_path / "near_by_module.py").write_text(module)
    findings = found("from near_by_module import *", known, "_far", python=sys.executable)
    assert [each[:3] for each in findings] == [("star-import", "info", 1), ("undefined-name", "error", 3)]


@pytest.mark.parametrize("module", ["__all__ = list(globals())", "exec('x = 1')", "x = = 1"])
def test_names_that_cannot_be_told_are_doubtful_only(found, tmp_path, module):
    (tmp_path / "unclear_module.py").write_text(module)
    findings = found("from unclear_module import *", "x", python=sys.executable)
    assert [each[:2] for each in findings] == [("star-import", "info"), ("undefined-name", "info")]
