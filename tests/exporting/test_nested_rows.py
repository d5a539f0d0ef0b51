"""Notebooks whose rows are series of several channels go the whole way, and what is broken on the way is caught."""

from __future__ import annotations

import pytest
from test_broken_packages import Good, edited

from jupyter_mlops.documents import ArrayInput, Cells, FrameInput

pytestmark = pytest.mark.slow

WAVES = (
    "import numpy as np\nfrom sklearn.base import BaseEstimator, ClassifierMixin",
    "class Nearest(ClassifierMixin, BaseEstimator):\n"
    '    """The label of the series that is nearest, place by place; holes do not count."""\n'
    "    def fit(self, X, y):\n        self.X_, self.classes_, self.y_ = X, np.unique(y), y\n        return self\n"
    "    def distances(self, X):\n"
    "        return np.nanmean((X[:, None] - self.X_[None]) ** 2, axis=(2, 3))\n"
    "    def predict(self, X):\n        return self.y_[self.distances(X).argmin(axis=1)]\n"
    "    def transform(self, X):\n        return np.diff(np.nan_to_num(X), axis=1)",
    "random = np.random.default_rng(0)\ny = np.repeat(['rise', 'fall'], 20)\n"
    "slope = np.where(y == 'rise', 1, -1)[:, None, None] * np.arange(5)[None, :, None]\n"
    "X = slope * [1.0, 0.5] + random.normal(size=(40, 5, 2))\nX[7, 4] = np.nan",
    ("model = Nearest().fit(X, y)\nmodel.predict(X + 0.1)\nmodel.transform(X).shape", "train"),
)

CHANNELS = (
    "import numpy as np\nimport pandas as pd\nfrom sklearn.base import BaseEstimator, TransformerMixin\n"
    "from sklearn.linear_model import LogisticRegression\nfrom sklearn.pipeline import make_pipeline",
    "class Summary(TransformerMixin, BaseEstimator):\n"
    "    def fit(self, X, y=None):\n        self.columns_ = list(X)\n        return self\n"
    "    def transform(self, X):\n"
    "        # Series and arrays answer differently to [-1]\n"
    "        return np.array([[cell.iloc[-1] if hasattr(cell, 'iloc') else cell[-1] for cell in row] +\n"
    "                         [cell.mean() for cell in row] for row in X[self.columns_].to_numpy()])",
    "random = np.random.default_rng(0)\ny = np.arange(40) % 2\n"
    "frame = pd.DataFrame({\n"
    "    'dim 0': [pd.Series(random.normal(size=6) + label) for label in y],\n"
    "    'dim 1': [random.integers(0, 9, 3 + i % 4) for i, label in enumerate(y)],\n})",
    ("model = make_pipeline(Summary(), LogisticRegression()).fit(frame, y)\nmodel.predict(frame)", "train"),
)

BROKEN_WAVES = {
    "the axes swapped": edited(
        "waves/prediction.py", r"return (np\.array\(rows, dtype=\"float64\"\))", r"return \1[:, ::-1]"
    ),
    "holes filled": edited(
        "waves/prediction.py", r"return (np\.array\(rows, dtype=\"float64\"\))", r"return np.nan_to_num(\1, nan=9.0)"
    ),
    "a stricter schema than the data": edited("waves/prediction.py", r"float \| None", "float"),
    "answers without their last dimension": edited(
        "waves/prediction.py", r"(transform\(array\(rows\)\))", r"\1[:, :, 0]"
    ),
}

BROKEN_CHANNELS = {
    "channels swapped": edited("channels/prediction.py", r"(row\.)dim_0 (.*row\.)dim_1 ", r"\1dim_1 \2dim_0 "),
    "Series as lists": edited("channels/prediction.py", r'pd\.Series\(values, dtype="float64"\)', "list(values)"),
    "arrays of one length": edited(
        "channels/prediction.py", r"min_length=1\b(?!, max_length=MAX)", "min_length=3, max_length=3"
    ),
}


def good(name, cells, write_notebook, folder):
    write_notebook(folder / name / f"{name}.ipynb", *cells)
    return Good(name, folder)


def test_arrays_of_three_dimensions(tmp_path, write_notebook):
    found = good("waves", WAVES, write_notebook, tmp_path)
    assert found.plan.signature == ArrayInput(shape=(5, 2), dtype="float64", type="number", nullable=True)
    predict, transform = found.plan.endpoints
    assert (predict.answer.shape, transform.answer.shape) == ((), (4, 2))
    assert not predict.weak
    assert found.prove(found.copy(tmp_path / "copy")).passed
    for name, breaks in BROKEN_WAVES.items():
        folder = found.copy(tmp_path / name.replace(" ", "_"))
        breaks(folder)
        assert not found.prove(folder).passed, name


def test_cells_that_are_sequences(tmp_path, write_notebook):
    found = good("channels", CHANNELS, write_notebook, tmp_path)
    assert isinstance(found.plan.signature, FrameInput)
    assert [column.cells for column in found.plan.signature.columns] == [
        Cells(container="series", dtype="float64", length=6),
        Cells(container="array", dtype="int64", length=None),
    ]
    assert found.prove(found.copy(tmp_path / "copy")).passed
    for name, breaks in BROKEN_CHANNELS.items():
        folder = found.copy(tmp_path / name.replace(" ", "_"))
        breaks(folder)
        assert not found.prove(folder).passed, name
