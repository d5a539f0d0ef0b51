"""The histories' own parts: what is made up, how sources are edited, what is true of a cell, how flags are counted."""

from __future__ import annotations

import ast
import importlib.util
from dataclasses import replace
from random import Random
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_output

from benchmarks.histories import edits
from benchmarks.histories.kinds import CHANGES, KINDS, Notebook, steps_of
from benchmarks.histories.made_up import blocks, kinds_with_blocks, made_up
from benchmarks.histories.replay import IN_KERNEL, place, replayed
from benchmarks.histories.report import document
from benchmarks.histories.results import Ran
from benchmarks.histories.scoring import ALL, CERTAIN, Scored, false_alarms, misses, tally
from benchmarks.histories.steps import Cell, Delete, Edit, History, Insert, Move, Run, RunAll, last_document
from benchmarks.histories.truth import truths
from benchmarks.live import Shown


def test_a_history_is_the_same_each_time_and_ends_in_a_document():
    for kind in KINDS:
        one = made_up(kind, 3)
        assert one == made_up(kind, 3)
        assert one != replace(made_up(kind, 4), name=one.name)
        ids = [cell.id for cell in last_document(one)]
        assert len(ids) == len(set(ids)) >= 4
    assert kinds_with_blocks() == list(CHANGES)


def test_every_block_marks_what_its_kind_needs():
    for block in blocks().values():
        assert all(edits.parsed(cell) for cell in block.cells), block.name
        kind = block.name.partition("_")[0]
        assert (block.marked is not None) == (kind in CHANGES or block.draws), block.name


def test_steps_change_the_document():
    cells = (Cell("a", "x = 1"), Cell("b", "x"), Cell("c", "x + 1"))
    steps = (RunAll(), Edit("a", "x = 2"), Move("c", 0), Insert(1, Cell("d", "")), Delete("b"), Run("a"))
    assert last_document(History("h", "edited", cells, steps)) == [
        Cell("c", "x + 1"),
        Cell("d", ""),
        Cell("a", "x = 2"),
    ]


def test_steps_of_every_kind_fit_any_notebook():
    for kind in KINDS:
        for seed in range(20):
            cells = (Cell("a", "%matplotlib inline"), Cell("b", "values = [3, 4]"), Cell("c", "values.sort()"))
            steps = steps_of(kind, Notebook(cells, "c"), Random(seed))
            last_document(History("h", kind, cells, tuple(steps)))


@pytest.mark.parametrize(
    ("source", "possible"),
    [
        ("x = 3", {"x = 4"}),
        ("f(0.1)", {"f(0.15)"}),
        ("names = ['ä', 'b']", {"names = ['ää', 'b']", "names = ['ä', 'bb']"}),
        ("frame['price'].mean()", {None}),
        ("fit(random_state=0)", {None}),
        ("%time x = 1", {None}),
        ("on = True", {"on = False"}),
    ],
)
def test_another_value(source, possible):
    assert {edits.another_value(source, Random(seed)) for seed in range(20)} <= possible


def test_looks_are_other_text_and_the_same_code():
    source = "x = f(a, 'b, c')\nif x:\n    y = [1, 2]"
    seen = {edits.looks(source, Random(seed)) for seed in range(30)}
    assert len(seen) > 2
    for text in seen:
        assert text != source
        assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(source))


def test_with_name_leaves_attributes_and_words_of_calls():
    source = "total = f(total=total, other=a.total)['total']"
    assert edits.with_name(source, "total", "sum_") == "sum_ = f(total=sum_, other=a.total)['total']"


def ran(source, shown="", before=None, after=None, status="ok"):
    outputs = [new_output("stream", name="stdout", text=shown)] if shown else []
    return Ran(source, Shown(status, outputs), before or {}, after or {})


def named(document, live, *fresh, chanceless=()):
    two = fresh if len(fresh) == 2 else (fresh[0], fresh[0])
    return {cell: truth.name for cell, truth in truths(document, live, two, chanceless).items()}


