"""What stands for a value: equal for equal values, another for others, whatever the process and the limit."""

from __future__ import annotations

import collections
import copy
import datetime
import enum
import functools
import io
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import time
import types

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_mlops.kernel.values.digests import NoDigestError, finished
from jupyter_mlops.kernel.values.looking import Known, Limit, look, steps_of

AMPLE = Limit(100_000_000, 1_000_000)
SCARCE = Limit(10_000, 1000)
ROWS = np.random.RandomState(0).rand(60, 3)
LABELS = (ROWS[:, 0] > 0.5).astype(int)


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("__private", "a")

    def __init__(self, a):
        self.a = self.__private = a


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Names(list):
    pass


Point = collections.namedtuple("Point", "x y")


def looping():
    row = [1]
    row.append(row)
    return row


def frame(**columns):
    return pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None], "c": pd.Categorical(["u", "v", "u"]), **columns})


# values made anew at each call, and all different
MAKERS = [
    lambda: 1,
    lambda: True,
    lambda: 1.0,
    lambda: -0.0,
    lambda: math.nan,
    lambda: 1j,
    lambda: 10**5000,
    lambda: None,
    lambda: "1",
    lambda: b"1",
    lambda: "x" * 10_000,
    lambda: "x" * 9_999 + "y",
    lambda: "x" * 5_000 + "y" + "x" * 4_999,
    lambda: [],
    lambda: (),
    lambda: [1, 2],
    lambda: (1, 2),
    lambda: [2, 1],
    lambda: list(range(1000)),
    lambda: [*range(500), -1, *range(501, 1000)],
    lambda: [{"a": each} for each in range(2000)],
    lambda: [{"a": each if each != 777 else 0} for each in range(2000)],
    lambda: [Plain(n=each) for each in range(600)],
    lambda: [Plain(n=each if each != 333 else 0) for each in range(600)],
    lambda: {"a": 1, "b": 2},
    lambda: {"b": 2, "a": 1},
    lambda: {str(each): [each] for each in range(900)},
    lambda: {str(each): [each if each != 450 else 0] for each in range(900)},
    lambda: {"a", "b", "c"},
    lambda: frozenset({"a", "b", "c"}),
    lambda: set(map(str, range(2000))),
    lambda: {*map(str, range(1999)), "x"},
    lambda: range(3),
    lambda: slice(1, 2),
    looping,
    lambda: Plain(a=1),
    lambda: Plain(a=2),
    lambda: Plain(a=1, _cache=3, b=Plain()),
    lambda: Slotted(1),
    lambda: Slotted(2),
    lambda: Colour.RED,
    lambda: Colour.BLUE,
    lambda: Colour,
    lambda: Names("ab"),
    lambda: Names("abc"),
    lambda: Point(1, 2),
    lambda: Point(1, 3),
    lambda: collections.OrderedDict(a=1),
    lambda: collections.defaultdict(list, a=[1]),
    lambda: collections.Counter("aab"),
    lambda: collections.deque([1, 2]),
    lambda: collections.deque([1, 2], maxlen=5),
    lambda: bytearray(b"ab"),
    lambda: types.SimpleNamespace(a=1),
    lambda: datetime.date(2020, 1, 1),
    lambda: datetime.datetime(2020, 1, 1),
    lambda: datetime.timedelta(1),
    lambda: pathlib.Path("a/b"),
    lambda: re.compile("a+"),
    lambda: re.compile("a+", re.IGNORECASE),
    lambda: os,
    lambda: math.sin,
    lambda: [].append,
    lambda: "a".upper,
    lambda: functools.partial(int, base=2),
    lambda: functools.partial(int, base=3),
    lambda: random.Random(1),
    lambda: random.Random(2),
    lambda: np.random.RandomState(1),
    lambda: np.random.default_rng(1),
    lambda: np.random.default_rng(2),
    lambda: np.float64(1),
    lambda: np.float32(1),
    lambda: np.zeros(3),
    lambda: np.zeros((3, 1)),
    lambda: np.zeros(3, dtype=int),
    lambda: np.zeros(500_000),
    lambda: np.eye(700)[::-1],
    lambda: np.arange(400_000).reshape(800, 500).T,
    lambda: np.arange(400_000).reshape(800, 500),
    lambda: np.arange(400_000)[::2],
    lambda: np.array(["a", None, 1], dtype=object),
    lambda: np.array([(1, 2.0), (3, 4.0)], dtype=[("a", "i1"), ("b", "f8")]),
    lambda: np.ma.masked_array([1, 2], mask=[0, 1]),
    lambda: np.ma.masked_array([1, 2], mask=[1, 0]),
    lambda: pd.Timestamp("2020-01-01"),
    lambda: pd.NA,
    frame,
    lambda: frame(b=["x", "y", "z"]),
    lambda: frame(c=pd.Categorical(["u", "v", "v"])),
    lambda: frame(d=pd.array([1, None, 3], dtype="Int64")),
    lambda: frame(d=pd.array([1, None, 4], dtype="Int64")),
    lambda: frame(d=pd.to_datetime(["2020-01-01", None, "2020-01-03"], utc=True)),
    lambda: frame(d=pd.arrays.IntervalArray.from_breaks([0, 1, 2, 3])),
    lambda: frame(d=pd.arrays.SparseArray([0, 1, 0])),
    lambda: frame().set_index("a"),
    lambda: frame().set_index(["a", "b"]),
    lambda: frame().rename(columns={"a": "z"}),
    lambda: frame()["a"],
    lambda: frame()["a"].rename("z"),
    lambda: pd.DataFrame({"s": [str(each) for each in range(3000)]}),
    lambda: pd.DataFrame({"s": [str(each) if each != 1111 else "x" for each in range(3000)]}),
    lambda: pd.DataFrame(np.zeros((200_000, 2))),
    lambda: pd.MultiIndex.from_tuples([(1, "a"), (2, "b")]),
    LogisticRegression,
    lambda: LogisticRegression(C=2.0),
    lambda: make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, LABELS),
    lambda: make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, 1 - LABELS),
    lambda: RandomForestClassifier(5, random_state=0).fit(ROWS, LABELS),
    lambda: RandomForestClassifier(5, random_state=1).fit(ROWS, LABELS),
    threading.Lock,
]


