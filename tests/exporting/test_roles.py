"""Suggested roles: what the bundled examples and notebooks of many habits get, and what stays without one."""

from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.documents import EstimatorFact, RunFacts
from jupyter_mlops.exporting.roles.suggest import list_roles, suggest
from jupyter_mlops.notebook import parse_notebook, read_notebook
from jupyter_mlops.rules.facts import gather
from jupyter_mlops.tags import PARAMETERS_TAG, ROLES

EXAMPLES = Path(__file__).parents[2] / "examples"


def notebook_of(cells):
    """A notebook of code cells; a cell is its source, or a pair of its source and its tags."""
    node = nbformat.v4.new_notebook()
    for index, cell in enumerate(cells):
        source, tags = (cell, []) if isinstance(cell, str) else cell
        node.cells.append(nbformat.v4.new_code_cell(source, id=f"c{index}", metadata={"tags": tags}))
    return parse_notebook(nbformat.writes(node), Path("a.ipynb"))


def suggested(*cells, run=None):
    return {each.cell.index: each for each in suggest(gather(notebook_of(cells), run))}


def roles(*cells, run=None):
    found = suggested(*cells, run=run)
    return [found[index].role if index in found else None for index in range(1, len(cells) + 1)]


def left_behind(**classes):
    """What an export's run left: `model="sklearn.svm.SVC"`."""
    estimators = [
        EstimatorFact(name=name, also=[], class_name=kind, fitted=True, methods=["predict"], part_of=None)
        for name, kind in classes.items()
    ]
    return RunFacts(run="20260101", estimators=estimators, findings=[])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "churn",
            {3: "parameters", 5: "data", 8: "data", 10: "train", 11: "evaluate", 12: "evaluate"},
        ),
        ("digits", {3: "data", 5: "data", 7: "evaluate", 8: "train", 9: "evaluate"}),
        ("houses", {3: "parameters", 4: "data", 5: "data", 7: "data", 11: "train", 12: "evaluate"}),
        ("reviews", {3: "data", 4: "data", 9: "train", 10: "evaluate"}),
    ],
)
def test_the_examples_without_their_tags(name, expected):
    notebook = read_notebook(EXAMPLES / name / f"{name}.ipynb")
    bare = replace(
        notebook, cells=tuple(replace(cell, tags=cell.tags - {*ROLES, PARAMETERS_TAG}) for cell in notebook.cells)
    )
    found = {each.cell.index: each.role for each in suggest(gather(bare, None))}
    assert found == expected
    # what the authors tagged themselves comes back
    for cell in notebook.cells:
        if cell.role is not None:
            assert found[cell.index] == cell.role


COMPETITION = [
    ("import numpy as np\nimport pandas as pd\nimport seaborn as sns\n%matplotlib inline", None),
    ("train = pd.read_csv('train.csv')\ntest = pd.read_csv('test.csv')\ntrain.head()", "data"),
    ("train.info()", None),
    ("women = train[train.Sex == 'female']['Survived']\nprint(sum(women) / len(women))", None),
    ("corr = train.corr()\nsns.heatmap(corr)", None),
    ("train['Age'].fillna(train['Age'].median(), inplace=True)", "data"),
    (
        "from sklearn.preprocessing import LabelEncoder\nle = LabelEncoder()\n"
        "train['Sex'] = le.fit_transform(train['Sex'])",
        "data",
    ),
    ("features = ['Sex', 'Age']\nX = pd.get_dummies(train[features])\ny = train['Survived']", "data"),
    (
        "from sklearn.model_selection import train_test_split\nX_train, X_val, y_train, y_val = train_test_split(X, y)",
        "data",
    ),
    (
        "from sklearn.linear_model import LogisticRegression\n"
        "logreg = LogisticRegression()\nlogreg.fit(X_train, y_train)",
        "train",
    ),
    ("y_pred = logreg.predict(X_val)", None),
    ("from sklearn.metrics import accuracy_score as acc\nprint(acc(y_val, y_pred))", "evaluate"),
    ("output = pd.DataFrame({'Survived': logreg.predict(X)})\noutput.to_csv('submission.csv')", None),
]

