"""Which places of a cell's code are worth watching, and the names of what comes out of them.

    auc = roc_auc_score(y, p)                      a score, named `auc`
    rmse = np.sqrt(mean_squared_error(y, p))       a score within a value named `rmse`: the value counts
    print(f"{model.score(X, y):.3f}")              a score, named by its text `model.score(X, y)`
    results[name] = accuracy_score(y, p)           a score, named `results.forest` by the key that `name` has then
    rows.append({"auc": roc_auc_score(y, p)})      a score, named `auc`
    search.fit(X, y)                               a fit, whose results go by `search`
    pd.read_parquet("a.parquet")                   a file, by the call's first argument

Only names are looked at here. Whether `accuracy_score` is scikit-learn's shows when it is called.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import count

from jupyter_mlops.kernel.calls import FIT_METHODS
from jupyter_mlops.kernel.wrapping import called_name, children

_LONGEST = 120
_SCORING = re.compile(r"score|_error|_loss|_deviance|_report|_coef|_gain|_support|_ratios|\bauc\b|\bcross_val")
_SCORING_MODULES = ("sklearn.metrics", "sklearn.model_selection")
_TRANSPARENT = frozenset({"round", "float"})

_groups = count(1)


@dataclass(frozen=True)
class Fit:
    """A call of `fit`; `name` is that of its receiver, or what its result is bound to."""

    name: str | None


@dataclass(frozen=True)
class Score:
    """A call that may score: the name of its number, those of its parts where they are bound one by one, the group of
    the value that it is within, and whether a key to come belongs to the name."""

    name: str
    parts: tuple[str, ...] = ()
    group: int | None = None
    waits: bool = False


@dataclass(frozen=True)
class Value:
    """An expression with the scores of a group in it: where it is a number itself, that is what counts."""

    name: str
    group: int
    waits: bool = False


@dataclass(frozen=True)
class Key:
    """The key under which the number before it is put away: `results[key] = …`, of which `results` is the name."""

    name: str


@dataclass(frozen=True)
class Last:
    """The value of a cell's last expression: its name where it is a number, else what stands before its parts'."""

    name: str
    prefix: str


@dataclass(frozen=True)
class FileCall:
    """A call by a name that readers or writers of files have; `name` where it was imported under another."""

    name: str = ""


About = Fit | Score | Value | Key | Last | FileCall


class Names:
    """The names by which code calls what is worth watching.

    `file_calls` are those of readers and writers. Others come along with `from sklearn.metrics import accuracy_score as
    acc`, in whichever cell that stands.
    """

    def __init__(self, file_calls: Collection[str]) -> None:
        self.file_calls = file_calls
        self._scoring: set[str] = set()
        self._renamed: dict[str, str] = {}
        words = "|".join(sorted(map(re.escape, {*FIT_METHODS, *file_calls})))
        self._any = re.compile(rf"{_SCORING.pattern}|\b(?:{words})\b|{'|'.join(_SCORING_MODULES)}")

    def may_stand_in(self, text: str) -> bool:
        """Whether the source of a cell has any of them; most have none, and nothing more is done then."""
        own = (*self._scoring, *self._renamed)
        return self._any.search(text) is not None or any(name in text for name in own)

    def imported(self, node: ast.ImportFrom) -> None:
        """Note what an import binds."""
        for each in node.names:
            name = each.asname or each.name
            if (node.module or "").startswith(_SCORING_MODULES):
                self._scoring.add(name)
            elif each.name in self.file_calls and name != each.name:
                self._renamed[name] = each.name

    def may_score(self, node: ast.expr) -> bool:
        """Whether a call may be one that scores."""
        match node:
            case ast.Call(func=ast.Name(id=name)):
                return name in self._scoring or _SCORING.search(name) is not None
            case ast.Call(func=ast.Attribute(attr=name)):
                return _SCORING.search(name) is not None
            case ast.Call(func=ast.Call() as maker):
                # `get_scorer("accuracy")(model, X, y)`
                return self.may_score(maker)
            case _:
                return False

    def file_call(self, node: ast.Call) -> FileCall | None:
        """What a call may be that reads or writes a file."""
        name = called_name(node)
        if isinstance(node.func, ast.Name) and name in self._renamed:
            return FileCall(self._renamed[name])
        return FileCall() if name in self.file_calls else None

    def is_any(self, node: ast.Call) -> bool:
        """Whether a call is worth watching."""
        return called_name(node) in FIT_METHODS or self.file_call(node) is not None or self.may_score(node)


class Survey:
    """Goes through the code of one cell; `found` are the places in it."""

    def __init__(self, names: Names) -> None:
        self.found: list[tuple[ast.expr, About]] = []
        self._names = names

    def go(self, tree: ast.AST) -> None:
        """Look at all of it."""
        stack = [tree]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.ImportFrom):
                self._names.imported(node)
            stack.extend(children(node))
        self._scan(tree)

    # --- statements

    def _scan(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[target, *_], value=value):
                self._assigned(target, value)
                for each in node.targets:
                    self._inside(each, None)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assigned(target, value)
            case ast.Expr(value=ast.Call() as call) if not self._names.is_any(call):
                self._inside(call.func, None)
                self._arguments(call)
            case _:
                for child in children(node):
                    if isinstance(child, ast.expr):
                        self._value(child, None)
                    else:
                        self._scan(child)

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case ast.Name(id=name), _:
                self._value(value, name)
            case (ast.Tuple(elts=targets), ast.Tuple(elts=values)) if len(targets) == len(values):
                for each, part in zip(targets, values, strict=True):
                    self._assigned(each, part)
            case ((ast.Tuple(elts=targets) | ast.List(elts=targets)), ast.Call()) if self._names.may_score(value):
                self._call(value, None, parts=tuple(map(_text, targets)))
            case ast.Subscript(value=holder, slice=ast.Constant(value=str() | int() as key)), _:
                self._value(value, f"{_text(holder)}.{key}")
            case ast.Subscript(value=holder, slice=key), _ if not _is_slice(key):
                before = len(self.found)
                self._value(value, _text(target), waits=True)
                if any(isinstance(about, Score | Value) and about.waits for _, about in self.found[before:]):
                    self.found.append((key, Key(_text(holder))))
            case ((ast.Attribute() | ast.Subscript()), _):
                self._value(value, _text(target))
            case _:
                self._value(value, None)

    def _arguments(self, call: ast.Call) -> None:
        """The arguments of a call whose own result is dropped: `print(…)`, `rows.append(…)`, `log_metric("auc", …)`."""
        name = None
        if called_name(call) == "log_metric" and call.args and isinstance(call.args[0], ast.Constant):
            name = str(call.args[0].value)
        for each in call.args:
            self._value(each, name)
        for keyword in call.keywords:
            self._value(keyword.value, name)

    # --- expressions

    def _value(self, node: ast.expr, name: str | None, *, waits: bool = False) -> None:
        """An expression whose value is bound to a name; to None where its text has to stand for it."""
        match node:
            case ast.Constant() | ast.Name():
                pass
            case ast.expr(ctx=ast.Store() | ast.Del()):
                self._inside(node, None)
            case ast.Starred(value=value):
                self._value(value, None)
            case ast.NamedExpr(target=ast.Name(id=target), value=value):
                self._value(value, target)
            case ast.Call(func=ast.Name(id=function), args=[ast.expr() as first, *_]) if function in _TRANSPARENT:
                # `round(score, 3)` and `float(score)` are the score
                self._value(first, name, waits=waits)
            case ast.Call() if self._names.is_any(node):
                self._call(node, name, waits=waits)
            case ast.Call(func=ast.Name(id="dict"), args=[]):
                for keyword in node.keywords:
                    self._part(name, keyword.arg, keyword.value)
            case ast.Dict():
                for key, value in zip(node.keys, node.values, strict=True):
                    self._part(name, key.value if isinstance(key, ast.Constant) else None, value)
                    if key is not None:
                        self._inside(key, None)
            case ast.List(elts=[part]) | ast.Tuple(elts=[part]) | ast.Await(value=part):
                self._value(part, name, waits=waits)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.JoinedStr(values=parts):
                for part in parts:
                    self._value(part.value if isinstance(part, ast.FormattedValue) else part, None)
            case ast.Lambda():
                self._value(node.body, None)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                self._value(node.elt, name)
                for each in node.generators:
                    self._inside(each, None)
            case _:
                group, before = next(_groups), len(self.found)
                self._inside(node, group)
                if any(isinstance(about, Score) and about.group == group for _, about in self.found[before:]):
                    self.found.append((node, Value(name or _text(node), group, waits)))

    def _part(self, name: str | None, key: object, value: ast.expr) -> None:
        if key is None:
            self._value(value, None)
        else:
            self._value(value, f"{name}.{key}" if name else str(key))

    def _inside(self, node: ast.AST, group: int | None) -> None:
        """The parts of an expression."""
        for child in children(node):
            match child:
                case ast.Lambda() | ast.Dict() | ast.JoinedStr():
                    self._value(child, None)
                case ast.NamedExpr(target=ast.Name(id=name), value=value):
                    self._value(value, name)
                case ast.Call() if self._names.is_any(child):
                    self._call(child, None, group)
                case _:
                    self._inside(child, group)

    def _call(
        self,
        node: ast.Call,
        name: str | None,
        group: int | None = None,
        *,
        parts: tuple[str, ...] = (),
        waits: bool = False,
    ) -> None:
        called = called_name(node)
        if called in FIT_METHODS and isinstance(node.func, ast.Attribute):
            receiver = node.func.value
            own = _text(receiver) if isinstance(receiver, ast.Name | ast.Attribute) else None
            self.found.append((node, Fit(own or (name if called == "fit" else None))))
        if (file_call := self._names.file_call(node)) is not None:
            self.found.append((node, file_call))
        if self._names.may_score(node):
            self.found.append((node, Score(name or _text(node), parts, group, waits)))
        self._inside(node, None)


def _is_slice(key: ast.expr) -> bool:
    return any(isinstance(node, ast.Slice | ast.Starred) for node in ast.walk(key))


def _text(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def last_expression(tree: ast.AST) -> tuple[ast.expr, Last] | None:
    """The expression whose value a cell shows."""
    match tree:
        case ast.Module(body=[*_, ast.Expr(value=value)]) if not isinstance(value, ast.Constant):
            text = _text(value)
            return value, Last(text, text if isinstance(value, ast.Name | ast.Attribute) else "")
        case _:
            return None


def bound_at_top(tree: ast.AST) -> list[str]:
    """The names that a cell's statements bind outside of functions and classes, but for those of loops, once each."""
    names: dict[str, None] = {}
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] = None
        parts = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.For | ast.AsyncFor):
            parts = [*node.body, *node.orelse]
        stack += reversed(parts)
    return list(names)
