"""Cells whose calls are watched behave as they did before, and the calls are seen."""

# ruff: noqa: ARG002, ARG005, N803

import ast
import asyncio
import inspect
import pickle
import traceback

import pytest

from jupyter_mlops.kernel.calls import HOOK, Wish
from jupyter_mlops.kernel.listening import FunctionsListener, RowsListener
from jupyter_mlops.kernel.watch import Watch


class Model:
    def __init__(self, name="m"):
        self.name = name

    def fit(self, X=None, y=None, **more):
        return self

    def predict(self, X=None, **more):
        return ("answer", self.name, X)

    def transform(self, X):
        raise ValueError("bad rows")


class Log:
    """Both logs of an export in one, which keep what they are given as it is."""

    def __init__(self):
        self.calls, self.alone, self.faults, self.answered = [], [], [], []
        self.report_fault = self.faults.append

    def keep_rows(self, receiver, method, rows):
        return rows

    def finished(self, call, result):
        self.alone.append(call.alone)
        self.calls.append((call.method, getattr(call.receiver, "name", None), call.kept, result))

    def keep_arguments(self, call):
        return dict(call.given)

    def answered_call(self, call, result):
        self.answered.append((call.method, call.kept, result))


class Watched:
    """A namespace in which cells run as in the kernel; `log.calls` holds (method, receiver's name, rows, result)."""

    def __init__(self):
        self.log = Log()
        self.names = {"Model": Model, "m": Model(), "X": [1], "y": [0]}
        self.watch = Watch(self.names)
        functions = FunctionsListener(["price", "other"], self.log, self.log)
        functions.returned = self.log.answered_call
        self.watch.listeners += [RowsListener(self.log), functions]
        self.hook = self.watch.hook

    def __getattr__(self, name):
        return getattr(self.log, name)

    def run(self, source, flags=0):
        tree = ast.fix_missing_locations(self.watch.visit(ast.parse(source)))
        result = eval(compile(tree, "<cell>", "exec", flags=flags), self.names)  # noqa: S307
        if inspect.iscoroutine(result):
            asyncio.run(result)
        return self


@pytest.fixture
def cell():
    return Watched()


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("m.fit(X, y)", [("fit", [1])]),
        ("m.fit(X=X, y=y)", [("fit", [1])]),
        ("m.fit(y=y, X=X)", [("fit", [1])]),
        ("m.fit(*[X, y])", [("fit", None)]),
        ("m.fit(X, *[y])", [("fit", [1])]),
        ("m.fit(**{'X': X})", [("fit", None)]),
        ("m.fit()", [("fit", None)]),
        ("m.fit(X).predict(X)", [("fit", [1]), ("predict", [1])]),
        ("m.predict(Model('n').predict(X))", [("predict", [1]), ("predict", ("answer", "n", [1]))]),
        ("[m.predict([i]) for i in range(2)]", [("predict", [0]), ("predict", [1])]),
        ("def f(a):\n    return m.predict(a)\nf(1); f(2)", [("predict", 1), ("predict", 2)]),
        ("(lambda a: m.predict(a))(1)", [("predict", 1)]),
        ("class A(Model):\n    def fit(self, X): return super().fit(X)\nA().fit(X)", [("fit", [1]), ("fit", [1])]),
        ("f'{m.predict(1)}'", [("predict", 1)]),
        ("Model.predict(m, 1)", [("predict", Model)]),
        ("predict = m.predict\npredict(X)", []),
        ("m.name", []),
        ("m.score if False else 0", []),
    ],
)
def test_calls_are_seen(cell, source, seen):
    found = [(method, kept) for method, _, kept, _ in cell.run(source).calls]
    if source.startswith("Model.predict"):
        assert [method for method, _ in found] == ["predict"]
    else:
        assert found == seen
    assert cell.faults == []


def test_results_go_on_to_the_cell(cell):
    cell.run("a = m.fit(X, y)\nb = a.predict(X)")
    assert cell.names["a"] is cell.names["m"]
    assert cell.names["b"] == ("answer", "m", [1])
    assert cell.calls[1][3] is cell.names["b"]


def test_order_of_evaluation_is_kept(cell):
    cell.names["note"] = lambda mark, value: order.append(mark) or value
    order = []
    cell.run("note('m', m).fit(note('X', X), note('y', y), k=note('k', 1))")
    assert order == ["m", "X", "y", "k"]


