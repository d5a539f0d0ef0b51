"""A cell that installs packages while it runs."""

import pytest

from jupyter_mlops.rules.check import check


@pytest.mark.parametrize(
    ("source", "line", "command"),
    [
        ("!pip install foo==1.2", 1, "python -m pip install foo==1.2"),
        ('x = 1\n%pip install -q "foo>=1" bar', 2, "python -m pip install 'foo>=1' bar"),
        ("pip install foo", 1, "python -m pip install foo"),
        ("!pip install -r 'my requirements.txt'", 1, "python -m pip install -r 'my requirements.txt'"),
        ("%conda install -y foo=1.2", 1, "conda install foo=1.2"),
        ("%%bash\nuv pip install foo", 2, "python -m pip install foo"),
    ],
)
def test_the_line_that_does_it_once_is_named(notebook, source, line, command):
    (finding,) = check(notebook(source), None).findings
    assert (finding.code, finding.severity, finding.line) == ("installs-in-notebook", "info", line)
    assert finding.fix.text == f"install it once: {command}, and remove the line"
    assert "change the environment" in finding.reason


def test_in_a_branch_too(found):
    source = "import sys\nif 'google.colab' in sys.modules:\n    !pip install foo"
    assert found(source) == [("installs-in-notebook", "info", 1, 3)]


@pytest.mark.parametrize("source", ["!pip list", "%pip freeze", "!ls", "print('pip install foo')"])
def test_nothing_is_installed(found, source):
    assert found(source) == []
