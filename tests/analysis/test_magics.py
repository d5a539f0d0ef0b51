"""Facts on magics: their schema, and what they say against a living IPython shell."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.magic_facts import magic_facts, parse
from jupyter_mlops.analysis.magics import expanded_names, split_options
from jupyter_mlops.analysis.names import cell_uses

SHELL = Path(__file__).parent / "living_shell.py"

CELLS = [
    "files = !ls",
    "files = %sx ls",
    "here = %pwd",
    "!echo x = 1",
    "!!echo",
    "%time x = 1",
    "%time x = 1; y = 2",
    "y = %time 1 + 1",
    "if True:\n    %time x = 1\n    !echo {x}",
    "for i in range(2):\n    rows = !echo $i",
    "%%time\nx = 1\ny = 2",
    "%%time\n%time x = 1",
    "%%capture\nx = 1",
    "%%capture out\nx = 1",
    "%%capture --no-stderr out\nx = 1",
    "%%capture out\n%%time\nx = 1",
    "%%capture out\n1;",
    "%prun -q x = 1",
    "%prun -q -l 5 x = 1",
    "%%prun -q x = 1\ny = 2",
    "%timeit -n1 -r1 x = 1",
    "%timeit -n1 -r1 global x; x = 1",
    "%timeit -n1 -r1 -v took 1",
    "%%timeit -n1 -r1 x = 1\ny = x",
    "took = %timeit -n1 -r1 -o 1",
    "%%bash\necho",
    "%%bash --out x\necho",
    "%%bash --out=x --err y\necho",
    "%%script bash --out x\necho",
    "%%sh --out x\necho",
    "%%python --out x\ny = 1",
    "%%sx --out x\necho",
    "%%!\necho",
    "%sc x = echo",
    "%sc -l x=echo",
    "%macro m 1-2",
    "%macro m",
    "%xdel there",
    "%store there",
    "%store -r",
    "%store -r there2",
    "%load_ext autoreload\n%autoreload 0\n%aimport textwrap, os.path as p, -json",
    "%env X=1",
    "%env",
    "%set_env X 1",
    "%matplotlib",
    "%config Application.log_level",
    "%load_ext autoreload",
    "%who",
    "%whos",
    "%cd .",
    "%pushd .",
    "%alias two echo",
    "%lsmagic",
    "%precision 3",
    "%xmode plain",
    "%%html\nx = 1",
    "%%javascript\nx = 1",
    "%%latex\nx",
    "%%markdown\nx",
    "%%writefile a.txt\nx = 1",
    "%%file b.txt\nx = 1",
    "%history",
    "there?",
    "?there",
    "%pinfo there",
    "%psource json",
    # one line may leave out the percent sign
    "time x = 1",
    "pwd",
    "cd .",
    "env X=1",
    "xdel there",
    "macro m 1-2",
    "store there",
    # code that binds, with and without magics in the same cell
    "x = 1 \\\n  + 2\n!echo \\\n  a\ny = 1",
    "x = '!echo'\ny = '''\n%time z = 1\n'''",
    "def f():\n    %time x = 1\n    files = !ls\n    return files\nf()",
    "class A:\n    %time x = 1\nA.x",
    "class A:\n    files = !ls\n",
]

TEXTS = [
    *("echo $a", "echo {a}", "echo $a.real {a.real} {a[0]}", "echo {a + b}", "echo {a:>3}", "echo ${a}", "$a$b"),
    *(
        "echo $$a {a}",
        "echo '$a' $b",
        "awk '{print $1}'",
        "awk '{print a}'",
        "echo {a} {",
        "echo $1 $_ $HOME",
        "echo {}",
    ),
    *(
        "echo {[b for b in [a]]}",
        'echo "$a"',
        "echo {a!r}",
        "echo {a[1:]}",
        "echo $a. b",
        "echo {{a}} $b",
        "echo $a-$b",
    ),
]


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """What a shell answered: the names that each cell bound and deleted, what it expanded in each text, its magics."""
    folder = tmp_path_factory.mktemp("shell")
    answer = subprocess.run(
        [sys.executable, SHELL],
        input=json.dumps({"cells": CELLS, "texts": TEXTS}),
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={**os.environ, "IPYTHONDIR": str(folder), "HOME": str(folder)},
    )
    return json.loads(answer.stdout.splitlines()[-1])


@pytest.mark.parametrize("source", CELLS)
def test_names_are_those_that_a_shell_binds_and_deletes(shell, source):
    uses = [use for _, part in cell_uses(parse_cell(source)) for use in part]
    bound = {use.name for use in uses if use.kind == "bind"}
    if source == "%store -r there2":
        bound.remove("there2")  # nobody has stored it
    assert shell["cells"][source] == {
        "bound": sorted(bound),
        "deleted": sorted({use.name for use in uses if use.kind == "delete"}),
    }


@pytest.mark.parametrize("text", TEXTS)
def test_names_in_a_shell_line_are_those_that_a_shell_expands(shell, text):
    assert sorted({"a", "b"} & set(expanded_names(text))) == shell["texts"][text]


def test_every_magic_of_the_shell_is_known(shell):
    known = magic_facts().magics
    assert sorted(set(shell["magics"]["line"]) - {name for name, fact in known.items() if fact.line}) == []
    assert sorted(set(shell["magics"]["cell"]) - set(known)) == []
    # and no cell magic is taken for a line magic
    assert sorted({name for name, fact in known.items() if not fact.line} & set(shell["magics"]["line"])) == []


@pytest.mark.parametrize(
    ("line", "allowed", "options", "rest"),
    [
        ("f()", "", [], "f()"),
        ("-n3 -q f(-x)", "n:q", [("n", "3"), ("q", "")], "f(-x)"),
        ("-n 3 -qr2 f()", "n:qr:", [("n", "3"), ("q", ""), ("r", "2")], "f()"),
        ("-v took f()", "v:", [("v", "took")], "f()"),
        ("--no-raise-error x = 1", "", [], "x = 1"),
        ("- x", "", [], "- x"),
        ("-o", "o", [("o", "")], ""),
    ],
)
def test_options_before_code(line, allowed, options, rest):
    assert split_options(line, allowed) == (options, rest)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[magic]]\nnames = ["a"]\nrun = "python"', "unknown key 'run'; known are names, runs"),
        ('[[magic]]\nnames = ["a"]\nruns = "pyton"', "wanted: nothing, shell, python"),
        ('[[magic]]\nnames = ["a"]\nline = "no"', "line is 'no'; wanted: bool"),
        ('[[magic]]\nnames = "a"', "a list of texts is wanted, not 'a'"),
        ('[[magic]]\nruns = "python"', "names of [[magic]] 1"),
        ('[[magic]]\nnames = ["a"]\n[[magic]]\nnames = ["a"]', "[[magic]] 2: 'a' has an entry already"),
        ("[magics]", "unknown key 'magics'"),
        ('[shell]\nharmles = ["a"]', "unknown key 'harmles'"),
        ("[installers]\npip = [1]", "installers.pip"),
        ("names = ", "Invalid value"),
    ],
)
def test_a_file_of_facts_is_held_to_its_schema(text, words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse(text)
    assert words in str(caught.value)


def test_what_nobody_knows_may_do_anything():
    assert magic_facts().of("cython").runs == "anything"
