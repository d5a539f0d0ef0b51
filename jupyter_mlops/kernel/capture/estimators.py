"""The parameters of an estimator that differ from their defaults, by scikit-learn's protocol.

    make_pipeline(StandardScaler(), LogisticRegression(C=0.1)).fit(X, y)

    Pipeline                       estimator   sklearn.pipeline.Pipeline
    Pipeline.standardscaler        estimator   sklearn.preprocessing.StandardScaler
    Pipeline.logisticregression    estimator   sklearn.linear_model.LogisticRegression
    Pipeline.logisticregression.C  float       0.1

The defaults are those of the class's `__init__`. Steps of pipelines, unions and column transformers go by their names.
"""

# Estimators may be anything, so their parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jupyter_mlops.kernel.capture.values import as_number, attributes_of, is_estimator, parameter, plain
from jupyter_mlops.kernel.record import ParameterRow

_MOST = 200
_DEEPEST = 8
_MISSING = object()
# parameters that hold named estimators: `steps` of a pipeline, `transformer_list` of a union, …
_LISTS = frozenset({"steps", "transformers", "transformer_list", "estimators"})

_defaults: dict[type, dict[str, Any]] = {}


def parameters(estimator: Any) -> list[ParameterRow]:
    """The rows of an estimator; none of something that does not follow the protocol."""
    if not is_estimator(estimator):
        return []
    found: list[ParameterRow] = []
    for row in _rows(estimator, type(estimator).__name__, 0):
        found.append(row)
        if len(found) >= _MOST:
            break
    return found + _best(estimator)


def _best(search: Any) -> list[ParameterRow]:
    """What a search over parameters chose: `GridSearchCV.best_params_.C`."""
    best = attributes_of(search).get("best_params_")
    if type(best) is not dict:
        return []
    name = f"{type(search).__name__}.best_params_"
    return [parameter(f"{name}.{key}", value, "estimator") for key, value in list(best.items())[:_MOST]]


def _rows(estimator: Any, name: str, depth: int) -> Iterator[ParameterRow]:
    yield parameter(name, estimator, "estimator")
    if depth > _DEEPEST:
        return
    defaults = _defaults_of(type(estimator))
    for key, value in _given(estimator, defaults).items():
        if key in _LISTS and (parts := _named_parts(value)):
            for part_name, part in parts:
                yield from _part(part, f"{name}.{part_name}", depth)
        elif is_estimator(value):
            yield from _rows(value, f"{name}.{key}", depth + 1)
        elif _differs(value, defaults.get(key, _MISSING)):
            yield parameter(f"{name}.{key}", value, "estimator")


def _part(part: Any, name: str, depth: int) -> Iterator[ParameterRow]:
    if is_estimator(part):
        yield from _rows(part, name, depth + 1)
    elif part is None or type(part) is str:
        # `"passthrough"`, `"drop"`
        yield parameter(name, part, "estimator")


def _named_parts(value: Any) -> list[tuple[str, Any]]:
    """`[("scaler", StandardScaler()), …]`, with or without the columns of each; empty for anything else."""
    parts: Sequence[Any] = value if type(value) in (list, tuple) else ()
    if not all(type(each) is tuple and len(each) in (2, 3) and type(each[0]) is str for each in parts):
        return []
    return [(each[0], each[1]) for each in parts]


def _defaults_of(kind: type) -> dict[str, Any]:
    """The defaults of a class's parameters."""
    known = _defaults.get(kind)
    if known is None:
        known = {}
        for each in inspect.signature(kind.__init__).parameters.values():
            if each.name != "self" and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
                known[each.name] = _MISSING if each.default is each.empty else each.default
        _defaults[kind] = known
    return known


def _given(estimator: Any, defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters as they are now. Where the class leaves that to scikit-learn, or is the user's own, they are read
    from the attributes, past all properties."""
    ask = type(estimator).get_params
    if getattr(ask, "__module__", None) in ("sklearn.base", "sklearn.utils.metaestimators", "__main__"):
        attributes = attributes_of(estimator)
        return {name: attributes[name] for name in defaults if name in attributes}
    return ask(estimator, deep=False)


def _differs(value: Any, default: Any) -> bool:
    if value is default:
        return False
    value, default = plain(value), plain(default)
    if type(value) is not type(default):
        # 1 and 1.0 do the same
        one, other = as_number(value), as_number(default)
        return one is None or one != other or isinstance(value, bool) != isinstance(default, bool)
    if type(value) is float:
        return value != default and not (math.isnan(value) and math.isnan(default))
    if type(value) in (int, str, bytes, bool):
        return value != default
    if type(value) in (tuple, list):
        return len(value) != len(default) or any(map(_differs, value, default))
    if type(value) is dict:
        return value.keys() != default.keys() or any(_differs(part, default[key]) for key, part in value.items())
    return True
