"""Code objects of lambdas lead back to the text that they came from."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.analysis.lambdas import node_of


def lambda_codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code objects of all lambdas in another, nested ones too."""
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            if each.co_name == "<lambda>":
                yield each
            yield from lambda_codes(each)


def parameters_found(text: str) -> list[tuple[str, str]]:
    """For each lambda the name of its first parameter, by its code and by the node that was found for it."""
    tree = ast.parse(text)
    found: list[tuple[str, str]] = []
    for code in lambda_codes(compile(text, "<cell>", "exec")):
        node = node_of(code, tree)
        assert node is not None
        found.append((code.co_varnames[0], node.args.args[0].arg))
    return found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a = lambda p: p", "p"),
        ("a = [lambda p: 1, lambda q: None, lambda r: ()]", "pqr"),
        ("a = lambda p: lambda q: q", "pq"),
        ("a = lambda p: (p, lambda q: p, lambda r: 1)", "pqr"),
        ("a = [lambda p: (\n  p\n + 1), lambda q: (q,\n q)]; b = lambda r: r", "pqr"),
        ("é = 'é', lambda p: 'é' + p, lambda q: q", "pq"),
        ("def make(k):\n    return lambda p: p * k, [lambda q: i for i in k]", "pq"),
        ("class A:\n    f = lambda p: p; g = lambda q, *, d=lambda r: r: q", "pqr"),
        ("for i in range(3):\n    a = lambda p: f'{p}'", "p"),
    ],
)
def test_each_lambda_is_found(text: str, names: str) -> None:
    found = parameters_found(text)
    assert sorted(name for name, _ in found) == sorted(names)
    assert all(code == node for code, node in found)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    kinds = ["1", "x", "lambda"] + ["sum", "list", "call"] * (depth > 0)
    kind = draw(st.sampled_from(kinds))
    part = expressions(depth - 1)
    blank = draw(st.sampled_from(["", " ", "\n"]))
    if kind == "lambda":
        return f"(lambda PARAMETER: {draw(part) if depth > 0 else 'y'})"
    if kind == "sum":
        return f"({draw(part)} +{blank} {draw(part)})"
    if kind == "list":
        return f"[{blank}{draw(part)},{blank}{draw(part)}]"
    return f"f({draw(part)},{blank}{draw(part)})" if kind == "call" else kind


@given(expressions())
def test_any_nest_of_lambdas(text: str) -> None:
    count = text.count("PARAMETER")
    for number in range(count):
        text = text.replace("PARAMETER", f"p{number}", 1)
    found = parameters_found(f"made = {text}")
    assert sorted(name for name, _ in found) == sorted(f"p{number}" for number in range(count))
    assert all(code == node for code, node in found)


def test_without_columns_a_line_of_its_own_will_do() -> None:
    text = "a = lambda p: p\nb = [lambda q: q, lambda r: r]"
    first, *others = (code.replace(co_linetable=b"") for code in lambda_codes(compile(text, "<cell>", "exec")))
    tree = ast.parse(text)
    found = node_of(first, tree)
    assert found is not None
    assert found.args.args[0].arg == "p"
    assert [node_of(code, tree) for code in others] == [None, None]


def test_code_of_another_text_is_not_found() -> None:
    (code,) = lambda_codes(compile("\n\na = lambda p: p", "<cell>", "exec"))
    assert node_of(code, ast.parse("a = lambda p: p")) is None
