"""A cell that is no Python."""

import pytest


@pytest.mark.parametrize(
    ("source", "line"),
    [("x = (", 1), ("a = 1\nb = = 2", 2), ("\n\nprint 'a'", 3), ("%%time\n1 +", 2), ("SELECT * FROM a", 1)],
)
def test_the_place_is_named(found, source, line):
    assert found("x = 1", source) == [("syntax-error", "error", 2, line)]


@pytest.mark.parametrize("source", ["x = 1", "!ls", "%%bash\nfor f in *; do echo; done", "await f"])
def test_what_ipython_runs_is_no_fault(found, source):
    assert not [each for each in found("f = 1", source) if each[0] == "syntax-error"]
