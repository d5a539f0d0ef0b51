"""What install commands ask for."""

import pytest

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.installs import installs


@pytest.mark.parametrize(
    ("command", "requirements"),
    [
        ("pip install foo", ["foo"]),
        ('pip install foo==1.2 "bar>=3"', ["foo==1.2", "bar>=3"]),
        ("pip install 'foo[all]~=1.0' bar>=3", ["foo[all]~=1.0", "bar>=3"]),
        ("pip3 install -q -U --pre foo", ["foo"]),
        ("pip3.11 install foo", ["foo"]),
        ("pip -q install foo", ["foo"]),
        ("/usr/bin/pip install foo", ["foo"]),
        ("python -m pip install foo", ["foo"]),
        ("python3 -m pip --quiet install foo", ["foo"]),
        ("{sys.executable} -m pip install foo", ["foo"]),
        ('"{sys.executable}" -m pip install foo', ["foo"]),
        ("$sys.executable -m pip install foo", ["foo"]),
        ("sudo PIP_X=1 pip install foo", ["foo"]),
        ("pip install -i https://example.org/simple --extra-index-url https://example.org foo", ["foo"]),
        ("pip install --index-url=https://example.org/simple foo", ["foo"]),
        ("pip install -r requirements.txt foo", ["-r requirements.txt", "foo"]),
        ("pip install -rrequirements.txt", ["-r requirements.txt"]),
        ("pip install --requirement=requirements.txt", ["-r requirements.txt"]),
        ("pip install -e . -c constraints.txt", ["-e ."]),
        ("pip install git+https://example.org/a.git@v1#egg=a", ["git+https://example.org/a.git@v1#egg=a"]),
        ("pip install foo  # for the plots", ["foo"]),
        ("pip install foo > log.txt 2>&1", ["foo"]),
        ("pip install foo >/dev/null", ["foo"]),
        ("pip install 'foo", ["'foo"]),
        ("pip install {name}==$version", ["{name}==$version"]),
        ("uv pip install --system foo", ["foo"]),
        ("uv --quiet pip install -p 3.12 foo", ["foo"]),
        ("python -m uv pip install foo", ["foo"]),
        ("uv add foo", ["foo"]),
    ],
)
def test_pip(command, requirements):
    assert list(installs(command)) == [("pip", tuple(requirements))]


@pytest.mark.parametrize(
    ("command", "requirements"),
    [
        ("conda install -y -c conda-forge foo=1.2", ["foo=1.2"]),
        ("mamba install foo bar", ["foo", "bar"]),
        ("conda install --yes --file requirements.txt", ["--file requirements.txt"]),
    ],
)
def test_conda(command, requirements):
    assert list(installs(command)) == [("conda", tuple(requirements))]


@pytest.mark.parametrize(
    "command",
    [
        "pip list",
        "pip install",
        "pip",
        "echo pip install foo",
        "uv venv",
        "ls",
        "",
        "apt-get install -y graphviz",
        "# pip install a",
    ],
)
def test_nothing_is_installed(command):
    assert list(installs(command)) == []


def test_several_commands_on_a_line():
    assert list(installs("cd a && pip install b; conda install c | tee log")) == [("pip", ("b",)), ("conda", ("c",))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("!pip install foo", [("foo", 1, True)]),
        ("x = 1\n%pip install -q foo", [("foo", 2, True)]),
        ("pip install foo", [("foo", 1, True)]),
        ("%conda install foo", [("foo", 1, True)]),
        ("%uv pip install foo", [("foo", 1, True)]),
        ("!!pip install foo", [("foo", 1, True)]),
        ("out = !pip install foo", [("foo", 1, True)]),
        ("%sx pip install foo", [("foo", 1, True)]),
        ("!pip install \\\n  foo\n!pip install bar", [("foo", 1, True), ("bar", 3, True)]),
        ("%%bash\ncd a\npip install foo\npip install bar", [("foo", 3, True), ("bar", 4, True)]),
        ("%%time\n!pip install foo", [("foo", 2, True)]),
        ("%%capture\n%pip install foo", [("foo", 2, True)]),
        ("if colab:\n    !pip install foo", [("foo", 2, False)]),
        ("try:\n    import foo\nexcept ImportError:\n    %pip install foo", [("foo", 4, False)]),
        ("def f():\n    !pip install foo", [("foo", 2, False)]),
        ("%time !pip install foo", [("foo", 1, True)]),
        ("get_ipython().system('pip install foo')", [("foo", 1, True)]),
        ("%%writefile a.sh\npip install foo", []),
        ("'pip install foo'", []),
        ("# !pip install foo", []),
    ],
)
def test_installs_of_a_cell(source, expected):
    found = parse_cell(source).installs
    assert [(*each.requirements, each.line, each.sure) for each in found] == expected
