"""Values without a file form are known from the newest export's run only."""

from jupyter_mlops.documents import RunFacts
from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.check import check


def test_what_the_export_found_is_told_again(notebook):
    kept = Finding(
        code="value-cannot-be-saved", message="no", cell="c", index=1, line=1, reason="why", fix=Fix(text="do")
    )
    other = Finding(code="endpoint-name", message="a rule of its own tells it")
    run = RunFacts(run="r1", estimators=[], findings=[kept, other])
    result = check(notebook("x = 1"), run)
    assert result.run == "r1"
    assert [each.code for each in result.findings] == ["no-estimator", "value-cannot-be-saved"]
    assert all(each.notebook == "a.ipynb" for each in result.findings)
    assert check(notebook("x = 1"), None).findings == []
