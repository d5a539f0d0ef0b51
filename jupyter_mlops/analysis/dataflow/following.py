"""Follows a notebook from its first statement to its last; the steps say what each statement needs of earlier ones.

    import pandas as pd                # step 0
    df = pd.read_csv("a.csv")          # step 1 needs 0, which binds `pd`
    df.dropna(inplace=True)            # step 2 needs 1, which binds `df`
    df.describe()                      # step 3 needs 1 and 2, which changes what `df` names

The cells are taken to be run once, in order, without an exception that ends one early. What is not followed: attributes
of library modules that the notebook replaces by its own functions, the history of outputs (`_`, `Out`), and functions
that a library keeps and calls of its own accord later on.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jupyter_mlops.analysis.code import ParsedCell, parse_cell
from jupyter_mlops.analysis.dataflow.arguments import Arguments
from jupyter_mlops.analysis.dataflow.blocks import Blocks
from jupyter_mlops.analysis.dataflow.ledger import Source
from jupyter_mlops.analysis.dataflow.objects import Value, reach
from jupyter_mlops.analysis.magics import MagicCall, MagicEffect, effect_of
from jupyter_mlops.analysis.statements import Unit, units

_COMMANDS = re.compile(r"&&|\|\||[;|\n]")
_NO_PARAMETERS = ast.arguments([], [], None, [], [], None, [])


@dataclass(frozen=True)
class Step:
    """A statement, and what it needs of those before it."""

    unit: Unit
    sources: tuple[Source, ...]


class Flow:
    """A notebook that was followed to its end."""

    def __init__(self, cells: Sequence[ParsedCell]) -> None:
        statements = units(cells)
        self._notebook = _Notebook(_texts(unit.statement for unit in statements))
        self.steps = [Step(unit, self._notebook.follow(number, unit)) for number, unit in enumerate(statements)]

    def binds(self, name: str) -> bool:
        """Whether a statement binds a name, or may do so out of sight."""
        return bool(self._notebook.environment.of_notebook(name).units)

    def needs(self, names: Iterable[str]) -> tuple[Source, ...]:
        """What is needed for names to have the values that they have at the end, and to be used there."""
        return self._notebook.needs(len(self.steps), names)

    def needs_state(self, state: str) -> tuple[Source, ...]:
        """What is needed for a state out of sight, such as `random.numpy`, to be what it is at the end."""
        return self._notebook.needs_state(len(self.steps), state)


class _Notebook(Blocks):
    """The notebook while it is followed."""

    def __init__(self, texts: Iterable[str]) -> None:
        super().__init__(texts)
        self._bodies: dict[ast.AST, ast.FunctionDef] = {}

    def follow(self, number: int, unit: Unit) -> tuple[Source, ...]:
        """What a statement needs; the next one is followed from there."""
        self.begin(number)
        try:
            self.run([unit.statement])
        except RecursionError:
            # nested deeper than Python's stack: whatever it does, it may do
            self.environment.scope = self.environment.module
            self.environment.conditional = 0
            self.do_anything(unit.statement)
        self.ledger.end({name: binding.value for name, binding in self.environment.module.env.items()})
        return self.ledger.sources

    def needs(self, number: int, names: Iterable[str]) -> tuple[Source, ...]:
        """What a statement at the end would need that uses some names: what their functions read is loaded too."""
        self.begin(number)
        queue = list(names)
        seen: set[str] = set()
        while queue:
            name = queue.pop()
            if name not in seen:
                seen.add(name)
                for thing in reach(self.load_global(name)):
                    if thing.code is not None:
                        queue += [each for each in thing.code.free if each not in seen]
        return self.ledger.sources

    def needs_state(self, number: int, state: str) -> tuple[Source, ...]:
        """What a statement at the end would need whose result hangs on a state."""
        self.begin(number)
        self.ledger.read_state(state)
        return self.ledger.sources

    def run_magic(self, call: MagicCall, place: ast.AST) -> Value:
        """Follow a magic or a shell line."""
        effect = effect_of(call)
        result = frozenset({self.make("opaque", place)})
        for name in effect.reads:
            if name in self.environment.module.env:
                self.load_global(name)
        fact = self.facts.magics.find(call.name)
        for touch in fact.changes if fact else ():
            self.change_state(touch.what)
        for _, command in effect.commands:
            self._run_command(command)
        with self.environment.within(self.environment.module):
            body = self._body(effect, place)
            if effect.timed:
                self.call_function(self.define(body), Arguments())
            else:
                self.run(body.body)
            for name in effect.binds:
                self.bind(name, frozenset({self.make("opaque", (place, name))}))
            for name in effect.deletes:
                self.unbind(name)
        if effect.opaque and fact is not None and fact.binds and "-i" not in call.line.split():
            self.bind_anything(place)
        elif effect.opaque:
            self.do_anything(place)
        return result

    def _body(self, effect: MagicEffect, place: ast.AST) -> ast.FunctionDef:
        """What a magic runs, as a function: the same one whenever it is met, as its parts stand for what they make."""
        if place not in self._bodies:
            body = parse_cell(effect.code or "").tree.body
            self._bodies[place] = ast.FunctionDef("(magic)", _NO_PARAMETERS, body, [])
        return self._bodies[place]

    def _run_command(self, line: str) -> None:
        for command in _COMMANDS.split(line):
            words = command.split()
            fact = self.facts.commands.find(words[0]) if words else None
            for touch in fact.changes if fact else ():
                self.change_state(touch.what)
        if ">" in line:
            self.change_state("files")


def _texts(statements: Iterable[ast.stmt]) -> list[str]:
    """All texts that are written out in statements."""
    return [
        node.value
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
