"""What names of a notebook stand for, and what its functions do when they are called.

`Names` follows imports, so that `pd.read_csv` is known as `pandas.read_csv`, and remembers the call that built each
name's object. `Deeds` are the loads, fits and scores in a function's body.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from jupyter_mlops.exporting.roles import calls
from jupyter_mlops.exporting.roles.syntax import executed, root
from jupyter_mlops.kernel.calls import FIT_METHODS

_RETURNING_ITSELF = ("fit", "set_params", "partial_fit")


class Names:
    """The dotted name that each name of a notebook stands for at some line; `built` has the call that made it."""

    def __init__(self) -> None:
        self._imports: dict[str, str] = {}
        self.built: dict[str, str] = {}

    def within(self, node: ast.AST) -> Names:
        """These names and those that are imported anywhere inside a function."""
        inner = Names()
        inner._imports = dict(self._imports)
        for part in ast.walk(node):
            inner._import(part)
        return inner

    def _import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                self._imports[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                self._imports[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def bind(self, names: list[str], statement: ast.stmt) -> None:
        """A statement binds names: to modules by its imports, to anything else otherwise."""
        for name in names:
            self._imports.pop(name, None)
        for part in executed(statement):
            self._import(part)

    def is_import(self, name: str) -> bool:
        """Whether a name was bound by an import."""
        return name in self._imports

    def build(self, part: ast.stmt) -> None:
        """Remember what `name = Call(…)` builds; `name = other` is another name of the same object."""
        if not isinstance(part, ast.Assign | ast.AnnAssign) or part.value is None:
            return
        value = self_returned(part.value)
        dotted = self.built.get(value.id) if isinstance(value, ast.Name) else None
        if isinstance(value, ast.Call):
            own = value.func.id if isinstance(value.func, ast.Name) else None
            dotted = self.dotted(value.func) or own
        for target in part.targets if isinstance(part, ast.Assign) else [part.target]:
            if isinstance(target, ast.Name):
                self.built.pop(target.id, None)
                if dotted is not None:
                    self.built[target.id] = dotted

    def dotted(self, node: ast.expr) -> str | None:
        """The full name of `pd.read_csv`; None for what hangs on an object."""
        match node:
            case ast.Name(id=name):
                return self._imports.get(name)
            case ast.Attribute(value=value, attr=attribute):
                above = self.dotted(value)
                return f"{above}.{attribute}" if above else None
            case _:
                return None

    def makes_numbers(self, name: str | None) -> bool:
        """Whether a name is a generator of random numbers."""
        return name is not None and self.built.get(name) in calls.GENERATORS


def self_returned(node: ast.expr) -> ast.expr:
    """`Ridge()` of `Ridge().set_params(alpha=1).fit(X, y)`, which is that same object."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _RETURNING_ITSELF:
        node = node.func.value
    return node


@dataclass(frozen=True)
class Deeds:
    """What a function does when it is called.

    `gives` says that it returns a value, `gives_fitted` that this is what it fitted, `prints` that it prints;
    `answers_with` are names of the notebook that it asks for answers, `calls` the functions of the notebook that it
    calls.
    """

    loads: bool = False
    makes: bool = False
    fits: bool = False
    scores: bool = False
    plots: bool = False
    prints: bool = False
    gives: bool = False
    gives_fitted: bool = False
    answers_with: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()

    def with_inner(self, other: Deeds) -> Deeds:
        """The deeds of this function and of one that it calls."""
        return replace(
            self,
            loads=self.loads or other.loads,
            makes=self.makes or other.makes,
            fits=self.fits or other.fits,
            scores=self.scores or other.scores,
            plots=self.plots or other.plots,
            prints=self.prints or other.prints,
            answers_with=self.answers_with | other.answers_with,
        )


def function_deeds(node: ast.FunctionDef | ast.AsyncFunctionDef, names: Names, later: set[str]) -> Deeds:
    """The deeds of one function; `later` are the notebook's names that its body reads."""
    names = names.within(node)
    called = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    dotted = [name for call in called if (name := names.dotted(call.func)) is not None]
    methods = [each.func for each in called if isinstance(each.func, ast.Attribute) and not names.dotted(each.func)]
    asked = {root(method.value) for method in methods if method.attr in calls.SERVED_METHODS}
    fits = [method for method in methods if method.attr in FIT_METHODS]
    fitted = {root(method.value) for method in fits} - {None}
    returned = [part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value is not None]
    return Deeds(
        loads=any(map(calls.loads, dotted)),
        makes=any(map(calls.makes, dotted)),
        fits=bool(fits) or any(map(calls.trains, dotted)),
        scores=any(calls.scores(name) and not calls.is_curve(name) for name in dotted),
        plots=any(map(calls.plots, dotted)),
        prints=any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in called),
        gives=bool(returned),
        gives_fitted=any(_is_fitted(value, fitted) for value in returned),
        answers_with=frozenset(name for name in asked if name is not None and name in later),
        calls=frozenset(call.func.id for call in called if isinstance(call.func, ast.Name) and call.func.id in later),
    )


def _is_fitted(value: ast.expr, fitted: set[str | None]) -> bool:
    if isinstance(value, ast.Tuple):
        return any(_is_fitted(part, fitted) for part in value.elts)
    return self_returned(value) is not value or (isinstance(value, ast.Name) and value.id in fitted)
