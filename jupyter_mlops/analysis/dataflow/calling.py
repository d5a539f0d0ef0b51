"""Calls as they are written: who is called, and the arguments that are given.

table.drop(*gone, axis=1)      # the method `drop` of `table`, with arguments that may be any, and 1 as `axis`
getattr(table, "size")         # an attribute, spelt as a call
exec(text)                     # whatever the text says
"""

from __future__ import annotations

import ast

from jupyter_mlops.analysis.dataflow.arguments import Arguments
from jupyter_mlops.analysis.dataflow.library import Library
from jupyter_mlops.analysis.dataflow.objects import ANYTHING, CLASS, NOTHING, SELF, Value, elements
from jupyter_mlops.analysis.magic_facts import magic_facts
from jupyter_mlops.analysis.magics import magic_call

_EVERYTHING = frozenset(f"builtins.{name}" for name in ("exec", "eval", "globals", "locals"))
_SHELL = "builtins.get_ipython"
_SPECIAL = frozenset(f"builtins.{name}" for name in ("getattr", "setattr", "delattr", "type", "super"))


class Calling(Library):
    """Follows calls as they are written."""

    def evaluate_call(self, node: ast.Call, *, dropped: bool = False) -> Value:
        """The result of a call; `dropped` where nothing takes it."""
        if (magic := magic_call(node)) is not None:
            return self.run_magic(magic, node)
        if isinstance(node.func, ast.Attribute):
            receiver = self.evaluate(node.func.value)
            if self.is_shell(receiver) and reaches_names(node.func.attr):
                self._arguments(node)
                return frozenset({self.do_anything(node)})
            arguments = self._arguments(node)
            return self.call_method(receiver, node.func.attr, arguments, node, dropped=dropped)
        function = self.evaluate(node.func)
        arguments = self._arguments(node)
        names = {thing.name for thing in function if thing.kind == "reference"}
        if names & _EVERYTHING or ("builtins.vars" in names and not node.args):
            return frozenset({self.do_anything(node)})
        special = self._special(names, node, arguments)
        others = frozenset(thing for thing in function if special is None or thing.name not in _SPECIAL)
        if special is not None:
            return special | (self.call(others, arguments, node, dropped=dropped) if others else NOTHING)
        return self.call(function, arguments, node, dropped=dropped)

    def is_shell(self, value: Value) -> bool:
        """Whether a value is `get_ipython()`."""
        return any(thing.kind == "opaque" and thing.name == _SHELL for thing in value)

    def _special(self, names: set[str], node: ast.Call, arguments: Arguments) -> Value | None:
        """Built-in functions that work on attributes and classes."""
        name = next(iter(names & _SPECIAL), None)
        first = arguments.get(0, None)
        written = node.args[1] if len(node.args) > 1 else None
        attribute = written.value if isinstance(written, ast.Constant) and isinstance(written.value, str) else ANYTHING
        match name:
            case "builtins.getattr":
                if attribute == ANYTHING:
                    return first | elements(first) | arguments.all
                return self.attribute(first, attribute, node) | arguments.get(2, None)
            case "builtins.setattr":
                self.store_attribute(first, attribute, arguments.get(2, None), node)
                return NOTHING
            case "builtins.delattr":
                self.store_attribute(first, attribute, NOTHING, node)
                return NOTHING
            case "builtins.type" if len(node.args) == 1:
                classes = {each for thing in first for each in thing.held(CLASS)}
                return frozenset(classes | {thing for thing in first if thing.kind != "instance"})
            case "builtins.super":
                scope = next((each for each in self.environment.scope.live() if each.kind == "function"), None)
                own = self.load(scope.code.parameters[0]) if scope and scope.code and scope.code.parameters else NOTHING
                thing = self.make("super", node)
                self.heap.put(thing, SELF, own | arguments.get(1, None))
                return frozenset({thing})
            case _:
                return None

    def _arguments(self, node: ast.Call) -> Arguments:
        positional: list[Value] = []
        keywords: dict[str, Value] = {}
        text: dict[int | str, ast.expr] = {}
        rest = NOTHING
        is_open = False
        for argument in node.args:
            if isinstance(argument, ast.Starred) or is_open:
                is_open = True
                rest |= self.evaluate(argument)
            else:
                text[len(positional)] = argument
                positional.append(self.evaluate(argument))
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is None:
                is_open = True
                rest |= elements(value)
            else:
                text[keyword.arg] = keyword.value
                keywords[keyword.arg] = value
        return Arguments(tuple(positional), keywords, rest, is_open, text)


def reaches_names(attribute: str) -> bool:
    """Whether what IPython's shell has under a name runs code of the notebook or reaches its namespace."""
    return attribute not in magic_facts().harmless_of_shell
