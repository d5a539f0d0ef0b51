"""Rows among the notebook's own values that a fitted model answers to.

    frame = pd.read_csv("claims.csv")            # a cell tagged `data`
    model = search.fit(...)                      # was fitted inside of a library: no rows were seen

The columns that `model` was fitted with are all in `frame`, and it answers to them, so they are rows for its schema
and its examples. What only has as many columns, and is refused by the model, is none.
"""

# What the user bound may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jupyter_mlops.kernel import rows as row_forms
from jupyter_mlops.kernel.examples import Kept

_ASKED = 2000


def references(
    model: Any, methods: Sequence[str], namespace: Mapping[str, Any], names: Sequence[str]
) -> Iterator[tuple[str, Kept]]:
    """The names, of those given, that hold rows which a model answers to by all of its methods."""
    for name in names:
        rows = _of_its_columns(model, namespace.get(name))
        if rows is None or len(rows) == 0:
            continue
        kept = Kept(row_forms.copied(rows), row_forms.profile(rows))
        if kept.rows is not None and _answers(model, methods, kept.rows):
            yield name, kept


def _of_its_columns(model: Any, value: Any) -> Any:
    """The part of a frame or an array that has the columns which a model was fitted with; None where it has not."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    names = getattr(model, "feature_names_in_", None)
    width = getattr(model, "n_features_in_", None)
    if pandas is not None and isinstance(value, pandas.DataFrame):
        if names is not None:
            return value[list(names)] if set(names) <= set(value.columns) else None
        return value if value.shape[1] == width else None
    if numpy is not None and isinstance(value, numpy.ndarray) and names is None:
        return value if value.ndim == 2 and value.shape[1] == width else None
    return None


def _answers(model: Any, methods: Sequence[str], rows: Any) -> bool:
    some = row_forms.taken(rows, list(range(min(len(rows), _ASKED))))
    try:
        for method in methods:
            getattr(model, method)(some)
    except Exception:  # noqa: BLE001  (whatever the user's model raises says that these are no rows for it)
        return False
    return True
