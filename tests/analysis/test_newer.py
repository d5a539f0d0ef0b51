"""Syntax of newer Pythons is named with its version; ruff's parser knows the same versions."""

import json
import subprocess
import sys

import pytest

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.newer import newer_syntax

TYPES = {"type parameters": (3, 12), "`type` statements": (3, 12), "defaults of type parameters": (3, 13)}
NEWER = {
    "type X = int": ("`type` statements", 1),
    "x = 1\n\ntype X = int  # why": ("`type` statements", 3),
    "if a:\n    type X = (\n        int\n    )": ("`type` statements", 2),
    "x = 1; type X = int": ("`type` statements", 1),
    "type X[T] = list[T]": ("type parameters", 1),
    "def f[T](x: T) -> T: return x": ("type parameters", 1),
    "async def f[*Ts, **P](x): pass": ("type parameters", 1),
    "def f[\n    T: (int, str),  # why\n    S,\n](x): pass": ("type parameters", 1),
    "class Box[T: dict[str, int]]:\n    def f[S](self): pass": ("type parameters", 1),
    "@d\nclass Box[T](Base[T]): pass": ("type parameters", 2),
    "class Box[T = int]: pass": ("defaults of type parameters", 1),
    "class Box[T]: pass\nclass Rack[T = int]: pass": ("defaults of type parameters", 2),
    "try: a\nexcept A, B: pass": ("`except` clauses without parentheses", 2),
    "try: a\nexcept* m.A, B: pass": ("`except` clauses without parentheses", 2),
    "x = t'{a}'": ("template strings", 1),
    "print(rt'{a}')": ("template strings", 1),
    **dict.fromkeys(
        [
            "f'{x['a']}'",
            'f"{x["a"]} {y["b"]}"',
            "f'{'\\n'.join(x)}'",
            "f'{x[\"\\n\"]}'",
            "f'{x!r:>{y['a']}}'",
            "f'{f'{f'{x}'}'}'",
            "f'{\nx\n}'",
            "f'{x # why\n}'",
            "f'''{\nx  # why\n}'''",
            "f'{a['b']=}'",
            "f'{x['a'] != 1}'",
            "f'{(lambda x: {'a': 1})}'",
            "rf'{x['a']}' 'b'",
            "f'{{{x['a']}}}'",
            "print(f'{x['a']}', f'{y}')",
            "f'{x['}']}'",
        ],
        ("f-strings that nest their own quotes, backslashes, comments or lines", 1),
    ),
}
VERSIONS = {
    **TYPES,
    "`except` clauses without parentheses": (3, 14),
    "template strings": (3, 14),
    "f-strings that nest their own quotes, backslashes, comments or lines": (3, 12),
}


@pytest.mark.parametrize(("source", "expected"), NEWER.items())
def test_newer_syntax_is_named(source, expected):
    what, line = expected
    found = newer_syntax(source)
    if VERSIONS[what] <= sys.version_info[:2]:
        assert found is None
        assert parse_cell(source).fault is None
    else:
        assert found is not None
        assert (found.what, found.version, found.line) == (what, VERSIONS[what], line)
        fault = parse_cell(source).fault
        assert fault is not None
        assert fault.newer == found


@pytest.fixture(scope="module")
def ruff(tmp_path_factory):
    """For each source the oldest Python that ruff's parser lets it pass for."""
    folder = tmp_path_factory.mktemp("sources")
    oldest: dict[str, tuple[int, int]] = {}
    for number, source in enumerate(NEWER):
        (folder / f"s{number}.py").write_text(source, encoding="utf-8")
    for minor in (14, 13, 12, 11):
        answer = subprocess.run(
            [
                *(sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F632"),
                *("--target-version", f"py3{minor}", "--output-format", "json", folder),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        refused = {
            each["filename"].rpartition("/")[2]
            for each in json.loads(answer.stdout)
            if not each["code"] or each["code"] == "invalid-syntax"
        }
        for number, source in enumerate(NEWER):
            if f"s{number}.py" not in refused:
                oldest[source] = (3, minor)
    return oldest


@pytest.mark.parametrize("source", NEWER)
def test_the_version_is_the_one_that_ruff_knows(ruff, source):
    assert ruff[source] == VERSIONS[NEWER[source][0]]


@pytest.mark.parametrize(
    "source",
    [
        *("type X = = int", "type X", "type = 1\nx = (", "type(x) = 1", "print type X = int"),
        *("def f[](x): pass", "def f[1](x): pass", "def f[T](x) pass", "def f[T(x): pass", "class A[T] pass"),
        *("f'{x['a'}'", "f'{}'", "f'{x['a']}", "f'{x y['a']}'", "f'{x['a']}' = 1", "f'{!r}'", "f'{"),
        *("except A, B: pass", "try: a\nexcept A, : b b", "t 'a'", "x = tt'a'", "x = (", "", "x = 1"),
        *("type X = int\nx = (", "def f[T](x): pass\nb = = 2"),
    ],
)
def test_what_no_python_parses_is_not_newer(source):
    assert newer_syntax(source) is None
