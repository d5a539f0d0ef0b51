"""The benchmark of large stores asks what it says, on a small one."""

from __future__ import annotations

from benchmarks import store


def test_a_small_store_answers(tmp_path):
    path = tmp_path / "store.sqlite"
    store.fill(path, 5000)
    taken = store.measure(path, 2)
    assert {len(seconds) for seconds in taken.values()} == {2}
    assert path.stat().st_size > 5000 * 100