TEXT = [
    ("import pandas as pd\ndf = pd.read_csv('spam.csv')\ndf.columns = ['label', 'text']", "data"),
    ("df.label.value_counts().plot.bar()", None),
    ("def clean(t):\n    return t.lower()\ndf['clean'] = df['text'].apply(clean)", "data"),
    (
        "from sklearn.feature_extraction.text import TfidfVectorizer\nvec = TfidfVectorizer()\n"
        "X = vec.fit_transform(df['clean'])\ny = df['label']",
        "data",
    ),
    ("from sklearn.naive_bayes import MultinomialNB\nclf = MultinomialNB().fit(X, y)", "train"),
    (
        "from sklearn.model_selection import GridSearchCV\ngrid = GridSearchCV(clf, {'alpha': [1, 2]})\n"
        "%time grid.fit(X, y)\nbest = grid.best_estimator_",
        "train",
    ),
    ("from sklearn import metrics\nprint(metrics.f1_score(y, clf.predict(X)))", "evaluate"),
    (
        "import matplotlib.pyplot as plt\nfpr, tpr, _ = metrics.roc_curve(y, clf.predict_proba(X)[:, 1])\n"
        "plt.plot(fpr, tpr)",
        None,
    ),
    ("def label(text: str) -> str:\n    return best.predict(vec.transform([clean(text)]))[0]", "serve"),
    ("label('WIN money')", None),
    ("import pickle\nwith open('m.pkl', 'wb') as f:\n    pickle.dump(best, f)", None),
    ("with open('m.pkl', 'rb') as f:\n    loaded = pickle.load(f)", None),
]

FUNCTIONS = [
    (
        "import pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn.metrics import roc_auc_score",
        None,
    ),
    (
        "def load(path):\n    return pd.read_parquet(path).dropna()\n\n"
        "def fitted(X, y):\n    model = RandomForestClassifier()\n    model.fit(X, y)\n    return model\n\n"
        "def quality(model, X, y):\n    return roc_auc_score(y, model.predict_proba(X)[:, 1])\n\n"
        "def plot_importances(model):\n    import matplotlib.pyplot as plt\n    plt.bar(model.feature_importances_)",
        None,
    ),
    ("df = load('a.parquet')", "data"),
    ("X, y = df.drop(columns='y'), df.y", "data"),
    ("clf = fitted(X, y)", "train"),
    ("print(quality(clf, X, y))", "evaluate"),
    ("plot_importances(clf)", None),
    (
        "def score(row):\n    return clf.predict(pd.DataFrame([row]))[0]\n\n"
        "def decide(row):\n    return score(row) > 0.5",
        "serve",
    ),
]

CLUSTERS = [
    ("N_CLUSTERS = 5\nSEED = 42", "parameters"),
    (
        "import pandas as pd\nfrom sklearn.cluster import KMeans\nfrom sklearn.preprocessing import StandardScaler\n"
        "from sklearn.decomposition import PCA\nimport matplotlib.pyplot as plt",
        None,
    ),
    ("data = pd.read_excel('customers.xlsx').dropna()", "data"),
    ("scaler = StandardScaler()\nscaled = scaler.fit_transform(data)", "data"),
    ("kmeans = KMeans(N_CLUSTERS, random_state=SEED)\ndata['cluster'] = kmeans.fit_predict(scaled)", "train"),
    ("pca = PCA(2)\nxy = pca.fit_transform(scaled)\nplt.scatter(xy[:, 0], xy[:, 1])", None),
    ("from sklearn.metrics.pairwise import euclidean_distances\nd = euclidean_distances(scaled)", None),
    ("from sklearn.metrics import silhouette_score\nsilhouette_score(scaled, data['cluster'])", "evaluate"),
]

OTHER_LIBRARIES = [
    (
        "import numpy as np, lightgbm as lgb, statsmodels.api as sm\n"
        "from scipy import stats\nfrom tensorflow import keras",
        None,
    ),
    ("(X, y), (X_test, y_test) = keras.datasets.mnist.load_data()", "data"),
    ("net = keras.Sequential([keras.layers.Dense(1, input_shape=X.shape[1:])])", None),
    ("history = net.fit(X, y, epochs=3)", "train"),
    ("loss = net.evaluate(X_test, y_test)", "evaluate"),
    ("rows = lgb.Dataset(X, label=y)\nbooster = lgb.train({}, rows, 100)", "train"),
    ("ols = sm.OLS(y, X).fit()\nprint(ols.summary())", "train"),
    ("mu, sigma = stats.norm.fit(X)\nslope, start = np.polyfit(X, y, 1)", None),
]

NO_MODEL = [
    ("import pandas as pd, seaborn as sns\niris = sns.load_dataset('iris')", "data"),
    ("means = iris.groupby('species').mean()\nmeans", None),
    ("n = 3\nprint(n)", None),
    ("pd.read_csv('once.csv').head()", None),
]

