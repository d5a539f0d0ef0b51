"""Sources that are the same code have the same words; those of other code mostly do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.analysis.code import code_hash
from jupyter_mlops.tracking.state.words import words

ONE = "df = load('a b', 1000, r'\\d')\nprint(df)"


@pytest.mark.parametrize(
    "same",
    [
        'df = load("a b", 1000, r"\\d")\nprint(df)',
        "df = load(  # the rows, 'all' of them\n    'a b',\n    1_000,\n    r'\\d',\n)\n\nprint(df)  # shown",
        "df = (load('a b', 1000, R'''\\d''')); print(df)",
    ],
)
def test_layout_comments_and_quotes_are_no_words(same):
    assert code_hash(same) == code_hash(ONE)
    assert words(same) == words(ONE)


@pytest.mark.parametrize("other", ["df = load('a c', 1000, r'\\d')\nprint(df)", "df = load('a b', 1001, r'\\d')", "d"])
def test_other_code_has_other_words(other):
    assert words(other) != words(ONE)


def test_a_sign_of_comments_in_a_text_is_none():
    assert words("x = 'a # b'  # c") == words('x = "a # b"') == {"x", "a", "b"}


@given(st.text())
def test_any_text_has_words(text):
    assert words(text) == words(f"{text}\n# more") or '"' in text or "'" in text or "\\" in text
