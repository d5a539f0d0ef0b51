"""What becomes of the names of tiny notebooks: copied, saved, frozen or left out, and the module that comes of it.

The cells run in a plain namespace for the facts; a module is tried by running it with made-up saved values.
"""

# ruff: noqa: ARG005

import re
import types

import pytest

from jupyter_mlops.exporting.carrying import Carrier
from jupyter_mlops.exporting.dialogue import Needs, Refusal
from jupyter_mlops.exporting.lambdas import named_lambdas
from jupyter_mlops.kernel.namespace import describe
from jupyter_mlops.notebook import Cell

FIT = "model = types.SimpleNamespace()"


def cells_of(sources):
    cells = []
    for index, each in enumerate(sources, start=1):
        source, tags = (each, ()) if isinstance(each, str) else each
        cells.append(Cell(f"c{index}", index, "code", source, frozenset(tags)))
    return cells


class Carrying:
    """Carries `model`, whose file needs the definitions named `needed`; `holding` has those of other files."""

    def __init__(self, *sources, needed=("f",), holding=None, **refused):
        self.values = {"__name__": "__main__", "types": types}
        cells = [*cells_of(sources), Cell("model", 99, "code", FIT, frozenset())]
        for cell in cells:
            exec(cell.source, self.values)  # noqa: S102
        facts = {n: describe(n, v) for n, v in self.values.items() if n not in ("__builtins__", "__name__", "types")}

        def needs(name):
            defined = (holding or {}).get(name, needed if name == "model" else ())
            return refused.get(name) or Needs((f"made.up:{name}",), tuple(defined))

        self.result = Carrier(cells, facts, needs, named_lambdas(cells)).carry("model")
        self.code = self.result.code or ""

    @property
    def kinds(self):
        kinds = {each.name: each.kind for each in self.result.names}
        assert kinds.pop("model") == "learned"
        return kinds

    def loaded(self):
        """The names of the module, run as the service would."""
        load = re.search(r"^from \.loading import load(?: as (\w+))?$", self.code, flags=re.MULTILINE)
        text = self.code.replace(load[0], "") if load else self.code
        names = {"__name__": "shop.notebook", "__file__": "/x.py"}
        if load:
            names[load[1] or "load"] = lambda folder, name: self.values[name]
        exec(text, names)  # noqa: S102
        return names