BASELINES = [
    ("from sklearn.datasets import make_classification\nX, y = make_classification()", "data"),
    (
        "from sklearn.dummy import DummyClassifier\ndummy = DummyClassifier().fit(X, y)\nprint(dummy.score(X, y))",
        "evaluate",
    ),
    ("from sklearn.svm import SVC\nprint(SVC().fit(X, y).score(X, y))", None),
    ("from sklearn.model_selection import cross_val_score\ncross_val_score(SVC(), X, y)", "evaluate"),
    ("models = {'a': SVC(), 'b': SVC(C=2)}\nfor name, m in models.items():\n    m.fit(X, y)", "train"),
    ("fitted = {name: m.fit(X, y) for name, m in models.items()}", "train"),
]


@pytest.mark.parametrize(
    "cells", [COMPETITION, TEXT, FUNCTIONS, CLUSTERS, OTHER_LIBRARIES, NO_MODEL, BASELINES], ids=range(7)
)
def test_habits(cells):
    assert roles(*(source for source, _ in cells)) == [role for _, role in cells]


LOADED = "import pandas as pd\nfrom sklearn.svm import SVC\nX = pd.read_csv('a.csv')"


@pytest.mark.parametrize(
    ("fit", "reason"),
    [
        ("model = SVC()\nmodel.fit(X, 1)", "fits `model` (SVC)"),
        ("a = SVC().fit(X, 1)\nb = SVC().fit(X, 1)", "fits `a` (SVC), `b` (SVC)"),
        (
            "X = pd.read_csv('b.csv')\nmodel = SVC().fit(X, 1)",
            "fits `model` (SVC); it also reads data: two cells would be clearer",
        ),
        (
            "model = SVC().fit(X, 1)\nprint(model.score(X, 1))",
            "fits `model` (SVC); it also scores: two cells would be clearer",
        ),
    ],
)
def test_the_reason_names_what_is_fitted(fit, reason):
    found = suggested(LOADED, fit)[2]
    assert (found.role, found.reason) == ("train", reason)


def test_what_the_run_left_behind_decides():
    cells = (LOADED, "thing = build()\nthing.fit(X)", "curve.fit(X)")
    assert roles(*cells) == ["data", "train", "train"]
    found = suggested(*cells, run=left_behind(thing="own.Wrapper"))
    assert {index: each.reason for index, each in found.items() if index > 1} == {2: "fits `thing` (Wrapper)"}


def test_a_run_says_that_a_name_is_no_estimator_even_where_its_function_fits():
    cells = (
        LOADED,
        "def f(X):\n    m = SVC()\n    m.fit(X, 1)\n    return m.coef_",
        "coefficients = f(X)",
        "m2 = g(X)",
    )
    assert roles(*cells) == ["data", None, None, None]


@pytest.mark.parametrize("role", [*ROLES, "parameters", "skip-execution"])
def test_a_role_that_is_set_is_never_questioned(role):
    assert roles((LOADED, [role]), "y = 1")[0] is None


def test_other_tags_are_no_roles():
    assert roles((LOADED, ["hide-input"])) == ["data"]


USES = "model = SVC(C=c, kernel=kernel).fit(X, 1)"


@pytest.mark.parametrize(
    ("cell", "role"),
    [
        ("c = 1.0\nkernel = 'rbf'", "parameters"),
        ("'''Settings.'''\nc: float = -1.0  # smaller is smoother\nkernel: str = 'rbf'", "parameters"),
        ("c = 1.0\nkernel = 'rbf'\nunread = 3", None),
        ("c = 1.0\nkernel = name()", None),
        ("import os\nc = 1.0\nkernel = 'rbf'", None),
        ("c = 1.0\nc = 2.0\nkernel = 'rbf'", None),
        ("c, kernel = 1.0, 'rbf'", None),
        ("c = [1.0]\nkernel = ['rbf']", None),
    ],
)
def test_parameters_are_plain_values_that_the_fit_depends_on(cell, role):
    assert roles(cell, LOADED, USES)[0] == role


