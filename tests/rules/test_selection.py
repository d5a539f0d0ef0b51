"""Which codes count, by pyproject.toml and by metadata."""

import pytest

from jupyter_mlops.errors import ProjectError
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.rules.check import check
from jupyter_mlops.rules.selection import Selection

SOURCES = ("from math import *\nopen('/srv/a.csv')", "x = (")
ALL = ["star-import", "absolute-path", "syntax-error"]


@pytest.fixture
def codes(notebook, tmp_path):
    def checked(*sources, settings="", selection=None, metadata=None):
        (tmp_path / "pyproject.toml").write_text(settings)
        result = check(notebook(*sources, metadata=metadata), None, selection=selection)
        return [each.code for each in result.findings]

    return checked


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", ALL),
        ("[tool.jupyter_mlops]\n", ALL),
        ("[tool.jupyter_mlops.check]\nignore = ['star-import']", ["absolute-path", "syntax-error"]),
        ("[tool.jupyter_mlops.check]\nselect = ['star-import']", ["star-import", "syntax-error"]),
        ("[tool.jupyter_mlops.check]\nselect = ['star-import']\nignore = ['star-import']", ["syntax-error"]),
        ("[tool.jupyter_mlops.check]\nselect = []", ["syntax-error"]),
    ],
)
def test_pyproject(codes, settings, expected):
    assert codes(*SOURCES, settings=settings) == expected


@pytest.mark.parametrize(
    ("settings", "message", "fix"),
    [
        ("[tool.jupyter_mlops.check]\nignore = ['star-imprt']", "`star-imprt` is no rule", "write `star-import`"),
        ("[tool.jupyter_mlops.check]\nselect = ['zzz']", "`zzz` is no rule", "check --rules"),
        ("[tool.jupyter_mlops.check]\nignore = ['syntax-error']", "cannot be ignored", "skip-execution"),
        ("[tool.jupyter_mlops.check]\nignore = 'star-import'", "no list of codes", "list of codes"),
        ("[tool.jupyter_mlops.check]\nselect = [1]", "no list of codes", "list of codes"),
        ("[tool.jupyter_mlops.check]\nignored = []", "`ignored` is no setting", "select and ignore"),
        ("[tool", "cannot be read", "mend"),
    ],
)
def test_wrong_settings(codes, settings, message, fix):
    with pytest.raises(ProjectError) as caught:
        codes("x = 1", settings=settings)
    (finding,) = caught.value.findings
    assert message in finding.message
    assert fix in finding.fix.text


def ignoring(source, *ignored):
    return source, {"metadata": {"jupyter_mlops": {"ignore": list(ignored)}}}


def test_the_metadata_of_a_cell_count_for_that_cell(codes):
    path = "open('/srv/a.csv')"
    assert codes(ignoring(path, "absolute-path"), path) == ["absolute-path"]
    assert codes(ignoring(path, "star-import")) == ["absolute-path"]


def test_the_metadata_of_the_notebook(codes):
    metadata = {"jupyter_mlops": {"ignore": ["absolute-path"], "run": "r"}}
    assert codes(*SOURCES, metadata=metadata) == ["star-import", "syntax-error"]


def test_a_cell_that_is_no_python_is_always_told(codes):
    assert codes(ignoring("x = (", "syntax-error")) == ["syntax-error"]


def test_an_unknown_code_in_a_cell_is_told(notebook):
    (finding,) = check(notebook("x = 1", ignoring("y = 1", "absolute-paths")), None).findings
    assert (finding.code, finding.severity, finding.index) == ("unknown-rule", "warning", 2)
    assert finding.fix.text == "write `absolute-path`"


@pytest.mark.parametrize("odd", [None, [], "star-import", {"ignore": "star-import"}, {"ignore": None}])
def test_metadata_of_another_shape_mean_nothing(codes, odd):
    assert codes(("from math import *", {"metadata": {"jupyter_mlops": odd}})) == ["star-import"]


def test_what_is_given_goes_before_the_project(codes):
    settings = "[tool.jupyter_mlops.check]\nselect = ['star-import']\nignore = ['absolute-path']"
    given = Selection(frozenset({"absolute-path", "star-import"}))
    assert codes(*SOURCES, settings=settings, selection=given) == ["star-import", "syntax-error"]
    given = Selection(None, frozenset({"star-import"}))
    assert codes(*SOURCES, settings=settings, selection=given) == ["syntax-error"]


def test_settings_are_those_of_the_projects_root(tmp_path, write_notebook):
    (tmp_path / "pyproject.toml").write_text("[tool.jupyter_mlops.check]\nignore = ['star-import']\n")
    path = write_notebook(tmp_path / "a" / "b.ipynb", "from math import *")
    assert check(read_notebook(path), None).findings == []
