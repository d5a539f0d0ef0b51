"""Executions taken out of the store."""

from __future__ import annotations

import pytest

from jupyter_mlops.errors import StoreError
from jupyter_mlops.tracking.forgetting import Forgotten, forget
from jupyter_mlops.tracking.indexing import index_runs
from jupyter_mlops.tracking.reading import Selection, list_runs


@pytest.fixture
def filled(store, record_session, run_record):
    record_session({"text": "x", "cell": "a", "started": 100.0}, {"text": "y", "cell": "b", "started": 200.0})
    record_session({"text": "y", "cell": "b", "notebook": "b.ipynb", "started": 300.0})
    index_runs(store, [run_record("20260301T100000000000-aa")])
    return store


def left(store):
    return sorted(item.begins for item in list_runs(store, Selection()).items if hasattr(item, "begins"))


@pytest.mark.parametrize(
    ("wanted", "counts", "rest"),
    [
        (Forgotten(before=150.0), (1, 1, 0), ["y", "y"]),
        (Forgotten(cell="b"), (2, 1, 1), ["x"]),
        (Forgotten(notebook="b.ipynb"), (1, 0, 1), ["x", "y"]),
        (Forgotten(cell="b", before=250.0), (1, 0, 0), ["x", "y"]),
        (Forgotten(before=1e9), (3, 2, 2), []),
        (Forgotten(notebook="none.ipynb"), (0, 0, 0), ["x", "y", "y"]),
    ],
)
def test_what_goes(filled, wanted, counts, rest):
    for dry_run in (True, False):
        assert left(filled) == ["x", "y", "y"]
        result = forget(filled, wanted, dry_run=dry_run)
        assert (result.executions, result.sources, result.sessions) == counts
    assert left(filled) == rest
    assert len([item for item in list_runs(filled, Selection()).items if hasattr(item, "verdict")]) == 1


def test_what_is_forgotten_is_not_in_the_file(store, record_session):
    record_session({"text": "password = 'swordfish'", "cell": "a"}, {"text": "y", "cell": "b"})
    forget(store, Forgotten(cell="a"))
    assert all(b"swordfish" not in each.read_bytes() for each in store.parent.glob("store.sqlite*"))


def test_sessions_of_live_kernels_stay(store, record_session):
    record_session({"text": "x"}, ended=None)
    assert forget(store, Forgotten(before=1e10)).sessions == 0


def test_without_a_store(store):
    assert forget(store, Forgotten(before=1e10)).executions == 0
    assert not store.exists()
    store.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be written"):
        forget(store, Forgotten(before=1e10))