def test_the_truth_of_an_edited_cell_and_of_those_below():
    document = [Cell("a", "x = 2"), Cell("b", "print(x)"), Cell("c", "print(x > 0)"), Cell("d", "print('end')")]
    live = {
        "a": ran("x = 1", after={"x": "1"}),
        "b": ran("print(x)", "1", {"x": "1"}, {"x": "1"}),
        "c": ran("print(x > 0)", "True", {"x": "1"}, {"x": "1"}),
        "d": ran("print('end')", "end", {"x": "1"}, {"x": "1"}),
    }
    fresh = {
        "a": ran("x = 2", after={"x": "2"}),
        "b": ran("print(x)", "2", {"x": "2"}, {"x": "2"}),
        "c": ran("print(x > 0)", "True", {"x": "2"}, {"x": "2"}),
        "d": ran("print('end')", "end", {"x": "2"}, {"x": "2"}),
    }
    assert named(document, live, fresh) == {"a": "differs", "b": "differs", "c": "other-input", "d": "equal"}


def test_an_edit_that_changes_nothing_is_defensible_below_too_and_a_comment_is_no_edit():
    document = [Cell("a", "x = 2 - 1"), Cell("b", "print(x)  # now"), Cell("c", "y = 1")]
    values = {"x": "1"}
    both = {
        "a": ran("x = 1", after=values),
        "b": ran("print(x)", "1", values, values),
        "c": ran("y = 1", "", values, {**values, "y": "1"}),
    }
    assert named(document, both, both) == {"a": "edited", "b": "hangs", "c": "equal"}


def test_below_a_cell_that_differs_all_is_in_doubt():
    document = [Cell("a", "n = f(box)"), Cell("b", "print(n)")]
    live = {
        "a": ran("n = f(box)", "2", {"box": "[1, 1]"}, {"box": "[1, 1]", "n": "1"}),
        "b": ran("print(n)", "1", {"n": "1"}, {"n": "1"}),
    }
    fresh = {**live, "a": ran("n = f(box)", "1", {"box": "[1]"}, {"box": "[1]", "n": "1"})}
    assert named(document, live, fresh) == {"a": "differs", "b": "below"}


def test_what_changed_in_place_is_a_result_and_a_name_from_elsewhere_is_none():
    document = [Cell("a", "box.append(1)")]
    before, once, twice = {"box": "[]"}, {"box": "[1]"}, {"box": "[1, 1]"}
    assert named(document, {"a": ran("box.append(1)", "", once, twice)}, {"a": ran("", "", before, once)}) == {
        "a": "differs"
    }
    live = {"a": ran("box.append(1)", "", {**before, "alias": "[]"}, {**once, "alias": "[1]"})}
    assert named(document, live, {"a": ran("", "", before, once)}) == {"a": "equal"}


def test_what_varies_between_two_fresh_runs_is_told_apart():
    document = [
        Cell("a", "x = draw()"),
        Cell("b", "print(x)"),
        Cell("c", "print(len(x))"),
        Cell("d", "x = 1; print(x)"),
    ]

    def run(digest):
        values = {"x": digest}
        return {
            "a": ran("x = draw()", "", {}, values),
            "b": ran("print(x)", digest, values, values),
            "c": ran("print(len(x))", "1", values, values),
            "d": ran("x = 1; print(x)", "1", values, {"x": "one"}),
        }

    three = run("u"), run("v"), run("w")
    assert named(document, *three) == {"a": "varies", "b": "varies", "c": "chance", "d": "equal"}
    assert named(document, *three, chanceless=[run("x"), run("x")])["a"] == "varies"
    assert named(document, *three, chanceless=[run("x"), run("y")])["a"] == "clock"


def test_a_cell_that_fails_binds_nothing_and_one_that_never_ran_may_change_what_it_touches():
    document = [Cell("a", "n = f()"), Cell("b", "if 0:\n    rows.append(1)"), Cell("c", "print(rows)")]
    values = {"rows": "[]"}
    live = {
        "a": ran("n = f()", "", {**values, "n": "1"}, {**values, "n": "1"}, "error"),
        "c": ran("print(rows)", "[]", values, values),
    }
    fresh = {
        "a": ran("n = f()", "", values, values, "error"),
        "b": ran("if 0:\n    rows.append(1)", "", values, values),
        "c": ran("print(rows)", "[]", values, values),
    }
    assert named(document, live, fresh) == {"a": "equal", "b": "left-out", "c": "hangs"}


