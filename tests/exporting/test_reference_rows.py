"""The rows of cells tagged `data` are the reference for the schema, and other rows stand in where none were seen."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

IMPORTS = (
    "import numpy as np\nimport pandas as pd\nimport sklearn.model_selection as ms\n"
    "from sklearn.ensemble import HistGradientBoostingRegressor"
)
DATA = (
    "frame = pd.DataFrame(np.random.default_rng(0).normal(size=(80, 2)), columns=['a', 'b'])\n"
    "frame['y'] = frame.a * 2 - frame.b\nframe.loc[5, 'a'] = np.nan"
)
WITHIN = (
    "model = ms.cross_validate(HistGradientBoostingRegressor(random_state=0), frame[['a', 'b']], frame.y,\n"
    "                          return_estimator=True)['estimator'][0]"
)
CLEANED = (
    "good = frame.dropna()\nmodel = HistGradientBoostingRegressor(random_state=0).fit(good[['a', 'b']], good.y)\n"
    "model.predict(good[['a', 'b']])"
)


@pytest.mark.parametrize(
    ("cells", "nulls", "findings"),
    [
        ([DATA, WITHIN], True, [("rows-not-seen", 2, 1)]),
        ([(DATA, "data"), WITHIN], True, []),
        ([DATA, CLEANED], False, []),
        ([(DATA, "data"), CLEANED], True, []),
    ],
    ids=["stand-in", "tagged", "cleaned", "cleaned-tagged"],
)
def test_whose_rows_make_the_schema(tmp_path, write_notebook, mlops, cells, nulls, findings):
    path = write_notebook(tmp_path / "rows.ipynb", IMPORTS, *cells)
    done = mlops("export", path, "--plan", "--json")
    assert done.returncode == 0, done.stdout
    plan = json.loads(done.stdout)
    columns = {column["name"]: column["nullable"] for column in plan["signature"]["columns"]}
    assert columns == {"a": nulls, "b": False}
    assert [(each["code"], each["index"], each["line"]) for each in plan["findings"]] == findings
    assert plan["endpoints"][0]["examples"] >= 20
