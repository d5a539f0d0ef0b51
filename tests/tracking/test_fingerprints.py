"""When fingerprints stand for the same value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.tracking.fingerprints import equal


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("=a", "=a", True),
        ("=a", "=b", False),
        ("=a.s", "=a.s", True),
        ("=a.s", "=b.s", False),
        ("~s.d", "~s.d", True),
        ("~s.d", "~s.e", False),
        ("~s.d", "~t.d", False),
        ("~s.d=a", "~s.d", True),
        ("~s.d=a", "~t.d", False),
        ("~s.d=a", "~s.e", False),
        ("~s.d=a", "~t.e=a", True),
        ("~s.d=a", "~s.d=b", False),
        ("~s.d=a", "=a.s", True),
        ("~s.d=a", "=b.s", False),
        ("~s.d", "=a.s", True),
        ("~s.d", "=a.t", False),
        ("~s.d", "=s", True),
        ("~s.d", "=a", False),
        ("!1", "!1", False),
        ("!1", "=1", False),
    ],
)
def test_equal(one, other, same):
    assert equal(one, other) is same
    assert equal(other, one) is same


PARTS = st.sampled_from(["a", "b"])
LOOKS = st.one_of(
    PARTS.map("={}".format),
    st.builds("={}.{}".format, PARTS, PARTS),
    st.builds("~{}.{}".format, PARTS, PARTS),
    st.builds("~{}.{}={}".format, PARTS, PARTS, PARTS),
)


@given(LOOKS, LOOKS)
def test_it_does_not_hang_on_the_order(one, other):
    assert equal(one, other) == equal(other, one)
    assert equal(one, one)
