"""Facts about calls: their schema, the order of lookup, and what they say of calls that notebooks are full of."""

from __future__ import annotations

import pytest

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.dataflow.following import Flow
from jupyter_mlops.analysis.effects import FactsError, Table, facts, parse
from jupyter_mlops.analysis.magic_facts import magic_facts

# --- the schema

DEFAULTS = "\n".join(f"[default.{kind}]" for kind in ("function", "class", "statement", "method", "value"))
SMALLEST = f'states = ["files", "random.numpy"]\n{DEFAULTS}\n'
METHOD = '[[method]]\nnames = ["good"]\n[[method]]\nnames = ["fillna", "dropna"]\n'


def test_the_smallest_file():
    found = parse(SMALLEST)
    assert found.methods.find("fillna") is None
    assert found.defaults["method"].result == "fresh"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # misspelt keys
        ('resullt = "fresh"', ["[[method]] 2 (fillna)", "unknown key 'resullt'", "result, runs"]),
        ('changes = [{ what = "receiver", onyl = "inplace" }]', ["[[method]] 2 (fillna): changes", "'onyl'", "unless"]),
        (
            'changes = [{ what = "receiver", only = { key = "inplace" } }]',
            ["[[method]] 2 (fillna): changes: only", "by its position or keyword"],
        ),
        (
            'changes = [{ what = "receiver", only = { keyword = "inplace", amongst = ["x"] } }]',
            ["[[method]] 2 (fillna): changes: only", "'amongst'", "among"],
        ),
        # unknown words
        ('result = "freh"', ["[[method]] 2 (fillna): result", "'freh' is unknown", "fresh"]),
        ('runs = "all"', ["[[method]] 2 (fillna): runs", "'all' is unknown", "anything"]),
        ('names_in_text = "in"', ["[[method]] 2 (fillna): names_in_text", "'in' is unknown", "words"]),
        ('changes = ["reciever"]', ["[[method]] 2 (fillna): changes", "'reciever' is unknown", "receiver", "files"]),
        ('reads = ["receiver"]', ["[[method]] 2 (fillna): reads", "'receiver' is unknown", "files"]),
        ('later = ["random.nunpy"]', ["[[method]] 2 (fillna): later", "'random.nunpy' is unknown", "random.numpy"]),
        ('linked = "fields"', ["[[method]] 2 (fillna): linked", "'fields' is unknown", "settings.<package>"]),
        # wrong types
        ("result = 1", ["[[method]] 2 (fillna): result", "1 is unknown"]),
        ('holds = "yes"', ["[[method]] 2 (fillna): holds", "true or false", "'yes'"]),
        ('uses = "key"', ["[[method]] 2 (fillna): uses", "a list of texts", "'key'"]),
        ('changes = "receiver"', ["[[method]] 2 (fillna): changes", "a list is wanted"]),
        ("changes = [1]", ["[[method]] 2 (fillna): changes", "a table is wanted, not 1"]),
        ("changes = [{ position = 0 }]", ["[[method]] 2 (fillna): changes: what", "None is unknown"]),
        ('changes = [{ what = "argument" }]', ["[[method]] 2 (fillna): changes", "by its position or keyword"]),
        ('changes = [{ what = "argument", position = -1 }]', ["[[method]] 2 (fillna)", "a number from 0", "-1"]),
        ('changes = [{ what = "argument", position = true }]', ["[[method]] 2 (fillna)", "a number from 0", "True"]),
        ('changes = [{ what = "argument", keyword = 1 }]', ["[[method]] 2 (fillna)", "a text is wanted", "1"]),
        ('changes = [{ what = "files", anew = 1 }]', ["[[method]] 2 (fillna)", "true or false", "1"]),
        # names
        ('[[method]]\nnames = ["dropna"]', ["[[method]] 3 (dropna)", "'dropna' has an entry already"]),
        ('[[method]]\nnames = ["a*", "a*"]', ["[[method]] 3 (a*)", "'a*' has an entry already"]),
        ('[[method]]\nresult = "fresh"', ["[[method]] 3 has no names"]),
        ('[[method]]\nnames = "dropna"', ["names of [[method]] 3", "a list of texts", "'dropna'"]),
        # sections
        ('[[methods]]\nnames = ["a"]', ["the file", "unknown key 'methods'", "method"]),
        ('[[import]]\nnames = ["a"]\nresult = "fresh"', ["[[import]] 1 (a)", "unknown key 'result'", "changes"]),
        ('[[import]]\nnames = ["a"]\nchanges = ["receiver"]', ["[[import]] 1 (a): changes", "'receiver' is unknown"]),
        ('[[magic]]\nnames = ["a"]\nopaque = true', ["[[magic]] 1 (a)", "unknown key 'opaque'", "binds"]),
        ('[[magic]]\nnames = ["a"]\nbinds = 1', ["[[magic]] 1 (a): binds", "true or false"]),
        ('[[command]]\nnames = ["a"]\nchanges = ["disk"]', ["[[command]] 1 (a): changes", "'disk' is unknown"]),
        ('[class]\nnames = ["a"]', ["[[class]] has to be a list"]),
        ("[default.funktion]", ["default", "unknown key 'funktion'", "function"]),
        ("[[method", ["no TOML"]),
    ],
)
def test_what_breaks_the_schema_is_refused_by_the_name_of_its_entry(text, words):
    with pytest.raises(FactsError) as caught:
        parse(SMALLEST + METHOD + text)
    assert [word for word in words if word not in str(caught.value)] == []