def test_equal_values_look_the_same_and_others_do_not():
    looks = [(look(make(), AMPLE), look(make(), AMPLE)) for make in MAKERS]
    for number, (one, other) in enumerate(looks):
        assert one.whole is not None, number
        assert (one.whole, one.sample) == (other.whole, other.sample), number
    wholes = [one.whole for one, _ in looks]
    assert sorted(wholes) == sorted(set(wholes))


def test_the_sample_does_not_hang_on_the_limit():
    for number, make in enumerate(MAKERS):
        assert look(make(), AMPLE).sample == look(make(), SCARCE).sample, number


def test_what_was_left_out_can_be_looked_at_later_with_the_same_result():
    later = 0
    for number, make in enumerate(MAKERS):
        value = make()
        known = Known()
        if look(value, SCARCE, known=known).whole is None and known.left:
            try:
                known.digests |= {key: finished(steps_of(part)) for key, part in known.left}
            except NoDigestError:
                # it holds objects
                continue
            later += 1
            assert look(value, SCARCE, known=known).whole == look(value, AMPLE).whole, number
    assert later > 5


def test_a_copy_looks_the_same():
    for number, make in enumerate(MAKERS):
        value = make()
        if type(value) not in (type(threading.Lock()), types.BuiltinFunctionType, types.ModuleType):
            assert look(copy.deepcopy(value), AMPLE).whole == look(value, AMPLE).whole, number


IN_A_PROCESS = """
import sys
sys.path.insert(0, {folder!r})
from test_looking import AMPLE, MAKERS, look
print(*[look(make(), AMPLE).whole for make in MAKERS])
"""


@pytest.mark.slow
def test_other_processes_see_the_same():
    code = IN_A_PROCESS.format(folder=str(pathlib.Path(__file__).parent))
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1
    assert len(seen.pop().split()) == len(MAKERS)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.complex_numbers(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=20),
        st.dictionaries(st.text(max_size=3), inner, max_size=20),
        st.tuples(inner, inner),
        st.sets(st.integers() | st.text(max_size=3), max_size=20),
        st.builds(Plain, a=inner),
        st.lists(st.floats(), max_size=30).map(np.array),
    ),
    max_leaves=30,
)


