"""The names that the export gave to lambdas of cells, looked up for function objects.

    {"source": "model = fit(lambda x: x / 2)", "line": 1, "column": 12, "name": "model_function"}

names the function object whose code came from that place of that cell, as IPython keeps the cell's text.
"""

from __future__ import annotations

import ast
import linecache
import types
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_mlops.analysis.lambdas import node_of
from jupyter_mlops.analysis.syntax import empty_lines_above


class LambdaNames:
    """The table of names; lines count from the first that is not empty, and columns are those of `ast`."""

    def __init__(self, table: Iterable[Mapping[str, Any]] = ()) -> None:
        self._names = {(each["source"], each["line"], each["column"]): str(each["name"]) for each in table}

    def of(self, function: types.FunctionType) -> str | None:
        """The name of a lambda, None where it has none or its text is not known."""
        text = "".join(linecache.getlines(function.__code__.co_filename))
        if not text.strip() or not self._names:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the cell has shown its SyntaxWarnings
            try:
                node = node_of(function.__code__, ast.parse(text))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None
        if node is None:
            return None
        return self._names.get((text.strip(), node.lineno - empty_lines_above(text), node.col_offset))