def test_each_default_is_wanted():
    with pytest.raises(FactsError, match=r"default\.value is missing"):
        parse(SMALLEST.replace("[default.value]", ""))


def test_settings_of_any_package_are_a_state():
    found = parse(SMALLEST + '[[function]]\nnames = ["f"]\nchanges = ["settings.pandas"]')
    assert [touch.what for touch in found.functions.exact["f"].changes] == ["settings.pandas"]


# --- lookup


def test_exact_names_go_before_patterns_and_longer_patterns_before_shorter():
    table = Table[str]()
    for name in ("*", "numpy.*", "numpy.random.*", "numpy.random.seed"):
        assert table.add(name, name)
    assert table.find("numpy.random.seed") == "numpy.random.seed"
    assert table.find("numpy.random.rand") == "numpy.random.*"
    assert table.find("numpy.mean") == "numpy.*"
    assert table.find("scipy.mean") == "*"
    assert not table.add("numpy.*", "again")


def changed_by(call: str, *setup: str, among: str = "xyz") -> set[str]:
    """The names of the notebook, one letter each, and the states that a later reader needs the call for."""
    found: set[str] = set()
    before = [parse_cell(text) for text in [*setup, call]]
    flow = Flow(before)
    last = len(flow.steps) - 1
    for name in among:
        if flow.binds(name):
            found |= {name for source in flow.needs([name]) if source.unit == last and source.how == "changes"}
    for probe in READERS:
        sources = Flow([*before, parse_cell(probe)]).steps[-1].sources
        found |= {source.name for source in sources if source.unit == last and source.how in ("sets", "alters")}
    return found


# What hangs on a state.
READERS = [
    "import random as r\nr.random()",
    "import numpy.random as r\nr.rand()",
    "import os as o\no.environ['HOME']",
    "import anything",
    "open('f').read()",
    "import matplotlib.pyplot as p\np.gcf()",
    "import pandas as q\nq.concat([])",
]


def test_a_method_of_a_package_goes_before_the_bare_name():
    torch = "import torch\nx = torch.nn.Linear(1, 1)"
    assert changed_by("x.eval()", torch) >= {"x"}
    assert changed_by("x.eval('a + 1')", "import pandas as pd\nx = pd.DataFrame()") == set()
    assert changed_by("x.rename('f')", "from pathlib import Path\nx = Path('e')") == {"files"}
    assert changed_by("x.rename(columns={})", "import pandas as pd\nx = pd.DataFrame()") == set()


# --- calls that notebooks are full of

FRAME = "import pandas as pd\nx = pd.read_csv('x.csv')"
ARRAYS = "import numpy as np\nx = np.zeros(3)\ny = np.ones(3)"
MODEL = "from sklearn.linear_model import SGDClassifier\nx, y, z = SGDClassifier(random_state=0), [[1]], [1]"
OBJECTS = "x, y = [[2], [1]], [3]"


