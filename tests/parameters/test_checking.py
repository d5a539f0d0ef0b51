"""The parameters cell as declarations, and values checked against it."""

import nbformat
import pytest

from jupyter_mlops.errors import ParameterError
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.parameters.checking import checked
from jupyter_mlops.parameters.declarations import declarations

SOURCE = """
rate: float = 0.1  # learning rate
rounds = 100
name = "a"
fast = False
limit: int
sizes = [1, 2]
depth = None
day = today()
a = b = -1
strict: bool = 0
"""


@pytest.fixture
def notebook(tmp_path):
    node = nbformat.v4.new_notebook()
    node.cells = [
        nbformat.v4.new_code_cell("import os"),
        nbformat.v4.new_code_cell(SOURCE, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("print(rate, rounds, name, fast, limit, sizes, depth, day, a, b, strict)"),
    ]
    nbformat.write(node, tmp_path / "a.ipynb")
    return read_notebook(tmp_path / "a.ipynb")


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("rate", "0.5", 0.5),
        ("rate", "1e-3", 1e-3),
        ("rate", "1", 1.0),
        ("rate", 1, 1.0),
        ("rounds", "7", 7),
        ("rounds", "-7", -7),
        ("rounds", 7, 7),
        ("name", "7", "7"),
        ("name", "", ""),
        ("name", "None", "None"),
        ("fast", "true", True),
        ("fast", "No", False),
        ("fast", "0", False),
        ("fast", True, True),
        ("sizes", "[3, 4]", [3, 4]),
        ("sizes", [3], [3]),
        ("depth", "3", 3),
        ("depth", "None", None),
        ("depth", "deep", "deep"),
        ("depth", {"a": 1}, {"a": 1}),
        ("day", "2020-01-01", "2020-01-01"),
    ],
)
def test_values_get_their_type(notebook, name, given, expected):
    result = checked(notebook, {name: given})[name]
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("rate", "fast"),
        ("rate", True),
        ("rounds", "1.5"),
        ("rounds", 1.5),
        ("rounds", True),
        ("rounds", ""),
        ("name", 7),
        ("fast", "maybe"),
        ("fast", 1),
        ("limit", "x"),
        ("depth", object()),
    ],
)
def test_values_that_do_not_fit(notebook, name, given):
    with pytest.raises(ParameterError) as caught:
        checked(notebook, {name: given})
    (finding,) = caught.value.findings
    assert finding.code == "wrong-parameter"
    assert name in finding.message
    assert (finding.index, finding.line) == (2, declarations(notebook.cells[1])[name].line)


@pytest.mark.parametrize(("name", "fix"), [("rat", "write `rate`"), ("roundz", "write `rounds`"), ("qqq", "qqq = …")])
def test_unknown_names(notebook, name, fix):
    with pytest.raises(ParameterError) as caught:
        checked(notebook, {name: "1"})
    assert caught.value.findings[0].code == "unknown-parameter"
    assert fix in caught.value.findings[0].fix.text


def test_no_parameters_cell(tmp_path):
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    nbformat.write(node, tmp_path / "a.ipynb")
    notebook = read_notebook(tmp_path / "a.ipynb")
    assert checked(notebook, {}) == {}
    with pytest.raises(ParameterError) as caught:
        checked(notebook, {"x": "1"})
    assert caught.value.findings[0].code == "no-parameters-cell"


def refused(tmp_path, given, *cells):
    """The finding that a value gets in a notebook whose first cell is the parameters cell."""
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    node.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(node, tmp_path / "p.ipynb")
    with pytest.raises(ParameterError) as caught:
        checked(read_notebook(tmp_path / "p.ipynb"), given)
    (finding,) = caught.value.findings
    return finding.code, finding.index, finding.line


def accepted(tmp_path, given, *cells):
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    node.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(node, tmp_path / "p.ipynb")
    return checked(read_notebook(tmp_path / "p.ipynb"), given)


def test_a_value_that_no_cell_would_see_is_refused(tmp_path):
    assert refused(tmp_path, {"n": "2"}, "n = 1", "x = 1") == ("parameter-never-read", 1, 1)
    assert refused(tmp_path, {"n": "2"}, "n = 1", "x = 1\nn = 3", "n") == ("parameter-overwritten", 2, 2)
    assert refused(tmp_path, {"n": "2"}, "n = 1", "for n in range(3): pass", "n") == ("parameter-overwritten", 2, 1)
    assert refused(tmp_path, {"n": "2"}, "n = 1\nhalf = n / 2", "half") == ("derived-from-default", 1, 2)


@pytest.mark.parametrize(
    "below",
    [
        "n + 1",
        "n = n + 1",
        "def f(): return n",
        "frame.query('x > @n')",
        "f'{n}'",
        "!echo $n",
        "%run other.py",
        "from x import *",
        "exec('print(1)')",
        "n += 1",
    ],
)
def test_a_value_that_a_cell_may_see_is_accepted(tmp_path, below):
    assert accepted(tmp_path, {"n": "2"}, "n = 1", "x = 1", below) == {"n": 2}


def test_a_derived_name_that_is_given_too_is_fine(tmp_path):
    assert accepted(tmp_path, {"n": "2", "half": "1"}, "n = 4\nhalf = 2", "n, half") == {"n": 2, "half": 1}
    assert accepted(tmp_path, {"n": "2", "half": "1.0"}, "n = 4\nhalf = n / 2", "n, half") == {"n": 2, "half": 1.0}
