"""A notebook as cells with ids, roles and sources; read through nbformat, never changed.

Notebooks of nbformat 4.0 to 4.4 have no cell ids: they get ids in memory, made from each cell's position and
source, so that the same file always gives the same ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit, urlunsplit

import nbformat
from nbformat import NotebookNode, v4
from nbformat.v4.rwbase import rejoin_lines  # pyright: ignore[reportUnknownVariableType]
from nbformat.validator import iter_validate  # pyright: ignore[reportUnknownVariableType]

from jupyter_mlops.analysis.code import code_hash, notebook_hash, parse_cell
from jupyter_mlops.errors import NotebookError
from jupyter_mlops.tags import SKIP_TAG, role_of

_NEW_CELL: dict[str, Any] = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}


@dataclass(frozen=True)
class Cell:
    """One cell. `index` is its position in the notebook from 1, as people count."""

    id: str
    index: int
    kind: Literal["code", "markdown", "raw"]
    source: str
    tags: frozenset[str]

    @property
    def role(self) -> str | None:
        """What the cell is for, by its tags; None for a cell that says nothing."""
        return role_of(self.tags)

    @property
    def counts(self) -> bool:
        """Whether the cell takes part in a clean run: code, not empty, not skipped."""
        return self.kind == "code" and bool(self.source.strip()) and SKIP_TAG not in self.tags


def cell_with(source: str, cells: Sequence[Cell]) -> Cell | None:
    """The first cell whose code, as IPython compiled it, is `source`."""
    return next((cell for cell in cells if parse_cell(cell.source).text.strip() == source.strip()), None)


@dataclass(frozen=True)
class Notebook:
    """A notebook file as it was read; `node` is nbformat's own object, with ids, at minor version 5.

    Of a remote notebook, `url` is where it came from and `path` the place in the current folder where a copy of it
    would stand: its kernel works there, and its records belong to the project there.
    """

    path: Path
    cells: tuple[Cell, ...]
    kernel: str | None
    node: NotebookNode
    url: str | None = None

    @property
    def name(self) -> str:
        """The notebook for people: the file's name, or the address."""
        return self.path.name if self.url is None else public_url(self.url)

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """The cells of a clean run in document order."""
        return tuple(cell for cell in self.cells if cell.counts)

    @property
    def code_hash(self) -> str:
        """One hash for all code that a clean run would execute."""
        return notebook_hash(code_hash(cell.source) for cell in self.code_cells)

    @property
    def text_hash(self) -> str:
        """One hash for the texts of all code cells, comments and layout included."""
        texts = json.dumps([[cell.id, cell.source] for cell in self.cells if cell.kind == "code"])
        return hashlib.sha256(texts.encode()).hexdigest()

    @property
    def stores_ids(self) -> bool:
        """Whether the file has ids of its own; a front end that opens one without gives each cell an id of a day."""
        return any(cell["id"] != _id_from_content(cell, place) for place, cell in enumerate(self.node.cells))

    def cell(self, cell_id: str) -> Cell | None:
        """The cell with this id, if there is one."""
        return next((cell for cell in self.cells if cell.id == cell_id), None)


def read_notebook(path: Path) -> Notebook:
    """Read and validate a notebook.

    Raises NotebookError where the file is missing, is no notebook, has a version that we do not read, holds no
    code, or is in another language than Python.
    """
    return parse_notebook(_read_text(path), path)


def parse_notebook(text: str, path: Path) -> Notebook:
    """A notebook from the text of its file; raises NotebookError as `read_notebook` does."""
    data = _parse_json(text, path)
    _check_version(data, path)
    node = _validated(data, path)
    language = node.metadata.get("kernelspec", {}).get("language") or node.metadata.get("language_info", {}).get(
        "name", "python"
    )
    if str(language).lower() not in ("python", "python3", "ipython"):
        raise NotebookError.of(
            "not-python",
            f"the notebook is written in {language}",
            notebook=path.name,
            reason="only Python notebooks can be analysed, run and exported here",
            fix="choose a Python kernel for it in JupyterLab (Kernel, Change Kernel) if it is Python",
        )
    cells = tuple(_cell(cell, index) for index, cell in enumerate(node.cells, start=1))
    notebook = Notebook(path, cells, node.metadata.get("kernelspec", {}).get("name"), node)
    if not notebook.code_cells:
        raise NotebookError.of(
            "no-code",
            "the notebook holds no code to run",
            notebook=path.name,
            reason="every code cell is empty or tagged skip-execution" if cells else "it has no cells",
            fix="add a code cell",
        )
    return notebook


def notebook_of(path: Path, kernel: str | None, cells: Sequence[Cell]) -> Notebook:
    """A notebook that is open somewhere; `path` is where it is saved."""
    made = v4.new_notebook(metadata={"kernelspec": {"name": kernel, "display_name": kernel}} if kernel else {})
    for cell in cells:
        made.cells.append(_NEW_CELL[cell.kind](cell.source, id=cell.id, metadata={"tags": sorted(cell.tags)}))
    return Notebook(path, tuple(cells), kernel, made)