@pytest.mark.parametrize(
    ("sources", "kinds", "answer"),
    [
        (["def f(): return 1"], {"f": "code"}, 1),
        (["A = 2", "def f(): return A"], {"f": "code", "A": "code"}, 2),
        (["A = 2", "B = A * 60", "def f(): return B"], {"f": "code", "A": "code", "B": "code"}, 120),
        (["A = open", "x = 3", "def f(): return 1"], {"f": "code", "A": "not-needed", "x": "not-needed"}, 1),
        (["def g(): return h()", "def h(): return 4", "def f(): return g()"], dict.fromkeys("fgh", "code"), 4),
        (["half = lambda x: x / 2", "def f(): return half(4)"], {"f": "code", "half": "code"}, 2),
        (["n = 1", "half = lambda x, k=n: x / k", "n = 2", "def f(): return half(4) * n"],
         {"f": "code", "half": "code", "n": "code"}, 8),
        (["half = lambda x: x / 2", "half = lambda x: x / 4", "def f(): return half(4)"],
         {"f": "code", "half": "code"}, 1),
        (["import math", "def f(): return math.floor(1.5)"], {"f": "code", "math": "code"}, 1),
        (["from math import *", "def f(): return floor(1.5)"], {"f": "code", "floor": "code"}, 1),
        (["from math import *", "def f(): return round(pi)"], {"f": "code", "pi": "learned"}, 3),
        (["exec('hidden = 5')", "def f(): return hidden"], {"f": "code", "hidden": "learned"}, 5),
        (["if True:\n    def f(): return 6"], {"f": "code"}, 6),
        (["try:\n    import nonesuch as m\nexcept ImportError:\n    import math as m", "def f(): return m.floor(1)"],
         {"f": "code", "m": "code"}, 1),
        # computed, changed, or bound again: saved
        (["m = sum([1, 2])\nn = max([m], key=abs)", "def f(): return n"],
         {"f": "code", "n": "learned", "m": "not-needed"}, 3),
        (["W = []", "W.append(1)", "def f(): return W"], {"f": "code", "W": "learned"}, [1]),
        (["W = {}", "W['a'] = 1", "def f(): return W"], {"f": "code", "W": "learned"}, {"a": 1}),
        (["W = [2, 1]", "list.sort(W)", "def f(): return W"], {"f": "code", "W": "learned"}, [1, 2]),
        (["W = [1]", "W.sort()", "def f(): return W"], {"f": "code", "W": "code"}, [1]),
        (["n = 0", "n += 1", "def f(): return n"], {"f": "code", "n": "learned"}, 1),
        (["n = 1", "n = 2", "def f(): return n"], {"f": "code", "n": "code"}, 2),
        (["a, b = 1, 2", "def f(): return a"], {"f": "code", "a": "code", "b": "code"}, 1),
        (["a = b = [3]", "def f(): return a is b"], {"f": "code", "a": "code", "b": "code"}, True),
        (["a, (b, c) = 1, (2, 3)", "def f(): return b"],
         {"f": "code", "a": "not-needed", "b": "learned", "c": "not-needed"}, 2),
        (["a, b = 1, 2", "b += 1", "def f(): return a * 10 + b"], {"f": "code", "a": "code", "b": "learned"}, 13),
        (["n = 1", "m = n * 60", "n = 2", "def f(): return m + n"], {"f": "code", "m": "learned", "n": "code"}, 62),
        (["for i in range(3): pass", "def f(): return i"], {"f": "code", "i": "learned"}, 2),
        # parameters
        ([("n = 5", {"parameters"}), "def f(): return n"], {"f": "code", "n": "parameter"}, 5),
        ([("n = 5", {"parameters"}), ("n = 7", {"injected-parameters"}), "def f(): return n"],
         {"f": "code", "n": "parameter"}, 7),
        ([("n = 5", {"parameters"}), "m = n * 2", "def f(): return m"],
         {"f": "code", "m": "code", "n": "parameter"}, 10),
        ([("n, k = 5, 6", {"parameters"}), "def f(): return n + k"],
         {"f": "code", "n": "parameter", "k": "parameter"}, 11),
        # classes
        (["class Base: x = 1", "class A(Base): pass", "def f(): return A.x"],
         {"f": "code", "A": "code", "Base": "code"}, 1),
        (["class A: x = 1", "A.x = 2", "def f(): return A.x"], {"f": "code", "A": "code"}, 2),
        (["def deco(g): return g", "@deco\ndef f(): return 1"], {"f": "code", "deco": "code"}, 1),
        (["D = 3", "def f(x=D): return x"], {"f": "code", "D": "code"}, 3),
        # bound again after it was read: the earlier binding goes along
        (["n = 1", "def f(x=n): return x", "n = 2"], {"f": "code", "n": "code"}, 1),
        (["n = 1", "def g(x=n): return x", "n = max([2])", "def f(): return g() * 10 + n"],
         {"f": "code", "g": "code", "n": "learned"}, 12),
        (["class A:\n    def go(self): return 1", "class A(A):\n    def go(self): return super().go() + 1",
          "def f(): return A().go()"], {"f": "code", "A": "code"}, 2),
        (["def up(g): return lambda: g() + 1", "def f(): return 1", "f = up(f)"], {"f": "code", "up": "code"}, 2),
        (["import math", "def f(x=math.floor(1.5)): return x", "import math"], {"f": "code", "math": "code"}, 1),
        (["x = 1; n = 2", "def f(k=n): return k + x", "x = 1; n = 3"], {"f": "code", "x": "code", "n": "code"}, 3),
        (["n = 1; mn = 1", "def f(): return n + mn"], {"f": "code", "mn": "code", "n": "code"}, 2),
        # names that the module has of its own
        (["load, VALUES, Path = 1, [2], 'x'", "def f(): return (load, VALUES, Path)"],
         {"f": "code", "load": "code", "VALUES": "code", "Path": "code"}, (1, [2], "x")),
        (["load = Path = VALUES = 'x'", "n = [2, 1]\nn[0] = 3", "def f(): return n, load + Path + VALUES"],
         {"f": "code", "load": "code", "VALUES": "code", "Path": "code", "n": "learned"}, ([3, 1], "xxx")),
        (["from pathlib import Path", "n = sorted([2, 1], key=abs)", "def f(): return n, Path('a').name"],
         {"f": "code", "n": "learned", "Path": "code"}, ([1, 2], "a")),
        # functions that bind module names
        (["n = 0", "def step():\n    global n\n    n += 1\n    return n", "def f(): return step() + n"],
         {"f": "code", "step": "code", "n": "learned"}, 2),
        (["n = 0", "def z():\n    global n\n    n += 1\n    return n", "def f(): return z() + n"],
         {"f": "code", "z": "code", "n": "learned"}, 2),
    ],
)  # fmt: skip
def test_decisions(sources, kinds, answer):
    carrying = Carrying(*sources)
    assert carrying.kinds == kinds
    assert carrying.result.findings == ()
    assert carrying.loaded()["f"]() == answer


