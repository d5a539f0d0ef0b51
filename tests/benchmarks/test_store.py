"""The benchmark of the store: what it makes is what it asks for."""

from __future__ import annotations

import random

import pytest

from benchmarks.store import fill, line, measure, questions
from jupyter_mlops.tracking.reading import list_runs
from jupyter_mlops.tracking.selecting import Selection


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "store.sqlite"
    fill(path, 2_000)
    return path


def test_executions_and_clean_runs_are_there(store):
    items = list_runs(store, Selection(limit=None)).items
    runs = [item for item in items if hasattr(item, "verdict")]
    executions = [item for item in items if not hasattr(item, "verdict")]
    assert len(executions) + sum(run.recorded for run in runs) == 2_000
    assert all(item.metrics for item in executions if item.role == "evaluate")


@pytest.mark.parametrize("name", questions())
def test_each_question_has_answers(store, name):
    question = questions()[name]
    answers = [list_runs(store, question(random.Random(seed))).items for seed in range(10)]
    assert any(answers)
    assert all(len(items) <= 100 for items in answers)


def test_results_are_those_of_all_rows(store):
    everything = [item for item in list_runs(store, Selection(limit=None)).items if "auc" in item.metrics]
    values = {item.id: item.metrics["auc"].value for item in everything}
    found = list_runs(store, Selection(limit=100, where="auc > 0.9")).items
    assert [item.id for item in found] == [key for key, value in values.items() if value > 0.9][:100]
    best = list_runs(store, Selection(limit=100, sort="-auc")).items
    assert [item.id for item in best] == sorted(values, key=lambda key: -values[key])[:100]


def test_measures_each_question(store):
    taken = measure(store, 2)
    assert {name: len(seconds) for name, seconds in taken.items()} == dict.fromkeys(questions(), 2)
    assert "p95" in line("x", taken["newest 100"])
