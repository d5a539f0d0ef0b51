"""A cell that is no Python, or that of a newer version."""

import sys

import pytest

from jupyter_mlops.rules.check import check


@pytest.mark.parametrize(
    ("source", "line"),
    [("x = (", 1), ("a = 1\nb = = 2", 2), ("\n\nprint 'a'", 3), ("%%time\n1 +", 2), ("SELECT * FROM a", 1)],
)
def test_the_place_is_named(found, source, line):
    assert found("x = 1", source) == [("syntax-error", "error", 2, line)]


@pytest.mark.parametrize(("source", "line"), [("return 1", 1), ("x = 1\nbreak", 2), ("def f(a, a): pass", 1)])
def test_what_only_the_compiler_refuses_is_named_too(found, source, line):
    assert ("syntax-error", "error", 1, line) in found(source)


# t-strings are newer than any Python that we run on
@pytest.mark.parametrize(
    ("source", "version", "line"),
    [("type X = int", (3, 12), 1), ("x = 1\nclass A[T = int]: pass", (3, 13), 2), ("x = t'a'", (3, 14), 1)],
)
def test_the_version_is_named(notebook, source, version, line):
    findings = check(notebook(source), None).findings
    if version <= sys.version_info[:2]:
        assert findings == []
        return
    (finding,) = findings
    assert (finding.code, finding.severity, finding.line) == ("needs-newer-python", "error", line)
    assert (
        f"need Python 3.{version[1]}; this notebook is analysed with Python 3.{sys.version_info[1]}" in finding.message
    )
    assert f"with Python 3.{version[1]} or newer" in finding.fix.text


@pytest.mark.parametrize("source", ["x = 1", "pip list", "!ls", "%%bash\nfor f in *; do echo; done", "await f"])
def test_what_ipython_runs_is_no_fault(found, source):
    assert not [each for each in found("f = 1", source) if each[0] == "syntax-error"]