@given(VALUES)
def test_any_value_and_its_copy_look_the_same(value):
    one, other = look(value, AMPLE), look(copy.deepcopy(value), AMPLE)
    assert one.whole == other.whole is not None


@given(st.lists(VALUES, min_size=1, max_size=600), st.data())
def test_a_part_that_changes_shows(values, data):
    before = look(values, AMPLE)
    position = data.draw(st.integers(0, len(values) - 1))
    values[position] = (values[position], "changed")
    assert look(values, AMPLE).whole != before.whole


@given(st.integers(1, 300_000), st.data())
def test_an_element_of_an_array_that_changes_shows(size, data):
    array = np.zeros(size, dtype=data.draw(st.sampled_from(["f8", "i2", "u1", "?"])))
    before = look(array, AMPLE)
    position = data.draw(st.integers(0, size - 1))
    array[position] = 1
    after = look(array, AMPLE)
    assert after.whole != before.whole
    other = data.draw(st.integers(0, size - 1))
    array[position], array[other] = array[other], array[position]
    assert (look(array, AMPLE).whole == after.whole) == (array[position] == 1)


# --- what is in it


def test_changeable_parts_are_told_by_identity():
    inner, array = [1], np.zeros(3)
    value = Plain(a={"b": inner}, view=array[1:])
    mutable = look(value, AMPLE).mutable
    assert {id(value), id(value.a), id(inner), id(array)} <= mutable
    assert id(value.a) not in look((1, "a"), AMPLE).mutable


def test_opaque_values():
    for value in [io.StringIO("a"), open(os.devnull), (each for each in ()), iter([1]), threading.Thread()]:  # noqa: PTH123, SIM115
        found = look(value, AMPLE)
        assert (found.whole, found.opaque) == (None, True)
    assert look(iter([1]), AMPLE).reads_itself
    assert not look([1], AMPLE).reads_itself
    assert look({"lock": threading.Lock()}, AMPLE).whole is not None


def test_times_of_the_clock_count_as_one_word():
    start = time.time() - 1
    one = look({"t0": time.time(), "now": datetime.datetime.now()}, AMPLE, start)
    assert look({"t0": start, "now": datetime.datetime.fromtimestamp(start + 0.5)}, AMPLE, start).whole == one.whole
    assert look({"t0": 1.0, "now": None}, AMPLE, start).whole != one.whole


def test_estimators_without_a_seed_are_told():
    assert "(samples)" in look([RandomForestClassifier()], AMPLE).unseeded
    assert "RandomForestClassifier" in look(RandomForestClassifier(max_features=None), AMPLE).unseeded
    assert look(LogisticRegression(random_state=1), AMPLE).unseeded == set()


def test_no_code_of_the_user_runs():
    calls = []

    class Watched:
        def __getattribute__(self, name):
            calls.append(name)
            return object.__getattribute__(self, name)

        def __getattr__(self, name):
            calls.append(name)
            raise AttributeError(name)

        def __repr__(self):
            calls.append("repr")
            return ""

        def __eq__(self, other):
            calls.append("eq")
            return True

        def __hash__(self):
            calls.append("hash")
            return 1

        def __len__(self):
            calls.append("len")
            return 1

        def __iter__(self):
            calls.append("iter")
            return iter(())

        def __reduce_ex__(self, protocol):
            calls.append("reduce")
            return super().__reduce_ex__(protocol)

    class Number(int):
        def __int__(self):
            calls.append("int")
            return 1

        __repr__ = __str__ = __index__ = __int__

    class Mapping(dict):
        def items(self):
            calls.append("items")
            return ()

        def __iter__(self):
            calls.append("iter")
            return iter(())

    watched = Watched()
    watched.a = 1
    values = [watched, {1: watched}, Number(3), Mapping(a=1)]
    calls.clear()
    found = [look(each, AMPLE) for each in values]
    assert calls == []
    assert found[2].whole != look(Number(4), AMPLE).whole
    assert found[3].whole != look(Mapping(a=2), AMPLE).whole


def test_a_walk_ends():
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    assert look(deep, AMPLE).whole is None
    many = [[Plain(n=number)] for number in range(500)]
    assert look([many, [copy.deepcopy(many) for _ in range(10)]], AMPLE).whole is None
