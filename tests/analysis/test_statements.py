"""Statements cut out of cells with their comments, and expressions that give the same value anywhere."""

import ast

import pytest

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.statements import is_constant_expression, units


def texts(source):
    return [unit.text for unit in units([parse_cell(source)])]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1  # one", ["x = 1  # one"]),
        ("# above\n# both\nx = 1\ny = 2", ["# above\n# both\nx = 1", "y = 2"]),
        ("# far\n\nx = 1", ["x = 1"]),
        ("x = 1  # one\n# two\ny = 2", ["x = 1  # one", "# two\ny = 2"]),
        ("x = 3; print(x)", ["x = 3", "print(x)"]),
        ("x = [\n  1,\n]; y = 2", ["x = [\n  1,\n]", "y = 2"]),
        (
            "# c\n@d\n@e(1)\ndef f():\n    # inside\n    return 1",
            ["# c\n@d\n@e(1)\ndef f():\n    # inside\n    return 1"],
        ),
        ("@d  # why\nclass A: pass", ["@d  # why\nclass A: pass"]),
        ("\n\nx = 1", ["x = 1"]),
        ("%%time\nx = 1  # one", ["x = 1  # one"]),
        ("%time x = f()", ["x = f()"]),
        ("%time x = f(); y = 2", ["x = f()", "y = 2"]),
        ('x = """a  \nb\t\n"""  ', ['x = """a  \nb\t\n"""']),
        ("x = '\x0c \u2028'\ny = 2", ["x = '\x0c \u2028'", "y = 2"]),
        ("ä = 'ö'; y = 2", ["ä = 'ö'", "y = 2"]),
        ("x = (", []),
    ],
)
def test_units_keep_their_text(source, expected):
    assert texts(source) == expected


def test_units_know_their_place():
    found = units([parse_cell("x = 1"), parse_cell("\n@d\ndef f():\n    return x")])
    assert [(unit.cell, unit.line) for unit in found] == [(0, 1), (1, 2)]
    assert found[1].binds == {"f"}
    assert found[1].reads == {"d", "x"}


@pytest.mark.parametrize(
    "expression",
    [
        "1",
        "-1.5",
        "'a'",
        "None",
        "[1, 'a', (2, {3})]",
        "{'a': [1], **{}}",
        "60 * 60",
        "KNOWN",
        "KNOWN + 1",
        "[*KNOWN, 1]",
        "KNOWN['a'][1:2]",
        "f'{KNOWN:>3}'",
        "1 if KNOWN else 2",
        "not KNOWN and 1 < 2",
        "re.compile('a+')",
        "frozenset(KNOWN)",
        "'a b'.split()",
        "sorted(set(KNOWN), reverse=True)",
        "math.pi * 2",
        "re.compile('a', re.IGNORECASE)",
        "Path('a') / 'b'",
    ],
)
def test_constant(expression):
    assert is_constant_expression(ast.parse(expression, mode="eval").body, frozenset({"KNOWN", "re", "math"}))


@pytest.mark.parametrize(
    "expression",
    [
        "other",
        "other + 1",
        "[1, other]",
        "f()",
        "len(other)",
        "open('a').read()",
        "Path('a').read_text()",
        "datetime.now()",
        "random.random()",
        "frame.mean()",
        "os.environ['HOME']",
        "os.environ.copy()",
        "sys.argv",
        "[x for x in KNOWN]",
        "lambda: 1",
        "(x := 1)",
        "f'{other}'",
        "sorted(KNOWN, key=other)",
        "await f()",
    ],
)
def test_not_constant(expression):
    known = frozenset({"KNOWN", "os", "sys", "random", "datetime"})
    assert not is_constant_expression(ast.parse(expression, mode="eval").body, known)
