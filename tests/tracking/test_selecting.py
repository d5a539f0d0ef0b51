"""Conditions and orders over a store, held against the same questions answered in Python."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from math import isnan
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.documents import ParameterValue
from jupyter_mlops.errors import ConditionError
from jupyter_mlops.kernel.record import Captured, MetricRow, ParameterRow
from jupyter_mlops.kernel.store import opened
from jupyter_mlops.tracking import selecting
from jupyter_mlops.tracking.access import reading
from jupyter_mlops.tracking.columns import names_of
from jupyter_mlops.tracking.conditions import All, Compare, Like, Missing, Name, Not, Some, Value
from jupyter_mlops.tracking.indexing import index_runs
from jupyter_mlops.tracking.reading import list_runs
from jupyter_mlops.tracking.selecting import Selection
from jupyter_mlops.tracking.tables import table_of

NAN, INF = float("nan"), float("inf")


def metric(name: str, value: float, **fields: Any) -> MetricRow:
    return MetricRow(name, value, repr(value), type(value).__name__, "score", **fields)


def parameter(name: str, value: object) -> ParameterRow:
    number = float(value) if isinstance(value, (int, float)) and not isnan(value) else None
    return ParameterRow(name, type(value).__name__, repr(value), number, "cell")


def measured(metrics: dict[str, float], **parameters: object) -> Captured:
    return Captured(
        metrics=[metric(name, value) for name, value in metrics.items()],
        parameters=[parameter(name, value) for name, value in parameters.items()],
    )


RUN = "20260301T100000000000-aa"


@pytest.fixture
def filled(store, record_session, run_record):
    """Executions of two notebooks, some of which measured something, and three clean runs."""
    record_session(
        {"text": "1", "cell": "a", "role": "train", "captured": measured({"auc": 0.8, "loss": INF}, n=200, cut="cost")},
        {"text": "2", "cell": "a", "role": "train", "captured": measured({"auc": 0.9}, n=50, cut="f1", both=True)},
        {"text": "3", "cell": "b", "status": "error", "captured": measured({"auc": NAN, "loss": 0.5}, n=NAN)},
        {"text": "4", "cell": "b", "notebook": "b.ipynb", "captured": measured({"both": 3}, mixed="it's")},
        {"text": "5", "notebook": "b.ipynb", "seconds": None, "captured": measured({"seconds": 7.0}, mixed=2)},
        {"text": "6", "notebook": None, "captured": measured({"auc": 0.8}, mixed=None, both=None, cut="")},
        {"text": "7", "depth": 1, "captured": measured({"auc": 0.85})},
        {"text": "8", "role": "evaluate", "captured": Captured([], [metric("auc", 0.1, step=1, final=False)])},
        {"text": "9", "status": "running", "seconds": None, "captured": measured({}, **{"Tree.max_depth": 3})},
    )
    record_session(
        {"text": "r1", "cell": "a", "captured": measured({"auc": 0.7}, n=100)},
        {"text": "r2", "cell": "b", "captured": measured({"auc": 0.95, "loss": -INF}, n=100, cut="COST")},
        run=RUN,
    )
    index_runs(
        store,
        [
            run_record(RUN, parameters={"n": ParameterValue(type="int", text="1")}),
            run_record("20260302T100000000000-bb", notebook="b.ipynb", verdict="failed"),
            run_record("20260303T100000000000-cc", parameters={"cut": ParameterValue(type="str", text="'f1'")}),
        ],
    )
    return store


def found(store, where=None, **wanted):
    return [item.id for item in list_runs(store, Selection(limit=None, where=where, **wanted)).items]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("auc > 0.83", [2, RUN]),
        ("auc > 0.83 and cut = 'f1'", [2]),
        ("cut in ('cost', 'f1')", [1, 2, "20260303T100000000000-cc"]),
        ("cut like 'COST'", [1, RUN]),
        ("auc = 0.8", [1, 6]),
        ("loss > 1", [1]),
        ("loss = 1e999 or loss < -100", [1, RUN]),
        ("both > 2", None),
        ("metric.both > 2", [4]),
        ("param.both = true", [2]),
        ("metric.seconds = 7", [5]),
        ("Tree.max_depth = 3", [9]),
        ("mixed = 'it''s'", [4]),
        ("mixed != 2", [4]),
        ("mixed > 1", [5]),
        ("kind = 'run' and status != 'passed'", ["20260302T100000000000-bb"]),
        ("notebook = 'b.ipynb' and kind = 'execution'", [4, 5]),
        ("cell = 'a' and auc > 0", [1, 2]),
        ("id = 3", [3]),
        (f"id = '{RUN}'", [RUN]),
        ("status = 'unfinished'", [9]),
        ("role is null and auc is not null", [6, RUN]),
        ("started >= '2026-03-02T00:00:00+00:00'", ["20260302T100000000000-bb", "20260303T100000000000-cc"]),
        ("n between 50 and 200 and not n = 50", [1, RUN]),
    ],
)
def test_conditions(filled, where, expected):
    if expected is None:
        with pytest.raises(ConditionError, match="is a metric and a parameter"):
            found(filled, where)
    else:
        assert sorted(found(filled, where), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("where", "message", "fix"),
    [
        ("acu > 0.8", "unknown column `acu` at character 1", "Did you mean `auc`?"),
        ("auc > 0.8 and Seconds > 1", "unknown column `Seconds` at character 15", "Did you mean `seconds`?"),
        ("metric.acu > 0.8", "unknown column `metric.acu`", "Did you mean `auc`?"),
        ("Tree.max_deep > 0.8", "unknown column `Tree.max_deep`", "Did you mean `Tree.max_depth`?"),
        ("zzzzz = 1", "unknown column `zzzzz`", "there are id, kind, notebook"),
        ("auc = 'high'", "`auc` is a number", "without quotes"),
        ("status = 1", "`status` is a text", "in quotes"),
        ("auc like '0%'", "`auc` is a number", "without quotes"),
        ("started > 'yesterday'", "`started` is a time", "2026-03-01"),
        ("started > 5", "`started` is a time", "2026-03-01"),
    ],
)
def test_what_no_row_can_fit_is_told(filled, where, message, fix):
    with pytest.raises(ConditionError) as caught:
        found(filled, where)
    assert message in caught.value.findings[0].message
    assert fix in caught.value.findings[0].fix.text


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("auc", [1, 6, 2, RUN]),
        ("-auc", [RUN, 2, 6, 1]),
        ("n", [2, RUN, 1]),
        ("mixed", [5, 4]),
        ("-mixed", [4, 5]),
        ("-loss", [1, 3, RUN]),
        ("id", [1, 2, 3, 4, 5, 6, 8, 9, RUN]),
    ],
)
@pytest.mark.parametrize("few", [0, 1000])
def test_orders(filled, sort, expected, few, monkeypatch):
    monkeypatch.setattr(selecting, "_FEW", few)
    everything = found(filled)
    assert len(everything) == 11
    in_order = found(filled, sort=sort)
    assert in_order[: len(expected)] == expected
    # what has no value comes last, the newest first
    rest = [each for each in everything if each not in expected]
    if sort != "id":
        assert in_order[len(expected) :] == rest
    for limit in range(1, 12):
        cut = [item.id for item in list_runs(filled, Selection(limit=limit, sort=sort)).items]
        assert cut == in_order[:limit]
    of_one = [each for each in in_order if each in found(filled, notebook="a.ipynb")]
    assert found(filled, sort=sort, notebook="a.ipynb") == of_one


@pytest.mark.parametrize("rare", [-1, 1000])
@pytest.mark.parametrize(
    ("where", "sort", "expected"),
    [
        ("auc > 0.75", None, [RUN, 6, 2, 1]),
        ("0.75 < auc and auc < 0.95", "-auc", [2, 6, 1]),
        ("auc < 1 and kind = 'execution'", "n", [2, 1, 6]),
        ("auc >= 0.7", "started", [1, 2, 6, RUN]),
        ("auc = 0.8 and cut != 'cost'", "-loss", [6]),
        ("auc > 2", "-auc", []),
    ],
)
def test_rare_and_common_values_are_found_alike(filled, where, sort, expected, rare, monkeypatch):
    monkeypatch.setattr(selecting, "_RARE", rare)
    assert found(filled, where, sort=sort) == expected


def test_an_order_needs_a_column(filled):
    with pytest.raises(ConditionError, match="unknown column `acu`"):
        found(filled, sort="-acu")


def test_cells_of_clean_runs_are_found_in_their_run_and_in_the_history_of_their_cell(filled):
    assert found(filled, "auc > 0.9", run=RUN) == [11]
    assert found(filled, "auc < 0.9", cell="a") == [10, 1]
    assert found(filled, sort="-auc", cell="a") == [2, 1, 10]
    assert 7 in found(filled, "auc > 0", nested=True)


def test_names_are_found_without_reading_every_row(filled):
    with reading(filled) as connection:
        assert names_of(connection, "metric") == ["auc", "both", "loss", "seconds"]
        assert names_of(connection, "parameter") == ["Tree.max_depth", "both", "cut", "mixed", "n", "rate"]


def test_a_run_keeps_what_it_measured_when_its_executions_are_forgotten(filled, run_record):
    with opened(filled) as connection:
        connection.execute("DELETE FROM execution")
    assert found(filled, "auc > 0.9") == [RUN]
    index_runs(filled, [run_record(RUN)], anew=True)
    assert found(filled, "auc > 0.9") == [RUN]
    index_runs(filled, [], anew=True)
    with pytest.raises(ConditionError, match="unknown column"):
        found(filled, "auc > 0.9")


# the same questions in Python


@dataclass
class Answers:
    rows: list[dict[str, Any]]

    def to(self, condition) -> list[Any]:
        return [row["id"] for row in self.rows if self._holds(condition, row)]

    def _holds(self, condition, row) -> bool | None:
        match condition:
            case Compare(operator, left, right):
                return _compared(operator, self._value(left, row), self._value(right, row))
            case Like(name, pattern):
                value = self._value(name, row)
                return None if not isinstance(value, str) else _like(pattern, value)
            case Missing(name):
                return self._value(name, row) is None
            case Not(term):
                holds = self._holds(term, row)
                return None if holds is None else not holds
            case All(terms):
                answers = [self._holds(term, row) for term in terms]
                return False if False in answers else None if None in answers else True
            case Some(terms):
                answers = [self._holds(term, row) for term in terms]
                return True if True in answers else None if None in answers else False

    @staticmethod
    def _value(operand, row):
        if isinstance(operand, Value):
            return operand.value
        value = row.get(operand.text)
        return None if isinstance(value, float) and isnan(value) else value


def _compared(operator, left, right) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, str) != isinstance(right, str):
        return {"=": False, "!=": True}.get(operator)
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator]


def _like(pattern: str, value: str) -> bool:
    parts = {"%": ".*", "_": "."}
    expression = "".join(parts.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(expression, value, re.DOTALL | re.IGNORECASE | re.ASCII) is not None


NUMBERS = ["auc", "loss", "metric.both", "seconds", "metric.seconds"]
TEXTS = ["kind", "notebook", "cell", "role", "status"]
ANY = ["n", "cut", "mixed", "param.both", "Tree.max_depth", "id"]

plain_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
numbers = st.one_of(
    st.sampled_from([0, 1, 0.8, 0.9, 200, 50, -INF, INF, 3, 2]), st.floats(allow_nan=False), st.integers()
).map(lambda number: Value(number if abs(number) < 2**63 else float(number)))
texts = st.one_of(
    st.sampled_from(["cost", "f1", "a", "b", "a.ipynb", "execution", "run", "passed", "it's", "3", RUN, "train"]),
    plain_text,
).map(Value)


def names_from(names):
    return st.sampled_from(names).map(lambda name: Name(name, 0))


def comparisons(left, right):
    return st.builds(Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), left, right)


every_name = names_from([*NUMBERS, *TEXTS, *ANY])
terms = st.one_of(
    comparisons(names_from([*NUMBERS, *ANY]), numbers),
    comparisons(numbers, names_from([*NUMBERS, *ANY])),
    comparisons(names_from([*TEXTS, *ANY]), texts),
    comparisons(every_name, every_name),
    comparisons(st.one_of(numbers, texts), st.one_of(numbers, texts)),
    st.builds(Like, names_from([*TEXTS, *ANY]), st.one_of(st.sampled_from(["%o%", "C_ST", "%"]), plain_text)),
    st.builds(Missing, every_name),
)
conditions = st.recursive(
    terms,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda each: All(tuple(each))),
        st.lists(inner, min_size=2, max_size=3).map(lambda each: Some(tuple(each))),
    ),
    max_leaves=6,
)


def written(condition) -> str:
    """A condition as a user may write it."""
    match condition:
        case Compare(operator, left, right):
            return f"{_operand(left)} {operator} {_operand(right)}"
        case Like(name, pattern):
            return f"{_operand(name)} LIKE {_operand(Value(pattern))}"
        case Missing(name):
            return f"{_operand(name)} is null"
        case Not(term):
            return f"not ({written(term)})"
        case All(terms):
            return " and ".join(f"({written(term)})" for term in terms)
        case Some(terms):
            return " or ".join(f"({written(term)})" for term in terms)


def _operand(operand) -> str:
    match operand:
        case Name(text):
            return text
        case Value(str() as text):
            return "'" + text.replace("'", "''") + "'"
        case Value(number):
            return repr(number).replace("inf", "1e999")


# the store is only read, so all examples share one
one_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)


@one_store
@given(condition=conditions)
def test_conditions_mean_what_they_mean_in_python(filled, condition):
    columns = table_of(list_runs(filled, Selection(limit=None)).items)
    rows = [
        dict(zip([column.name for column in columns], row, strict=True))
        for row in zip(*(column.values for column in columns), strict=True)
    ]
    assert sorted(found(filled, written(condition)), key=str) == sorted(Answers(rows).to(condition), key=str)


@one_store
@given(
    st.lists(st.sampled_from([*NUMBERS, *TEXTS, "'x'", "1", "=", "<", "(", ")", "and", "or", "not", "in"]), max_size=9)
)
def test_any_words_are_answered_or_refused(filled, words):
    with suppress(ConditionError):
        found(filled, " ".join(words))