def test_awaits(cell):
    cell.run(
        "import asyncio\nasync def rows():\n    await asyncio.sleep(0)\n    return 5\nb = m.predict(await rows())",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
    )
    assert cell.names["b"][2] == 5
    assert cell.calls[0][:3] == ("predict", "m", 5)


def test_a_call_that_raises_shows_the_users_frames_only(cell):
    with pytest.raises(ValueError, match="bad rows") as caught:
        cell.run("a = 1\nm.fit(X)\n\nm.transform(\n    X\n)")
    frames = traceback.extract_tb(caught.value.__traceback__)
    ours = [frame for frame in frames if frame.filename.endswith("kernel/calls.py") and "/tests/" not in frame.filename]
    (at,) = [frame for frame in frames if frame.filename == "<cell>"]
    assert (ours, at.lineno) == ([], 4)
    assert [each[0] for each in cell.run("m.predict(1)").calls] == ["fit", "predict"]


def test_a_caught_fault_does_not_mix_up_later_calls(cell):
    cell.run(
        "for i in range(3):\n    try:\n        m.predict(m.transform(i))\n    except ValueError:\n        m.predict(-i)"
    )
    assert [kept for _, _, kept, _ in cell.calls] == [0, -1, -2]


def test_recursion_keeps_each_call_apart(cell):
    cell.run(
        "class R(Model):\n"
        "    def predict(self, X):\n"
        "        return X if X == 0 else R(str(X - 1)).predict(X - 1) + 1\n"
        "R('3').predict(3)"
    )
    assert [(name, kept, result) for _, name, kept, result in cell.calls] == [(str(i), i, i) for i in range(4)]


def test_decorated_functions_are_left_alone(cell):
    cell.run("def keep(f): return f\n@keep\ndef f():\n    return m.predict(1)\nf()")
    cell.run("@keep\nasync def g():\n    return m.predict(1)\nawait g()", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert cell.calls == []
    assert cell.names["f"].__code__.co_names == ("m", "predict")


def test_classes_do_not_mangle_the_name(cell):
    cell.run("class A:\n    def go(self): return m.predict(1)\nA().go()")
    assert len(cell.calls) == 1


def test_text_without_watched_calls_is_not_changed():
    source = "x = f(a).g(*b)\ndef h(): return x.fitted(1)"
    cell = Watched()
    assert ast.dump(cell.watch.visit(ast.parse(source))) == ast.dump(ast.parse(source))
    assert HOOK not in cell.names


def test_a_fault_of_ours_does_not_reach_the_cell(cell):
    cell.log.keep_rows = lambda *arguments: 1 / 0
    cell.log.finished = lambda *arguments: 1 / 0
    cell.run("b = m.predict(X)")
    assert cell.names["b"] == ("answer", "m", [1])
    assert [type(fault) for fault in cell.faults] == [ZeroDivisionError, ZeroDivisionError]


def test_the_hook_travels_as_a_plain_identity(cell):
    cell.run("m.predict(X)")
    data = pickle.dumps(cell.hook)
    assert b"jupyter_mlops" not in data
    assert pickle.loads(data)((1, "result", "value")) == "value"


def test_in_a_forked_child_it_notes_nothing(cell):
    cell.hook._process += 1
    cell.run("b = m.predict(X)")
    assert cell.names["b"] == ("answer", "m", [1])
    assert cell.calls == []


def test_many_calls_that_raise_do_not_pile_up(cell):
    cell.run("for i in range(3000):\n    try:\n        m.transform(i)\n    except ValueError:\n        pass")
    assert len(cell.hook._pending.entries) <= 1001
    assert cell.run("m.predict(7)").calls[-1][2] == 7


# --- functions


PRICE = "def price(*a, **k): return (*a, *k.values())\n"


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("price(1, 2)", [("price", {0: 1, 1: 2}, (1, 2))]),
        ("price(1, km=2)", [("price", {0: 1, "km": 2}, (1, 2))]),
        ("price()", [("price", {}, ())]),
        (
            "price(price(1), km=price(2))",
            [
                ("price", {0: 1}, (1,)),
                ("price", {0: 2}, (2,)),
                ("price", {0: (1,), "km": (2,)}, ((1,), (2,))),
            ],
        ),
        ("[price(i) for i in range(2)]", [("price", {0: 0}, (0,)), ("price", {0: 1}, (1,))]),
        ("def f(a):\n    return price(a)\nf(3)", [("price", {0: 3}, (3,))]),
        (
            "def f(n):\n    return price(n) if n == 0 else price(n, more=f(n - 1))\nf(1)",
            [
                ("price", {0: 0}, (0,)),
                ("price", {0: 1, "more": (0,)}, (1, (0,))),
            ],
        ),
        ("price(*[1])", []),
        ("price(1, **{'km': 2})", []),
        ("m.price = price\nm.price(1)", []),
        ("list(map(price, [1]))", []),
        (
            "def other(n):\n    return 0 if n == 0 else other(n - 1) + 1\nother(2)",
            [
                ("other", {0: 0}, 0),
                ("other", {0: 1}, 1),
                ("other", {0: 2}, 2),
            ],
        ),
    ],
)
def test_calls_of_functions_are_seen(cell, source, seen):
    cell.run(PRICE + source)
    assert cell.answered == seen
    assert cell.faults == []


