"""Values of the notebook as files that load elsewhere, and those that have no file form."""

# ruff: noqa: ARG005

import linecache
import pickle
import subprocess
import sys
import threading
import types

import numpy as np
import pytest

from jupyter_mlops.exporting.runtime.saving import CannotSaveError, pickled

MODULE = "shop.notebook"
SOURCE = """
import threading

class Scale:
    def __init__(self, by=2): self.by = by
    def __call__(self, x): return self.by * x
    class Inner:
        def go(self): return 1

def double(x): return 2 * x

def maker():
    def local(x): return x
    class Local: pass
    return local, Local

class Open:
    def __getstate__(self): raise RuntimeError("not now")

half = lambda x: x / 2
"""


@pytest.fixture
def names():
    """A namespace whose definitions say, as in a kernel, that they are of `__main__`."""
    namespace = {"__name__": "__main__"}
    exec(SOURCE, namespace)  # noqa: S102
    return namespace


@pytest.fixture(autouse=True)
def nothing_left_behind(names):
    before = {name: value.__module__ for name, value in names.items() if hasattr(value, "__module__")}
    yield
    assert {name: names[name].__module__ for name in before} == before
    assert names["Scale"].Inner.__module__ == "__main__"
    assert [name for name in sys.modules if name.partition(".")[0] == "shop"] == []


def test_own_classes_load_from_the_packages_module(names):
    value = {"steps": [names["Scale"](3), names["double"]], "n": np.float64(1.5)}
    found = pickled(value, names, MODULE)
    assert found.defined_here == ["Scale", "double"]
    assert {"shop.notebook:Scale", "shop.notebook:double"} <= set(found.globals)
    assert not [each for each in found.globals if each.startswith("__main__")]
    assert b"__main__" not in found.data


def test_it_loads_where_such_a_module_exists(names, tmp_path):
    found = pickled([names["Scale"](3), names["double"], names["Scale"].Inner()], names, MODULE)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "notebook.py").write_text(SOURCE)
    (tmp_path / "value.pkl").write_bytes(found.data)
    script = (
        "import pickle; a, b, c = pickle.load(open('value.pkl', 'rb')); print(a(2), b(2), c.go(), type(a).__module__)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.split() == ["6", "4", "1", MODULE]


def test_nested_classes(names):
    found = pickled(names["Scale"].Inner(), names, MODULE)
    assert found.defined_here == ["Scale"]
    assert "shop.notebook:Scale.Inner" in found.globals


def test_values_of_libraries_need_nothing_of_the_notebook(names):
    found = pickled({"a": [1, "b", None], "c": np.arange(3)}, names, MODULE)
    assert found.defined_here == []
    assert all(entry.startswith("numpy") for entry in found.globals)
    assert list(pickle.loads(found.data)["c"]) == [0, 1, 2]


def test_the_same_object_twice_stays_one(names):
    scale = names["Scale"]()
    found = pickled([scale, scale], names, MODULE)
    assert found.defined_here == ["Scale"]


def refused(value, names):
    with pytest.raises(CannotSaveError) as caught:
        pickled(value, names, MODULE)
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda n: n["half"], "a lambda has no name"),
        (lambda n: [n["Scale"](), {"f": n["half"]}], "a lambda has no name"),
        (lambda n: n["maker"]()[0], "`local` is defined inside a function"),
        (lambda n: n["maker"]()[1](), "`Local` is defined inside a function"),
        (lambda n: [1, (i for i in range(3))], "the generator"),
        (lambda n: n["Scale"](threading.Lock()), "lock"),
        (lambda n: n["Open"](), "RuntimeError: not now"),
        (lambda n: types.SimpleNamespace(a=open(__file__)), "a"),  # noqa: SIM115, PTH123
    ],
)
def test_refused(names, make, reason):
    assert reason in refused(make(names), names).reason


def test_the_faulty_part_is_named(names):
    value = names["Scale"]({"steps": [1, names["Scale"](threading.Lock())]})
    assert ".by['steps'][1].by (lock)" in refused(value, names).reason


