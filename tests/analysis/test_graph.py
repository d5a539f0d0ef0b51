"""Which cell feeds which, and what a change makes out of date."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.graph import Edge, downstream, edges


def graph(*sources: str) -> list[Edge]:
    return edges([parse_cell(source) for source in sources])


def pairs(*sources: str) -> set[tuple[int, int, str]]:
    return {(edge.source, edge.target, edge.name) for edge in graph(*sources)}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["x = 1", "y = x", "z = y"], {(0, 1, "x"), (1, 2, "y")}),
        (["x = 1", "x = 2", "y = x"], {(1, 2, "x")}),
        (["x = 1", "if c():\n    x = 2", "y = x"], {(0, 2, "x"), (1, 2, "x")}),
        (["xs = []", "xs.append(1)", "len(xs)"], {(0, 1, "xs"), (0, 2, "xs"), (1, 2, "xs")}),
        (["xs = []", "ys = xs", "ys.append(1)", "len(xs)"], {(0, 1, "xs"), (1, 2, "ys"), (0, 3, "xs"), (2, 3, "xs")}),
        (["r = 2", "def f(x): return x * r", "y = f(1)"], {(0, 2, "r"), (1, 2, "f")}),
        (["def f(): return g()", "def g(): return r", "r = 1", "f()"], {(0, 3, "f"), (1, 3, "g"), (2, 3, "r")}),
        (["import random", "random.seed(0)", "x = random.random()"], {(0, 1, "random"), (0, 2, "random")}),
        (["x = 1", "[x for x in (1, 2)]"], set()),
        (["x = 1", "def f(x): return x", "f(2)"], {(1, 2, "f")}),
        (["x = 1", "del x", "x = 2", "y = x"], {(0, 1, "x"), (2, 3, "x")}),
    ],
)
def test_who_feeds_whom(cells, expected):
    found = pairs(*cells)
    assert expected <= found
    # beside what is expected only states out of sight, and what a `del` takes part in
    assert {edge for edge in found - expected if "." not in edge[2] and "del" not in cells[edge[0]]} == set()


def test_a_state_out_of_sight_is_an_edge():
    assert (1, 2, "random.python") in pairs("import random", "random.seed(0)", "x = random.random()")


def test_what_may_do_anything_is_not_certain():
    certain = {(edge.source, edge.target): edge.certain for edge in graph("from m import *", "x = 1", "y = gone + x")}
    assert certain[0, 2] is False
    assert certain[1, 2] is True


def test_downstream_follows_the_edges_and_leaves_the_changed_out():
    found = graph("a = 1", "b = a", "c = 3", "d = b + c", "e = c", "print(d)")
    assert downstream(found, [0]) == [1, 3, 5]
    assert downstream(found, [2]) == [3, 4, 5]
    assert downstream(found, [0, 3]) == [1, 5]
    assert downstream(found, []) == []


NAMES = ["a", "b", "c", "d"]


@st.composite
def notebooks(draw: st.DrawFn) -> list[str]:
    """Cells that bind, read and change lists, by plain names, aliases and functions; each runs."""
    cells = [f"{name} = [{position}]" for position, name in enumerate(NAMES)] + ["def f(x): return x + a"]
    for _ in range(draw(st.integers(1, 6))):
        one, other = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
        cells.append(
            draw(
                st.sampled_from(
                    [
                        f"{one} = {other}",
                        f"{one} = {other} + [1]",
                        f"{one}.append(len({other}))",
                        f"{one} += {other}[:2]",
                        f"{one} = f({other})",
                        f"if len({other}) > 2:\n    {one} = [9]",
                        f"for item in {other}[:2]:\n    {one} = [item]",
                        f"def f(x): return x + {one}",
                        f"{one}[0] = {other}[-1]",
                    ]
                )
            )
        )
    return cells


def values_after(cells: list[str]) -> list[dict[str, object]]:
    """The lists that each cell leaves under names."""
    namespace: dict[str, object] = {}
    seen = []
    for cell in cells:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(cell, namespace)  # noqa: S102
        seen.append({name: repr(namespace[name]) for name in NAMES if name in namespace})
    return seen


@settings(max_examples=150, deadline=None)
@given(notebooks(), st.integers(0, len(NAMES) - 1))
def test_a_change_shows_only_downstream(cells, changed):
    """Another list in one of the first cells: what a cell itself then binds differently is downstream of it."""
    before = values_after(cells)
    after = values_after([*cells[:changed], f"{NAMES[changed]} = [7, 7, 7]", *cells[changed + 1 :]])
    touched = set(downstream(graph(*cells), [changed])) | {changed}
    for position, cell in enumerate(cells):
        if position in touched:
            continue
        previous = (before[position - 1], after[position - 1]) if position else ({}, {})
        # what the cell did in either run: the names whose values it left other than it found them
        done = {
            name
            for now, then in zip((before[position], after[position]), previous, strict=True)
            for name, value in now.items()
            if then.get(name) != value
        }
        assert {name: before[position][name] for name in done} == {name: after[position][name] for name in done}, cell