def test_arguments_are_looked_at_when_all_are_there_and_before_the_call(cell):
    cell.log.keep_arguments = lambda call: str(call.given)
    cell.run("def price(rows, n):\n    rows.append(n)\n    return rows\nprice([1], 2)")
    assert cell.answered == [("price", "{0: [1], 1: 2}", [1, 2])]


def test_a_function_that_raises_is_no_answered_call(cell):
    cell.run("def price(n): return 1 / n\nfor n in (1, 0, 2):\n    try:\n        price(n)\n    except Exception: pass")
    assert [(kept, result) for _, kept, result in cell.answered] == [({0: 1}, 1.0), ({0: 2}, 0.5)]
    with pytest.raises(ZeroDivisionError) as caught:
        cell.run("\nprice(\n  0)")
    assert [frame.lineno for frame in traceback.extract_tb(caught.value.__traceback__)][-2:] == [2, 1]


def test_the_order_of_a_functions_arguments_is_kept(cell):
    order = []
    cell.names["note"] = lambda mark: order.append(mark) or mark
    cell.run(PRICE + "(note('f'), price)[1]\nprice(note(1), note(2), k=note(3))")
    assert order == ["f", 1, 2, 3]


@pytest.mark.parametrize(
    ("source", "alone"),
    [
        ("m.predict(X)", True),
        ("m.predict(X=X)", True),
        ("m.predict(X, alpha=1)", False),
        ("m.predict(X=X, alpha=1)", False),
        ("m.predict(X, **{'alpha': 1})", False),
    ],
)
def test_whether_rows_are_all_that_is_passed(cell, source, alone):
    assert cell.run(source).alone == [alone]


# --- several listeners


class Values:
    """A listener that wishes for the value of each call of `predict`, and for the call with its keyword `k`."""

    def __init__(self):
        self.heard = []
        self.report_fault = self.heard.append

    def wishes(self, tree):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "predict":
                yield Wish(node, self, ("k",), about="call")
                yield Wish(node, self, about="value")

    def called(self, call):
        self.heard.append(("called", call.about, call.given))

    def returned(self, call, result):
        self.heard.append(("returned", result[1]))
        raise RuntimeError("a fault of ours")

    def reached(self, about, value):
        self.heard.append(("reached", about, value[1]))


def test_a_call_that_several_wish_for_is_wrapped_once_and_heard_by_all(cell):
    other = Values()
    cell.watch.listeners.append(other)
    cell.run("b = m.predict(X, k=2)")
    assert cell.calls == [("predict", "m", [1], ("answer", "m", [1]))]
    *heard, fault, reached = other.heard
    assert heard == [("called", "call", {"k": 2}), ("returned", "m")]
    assert (str(fault), reached) == ("a fault of ours", ("reached", "value", "m"))


def test_a_tree_that_comes_twice_is_wrapped_once(cell):
    tree = ast.parse("m.predict(X)")
    once = ast.dump(cell.watch.visit(tree))
    assert ast.dump(cell.watch.visit(tree)) == once


def test_annotations_are_left_alone(cell):
    cell.run("from __future__ import annotations\ndef f(a: m.predict(X), b=m.predict(X)) -> m.predict(X): pass")
    assert cell.names["f"].__annotations__ == {"a": "m.predict(X)", "return": "m.predict(X)"}
    assert len(cell.calls) == 1


def test_an_interrupt_in_the_hook_reaches_the_cell_without_our_frames(cell):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    cell.log.keep_rows = interrupted
    with pytest.raises(KeyboardInterrupt) as caught:
        cell.run("import time\nm.predict(X)\ntime.sleep(600)")
    frames = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert not [name for name in frames if "/jupyter_mlops/" in name]