def test_no_parameters_below_the_data_or_where_they_are_bound_again_or_tagged():
    cell = "c = 1.0\nkernel = 'rbf'"
    assert roles(LOADED, cell, USES)[1] is None
    assert roles(cell, LOADED, "c = 3\n" + USES)[0] is None
    assert roles(cell, LOADED, USES, ("q = 1", ["parameters"]))[0] is None
    assert roles(cell, cell.replace("c", "d"), LOADED, USES.replace("C=c", "C=c, degree=d"))[:2] == [None, None]
    assert roles(cell, "print(c, kernel)")[0] is None
    assert roles(cell, LOADED, "import matplotlib.pyplot as plt\nplt.plot(X, c, kernel)")[0] is None


@pytest.mark.parametrize(
    "cell",
    [
        "def f(x):\n    return x + 1",
        "def f():\n    return model.predict(X)",
        "def f(model, x):\n    return model.predict(x)",
        "def f(x):\n    print(model.predict(x))",
        "def f(x):\n    import matplotlib.pyplot as plt\n    plt.plot(model.predict(x))\n    return 1",
        "def f(x):\n    return model.predict(x)\nf(X)",
        "def f(x):\n    return other.predict(x)",
    ],
)
def test_functions_that_serve_nothing(cell):
    assert roles(LOADED, "model = SVC().fit(X, 1)", cell)[2] is None


@pytest.mark.parametrize("cell", ["x = = 1", "%%bash\nls", "!pip install pandas", "%%writefile a.py\nmodel.fit(X)"])
def test_cells_that_are_no_python_have_none(cell):
    assert roles(LOADED, cell) == ["data", None]


def test_the_list_has_every_code_cell_with_its_role_now():
    node = nbformat.v4.new_notebook()
    node.cells = [
        nbformat.v4.new_markdown_cell("# a"),
        nbformat.v4.new_code_cell(LOADED),
        nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["skip-execution"]}),
        nbformat.v4.new_code_cell("y = 1", metadata={"tags": ["hide", "train"]}),
        nbformat.v4.new_code_cell("  "),
    ]
    facts = gather(parse_notebook(nbformat.writes(node), Path("a.ipynb")), None)
    result = list_roles(facts)
    assert [(each.index, each.role, each.suggested) for each in result.cells] == [
        (2, None, None),
        (3, "skip-execution", None),
        (4, "train", None),
    ]
    result = list_roles(facts, suggest(facts))
    assert [each.suggested for each in result.cells] == ["data", None, None]
    assert (result.notebook, result.run, result.applied) == ("a.ipynb", None, False)


STATEMENTS = st.sampled_from(
    [
        "import pandas as pd",
        "from sklearn.svm import SVC",
        "from sklearn.metrics import *",
        "X = pd.read_csv('a.csv')",
        "X = X.dropna()",
        "X['a'] += 1",
        "del X",
        "seed = 3",
        "model = SVC(random_state=seed)",
        "model.fit(X, y=X.pop('y'))",
        "models = [SVC().fit(X, c) for c in (1, 2)]",
        "model = models[0]",
        "print(model.score(X, 1), accuracy_score(X, 1))",
        "def f(x):\n    return g(model.predict(x))",
        "def g(x):\n    return f(x)",
        "class A:\n    def fit(self, X):\n        return self",
        "a = A().fit(X)",
        "for X in f(X): pass",
        "try:\n    import pandas as pd\nexcept ImportError as pd:\n    pass",
        "with open('a') as h: rows = h.read()",
        "match X:\n    case [a, *b]:\n        pass",
        "(x := f)(X)",
        "async def h(x): return await x.fit(model)",
        "%time model.fit(X)",
        "lambda: model.fit(X)",
        "a, (b, *c) = X",
        "X.y.z = 1; X[0].fit(X)",
    ]
)


@given(st.lists(st.lists(STATEMENTS, max_size=4).map("\n".join), max_size=6), st.booleans())
def test_any_notebook_gets_at_most_one_role_a_cell(cells, with_run):
    cells = [LOADED, *cells]
    run = left_behind(model="sklearn.svm.SVC") if with_run else None
    found = suggest(gather(notebook_of(cells), run))
    indexes = [each.cell.index for each in found]
    assert indexes == sorted(set(indexes))
    assert {each.role for each in found} <= {*ROLES, "parameters"}
    assert all(each.reason for each in found)
    assert found == suggest(gather(notebook_of(cells), run))
    # a cell that a role was written into says nothing more; what is said of the others may use it
    tagged = [
        (source, [each.role for each in found if each.cell.index == index]) for index, source in enumerate(cells, 1)
    ]
    assert not set(indexes) & {each.cell.index for each in suggest(gather(notebook_of(tagged), run))}
