"""Conditions read from text: what is admitted becomes data, all else is refused with the part that it is."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.errors import ConditionError
from jupyter_mlops.tracking.condition_text import parse
from jupyter_mlops.tracking.conditions import All, Compare, Like, Missing, Name, Not, Some, Value, names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "auc > 0.83 and cut_by = 'cost'",
            All((Compare(">", Name("auc", 1), Value(0.83)), Compare("=", Name("cut_by", 16), Value("cost")))),
        ),
        ("0.5 <= auc", Compare("<=", Value(0.5), Name("auc", 8))),
        ("auc <> f1", Compare("!=", Name("auc", 1), Name("f1", 8))),
        ("a == -1 -- why", Compare("=", Name("a", 1), Value(-1))),
        ("balanced = true", Compare("=", Name("balanced", 1), Value(1))),
        ("LogisticRegression.C = 1", Compare("=", Name("LogisticRegression.C", 1), Value(1))),
        ("a.b.c.d.e.f = 1", Compare("=", Name("a.b.c.d.e.f", 1), Value(1))),
        ('"f1 score" > 1', Compare(">", Name("f1 score", 1), Value(1))),
        ("order = 1", Compare("=", Name("order", 1), Value(1))),
        ("name = 'it''s'", Compare("=", Name("name", 1), Value("it's"))),
        ("a in (1, 'x')", Some((Compare("=", Name("a", 1), Value(1)), Compare("=", Name("a", 1), Value("x"))))),
        ("a between 1 and b", All((Compare(">=", Name("a", 1), Value(1)), Compare("<=", Name("a", 1), Name("b", 17))))),
        ("a not like 'x%'", Not(Like(Name("a", 1), "x%"))),
        ("a is not null", Not(Missing(Name("a", 1)))),
        ("not (a = 1 or b is null)", Not(Some((Compare("=", Name("a", 6), Value(1)), Missing(Name("b", 15)))))),
        ("loss < 1e999", Compare("<", Name("loss", 1), Value(float("inf")))),
        ("n = 99999999999999999999", Compare("=", Name("n", 1), Value(1e20))),
    ],
)
def test_what_is_admitted(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("upper(a) = 'X'", "`UPPER(a)` is not admitted"),
        ("a + 1 > 2", "`a + 1` is not admitted"),
        ("a in (select 1)", "SELECT 1"),
        ("exists (select 1)", "is not admitted"),
        ("a < b < c", "`a < b` is not admitted"),
        ("a like b", "`a LIKE b` is not admitted"),
        ("a like 'x' escape 'y'", "ESCAPE"),
        ("a = ?", "is not admitted"),
        ("a.* = 1", "is not admitted"),
        ("case when a = 1 then 1 end = 1", "CASE"),
        ("a = cast('1' as int)", "CAST"),
        ("a", "`a` alone is no condition"),
        ("true", "`TRUE` is not admitted"),
        ("a = null", "nothing is equal to null"),
        ("a = 1; drop table execution", "not understood at character 11"),
        ("a = 1 union select 1", "not understood at character 11"),
        ("a = 1 and", "not understood at character 9"),
        ("a = 'x", "not understood"),
        ("", "is empty"),
        ("-- nothing", "is empty"),
        ("(" * 200 + "a = 1" + ")" * 200, "too long or nested too deeply"),
        ("not " * 200 + "a = 1", "too long or nested too deeply"),
        (" and ".join(["a = 1"] * 600), "too long or nested too deeply"),
        ("a" + "=a" * 2000, "`"),
        ("a = '\ud800'", "no text in Unicode"),
    ],
)
def test_what_is_refused(text, part):
    with pytest.raises(ConditionError) as caught:
        parse(text)
    [finding] = caught.value.findings
    assert part in finding.message
    assert finding.fix
    assert len(finding.message) < 200


WORDS = ["a", "b.c", "'x'", "1", "=", "<", "(", ")", ",", "and", "or", "not", "in", "like", "is", "null", "select", ";"]
WORDS += [
    "--",
    "/*",
    "*/",
    '"',
    "'",
    "[",
    "{",
    "case",
    "when",
    "end",
    "between",
    "from",
    "union",
    "::",
    "->",
    "?",
    "\n",
]


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)))
def test_any_text_is_read_or_refused(text):
    with suppress(ConditionError):
        assert all(name.text for name in names(parse(text)))
