"""Looks at a value that did not change are equal, whatever was done with it meanwhile."""

from __future__ import annotations

import copy
import time

from jupyter_mlops.kernel.values.looking import Limit, look

LIMIT = Limit(1_000_000, 10_000)


def digest(value):
    return look(value, LIMIT, time.time()).whole


def test_a_class_is_the_same_after_an_object_of_it_was_copied():
    class Job:
        rate = 12

    Job.__module__ = "__main__"
    job = Job()
    before = digest(Job), digest(job)
    copy.copy(job)
    assert "__slotnames__" in vars(Job)
    assert (digest(Job), digest(job)) == before