@pytest.mark.parametrize(
    ("setup", "call", "changed"),
    [
        # pandas
        (FRAME, "x.dropna()", set()),
        (FRAME, "x.dropna(inplace=True)", {"x"}),
        (FRAME, "x.fillna(0, inplace=False)", set()),
        (FRAME, "x.drop(columns='a', inplace=True)", {"x"}),
        (FRAME, "x.insert(0, 'a', 1)", {"x"}),
        (FRAME, "x.groupby('a').mean()", set()),
        (FRAME, "x.merge(x, on='a')", set()),
        (FRAME, "x.to_csv('f')", {"files"}),
        (FRAME, "x.to_csv()", set()),
        (FRAME, "x.sample(3, random_state=1)", set()),
        (FRAME, "x.sample(3)", {"random.numpy"}),
        (FRAME, "pd.set_option('display.max_rows', 5)", set()),
        (FRAME, "pd.set_option('mode.copy_on_write', True)", {"settings.pandas"}),
        # lists, dictionaries, sets
        (OBJECTS, "x.append(1)", {"x"}),
        (OBJECTS, "x.sort(key=len)", {"x"}),
        (OBJECTS, "x.index([1])", set()),
        (OBJECTS, "sorted(x)", set()),
        (OBJECTS, "x.extend(y)", {"x"}),
        (OBJECTS, "list.insert(x, 0, y)", {"x"}),
        ("x, y = {'a': []}, []", "x.setdefault('b', y)", {"x"}),
        ("x, y = {'a': []}, []", "x['a'].append(y)", {"x"}),
        ("x, y = {'a': []}, []", "x.get('a', y)", set()),
        ("x, y = {'a': []}, {}", "x.update(y)", {"x"}),
        ("x, y = {1}, {2}", "x.add(3)", {"x"}),
        ("x, y = {1}, {2}", "x.difference_update(y)", {"x"}),
        ("x, y = {1}, {2}", "x.union(y)", set()),
        # NumPy
        (ARRAYS, "np.add(x, 1)", set()),
        (ARRAYS, "np.add(x, 1, out=y)", {"y"}),
        (ARRAYS, "np.copyto(y, x)", {"y"}),
        (ARRAYS, "x.reshape(3, 1)", set()),
        (ARRAYS, "x.fill(0)", {"x"}),
        (ARRAYS, "np.random.seed(0)", {"random.numpy"}),
        (ARRAYS, "np.random.rand(3)", {"random.numpy"}),
        (ARRAYS, "np.random.shuffle(x)", {"x", "random.numpy"}),
        ("import numpy as np\nx = np.random.default_rng(0)", "x.normal(3)", {"x"}),
        ("import random\nx = [1]", "random.shuffle(x)", {"x", "random.python"}),
        # scikit-learn
        (MODEL, "x.fit(y, z)", {"x"}),
        (MODEL, "x.partial_fit(y, z)", {"x"}),
        (MODEL, "x.conformalize(y, z)", {"x"}),
        (MODEL, "x.predict(y)", set()),
        (MODEL, "x.set_params(alpha=1)", {"x"}),
        (MODEL.replace("random_state=0", ""), "x.fit(y, z)", {"x", "random.numpy"}),
        ("from sklearn.preprocessing import StandardScaler as S\nx, y = S(), [[1]]", "x.fit_transform(y)", {"x"}),
        ("from sklearn.preprocessing import StandardScaler as S\nx, y = S(), [[1]]", "x.transform(y)", set()),
        (
            "from sklearn.model_selection import train_test_split\nx = [[1]]",
            "train_test_split(x, random_state=1)",
            set(),
        ),
        ("from sklearn.model_selection import train_test_split\nx = [[1]]", "train_test_split(x)", {"random.numpy"}),
        # files
        ("import joblib\nx = [1]", "joblib.dump(x, 'f')", {"files"}),
        ("import pickle\nx = [1]\ny = open('f', 'wb')", "pickle.dump(x, y)", {"y", "files"}),
        ("", "open('f', 'w')", {"files"}),
        ("", "open('f', mode='a')", {"files"}),
        ("", "open('f')", set()),
        ("", "open('elsewhere', 'w')", set()),
        ("from pathlib import Path\nx = Path('f')", "x.write_text('a')", {"files"}),
        # pictures
        ("import matplotlib.pyplot as plt\nx = [1]", "plt.plot(x)", {"matplotlib"}),
        ("import matplotlib.pyplot as plt", "plt.savefig('f')", {"files"}),
        (FRAME, "x.plot()", {"matplotlib"}),
        # the process
        ("import os", "os.environ['A'] = 'b'", {"environment"}),
        ("import os", "os.environ.setdefault('A', 'b')", {"environment"}),
        ("import os", "os.environ.get('A')", set()),
        ("import sys", "sys.path.append('src')", {"import-path"}),
        ("import sys", "sys.path.index('src')", set()),
        ("import os", "os.chdir('data')", {"working-directory"}),
    ],
    ids=lambda value: value if isinstance(value, str) and "\n" not in value else "",
)
def test_what_a_call_changes(setup, call, changed):
    assert changed_by(call, *([setup] if setup else [])) == changed


def test_states_are_of_magics_that_are_known():
    known = magic_facts().magics
    assert set(facts().magics.exact) <= set(known)
    assert not facts().magics.patterns
    assert {known[name].runs for name, state in facts().magics.exact.items() if state.binds} == {"anything"}
