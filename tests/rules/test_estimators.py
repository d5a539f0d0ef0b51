"""What an untagged notebook is exported by: the one fitted estimator, or the one that is named."""

import pytest

from jupyter_mlops.documents import EstimatorFact, RunFacts
from jupyter_mlops.rules.estimators import choose

CELLS = ("scaler = S().fit(X)", "x = 1\nmodel = M().fit(X)", "other = M().fit(X)")


def fact(name, *, fitted=True, part_of=None, also=(), methods=("predict",)):
    return EstimatorFact(
        name=name,
        also=list(also),
        class_name=f"a.b.{name.title()}",
        fitted=fitted,
        methods=list(methods),
        part_of=part_of,
    )


MODEL, OTHER, SCALER = fact("model"), fact("other"), fact("scaler", part_of="model", methods=["transform"])


@pytest.mark.parametrize(
    ("facts", "named", "expected"),
    [
        ([MODEL], None, "model"),
        ([SCALER, MODEL], None, "model"),
        ([fact("raw", fitted=False), MODEL], None, "model"),
        ([fact("clusters", methods=[]), MODEL], None, "model"),
        ([MODEL, OTHER], "other", "other"),
        ([SCALER, MODEL], "scaler", "scaler"),
        ([fact("model", also=["best"])], "best", "best"),
    ],
)
def test_chosen(notebook, facts, named, expected):
    chosen, findings = choose(facts, named, notebook(*CELLS).cells)
    assert findings == []
    assert chosen.name == expected


@pytest.mark.parametrize(
    ("facts", "named", "code", "place", "words"),
    [
        ([], None, "no-estimator", (None, None), "no fitted estimator"),
        ([fact("model", fitted=False)], None, "never-fitted", (2, 2), "`model` (Model)"),
        ([MODEL, OTHER], None, "several-estimators", (3, 1), "`model` (Model), `other` (Other)"),
        ([MODEL], "modle", "unknown-model", (None, None), "`modle`"),
        ([], "model", "unknown-model", (2, 2), "`model`"),
        ([fact("model", fitted=False)], "model", "never-fitted", (2, 2), "not fitted"),
        ([fact("model", methods=[]), fact("raw", fitted=False)], None, "no-answer-method", (2, 2), "`model` (Model)"),
        ([fact("model", methods=[])], "model", "no-answer-method", (2, 2), "is fitted"),
    ],
)
def test_not_chosen(notebook, facts, named, code, place, words):
    chosen, (finding,) = choose(facts, named, notebook(*CELLS).cells)
    assert chosen is None
    assert finding.code == code
    assert finding.severity == "error"
    assert (finding.index, finding.line) == place
    assert words in finding.message
    assert finding.fix.text


def test_what_only_transforms_is_not_proposed(notebook):
    scaler = fact("scaler", methods=["transform"])
    _, (finding,) = choose([MODEL, OTHER, scaler], None, notebook(*CELLS).cells)
    assert finding.fix.text.startswith("name it: --model model or --model other;")


def test_check_tells_it_as_a_warning_when_a_run_is_known(found):
    sources = ("X = S = M = 1", *CELLS)
    assert found(*sources) == []
    run = RunFacts(run="r", estimators=[MODEL, OTHER], findings=[])
    assert found(*sources, run=run) == [("several-estimators", "warning", 4, 1)]
    assert found(*sources, run=RunFacts(run="r", estimators=[MODEL], findings=[])) == []
