"""Texts as the names of a frame's columns that are numbers.

    frame = pd.DataFrame(X)               frame = pd.DataFrame(X)
    model.fit(frame, y)             ─►    frame.columns = frame.columns.astype(str)
                                          model.fit(frame, y)

That is certain where the notebook makes one frame, and does nothing with it but split it, fit, ask and look at its
size: `frame[0]` would need the number.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from jupyter_mlops.analysis.rewriting.names import words
from jupyter_mlops.analysis.rewriting.pieces import Piece, Rewriting, Twin, end, start

_SPLITS = "train_test_split"
_FUNCTIONS = frozenset({"len", "cross_val_score", "cross_val_predict", "cross_validate", "print", "display"})
_METHODS = frozenset(
    {
        *("fit", "fit_transform", "fit_predict", "partial_fit", "transform", "score"),
        *("predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples"),
    }
)
_ATTRIBUTES = frozenset({"shape", "size", "index", "info", "to_numpy", "values"})
_LOOKS = frozenset({"head", "tail", "sample", "describe"})
_FRAMES_COME_OUT = frozenset({"set_output", "set_config", "config_context"})


def with_names(sources: Sequence[str]) -> Mapping[int, str] | None:
    """The sources that change, by their positions; None where a name of another kind may be needed somewhere."""
    cells = [Rewriting.of(source) for source in sources]
    made = [
        (position, index)
        for position, cell in enumerate(cells)
        for index, statement in enumerate(cell.cell.tree.body)
        if _made(statement) is not None
    ]
    constructed = [node for cell in cells for node in ast.walk(cell.cell.tree) if _constructs(node)]
    hidden = any(cell.cell.fault is not None or cell.cell.opaque for cell in cells)
    if len(made) != 1 or len(constructed) != 1 or hidden or not _FRAMES_COME_OUT.isdisjoint(words(sources)):
        return None
    (position, index), cell = made[0], cells[made[0][0]]
    statement = cell.cell.tree.body[index]
    name = _made(statement) or ""
    if not _only_handed_on(cells, name):
        return None
    line, column = end(statement)
    after = cell.rest_of_line((line, column))
    if start(statement)[1] or (after.strip() and not after.strip().startswith("#")):
        return None
    text = f"{name}.columns = {name}.columns.astype(str)"
    column += len(after.encode())
    twin = Twin(cell.cell.tree)
    twin.tree.body[index + 1 : index + 1] = ast.parse(text).body
    source = cell.replaced([Piece((line, column), (line, column), cell.newline + text)], twin.tree)
    return None if source is None else {position: source}


def _constructs(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="DataFrame") | ast.Name(id="DataFrame")):
            return True
        case _:
            return False


def _made(statement: ast.stmt) -> str | None:
    """The name of `frame = pd.DataFrame(X)`, whose columns have no names but their numbers."""
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=ast.Attribute(value=ast.Name(), attr="DataFrame"), args=[_], keywords=[]),
        ):
            return name
        case _:
            return None


def _only_handed_on(cells: Sequence[Rewriting], name: str) -> bool:
    """Whether a frame, and what it is split into, is only handed to what takes columns of any name."""
    frames, bound = [name], dict[str, int]()
    trees = [cell.cell.tree for cell in cells]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound[node.id] = bound.get(node.id, 0) + 1
    if any(_numbers_columns(node) for node in nodes):
        return False
    shown = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for frame in frames:
        allowed: set[int] = set()
        for node in nodes:
            match node:
                case ast.Call(func=ast.Name(id=function), args=given) if function in _FUNCTIONS:
                    allowed |= {id(each) for each in given}
                case ast.Call(func=ast.Attribute(attr=method), args=given) if method in _METHODS:
                    allowed |= {id(each) for each in given}
                case _:
                    pass
        for node in nodes:
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name() as value, attr=method)) if method in _LOOKS:
                    allowed |= {id(value)} if id(node) in shown | allowed else set()
                case ast.Attribute(value=ast.Name() as value, attr=attribute) if attribute in _ATTRIBUTES:
                    allowed.add(id(value))
                case ast.Assign(
                    targets=[ast.Tuple(elts=targets)], value=ast.Call(func=ast.Name(id=function), args=given)
                ) if function == _SPLITS:
                    for at, each in enumerate(given):
                        parts = [part for part in targets[2 * at : 2 * at + 2] if isinstance(part, ast.Name)]
                        if isinstance(each, ast.Name) and each.id == frame and len(parts) == 2:
                            allowed.add(id(each))
                            frames += [part.id for part in parts if part.id not in frames]
                case _:
                    pass
        reads = [each for each in nodes if isinstance(each, ast.Name) and each.id == frame and id(each) not in allowed]
        if any(isinstance(each.ctx, ast.Load) for each in reads):
            return False
        if (
            bound.get(frame) != 1
            or frame in words(list(texts))
            or any(isinstance(node, ast.arg) and node.arg == frame for node in nodes)
        ):
            return False
    return True


def _numbers_columns(node: ast.AST) -> bool:
    """Whether a function or class may take a column of what it is given by its number."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef) and any(
        isinstance(part, ast.Subscript)
        and any(isinstance(each, ast.Constant) and isinstance(each.value, int) for each in ast.walk(part.slice))
        for part in ast.walk(node)
    )
