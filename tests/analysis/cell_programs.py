"""Cells written at random, with every construct that uses names.

Values are probes (see `cell_observer.py`), which take part in any expression. An expression never gives an object
that another name has, so that a change of it can be told from a change of the other.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hypothesis import strategies as st

THERE = ["a", "b", "c"]  # bound before the cell runs
NAMES = [*THERE, "x", "__p"]


@dataclass(frozen=True)
class Place:
    """Where a line is written: in what (module, function, async function, class body), how deep, in a loop or not."""

    scope: str = "module"
    depth: int = 0
    loop: bool = False


class Program:
    """Draws the lines of a program. With `straight` nothing is left out: no branches, no exceptions, and every
    function is called."""

    def __init__(self, draw, *, straight=False, scope="module"):
        self.draw = draw
        self.straight = straight
        self.functions = []
        self.at = Place(scope)

    def pick(self, *choices):
        return self.draw(st.sampled_from(choices))

    def name(self):
        return self.pick(*NAMES)

    def there(self):
        return self.pick(*THERE)

    def read(self):
        return self.pick(*THERE, *THERE, *NAMES)

    def target(self):
        name, other = self.name(), self.there()
        return self.pick(name, name, f"{other}.p", f"{other}[{self.read()}]", f"{other}.p[0].q")

    def rarely(self, *lines):
        return list(lines) if not self.straight and self.pick(True, False, False) else []

    # --- expressions

    def value(self, depth=0):
        one, two, new = self.read(), self.there(), self.pick("i", "j", *NAMES)
        simple = [f"-{one}", f"-{one}.p", f"-{one}[{two}]", f"{one} + {two}", f"{one}({two})", f"use({one}, *{two})"]
        if depth > 1:
            return self.pick(*simple)
        in_class = self.at.scope == "class"
        kinds = ["simple"] * 4 + ["lambda", "list", "set", "dict", "generator", "nested", "text", "unpack", "walrus"]
        kinds += [] if in_class else ["walrus in list"]
        kinds += [] if self.straight else ["and", "if", "compare", "filtered", "lazy generator"]
        kinds += ["await", "async list"] if self.at.scope in ("module", "async") and not depth else []
        # what is within a comprehension or lambda of a class body must not bind the class's names
        within = f"{one} + b" if in_class else self.value(depth + 1)
        match self.pick(*kinds):
            case "simple":
                return self.pick(*simple)
            case "lambda":
                return f"use(lambda {new}=-{two}: {within})"
            case "list":
                return f"use([{within} for {new} in {two}])"
            case "set":
                return f"use({{{new} + {one} for {new} in {two} for j in {new}}})"
            case "dict":
                return f"use({{{new}: {one} for {new}, j in seq(seq(-{two}, {one}))}})"
            case "generator":
                return f"use({one} + {new} for {new} in {two})"
            case "nested":
                return f"use([[{new} + j for j in {new}] for {new} in {two} for x in {self.read()}])"
            case "text":
                return f'use(f"{{{one}}} {{{two}:>{{{self.read()}}}}} {{{two}!r}}")'
            case "unpack":
                return f"use(*{one}, **{{'k': {two}}}, key={self.read()})"
            case "and":
                return f"use({one} and {self.value(depth + 1)}, {two} or not {one})"
            case "if":
                return f"(-{one} if more({two}) else {self.value(depth + 1)})"
            case "compare":
                return f"use({one} < {two} > {self.read()})"
            case "filtered":
                return f"use([{new} for {new} in {two} if more({one})])"
            case "lazy generator":
                return f"use(-{two}, ({new} + {one} for {new} in {two}))"
            case "await":
                return f"(await {one})"
            case "async list":
                return f"use([{new} + {one} async for {new} in {two}])"
            case "walrus":
                return f"use({self.name()} := -{one})"
            case _:
                return f"use([({self.name()} := -i) for i in {two}])"

    # --- blocks

    @contextmanager
    def moved(self, **changes):
        before, self.at = self.at, replace(self.at, **changes)
        yield
        self.at = before

    def block(self, **changes):
        """Indented lines one level deeper."""
        with self.moved(depth=self.at.depth + 1, **changes):
            return ["    " + line for line in self.lines(3 if self.at.depth == 1 else 2)]

    def lines(self, most):
        return [line for _ in range(self.draw(st.integers(1, most))) for line in self.statement()]

    def statement(self):
        kinds = ["assign"] * 3 + ["targets", "chain", "augment", "augment_part", "annotate", "delete", "imports"]
        if self.at.depth < 3:
            kinds += ["value", "with_", "def_", "class_", "named_lambda", "call"]
            if not self.straight:
                kinds += ["if_", "for_", "while_", "try_", "try_star", "match_", "match_class", "raise_"]
                kinds += ["leave"] * self.at.loop + ["return_"] * (self.at.scope in ("function", "async"))
            if self.at.scope in ("module", "async"):
                kinds += ["async_with"] if self.straight else ["async_with", "async_for"]
            if self.at.scope == "module" and sys.version_info >= (3, 12):
                kinds += ["type_alias", "generic"]
        written = getattr(self, self.pick(*kinds))()
        return [written] if isinstance(written, str) else written

    # --- simple statements

    def assign(self):
        return f"{self.target()} = {self.value()}"

    def targets(self):
        left = self.pick(
            f"{self.target()}, {self.target()}",
            f"[{self.target()}, *{self.name()}]",
            f"{self.target()}, ({self.name()}, {self.target()})",
        )
        return f"{left} = {self.value()}"

    def chain(self):
        # in a function or class the second name may be a local one for the object of the first
        second = self.target() if self.at.scope == "module" else f"{self.there()}.p"
        return f"{self.target()} = {second} = {self.value()}"

    def augment(self):
        return f"{self.name()} {self.pick('+=', '|=')} {self.value()}"

    def augment_part(self):
        return f"{self.there()}{self.pick('.p', '[0]', '.p[x]')} += {self.value()}"

    def annotate(self):
        name, other = self.name(), self.there()
        return self.pick(
            f"{name}: {other} = {self.value()}",
            f"{name}: {other}",
            f"{other}.p: {name} = {self.value()}",
            f"{other}[{self.read()}]: {name}",
            f"({name}): {other}",
        )

    def delete(self):
        return f"del {self.pick(self.name(), f'{self.there()}.p, {self.name()}', f'({self.there()}[{self.read()}])')}"

    def imports(self):
        return self.pick(
            f"import things as {self.name()}", "import os.path", f"from things import p as {self.name()}, q"
        )

    def raise_(self):
        return f"if more({self.read()}): raise Error({self.read()})"

    def leave(self):
        return f"if more({self.read()}): {self.pick('break', 'continue')}"

    def return_(self):
        return f"if more({self.read()}): return -{self.read()}"

    def call(self):
        name = self.pick(*self.functions) if self.functions else "use"
        return self.pick(f"use({name})", f"use({name}())", f"{name}()")

    # --- compound statements

    def with_(self):
        second = f"-{self.there()} as ({self.name()}, {self.target()})"
        return [f"with {self.read()} as {self.target()}, {second}:", *self.block()]

    def async_with(self):
        return [f"async with {self.read()} as {self.target()}:", *self.block()]

    def async_for(self):
        return [f"async for {self.target()} in {self.read()}:", *self.block(loop=True)]

    def if_(self):
        return [
            *(f"if more({self.value()}):", *self.block()),
            *(f"elif {self.read()}:", *self.block()),
            *("else:", *self.block()),
        ]

    def for_(self):
        target = self.pick(self.target(), f"{self.name()}, {self.target()}")
        rows = self.pick(self.there(), "seq(-a)", "seq()")
        return [f"for {target} in {rows}:", *self.block(loop=True), "else:", *self.block()]

    def while_(self):
        return [f"while again({self.read()}):", *self.block(loop=True), "else:", *self.block()]

    def try_(self):
        kind = self.pick("Error", "(Error, error_of(a))", "Exception", f"error_of({self.read()})")
        return [
            *("try:", *self.block()),
            *self.rarely(f"    if more({self.read()}): raise {self.pick('Error', 'OtherError')}(-{self.read()})"),
            *(f"except {kind} as {self.name()}:", *self.block()),
            *("else:", *self.block()),
            *("finally:", *self.block(loop=False)),
        ]

    def try_star(self):
        kind = self.pick("Error", f"error_of({self.read()})", "Exception")
        scope = "module" if self.at.scope in ("function", "async") else self.at.scope  # no `return` in it
        return [
            *("try:", f"    raise Group([Error({self.read()})])"),
            *(f"except* {kind} as {self.name()}:", *self.block(scope=scope, loop=False)),
        ]

    def match_(self):
        one, two, three = self.draw(st.permutations(NAMES))[:3]
        pattern = self.pick(
            f"[{one}, *{two}]",
            f"[{one}, {two}] if more({one}, {self.read()})",
            f"{{'k': {one}, **{two}}}",
            f"{{'k': 1}} | {{'l': _}} as {three}",
            f"[{self.there()}.p, *_]",
            f"[{one}, {two}] as {three}",
        )
        return [
            f"match {self.pick('seq', 'table')}(-{self.read()}, -{self.read()}):",
            *self.case(pattern),
            *self.case(self.pick("_", self.name())),
        ]

    def match_class(self):
        one, two = self.draw(st.permutations(NAMES))[:2]
        return [f"match -{self.read()}:", *self.case(f"Probe({one}, q={two}) if more({self.read()})")]

    def case(self, pattern):
        return [f"    case {pattern}:", *["    " + line for line in self.block()]]

    # --- definitions

    def parameters(self):
        one, two = self.draw(st.permutations([*NAMES, "i", "j"]))[:2]
        return self.pick(
            "",
            f"{one}=-{self.there()}",
            f"{one}: {self.read()} = -{self.there()}, *{two}: {self.there()}",
            f"*, {one}=-{self.there()}.p, **{two}",
        )

    def body(self, scope):
        """The lines of a function; it does not call the functions of the module, which might call it."""
        kept, self.functions = self.functions, []
        declared = [f"    global {', '.join({self.name(), self.name()})}"] if self.pick(True, False) else []
        lines = [*declared, *self.nested(), *self.block(scope=scope, loop=False)]
        self.functions = kept
        return lines

    def nested(self):
        name = self.name()
        return self.rarely(
            f"    {name} = -{self.there()}",
            "    def inner():",
            f"        nonlocal {name}",
            f"        {name} = -{self.read()}",
            f"        use({self.read()})",
            "    use(inner)",
        )

    def decorator(self):
        return self.rarely(f"@decorator({self.read()})")

    def def_(self):
        scope = self.pick("function", "function", "async")
        name = "g" if self.at.depth else "f"
        last = "yield" if scope == "function" and self.pick(True, False, False, False) else "return"
        lines = [
            *self.decorator(),
            f"{'async ' * (scope == 'async')}def {name}({self.parameters()}){self.pick('', f' -> {self.there()}')}:",
            *self.body(scope),
            f"    {last} -{self.read()}",
            *([f"use({name}())"] if self.straight or self.pick(True, False) else []),
        ]
        if self.at == Place() and not self.straight:
            self.functions = [name]
        return lines

    def named_lambda(self):
        name = "g" if self.at.depth else "f"
        line = f"{name} = lambda {self.pick('i', *NAMES)}=-{self.there()}: -{self.read()} + {self.read()}"
        return [line, *([f"use({name}())"] if self.straight or self.pick(True, False) else [])]

    def class_(self):
        name = self.pick("A", "B")
        bases = self.pick("", "", f"(base_of({self.read()}))", f"(base_of({self.there()}), metaclass=type)")
        use = self.pick(f"{name}()", f"use({name})", f"{name}().m")
        return [
            *(*self.decorator(), f"class {name}{bases}:"),
            *([f"    global {self.name()}"] if self.pick(True, False, False) else []),
            *self.block(scope="class", loop=False),
            *["    " + line for line in ([] if self.straight else self.method())],
            *([use] if self.at.scope == "module" and not self.straight else []),
        ]

    def method(self):
        name = self.pick("__init__", "m")
        return [f"def {name}(self, {self.name()}=-{self.there()}):", *self.block(scope="function", loop=False)]

    # --- Python 3.12

    def type_alias(self):
        return [f"type {self.name()}[T] = {self.read()} + T", f"type X = {self.read()}"]

    def generic(self):
        return [
            f"def f[T: {self.read()}]({self.name()}: T = -{self.there()}) -> {self.there()}:",
            *self.block(scope="function", loop=False),
            f"class A[T](base_of(T, {self.there()})):",
            *self.block(scope="class", loop=False),
            "f(-a)",
        ]


@st.composite
def programs(draw, *, straight=False, scope="module"):
    """The text of a program, to stand in a scope; now and then it is none that Python compiles."""
    return "\n".join(Program(draw, straight=straight, scope=scope).lines(5))
