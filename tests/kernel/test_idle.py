"""Work for the time when a kernel has nothing to do."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_mlops.kernel.idle import IdleWork


def steps(done, name, times=3):
    for number in range(times):
        done.append((name, number))
        yield


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.001)


def test_it_is_done_while_the_loop_runs():
    done = []

    async def kernel():
        idle = IdleWork(pytest.fail)
        idle.add(steps(done, "a"))
        idle.add(steps(done, "b", 1))
        assert done == []
        await until(lambda: len(done) == 4)

    asyncio.run(kernel())
    assert done == [("a", 0), ("a", 1), ("a", 2), ("b", 0)]


def test_a_cell_stops_it_and_what_was_true_only_before_is_given_up():
    done = []

    async def kernel():
        idle = IdleWork(pytest.fail)
        idle.add(steps(done, "value"), about_now=True)
        idle.add(steps(done, "file"))
        idle.pause()
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert done == []
        idle.resume()
        await until(lambda: len(done) == 3)

    asyncio.run(kernel())
    assert {name for name, _ in done} == {"file"}


def test_a_task_that_fails_ends_alone():
    faults, done = [], []

    def failing():
        yield
        raise ValueError("broken")

    idle = IdleWork(faults.append)
    idle.add(failing())
    idle.add(steps(done, "a"))
    idle.finish(60.0)
    assert [str(fault) for fault in faults] == ["broken"]
    assert len(done) == 3


def test_at_the_end_it_stops_when_the_time_is_over():
    done = []
    idle = IdleWork(pytest.fail)
    idle.add(steps(done, "a"))
    idle.finish(0.0)
    assert done == []
