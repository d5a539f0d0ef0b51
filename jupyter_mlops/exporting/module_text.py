"""The text of the package's own module: imports first, then pieces of the notebook in its order."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from jupyter_mlops.analysis.statements import Unit

# The place of a statement in the notebook: its cell, line and column.
Place = tuple[int, int, int]

BEFORE_EVERYTHING: Place = (-1, 0, 0)


def place(unit: Unit) -> Place:
    """Where a statement stands."""
    return unit.cell, unit.line, unit.statement.col_offset


@dataclass
class ModuleText:
    """Collects lines of import and pieces of code by their places. `load`, `values` and `path` are the names that
    the module uses for what is not the notebook's."""

    load: str
    values: str
    path: str
    _imports: dict[str, Place] = field(default_factory=dict[str, Place])
    _pieces: dict[Place, list[str]] = field(default_factory=dict[Place, list[str]])
    _statements: dict[Place, int] = field(default_factory=dict[Place, int])
    _loads: int = 0

    def add_statement(self, unit: Unit) -> bool:
        """Copy a statement before the lines that have its place; False where it is there already."""
        texts = self._pieces.setdefault(place(unit), [])
        if unit.text in texts:
            return False
        count = self._statements.get(place(unit), 0)
        texts.insert(count, unit.text)
        self._statements[place(unit)] = count + 1
        return True

    def add_line(self, where: Place, line: str) -> None:
        """A line that takes the place of a statement."""
        texts = self._pieces.setdefault(where, [])
        if line not in texts:
            texts.append(line)

    def add_load(self, where: Place | None, name: str) -> None:
        """Load a saved value where the notebook bound it, or at the top where it was bound out of sight."""
        self._loads += 1
        self.add_line(where or (-1, self._loads, 0), f'{name} = {self.load}({self.values}, "{name}")')

    def add_import(self, where: Place, statement: ast.Import | ast.ImportFrom, name: str) -> None:
        """The part of an import that binds one name."""
        for alias in statement.names:
            bound = alias.asname or (alias.name.split(".")[0] if isinstance(statement, ast.Import) else alias.name)
            if bound == name:
                single = (
                    ast.Import(names=[alias])
                    if isinstance(statement, ast.Import)
                    else ast.ImportFrom(module=statement.module, names=[alias], level=statement.level)
                )
                self._imports[ast.unparse(ast.fix_missing_locations(single))] = where

    def add_import_of(self, module: str, attribute: str | None, name: str) -> None:
        """Import a module, or an attribute of one, under a name."""
        self._imports[_imported(module, attribute, name)] = BEFORE_EVERYTHING

    def text(self, *, lazy_annotations: bool) -> str | None:
        """The module, None where nothing was added. `lazy_annotations` as the notebook had imported them."""
        if not self._pieces and not self._imports:
            return None
        imports = sorted(self._imports, key=lambda line: self._imports[line])
        lines = ["from __future__ import annotations"] if lazy_annotations else []
        lines += [line for line in imports if not line.startswith("from __future__")]
        if self._loads:
            lines += [_imported("pathlib", "Path", self.path), _imported(".loading", "load", self.load)]
            lines.append(f'{self.values} = {self.path}(__file__).parent / "values"')
        text = "\n".join(lines) + "\n\n"
        cell = None
        for (position, _, _), texts in sorted(self._pieces.items()):
            text += "\n" if position != cell else ""
            text += "\n".join(texts) + "\n"
            cell = position
        return text


def _imported(module: str, attribute: str | None, name: str) -> str:
    line = f"import {module}" if attribute is None else f"from {module} import {attribute}"
    return line if name == (attribute or module) else f"{line} as {name}"
