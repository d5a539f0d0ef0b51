"""What a call of `fit` leaves fitted under a name of the notebook.

    model = Ridge().fit(X, y)            model (Ridge)
    scaler.fit(X)                        scaler, which prepares rows where it is only asked to transform
    baseline = Dummy().fit(X, y).score() nothing: the estimator is thrown away
    norm.fit(x)                          nothing: `norm` is imported, no object of the notebook

An estimator is known by what an export's run left behind, else by the class that was built, else by the call alone.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_mlops.documents import EstimatorFact
from jupyter_mlops.exporting.roles import calls
from jupyter_mlops.exporting.roles.names import Deeds, Names, self_returned
from jupyter_mlops.exporting.roles.syntax import comprehension_names, root
from jupyter_mlops.rules.facts import Facts


@dataclass(frozen=True)
class Fit:
    """A name whose estimator is fitted; `prepares` where that estimator only transforms rows, and `at_once` where it
    does so in the same call, so that it may be of no further use."""

    name: str
    class_name: str | None
    prepares: bool = False
    at_once: bool = False


class Estimators:
    """The estimators of a notebook; `fitted` grows with each fit that is seen."""

    def __init__(self, facts: Facts) -> None:
        self._run: dict[str, EstimatorFact] | None = None
        if facts.run is not None:
            self._run = {name: each for each in facts.run.estimators for name in (each.name, *each.also)}
        self.fitted = {name for name, each in (self._run or {}).items() if each.fitted}
        self._own_classes: set[str] = set()
        self._asked: defaultdict[str, set[str]] = defaultdict(set)
        for each in facts.cells:
            for node in ast.walk(each.parsed.tree):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    self._asked[node.value.id].add(node.attr)

    def define(self, node: ast.ClassDef) -> None:
        """A class of the notebook that has a method `fit` is an estimator's."""
        if any(isinstance(each, ast.FunctionDef) and each.name == "fit" for each in node.body):
            self._own_classes.add(node.name)

    def knows(self, name: str | None, names: Names) -> bool:
        """Whether a name holds an estimator, by the run or by what it was built as."""
        if name is None:
            return False
        return name in self.fitted or name in (self._run or {}) or self._class_of(names.built.get(name)) is not None

    def _class_of(self, dotted: str | None) -> str | None:
        if dotted is None:
            return None
        return dotted if dotted in self._own_classes else calls.estimator_class(dotted)

    def fit_by_method(self, call: ast.Call, part: ast.stmt, targets: Sequence[str], names: Names) -> Fit | None:
        """What `receiver.fit(…)` in a simple statement leaves fitted; `targets` are the names that this assigns."""
        if not isinstance(call.func, ast.Attribute):
            return None
        receiver, method = call.func.value, call.func.attr
        name = root(receiver)
        if name is None or name in comprehension_names(part):
            if not _is_kept(call, part, inside=name is not None) or not targets:
                return None
            built = self_returned(receiver)
            dotted = names.dotted(built.func) if isinstance(built, ast.Call) else None
            name = targets[0]
        elif names.is_import(name):
            return None
        else:
            dotted = names.built.get(name) if isinstance(receiver, ast.Name) else None
        return self._fit(call, name, dotted, method, by_name=isinstance(receiver, ast.Name))

    def _fit(self, call: ast.Call, name: str, dotted: str | None, method: str, *, by_name: bool) -> Fit | None:
        class_name = self._class_of(dotted)
        known = class_name is not None or (dotted is not None and calls.is_of_estimators(dotted))
        left = self._run.get(name) if self._run is not None else None
        if not known and left is None:
            # after a run, a name that holds no estimator was none; before, `fit` with rows is one
            if by_name and self._run is not None:
                return None
            if not (call.args or call.keywords):
                return None
        class_name = class_name or (left.class_name.rpartition(".")[2] if left else None)
        if class_name is not None and calls.is_baseline(class_name):
            return None
        self.fitted.add(name)
        asked = self._asked[name]
        prepares = (
            method == "fit_transform"
            or (dotted is not None and calls.transforms(dotted))
            or (not known and left is not None and left.methods == ["transform"])
            or ("transform" in asked and not any(map(calls.is_answer, asked)) and "score" not in asked)
        )
        return Fit(name, class_name, prepares, at_once=method == "fit_transform" and left is None)

    def fit_by_function(self, targets: Sequence[str], deeds: Deeds | None) -> Fit | None:
        """What a function that fits gives to the first of the names that its result is assigned to.

        `deeds` are those of a function of the notebook, None for one of a library.
        """
        if not targets:
            return None
        left = (self._run or {}).get(targets[0])
        if deeds is not None and left is None and (self._run is not None or not deeds.gives_fitted):
            return None
        self.fitted.add(targets[0])
        return Fit(targets[0], left.class_name.rpartition(".")[2] if left else None)


def _is_kept(call: ast.Call, part: ast.stmt, *, inside: bool) -> bool:
    """Whether the result of `fit`, which is the estimator, gets a name: itself, or in a list or a dictionary."""
    if not isinstance(part, ast.Assign) or not isinstance(call.func, ast.Attribute):
        return False
    return call.func.attr in ("fit", "partial_fit") and (inside or part.value is call)
