"""What a failed proof says: where, which rows, and the likely cause, told from the ways of asking."""

import pytest

from jupyter_mlops.documents import Answer, Difference, Endpoint, Example, PlannedName, Proof, ProofPart
from jupyter_mlops.exporting.verify import FROM_BENTO, IN_PROCESS, OVER_HTTP, compared, refuted

MODEL = PlannedName(name="model", kind="learned", reason="it answers", cell="c3", index=3)
ALONE, TOGETHER = "asked alone", "asked with the others"


def failed(*differences, ways=(IN_PROCESS, OVER_HTTP)):
    """The findings for differences (how, row, got); the notebook answered 1.0."""
    found = [
        Difference(endpoint="predict", how=how, row={"a": row}, expected=1.0, got=got) for how, row, got in differences
    ]
    parts = [ProofPart(endpoint="predict", how=how, examples=20, weak=False, different=1) for how in ways]
    proof = Proof(passed=False, tolerance=1e-9, parts=parts, differences=found)
    return refuted(proof, "a.ipynb", {"predict": MODEL}).findings


def everywhere(row, *got):
    """The differences of a row: alone and together in process, then over HTTP; None where there is none."""
    ways = [f"{how}, {way}" for how in (IN_PROCESS, OVER_HTTP) for way in (ALONE, TOGETHER)]
    return [(way, row, each) for way, each in zip(ways, got, strict=True) if each is not None]


@pytest.mark.parametrize(
    ("differences", "words"),
    [
        (everywhere(1, 2.0, 2.0, 2.0, 2.0), "changed after the notebook asked it"),
        (everywhere(1, 2.0, None, 2.0, None), "hangs on the other rows"),
        (everywhere(1, 2.0, 3.0, 2.0, 3.0), "hangs on the other rows"),
        (everywhere(1, 2.0, 2.0, 2.0, 2.0) + everywhere(2, 2.0, 3.0, 2.0, 3.0), "hangs on the other rows"),
        (everywhere(1, 2.0, 3.0, 4.0, 5.0), "from call to call"),
        (everywhere(1, None, None, 2.0, 2.0), "other threads"),
        (everywhere(1, None, None, {"error": {"code": "prediction-failed"}}, None), "other threads"),
        (everywhere(1, 2.0, 2.0, 2.0, 2.0) + everywhere(2, 2.0, None, None, 2.0), "from call to call"),
    ],
)
def test_the_likely_cause(differences, words):
    assert all(words in each.fix.text for each in failed(*differences))


def test_a_way_that_was_not_asked_says_nothing():
    (finding,) = failed((f"{IN_PROCESS}, {ALONE}", 1, 2.0), ways=(IN_PROCESS,))
    assert "hangs on the other rows" in finding.fix.text


def test_the_cell_the_row_and_the_number_of_differences_left():
    findings = failed(*[each for row in range(5) for each in everywhere(row, 2.0, 2.0, 2.0, 2.0)])
    assert len(findings) == 5
    assert {(each.notebook, each.index, each.cell) for each in findings} == {("a.ipynb", 3, "c3")}
    assert findings[0].message == f"predict {IN_PROCESS}, {ALONE}: the notebook answered 1.0, the package 2.0"
    assert findings[0].reason == 'for the row {"a": 0}'
    assert findings[-1].message.endswith("(and 15 more differences)")


def test_an_error_is_told_once_and_its_cause_named():
    missing = {"error": "FileNotFoundError: no stops.json"}
    (finding,) = failed(*everywhere(1, missing, missing, None, None), *everywhere(2, missing, missing, None, None))
    assert "the package raised FileNotFoundError: no stops.json (and 3 more differences)" in finding.message
    assert "reads a file" in finding.fix.text
    (finding,) = failed(*everywhere(1, {"error": "KeyError: 'x'"}, None, None, None))
    assert "only the notebook has" in finding.fix.text


FIRST, AGAIN = "asked first", "asked again"
RAISED = {"error": "KeyError: 'x'"}


@pytest.mark.parametrize(
    ("differences", "words"),
    [
        ([(f"{IN_PROCESS}, {AGAIN}", 1, 2.0), (f"{OVER_HTTP}, {AGAIN}", 1, 2.0)], "remembers what it was asked"),
        ([(f"{IN_PROCESS}, {FIRST}", 1, 2.0)], "draw random numbers"),
        ([(f"{IN_PROCESS}, {FIRST}", 1, RAISED)], "only the notebook has"),
        ([(f"{IN_PROCESS}, {FIRST}", 1, {"error": "FileNotFoundError: a.csv"})], "reads a file"),
        ([(f"{OVER_HTTP}, {FIRST}", 1, 2.0), (f"{OVER_HTTP}, {AGAIN}", 1, 2.0)], "other threads"),
    ],
)
def test_the_likely_cause_of_functions(differences, words):
    findings = failed(*differences)
    assert all(words in each.fix.text for each in findings)
    assert findings[0].reason == 'for the arguments {"a": 1}'


@pytest.mark.parametrize("ways", [(FROM_BENTO, IN_PROCESS, OVER_HTTP), (FROM_BENTO, IN_PROCESS)])
def test_what_shows_only_in_the_bento_is_about_its_files(ways):
    (finding,) = failed((f"{FROM_BENTO}, {ALONE}", 1, 2.0), ways=ways)
    assert "not packed" in finding.fix.text


@pytest.mark.parametrize(
    ("single", "tolerance", "got", "equal"),
    [
        (False, 1e-9, [1000.0, 0.001], True),
        (False, 1e-9, [1000.0001, 0.001], False),
        (True, 1e-5, [1000.0001, 0.001], True),
        (True, 1e-5, [1000.0, 0.0011], True),  # as near to 0.001 as the thousand allows
        (True, 1e-5, [1000.1, 0.001], False),
        (True, 1e-5, [1000.0, 0.1], False),
        (True, 1e-5, [1000, 0.001, 0], False),
    ],
)
def test_how_near_floats_have_to_be(single, tolerance, got, equal):
    answer = Answer(type="number", shape=(2,), single=single)
    endpoint = Endpoint(name="predict", answer=answer, examples=1, weak=True)
    examples = [Example(row=[1], answer=[1000.0, 0.001])]
    found = compared(endpoint, IN_PROCESS, examples, {"alone": [got], "together": [got]}, tolerance)
    assert [each.how for each in found] == ([] if equal else [f"{IN_PROCESS}, {way}" for way in (ALONE, TOGETHER)])
