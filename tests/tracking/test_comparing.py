"""Executions and clean runs held against each other, and the cells that made a result."""

from __future__ import annotations

import pytest

from jupyter_mlops.errors import StoreError
from jupyter_mlops.kernel.record import Captured, MetricRow, ParameterRow, Trace
from jupyter_mlops.tracking.comparing import compare
from jupyter_mlops.tracking.indexing import index_runs
from jupyter_mlops.tracking.lineage import sources_of
from jupyter_mlops.tracking.reading import Selection, list_runs


def cell(name, text, reads=(), writes=(), **fields):
    """A cell whose names have the fingerprints that they are given, as in `X=1`, read or written."""
    trace = Trace(
        reads={each.partition("=")[0]: each.partition("=")[1] + each.partition("=")[2] or None for each in reads},
        writes={each.partition("=")[0]: "=" + each.partition("=")[2] for each in writes},
        draws=fields.pop("draws", None),
    )
    return {"cell": name, "text": text, "trace": trace, **fields}


def score(value):
    return Captured([], [MetricRow("auc", value, repr(value), "float", "score")])


@pytest.fixture
def session(record_session):
    """Two scores of a model: of C = 1, then of C = 2 and another plot."""
    return record_session(
        cell("a", "X = load()", writes=["X=x"]),
        cell("b", "C = 1", writes=["C=1"]),
        cell("c", "model = fit(X, C)", reads=["X=x", "C=1"], writes=["model=m1"]),
        cell("p", "plot(X)", reads=["X=x"]),
        cell("d", "auc = score(model)", reads=["model=m1", "score"], writes=["auc=.8"], captured=score(0.8)),
        cell("b", "# more\nC = 2", writes=["C=2"]),
        cell("p", "plot(X, X)", reads=["X=x"]),
        cell("c", "model = fit(X, C)", reads=["X=x", "C=2"], writes=["model=m2"]),
        cell("d", "auc = score(model)", reads=["model=m2", "score"], writes=["auc=.9"], captured=score(0.9)),
    )


def changes(comparison):
    return {each.cell: each.diffs[1:] for each in comparison.cells}


def test_which_cell_version_changed(store, session):
    found = compare(store, ["5", "9"])
    assert found.cells_from == ["traces", "traces"]
    assert changes(found) == {"b": [["@@ -1 +1,2 @@", "-C = 1", "+# more", "+C = 2"]]}
    assert [(each.name, [value.text for value in each.values]) for each in found.metrics] == [("auc", ["0.8", "0.9"])]
    assert (found.parameters, found.environment) == ([], [])
    assert (found.equal.cells, found.equal.metrics) == (3, 0)
    everything = compare(store, ["5", "9"], everything=True)
    assert [each.cell for each in everything.cells] == ["a", "b", "c", "d"]
    assert "Python" in {each.name for each in everything.environment}
    assert found.metrics[0].better == "higher"


def test_without_traces_all_cells_above_count(store, record_session):
    record_session(
        {"cell": "a", "text": "x = 1"},
        {"cell": "b", "text": "y"},
        {"cell": "a", "text": "x = 2"},
        {"cell": "b", "text": "y"},
    )
    found = compare(store, ["2", "4"])
    assert found.cells_from == ["order", "order"]
    assert changes(found) == {"a": [["@@ -1 +1 @@", "-x = 1", "+x = 2"]]}


def test_cells_that_had_no_part_in_the_other(store, record_session):
    record_session(
        cell("a", "x = 1", writes=["x=1"]),
        cell("b", "x", reads=["x=1"]),
        cell("c", "y = 1", writes=["y=1"]),
        cell("b", "x + y", reads=["x=1", "y=1"]),
    )
    found = compare(store, ["2", "4"])
    assert [(each.cell, [digest is None for digest in each.hashes]) for each in found.cells] == [
        ("b", [False, False]),
        ("c", [True, False]),
    ]


def made(store, number):
    from jupyter_mlops.tracking.access import reading

    [item] = [item for item in list_runs(store, Selection()).items if item.id == number]
    with reading(store) as connection:
        return [source.cell for source in sources_of(connection, item)[1]]


def test_the_writer_of_the_value_that_was_read_is_found(store, record_session):
    record_session(
        cell("a", "x = 1", writes=["x=1"]),
        cell("b", "x = 2", writes=["x=2"]),
        # something that nobody recorded put the first value back
        cell("c", "x", reads=["x=1"]),
        cell("d", "x", reads=["x=3"]),
        cell("e", "random()", reads=["<random>=9"], writes=["<random>=8"]),
        cell("f", "fit()", reads=["<random>=8", "absent"], draws={"<random>": "nothing"}),
        cell("g", "fit()", reads=["<random>=8"], draws={"<random>": "decides"}),
    )
    assert made(store, 3) == ["a", "c"]
    assert made(store, 4) == ["b", "d"]
    assert made(store, 6) == ["f"]
    assert made(store, 7) == ["e", "g"]


def test_clean_runs(store, record_session, run_record):
    names = ["20260301T100000000000-aa", "20260302T100000000000-bb", "20260303T100000000000-cc"]
    for run, code in zip(names, ["C = 1", "C = 2"], strict=False):
        parameter = ParameterRow("C", "int", code[-1], float(code[-1]), "cell")
        record_session(
            {"cell": "a", "text": code}, {"cell": "b", "text": "fit(C)", "captured": Captured([parameter])}, run=run
        )
    index_runs(store, [run_record(name, parameters={}) for name in names])
    found = compare(store, ["20260301", "20260302", "20260303"])
    assert found.cells_from == ["run", "run", "nothing"]
    assert [each.cell for each in found.cells] == ["a"]
    assert [value and value.text for value in found.parameters[0].values] == ["1", "2", None]
    assert found.environment == []


def test_environments(store, record_session):
    record_session({"text": "x"}, python="3.11.1", modules='{"pandas": "2"}', git_dirty=False)
    record_session({"text": "x"}, python="3.12.1", distributions='{"pandas": "3"}', git_dirty=True)
    found = {each.name: each.values for each in compare(store, ["1", "2"]).environment}
    assert found == {
        "Python": ["3.11.1", "3.12.1"],
        "pandas": ["2", "3"],
        "uncommitted changes": ["no", "yes"],
    }


def test_cells_without_an_id_are_told_by_their_source(store, record_session):
    record_session({"text": "x = 1"}, {"text": "x = 1"}, {"text": "y"})
    found = compare(store, ["1", "3"])
    assert [(each.cell, each.begins) for each in found.cells] == [(None, "y")]


def test_what_is_not_there(store, record_session):
    with pytest.raises(StoreError, match="no execution or run 1"):
        compare(store, ["1", "2"])
    record_session({"text": "x"})
    with pytest.raises(StoreError, match="no execution or run 2"):
        compare(store, ["1", "2"])