def test_cells_without_anything_to_compare_are_left_out():
    document = [Cell("a", "g = make()"), Cell("b", "never = 1"), Cell("c", "")]
    opaque = {"a": ran("g = make()", "", {}, {"g": None}), "b": ran("never = 1", "", {}, {"never": "1"})}
    assert named(document, {"a": opaque["a"]}, opaque) == {"a": "left-out", "b": "left-out"}


def cell(truth, *words, kind="edited", history="h"):
    return Scored(history, kind, "a", "x = 1", truth, "", words)


def test_what_is_counted():
    cells = [
        cell("differs", "stale"),
        cell("differs", "fresh"),
        cell("differs", "not-repeatable"),
        cell("varies", "not-repeatable"),
        cell("varies", "fresh"),
        cell("hangs", "stale"),
        cell("hangs", "not-repeatable"),
        cell("chance", "not-repeatable"),
        cell("equal", "hidden-state"),
        cell("equal", "fresh"),
        cell("left-out", "stale"),
    ]
    certain, everything = tally(cells, CERTAIN), tally(cells, ALL)
    assert (certain.needed, certain.found, certain.flagged, certain.defensible, certain.false) == (3, 1, 3, 1, 1)
    assert (everything.needed, everything.found, everything.flagged) == (5, 3, 7)
    assert (everything.defensible, everything.false) == (2, 2)
    assert certain.precision == pytest.approx(2 / 3)
    assert [each.words for each in misses(cells, CERTAIN)] == [("fresh",), ("not-repeatable",)]
    assert [each.words for each in false_alarms(cells, ALL)] == [("not-repeatable",), ("hidden-state",)]
    assert tally([], ALL).recall is None


def test_flags_on_clean_histories_are_counted_where_nothing_varies():
    cells = [
        cell("equal", "stale", kind="clean", history="one"),
        cell("varies", "not-repeatable", kind="clean", history="two"),
        cell("equal", "fresh", history="three"),
    ]
    kept = document(cells)
    assert (kept["clean_histories"], kept["flags_on_clean_histories"]) == (2, 1)
    assert (kept["histories_with_nothing_to_say"], kept["of_these_flagged"]) == (2, 1)


def probe():
    spec = importlib.util.spec_from_file_location("histories_probe", IN_KERNEL / "histories_probe.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_digests_are_equal_where_values_are():
    np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    digest = probe().digest
    shared = [1]
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert digest([shared, shared]) == digest([[1], [1]])
    assert digest({3, 1, 2}) == digest({2, 3, 1})
    assert digest(0.1 + 0.2) == digest(0.3)
    assert digest(np.array([0.1 + 0.2])) == digest(np.array([0.3]))
    assert digest(frame) == digest(frame.copy())
    different = [1, True, 1.0, "1", None, [1], (1,), {1: 2}, {2: 1}, np.arange(3), np.arange(3.0), frame, frame[["a"]]]
    assert len({digest(each) for each in different}) == len(different)
    assert digest(each for each in "ab") is None


def test_digests_see_into_objects_generators_and_loops():
    np = pytest.importorskip("numpy")
    digest = probe().digest
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    assert digest(one) == digest(other)
    one.random()
    assert digest(one) != digest(other)
    assert digest(SimpleNamespace(a=[1])) != digest(SimpleNamespace(a=[2]))
    loop: list[object] = [1]
    loop.append(loop)
    assert digest(loop) is not None


@pytest.mark.slow
def test_a_history_really_happens():
    cells = (
        Cell("a", "def f(x, box=[]):\n    box.append(x)\n    return len(box)"),
        Cell("b", "f(1)"),
        Cell("c", "f(2)"),
    )
    history = History("h", "default", cells, (RunAll(), Run("b"), Delete("c"), Insert(2, Cell("d", "1 / 0"))))
    with place() as where:
        found = replayed(history, where)
        assert (where.root / ".jupyter_mlops" / "store.sqlite").is_file()
    assert [found.live[each].shown.outputs[0]["data"]["text/plain"] for each in ("b", "c")] == ["3", "2"]
    assert {each: truth.name for each, truth in truths(found.document, found.live, found.fresh).items()} == {
        "a": "equal",
        "b": "differs",
        "d": "left-out",
    }
