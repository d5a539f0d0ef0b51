"""Lambdas of cells get names, and functions that do the same stand for them."""

from __future__ import annotations

import pytest

from jupyter_mlops.exporting.lambdas import NamedLambda, named_lambdas, with_names
from jupyter_mlops.notebook import Cell


def named(*sources: str) -> list[NamedLambda]:
    return named_lambdas([Cell(f"c{i}", i, "code", each, frozenset()) for i, each in enumerate(sources, 1)])


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (["half = lambda x: x / 2"], "half"),
        (["half: object = lambda x: x / 2"], "half"),
        (["model = f(lambda x: x)"], "model_function"),
        (["model = f(lambda x: x, [lambda y: y])", "other = {'a': lambda: 1}"],
         "model_function model_function_2 other_function"),
        (["a, b = lambda x: x, 1"], "a_function"),
        (["rows.append(lambda x: x)"], "rows_function"),
        (["for i in range(3):\n    rows.append(lambda x: x)"], "rows_function"),
        (["if late:\n    a['x'] = lambda x: x\nelse:\n    b = lambda x: x"], "a_function b_function"),
        (["while f(lambda x: x):\n    a = 1"], "a_function"),
        (["def build():\n    return f(lambda x: x, k=lambda x, n=3: n)"], "build_function build_function_2"),
        (["print((lambda: 1)())"], "notebook_function"),
        (["_ = f(lambda x: x)"], "notebook_function"),
        # names that the notebook uses
        (["half = lambda x: x / 2\nhalf = lambda x: x"], "half_function half_function_2"),
        (["a = f(lambda x: x)", "def g():\n    a_function = 1"], "a_function_2"),
        (["a = f(lambda x: x)", "from shop import a_function"], "a_function_2"),
        # default values
        (["a = f(lambda x, k=RATE, *, d={'a': [-1]}: x)"], "a_function"),
        (["k = 1\nfor i in range(2):\n    a = f(lambda x, k=k: x)"], ""),
        (["for i in range(2):\n    a = f(lambda x: x + i)"], "a_function"),
        (["k = f(lambda x, k=k: x)"], ""),
        (["a = f(lambda x, k=next(rows): x)"], ""),
        (["a = f((n := 3), lambda x, k=n: x)"], ""),
        (["a = [lambda x, k=i: x for i in range(2)]"], ""),
        (["def f(k):\n    return lambda x, k=k: x"], ""),
        # of classes, of other lambdas, of two cells that are the same
        (["class A:\n    f = lambda x: x"], ""),
        (["a = f(lambda x: lambda y: y)"], "a_function"),
        (["a = f(lambda x: x)", "a = f(lambda x: x)\n"], ""),
        (["b = f()\n(", "a = f(lambda x: x)"], "a_function"),
    ],
)  # fmt: skip
def test_names(sources: list[str], names: str) -> None:
    assert [each.name for each in named(*sources)] == names.split()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("f = lambda: None", "def f():\n    return None"),
        ("f = lambda a, /, b=1, *c, d='x', **e: (a, b)", "def f(a, /, b=1, *c, d='x', **e):\n    return (a, b)"),
        ("f = lambda x: (\n    x  # it\n    + 1\n)  # so", "# so\ndef f(x):\n    return (x  # it\n    + 1)"),
        ("# it\nf = lambda x: {\n    'a': x,  # first\n}", "# it\ndef f(x):\n    return {\n    'a': x,  # first\n}"),
        ("f = lambda: (yield)", "def f():\n    return (yield)"),
        ("f = lambda x: (y := x) + y", "def f(x):\n    return (y := x) + y"),
        ("f = lambda x: f'{x!r:>{3}}' + \"a\"", "def f(x):\n    return f'{x!r:>{3}}' + \"a\""),
        ("é = 'é'; f = lambda x: 'é' + x", "def f(x):\n    return 'é' + x"),
    ],
)
def test_the_function_has_the_lambdas_text(source: str, text: str) -> None:
    (found,) = named(source)
    assert found.definition.text == text
    compile(text, "<test>", "exec")


def test_the_place_is_that_of_the_statement_and_of_the_lambda() -> None:
    (found,) = named("\n\nx = 1\na = [\n    1, lambda: x]")
    assert (found.definition.cell, found.definition.line) == (0, 4)
    assert found.definition.reads == {"x"}
    assert found.key == {"source": "x = 1\na = [\n    1, lambda: x]", "line": 3, "column": 7, "name": "a_function"}


@pytest.mark.parametrize(
    ("source", "wanted", "text"),
    [
        (
            "# it\na = [lambda x: x + 1, 'é', lambda x: 2]  # so",
            (0, 1),
            "# it\na = [a_function, 'é', a_function_2]  # so",
        ),
        ("a = ['é', lambda x: 2, (lambda x: (\n  x)), 3]", (1,), "a = ['é', lambda x: 2, (a_function_2), 3]"),
        ("def a(k):\n    # so\n    return [k, lambda: 3]", (0,), "def a(k):\n    # so\n    return [k, a_function]"),
        ("a = f(key=lambda x: x if x else 1, *[lambda: 2])", (0, 1), "a = f(key=a_function, *[a_function_2])"),
        ("a = 1 if b else lambda: 1", (0,), "a = 1 if b else a_function"),
        ("a = f('\\d', lambda: '\\d')", (0,), "a = f('\\d', a_function)"),
        ("a = f(lambda: 1" + " + 1" * 700 + ")", (0,), "a = f(a_function)"),
        ("b = f'{(lambda x: x)(3)}'", (0,), "b = f'{b_function(3)}'"),
    ],
)
def test_statements_with_names(source: str, wanted: tuple[int, ...], text: str) -> None:
    found = named(source)
    chosen = [found[i] for i in wanted]
    given, count = with_names(chosen[0].unit, chosen)
    assert count == len(chosen) + 1
    assert given.split("\n", 2 * len(chosen))[-1].replace("(b_function)", "b_function") == text
    compile(given, "<test>", "exec")