def test_a_class_that_was_defined_again(names):
    old = names["Scale"]()
    old_class = names["Scale"]
    exec("class Scale: pass", names)  # noqa: S102
    error = refused([names["double"], old], names)
    assert "`Scale` is not the object that this name has" in error.reason
    assert "`Scale` once" in error.fix
    names["Scale"] = old_class


@pytest.mark.parametrize(("name", "line"), [("half", 1), ("Local", 3)])
def test_the_cell_and_line_at_fault(name, line):
    text = "half = lambda x: x / 2\ndef make():\n    class Local:\n        def go(self): pass\n    return Local()\n"
    linecache.cache["<cell>"] = (len(text), None, text.splitlines(keepends=True), "<cell>")
    namespace = {"__name__": "__main__"}
    exec(compile(text, "<cell>", "exec"), namespace)  # noqa: S102
    error = refused(namespace["half"] if name == "half" else namespace["make"](), namespace)
    # before 3.13 a class does not know its line; that of its first function has to do
    assert (error.source, error.line) == (text, line if name == "half" or sys.version_info >= (3, 13) else line + 1)


def test_a_lambda_that_has_a_name(names, tmp_path):
    source = "squared = [lambda x: x * x, lambda x: -x]\n"
    exec(source, names)  # noqa: S102
    by_code = {each.__code__: f"squared_function{'_2' * i}" for i, each in enumerate(names["squared"])}
    found = pickled([*names["squared"], names["squared"][0]], names, MODULE, lambda each: by_code.get(each.__code__))
    assert found.defined_here == ["squared_function", "squared_function_2"]
    assert {each for each in found.globals if each.startswith(MODULE)} == {f"{MODULE}:{n}" for n in by_code.values()}
    assert [each.__module__ for each in names["squared"]] == ["__main__"] * 2
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    functions = "def squared_function(x): return x * x\ndef squared_function_2(x): return -x\n"
    (tmp_path / "shop" / "notebook.py").write_text(functions)
    (tmp_path / "value.pkl").write_bytes(found.data)
    script = "import pickle; a, b, c = pickle.load(open('value.pkl', 'rb')); print(a(3), b(3), a is c, a.__name__)"
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.split() == ["9", "-3", "True", "squared_function"]


def test_functions_of_one_lambda_are_one(names):
    exec("made = [lambda x: x + 1 for _ in range(2)]", names)  # noqa: S102
    assert names["made"][0] is not names["made"][1]
    assert pickled(names["made"], names, MODULE, lambda _: "made_function").defined_here == ["made_function"]


def test_a_lambda_that_keeps_values_has_no_name_anywhere(names):
    exec("def times(k): return lambda x: x * k\nadd = [lambda x: x + i for i in range(2)]", names)  # noqa: S102
    for value, kept in ((names["times"](2), "k"), (names["add"], "i")):
        with pytest.raises(CannotSaveError) as caught:
            pickled(value, names, MODULE, lambda _: "named")
        assert f"a lambda keeps `{kept}` of what made it" in caught.value.reason
        assert "functools.partial" in caught.value.fix


def test_the_name_of_a_lambda_that_was_bound_again(names):
    old, names["half"] = names["half"], 3
    with pytest.raises(CannotSaveError) as caught:
        pickled(old, names, MODULE, lambda _: "half")
    assert "`half` is not the object that this name has at the end" in caught.value.reason
    names["half"] = old


def test_a_class_that_was_deleted(names):
    value = names["Scale"]()
    kept = names.pop("Scale")
    assert "replaced or deleted" in refused(value, names).reason
    names["Scale"] = kept


def test_a_failure_puts_everything_back(names):
    refused([names["Scale"](), names["double"], names["half"]], names)
    assert names["Scale"].__module__ == names["double"].__module__ == "__main__"


def test_a_module_of_that_name_is_put_back(names, monkeypatch):
    mine = types.ModuleType("mine")
    monkeypatch.setitem(sys.modules, "mine", mine)
    pickled(names["Scale"](), names, "mine")
    assert sys.modules["mine"] is mine
    refused(names["half"], names)
    assert sys.modules["mine"] is mine
