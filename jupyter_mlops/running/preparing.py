"""The document that a clean run executes: the notebook's copy with papermill's metadata and the given parameters."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping
from typing import Any, cast

from nbformat import NotebookNode
from papermill.parameterize import parameterize_notebook  # pyright: ignore[reportUnknownVariableType]

from jupyter_mlops.notebook import Notebook
from jupyter_mlops.parameters.types import source
from jupyter_mlops.tags import INJECTED_TAG

ENGINE = "jupyter-mlops"


def prepared(notebook: Notebook, parameters: Mapping[str, Any], kernel: str) -> NotebookNode:
    """A copy of the document with papermill's metadata and, where parameters are given, the injected cell."""
    node = copy.deepcopy(notebook.node)
    node.metadata.setdefault("papermill", {})
    node.metadata.papermill.update(default_parameters={}, parameters={}, environment_variables={}, version=None)
    node.metadata.papermill.update(input_path=notebook.name, output_path=None)
    for cell in node.cells:
        # papermill looks for both without asking whether they are there
        cell.metadata.setdefault("papermill", {})
        cell.metadata.setdefault("tags", [])
    if not parameters:
        return node
    # papermill warns that there is no parameters cell; ours was looked for before
    shown = {name: value if _is_json(value) else source(value) for name, value in parameters.items()}
    injected = cast("Any", parameterize_notebook)(
        node, shown, kernel_name=kernel, language="python", engine_name=ENGINE
    )
    for cell in injected.cells:
        if INJECTED_TAG in cell.metadata.get("tags", []):
            # papermill turns dates, paths, tuples and keys that are no text into text
            cell.source = "\n".join(
                ["# Parameters", *(f"{name} = {source(value)}" for name, value in parameters.items())]
            )
            cell["id"] = "injected-" + hashlib.sha256(cell.source.encode()).hexdigest()[:8]
    return injected


def _is_json(value: Any) -> bool:
    """Whether papermill's metadata can hold a value as it is."""
    if isinstance(value, list):
        return all(_is_json(part) for part in cast("list[Any]", value))
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value)
        return all(isinstance(key, str) and _is_json(part) for key, part in pairs.items())
    return value is None or (type(value) in (bool, int, float, str) and value == value)  # noqa: PLR0124  (NaN)
