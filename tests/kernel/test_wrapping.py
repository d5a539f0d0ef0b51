"""Code of others, wrapped at every place that can be, does what it did."""

# ruff: noqa: ARG002

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import sys
import types

import pytest

from jupyter_mlops.kernel.calls import Hook, Wish
from jupyter_mlops.kernel.wrapping import arguments_of, calls_in, wrap


class All:
    """A listener that wishes for each call with all its arguments, and for its value."""

    def __init__(self):
        self.called_of, self.returned_of, self.values = [], [], 0
        self.faults = []
        self.report_fault = self.faults.append

    def wishes(self, tree):
        for node in calls_in(tree):
            wanted = [*range(len(node.args)), *(each.arg for each in node.keywords if each.arg)]
            yield Wish(node, self, arguments_of(node, wanted))
            yield Wish(node, self)

    def called(self, call):
        self.called_of.append(call.method)

    def returned(self, call, result):
        self.returned_of.append(call.method)

    def reached(self, about, value):
        self.values += 1


@pytest.mark.parametrize("name", ["difflib", "statistics", "heapq", "fractions", "collections"])
def test_the_standard_librarys_own_examples_hold(name, monkeypatch):
    original = importlib.import_module(name)
    tree = ast.parse(inspect.getsource(original))
    hook, listener = Hook(), All()
    wrap(tree, list(listener.wishes(tree)), hook.sites)
    module = types.ModuleType(name)
    module.__dict__.update(__mlops__=hook, __file__=original.__file__, __package__=original.__package__)
    exec(compile(ast.fix_missing_locations(tree), original.__file__, "exec"), module.__dict__)  # noqa: S102
    expected = doctest.testmod(original, report=False)
    # the examples are looked for by the module of that name
    monkeypatch.setitem(sys.modules, name, module)
    assert doctest.testmod(module, report=False) == expected
    assert (expected.failed, expected.attempted > 0) == (0, True)
    assert listener.faults == []
    assert len(listener.returned_of) <= len(listener.called_of)
    assert listener.values == len(listener.returned_of)