def test_a_lambda_that_is_bound_alone_is_carried_as_a_function():
    carrying = Carrying("# of it\nhalf = lambda x: x / 2  # exactly", "def f(): return half(4)")
    assert "# of it\n# exactly\ndef half(x):\n    return x / 2\n" in carrying.code
    assert "lambda" not in carrying.code


def test_lambdas_of_values_are_functions_above_the_values():
    carrying = Carrying(
        "import math\nBASE = 3\ndef twice(x): return 2 * x",
        "x = 1; features = [lambda x, k=BASE: twice(x) + k, lambda x: math.floor(x)]",
        "def f(): return [each(1.5) for each in features]",
        holding={"features": ["features_function", "features_function_2"]},
    )
    assert carrying.kinds == {
        **dict.fromkeys(["f", "math", "BASE", "twice", "features_function", "features_function_2"], "code"),
        "features": "learned",
        "x": "not-needed",
    }
    places = {each.name: (each.cell, each.reason) for each in carrying.result.names}
    assert places["features_function"] == ("c2", "`features` is made of it")
    assert places["twice"] == ("c1", "`features_function` reads it")
    pieces = [
        "\ndef features_function(x, k=BASE):\n    return twice(x) + k\n",
        "\ndef features_function_2(x):\n    return math.floor(x)\n",
        '\nfeatures = load(VALUES, "features")',
    ]
    at = [carrying.code.index(each) for each in pieces]
    assert at == sorted(at)
    names = carrying.loaded()
    assert (names["features_function"](1.5), names["features_function_2"](1.5)) == (6.0, 1)


def test_a_value_is_loaded_below_what_it_asks_for():
    carrying = Carrying(
        "d = {}",
        "def g(): return 1\nd['a'] = g\nd['b'] = lambda: 2",
        "def f(): return d",
        holding={"d": ["g", "d_function"]},
    )
    assert carrying.kinds["d"] == "learned"
    assert carrying.code.index("def d_function") < carrying.code.index("d = load(")
    assert carrying.code.index("def g") < carrying.code.index("d = load(")


def test_what_a_lambda_reads_is_looked_for_on_its_line():
    carrying = Carrying("model_f = [\n    1,\n    lambda: nowhere,\n]", needed=("model_f_function",))
    (finding,) = carrying.result.findings
    assert (finding.code, finding.cell, finding.line) == ("undefined-name", "c1", 3)
    assert finding.reason == "`model_f_function` reads it"


@pytest.mark.parametrize(
    ("sources", "place"),
    [
        (["n = len('a' + chr(1))", "\n\ndef f(x=n): return x", "n = 3"], ("c2", 2, 3)),
        (["n = [1]", "n.append(2); n[0] = 5", "def f(x=n): return x", "n = None"], ("c3", 3, 1)),
    ],
)
def test_a_value_that_was_bound_again_cannot_be_had(sources, place):
    (finding,) = Carrying(*sources).result.findings
    assert (finding.code, finding.cell, finding.index, finding.line) == ("bound-again", *place)
    assert "`f` took the value of `n`" in finding.message
    assert finding.reason
    assert finding.fix.text


def test_nothing_is_needed():
    carrying = Carrying("import math\nx = 1", needed=())
    assert carrying.result.code is None
    assert carrying.kinds == {"math": "not-needed", "x": "not-needed"}
    assert carrying.result.learned == ("model",)
    assert carrying.result.globals == ("made.up:model",)


def test_the_module_is_the_notebooks_text():
    carrying = Carrying(
        "import os, math as m\nfrom json import dumps, loads",
        "# how many\nA = 3  # of them\nunused = 4",
        "# says it\ndef f():\n    # inside\n    return m.floor(A), loads('1')",
    )
    assert carrying.code.split("\n\n\n") == [
        "import math as m\nfrom json import loads",
        "# how many\nA = 3  # of them\n\n# says it\ndef f():\n    # inside\n    return m.floor(A), loads('1')\n",
    ]


def test_saved_values_are_loaded_where_they_were_bound():
    carrying = Carrying("def g(): return 1", "n = sorted([2, 1], key=abs)", "def f(): return n")
    assert 'n = load(VALUES, "n")' in carrying.code
    assert "from .loading import load" in carrying.code
    assert carrying.result.learned == ("model", "n")
    assert carrying.code.index("n = load") < carrying.code.index("def f")


