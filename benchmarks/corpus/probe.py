"""What a notebook leaves behind, found without this project: the last cell of a copy that stock papermill runs.

For each fitted object with `predict`, `predict_proba` or `transform` it looks for rows among the notebook's own
values which one of these accepts: a data frame or an array of two to four dimensions, with `n_features_in_` columns
where that is known and there are columns, or texts where it is not. The findings go to the file that CORPUS_PROBE
names.
"""
# ruff: noqa: PLC0415 - imports at the top would bind names of the notebook


def _corpus_probe(namespace):
    import ast
    import json
    import os
    import time
    import warnings
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from sklearn.utils.validation import check_is_fitted

    methods = ("predict", "predict_proba", "transform")
    enough = 5
    started = time.time()

    def attribute(value, name):
        try:
            return getattr(value, name, None)
        except Exception:  # noqa: BLE001 - foreign properties raise anything
            return None

    def fitted(value):
        try:
            check_is_fitted(value)
        except Exception:  # noqa: BLE001 - nor is an object that cannot be asked
            return False
        stateful = any(each.endswith("_") and not each.startswith("__") for each in vars(value))
        return stateful or hasattr(value, "steps")

    def rows_for(value):
        width = attribute(value, "n_features_in_")
        for name, rows in list(namespace.items()):
            if name.startswith("_"):
                continue
            if isinstance(rows, np.ndarray | pd.DataFrame) and 2 <= rows.ndim <= 4:
                if (rows.ndim > 2 or rows.shape[1] == (width or rows.shape[1])) and len(rows) >= enough:
                    yield name, rows[:enough]
            elif width is None and (isinstance(rows, list | pd.Series) or attribute(rows, "ndim") == 1):
                texts = list(rows[:enough])
                if len(texts) == enough and all(isinstance(each, str) for each in texts):
                    yield name, rows[:enough]

    def accepted(value):
        for name, rows in rows_for(value):
            for method in methods:
                try:
                    answers = attribute(value, method)(rows)
                    if np.shape(answers)[:1] == (enough,) or attribute(answers, "shape")[0] == enough:
                        return {"method": method, "rows": name}
                except Exception:  # noqa: BLE001, S112 - other rows may suit it
                    continue
        return None

    bound = {}
    for position, source in enumerate(namespace.get("In", [])):
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound[node.id] = max(bound.get(node.id, (0, 0)), (position, node.lineno))

    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, value in list(namespace.items()):
            has = [each for each in methods if callable(attribute(value, each))]
            if name.startswith("_") or isinstance(value, type) or not has or not fitted(value):
                continue
            how = accepted(value)
            if how is not None:
                kind = f"{type(value).__module__}.{type(value).__qualname__}"
                found.append({"name": name, "class": kind, "methods": has, "bound": bound.get(name, (0, 0)), **how})
    found.sort(key=lambda each: tuple(each["bound"]))
    Path(os.environ["CORPUS_PROBE"]).write_text(json.dumps({"started": started, "estimators": found}))


_corpus_probe(globals())
