"""A frame gets names for its columns where its numbers are surely of no use."""

import pytest

from jupyter_mlops.analysis.rewriting.frames import with_names

MADE = "frame = pd.DataFrame(X)  # é"
NAMED = MADE + "\nframe.columns = frame.columns.astype(str)"


@pytest.mark.parametrize(
    "rest",
    [
        "model.fit(frame, y)",
        "model = make().fit(frame, y)\nmodel.predict(frame.head(3))\nlen(frame), frame.shape",
        "a, b, c, d = train_test_split(frame, y)\nmodel.fit(a, c).score(b, d)",
        "a, b, c, d = train_test_split(y, frame)\nmodel.fit(c, a)\na[0]",
        "cross_val_score(model, frame, y)",
        "frame.describe()\nmodel.fit(frame)\nprint(frame.tail())",
        "def shown(f): return f.iloc[:, position]\nmodel.fit(frame)",
    ],
)
def test_named(rest):
    assert with_names([f"{MADE}\n{rest}"]) == {0: f"{NAMED}\n{rest}"}
    assert with_names(["%matplotlib inline", MADE, rest]) == {1: NAMED}
    assert with_names([f"{MADE}\r\n"]) == {0: NAMED.replace("\n", "\r\n") + "\r\n"}


@pytest.mark.parametrize(
    "rest",
    [
        "frame[0]",
        "frame['a'] = 1",
        "frame.loc[:, 0]",
        "frame.a",
        "other = frame",
        "f(frame)",
        "f(x=frame)",
        "a, b = train_test_split(frame)\na[0]",
        "parts = train_test_split(frame)",
        "frame = frame.head()",
        "pd.DataFrame(Z)",
        "def f(frame): return frame[0]",
        "x.eval('frame')",
        "frame.describe()[0]",
        "top = frame.head()",
        "model.set_output(transform='pandas').fit(frame)",
        "model = FunctionTransformer(lambda f: f[[0, 1]]).fit(frame)",
        "class First:\n    def transform(self, f): return f.loc[:, 0]\nFirst().transform(frame)",
        "%run a.py",
        "x = (",
    ],
)
def test_not_certain(rest):
    assert with_names([MADE, rest]) is None


@pytest.mark.parametrize(
    "source",
    [
        "frame = pd.DataFrame(X, columns=c)",
        "frame = pd.DataFrame(X); y = 1",
        "if x:\n    frame = pd.DataFrame(X)",
        "frame = DataFrame(X)",
        "a = b = pd.DataFrame(X)",
    ],
)
def test_made_otherwise(source):
    assert with_names([source]) is None