def test_settings_of_scikit_learn_go_along():
    pytest.importorskip("sklearn")
    carrying = Carrying("import sklearn", "sklearn.set_config(assume_finite=False)", needed=())
    assert "import sklearn\n" in carrying.code
    assert "sklearn.set_config(assume_finite=False)" in carrying.code


def test_future_imports_stand_first():
    carrying = Carrying("import math", "from __future__ import annotations\ndef f(): return math.floor(1)")
    assert carrying.code.startswith("from __future__ import annotations\nimport math\n")


def test_every_decision_has_its_reason_and_place():
    carrying = Carrying("A = 1", "def f(): return A")
    places = {each.name: (each.cell, each.index, each.reason) for each in carrying.result.names}
    assert places["A"] == ("c1", 1, "`f` reads it")
    assert places["f"] == ("c2", 2, "`model` is made of it")


@pytest.mark.parametrize(
    ("sources", "code", "words"),
    [
        (["def f():\n    return nowhere"], "undefined-name", "`nowhere`"),
        (["def f():\n    return display(1)"], "notebook-only", "`display`"),
    ],
)
def test_names_that_no_service_has(sources, code, words):
    (finding,) = Carrying(*sources).result.findings
    assert finding.code == code
    assert words in finding.message
    assert (finding.cell, finding.index, finding.line) == ("c1", 1, 2)
    assert finding.reason == "`f` reads it"
    assert finding.fix.text


def test_only_what_surely_does_nothing_is_taken_out():
    (shell, shown) = Carrying("def f(v):\n    get_ipython().magic('x')\n    display(v)\n    return v").result.findings[
        ::-1
    ]
    assert "`get_ipython`" in shell.message
    assert shell.fix.edits == ()
    assert [(edit.cell, edit.source) for edit in shown.fix.edits] == [
        ("c1", "def f(v):\n    get_ipython().magic('x')\n    return v")
    ]


def test_builtins_are_no_finding():
    assert Carrying("def f(): return len(print.__name__)").result.findings == ()


@pytest.mark.parametrize(
    ("source", "line", "place"),
    [
        (None, None, ("c2", 2, 3)),
        ("text of no cell", None, ("c2", 2, 3)),
        ("\ng = {}\ng['f'] = lambda: 1\n", None, ("c1", 1, 3)),
        ("g = {}\ng['f'] = lambda: 1\n", 1, ("c1", 1, 2)),
    ],
)
def test_a_value_that_cannot_be_saved(source, line, place):
    refusal = Refusal("it is a lock", "make it later", source, line)
    carrying = Carrying(
        "\ng = {}\ng['f'] = lambda: 1", "x = 1\n\nvalue = sorted([1], key=abs)", "def f(): return value", value=refusal
    )
    (finding,) = carrying.result.findings
    assert (finding.code, finding.message) == ("value-cannot-be-saved", "`value` cannot be saved: it is a lock")
    assert (finding.cell, finding.index, finding.line) == place
    assert (finding.reason, finding.fix.text) == ("`f` reads it", "make it later")
    assert carrying.result.learned == ("model",)


def test_the_model_itself_is_refused():
    carrying = Carrying("x = 1", model=Refusal("no", "do", None), needed=())
    assert carrying.result.findings[0].index == 99
    assert carrying.result.learned == ()


def test_functions_carry_models_in_containers_tables_and_thresholds():
    sources = [
        "import math",
        ("rate = 3", ("parameters",)),
        "models = {'a': types.SimpleNamespace(), 'b': [types.SimpleNamespace()]}\nlimit = hash('limit') % 7\nrest = 1",
        "class Offer: ...",
        "def rounded(x): return math.floor(x)",
        (
            "def price(offer: Offer, n=rate):\n    return rounded(models['a'].v * n) > limit\ndef _own(): return rest",
            ("serve",),
        ),
    ]
    values = {"__name__": "__main__", "types": types}
    cells = cells_of(sources)
    for cell in cells:
        exec(cell.source, values)  # noqa: S102
    facts = {n: describe(n, v) for n, v in values.items() if n not in ("__builtins__", "__name__", "types")}
    carrier = Carrier(cells, facts, lambda name: Needs((f"made.up:{name}",), ()), named_lambdas(cells))
    carried = carrier.carry_functions(["price"], ["Offer"])
    assert {each.name: each.kind for each in carried.names} == {
        **dict.fromkeys(["price", "rounded", "math", "Offer"], "code"),
        "rate": "parameter",
        "models": "learned",
        "limit": "learned",
        "rest": "not-needed",
        "_own": "not-needed",
    }
    assert set(carried.learned) == {"models", "limit"}
    assert carried.globals[0].startswith("made.up:")
    assert carrier.imported("math") == "import math"
    assert carrier.imported("price") is None