def public_url(url: str) -> str:
    """An address as it may be shown and kept: without the user and the query, which can carry a password or a key."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def with_id_from_content(cell: NotebookNode, position: int) -> None:
    """Give a cell an id that follows from its position and source."""
    cell["id"] = _id_from_content(cell, position)


def _id_from_content(cell: NotebookNode, position: int) -> str:
    text = f"{position}:{cell.cell_type}:{cell.source}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _read_text(path: Path) -> str:
    if path.is_dir():
        raise NotebookError.of(
            "not-a-notebook", f"{path} is a folder", notebook=path.name, fix="name a notebook file (.ipynb)"
        )
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotebookError.of(
            "no-such-notebook",
            f"there is no file {path}",
            notebook=path.name,
            fix="check the path; it is taken from the current folder",
        ) from None
    except UnicodeDecodeError as error:
        raise NotebookError.of(
            "not-a-notebook",
            "the file is not text in UTF-8",
            notebook=path.name,
            reason=str(error),
            fix="name a notebook file (.ipynb)",
        ) from None
    except OSError as error:
        raise NotebookError.of(
            "unreadable-notebook", f"the file cannot be read: {error.strerror}", notebook=path.name
        ) from None


def _parse_json(text: str, path: Path) -> dict[str, Any]:
    if not text.strip():
        raise NotebookError.of(
            "not-a-notebook",
            "the file is empty",
            notebook=path.name,
            reason="a notebook is a JSON file; this one has no content",
            fix="open it in JupyterLab and save it, or restore it from version control",
        )
    try:
        data: object = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise NotebookError.of(
            "not-a-notebook",
            "the file is not JSON",
            notebook=path.name,
            line=line,
            reason=f"a notebook is a JSON file: {error}",
            fix="restore it from version control; merge conflict marks are a frequent cause",
        ) from None
    if not isinstance(data, dict) or "nbformat" not in data:
        raise NotebookError.of(
            "not-a-notebook",
            "the file is JSON but no notebook",
            notebook=path.name,
            reason="it has no field `nbformat`",
            fix="name a notebook file (.ipynb)",
        )
    return data  # pyright: ignore[reportUnknownVariableType]


def _check_version(data: dict[str, Any], path: Path) -> None:
    major, minor = data.get("nbformat"), data.get("nbformat_minor", 0)
    newest = v4.nbformat_minor
    if major == 4 and isinstance(minor, int) and 0 <= minor <= newest:
        return
    older = isinstance(major, int) and major < 4
    raise NotebookError.of(
        "notebook-version",
        f"the notebook has format {major}.{minor}; formats 4.0 to 4.{newest} are read",
        notebook=path.name,
        reason="it was written by an old Jupyter" if older else "it was written by a newer Jupyter than this one",
        fix=f"jupyter nbconvert --to notebook --nbformat 4 {path.name}" if older else "upgrade nbformat",
    )


def _validated(data: dict[str, Any], path: Path) -> NotebookNode:
    """The notebook as nbformat 4.5 with unique ids, or the structural fault that stands in the way."""
    _check_cells(data, path)
    node = cast("Any", nbformat.from_dict(data))
    seen: set[str] = set()
    for position, cell in enumerate(node.cells):
        try:
            rejoin_lines(NotebookNode(cells=[cell]))
        except (AttributeError, TypeError) as error:
            raise _broken(path, index=position + 1, reason=f"a part of the cell is of a wrong type: {error}") from None
        if cell.get("id", "") in seen or "id" not in cell:
            with_id_from_content(cell, position)
        seen.add(cell["id"])
    node["nbformat_minor"] = max(node.get("nbformat_minor", 0), 5)
    error = next(cast("Iterator[Any]", iter_validate(node, relax_add_props=True)), None)
    if error is None:
        return node
    where = [str(part) for part in error.absolute_path] or [str(part) for part in error.path]
    in_cell = len(where) > 1 and where[0] == "cells" and where[1].isdigit()
    field = ".".join(where[2:] if in_cell else where)
    message = str(error.message).splitlines()[0]
    raise _broken(
        path,
        field=field,
        index=int(where[1]) + 1 if in_cell else None,
        reason=message if len(message) <= 200 else message[:200] + "…",
    )


def _check_cells(data: dict[str, Any], path: Path) -> None:
    """What must hold before nbformat can walk the cells at all."""
    cells: object = data.get("cells")
    if not isinstance(cells, list):
        raise _broken(path, field="cells", reason="there is no list of cells")
    if not isinstance(data.get("metadata"), dict):
        raise _broken(path, field="metadata", reason="there is no metadata object")
    for index, cell in enumerate(cells, start=1):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if not isinstance(cell, dict):
            raise _broken(path, index=index, reason="the cell is no object")
        for field, kinds in (("cell_type", str), ("source", (str, list)), ("metadata", dict)):
            if not isinstance(cell.get(field), kinds):  # pyright: ignore[reportUnknownMemberType]
                raise _broken(path, field=field, index=index, reason=f"the cell's `{field}` is missing or wrong")
        if not isinstance(cell.get("id", ""), str):  # pyright: ignore[reportUnknownMemberType]
            raise _broken(path, field="id", index=index, reason="the cell's `id` is no text")


def _broken(path: Path, *, field: str = "", index: int | None = None, reason: str) -> NotebookError:
    return NotebookError.of(
        "invalid-notebook",
        "the notebook's structure is broken" + (f" at `{field}`" if field else ""),
        notebook=path.name,
        index=index,
        reason=reason,
        fix="open it in JupyterLab and save it, or restore it from version control",
    )


def _cell(cell: NotebookNode, index: int) -> Cell:
    tags = cell.metadata.get("tags", [])
    return Cell(cell["id"], index, cell.cell_type, cell.source, frozenset(str(tag) for tag in tags))
