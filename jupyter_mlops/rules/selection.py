"""Which codes count: by the command line, `pyproject.toml`, and the metadata of the notebook and its cells.

    [tool.jupyter_mlops.check]
    select = ["secret", "absolute-path"]     # only these; all where it is left out
    ignore = ["star-import"]                 # without these

    {"jupyter_mlops": {"ignore": ["absolute-path"]}}      in the metadata of a cell, or of the notebook

A cell that is no Python is always told: nothing else is known of it. Tag it `skip-execution` to leave it out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from jupyter_mlops.errors import Finding, Fix, ProjectError
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.project import project_root
from jupyter_mlops.rules.catalogue import CODES, UNKNOWN_CODE, nearest

_KEY = "jupyter_mlops"
_ALWAYS = frozenset(code for code, each in CODES.items() if each.fixed)


@dataclass(frozen=True)
class Selection:
    """Codes by name; `select` of None is all of them."""

    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Chosen:
    """The codes that count for a notebook, those that its cells leave out, and what is wrong with these."""

    codes: frozenset[str]
    ignored: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    unknown: tuple[Finding, ...] = ()

    def kept(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that count."""
        return [
            finding
            for finding in findings
            if finding.code in _ALWAYS
            or (finding.code in self.codes and finding.code not in self.ignored.get(finding.cell or "", ()))
        ]


def selection_of(notebook: Notebook, given: Selection | None = None) -> Chosen:
    """The codes that count for a notebook; what is given goes before pyproject.toml.

    Raises ProjectError where pyproject.toml cannot be read, or names a code that no rule has.
    """
    settings = given or Selection()
    if settings.select is None or not settings.ignore:
        written = _of_project(notebook)
        settings = Selection(settings.select or written.select, settings.ignore | written.ignore)
    unknown: list[Finding] = []
    own = _ignored(notebook.node.metadata)
    unknown += [_unknown(code, None, None) for code in sorted(own - set(CODES))]
    ignored: dict[str, frozenset[str]] = {}
    for cell, node in zip(notebook.cells, notebook.node.cells, strict=True):
        found = _ignored(node.metadata)
        if found:
            ignored[cell.id] = found
            unknown += [_unknown(code, cell.id, cell.index) for code in sorted(found - set(CODES))]
    codes = (frozenset(CODES) if settings.select is None else settings.select) - settings.ignore - own
    return Chosen(codes | _ALWAYS, ignored, tuple(unknown))


def _ignored(metadata: Any) -> frozenset[str]:
    """The codes in the metadata of a cell or notebook."""
    ours: Any = metadata.get(_KEY, {})
    codes: Any = ours.get("ignore", []) if isinstance(ours, dict) else []  # pyright: ignore[reportUnknownVariableType]
    return frozenset(str(code) for code in cast("list[Any]", codes)) if isinstance(codes, list) else frozenset()


def _unknown(code: str, cell: str | None, index: int | None) -> Finding:
    where = "cell" if cell else "notebook"
    return Finding(
        code=UNKNOWN_CODE.code,
        severity="warning",
        message=f"the {where}'s metadata ignore `{code}`, which no rule has",
        cell=cell,
        index=index,
        reason="nothing is left out by it",
        fix=Fix(text=advice(code)),
    )


def advice(code: str) -> str:
    """What to write instead of an unknown code."""
    near = nearest(code)
    return f"write `{near}`" if near else "jupyter mlops check --rules lists the codes"


def fault(codes: Iterable[str], *, ignoring: bool) -> tuple[str, str] | None:
    """What is wrong with codes that are selected or ignored, and what to do."""
    for code in codes:
        if code not in CODES:
            return f"`{code}` is no rule", advice(code)
        if ignoring and code in _ALWAYS:
            return f"`{code}` cannot be ignored", "tag the cell skip-execution, or mend it"
    return None


def _of_project(notebook: Notebook) -> Selection:
    path = project_root(notebook.path) / "pyproject.toml"
    try:
        data: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Selection()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProjectError.of(
            "settings-unreadable", f"{path.name} cannot be read", reason=str(error), fix="mend the file"
        ) from None
    for key in ("tool", _KEY, "check"):
        data = cast("dict[str, Any]", data).get(key, {}) if isinstance(data, dict) else {}
    table = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    for key, value in table.items():
        _check(key, value)
    select = table.get("select")
    return Selection(None if select is None else frozenset(select), frozenset(table.get("ignore", [])))


def _check(key: str, value: Any) -> None:
    """Raise where a setting is wrong."""
    where = "[tool.jupyter_mlops.check] of pyproject.toml"
    if key not in ("select", "ignore"):
        raise ProjectError.of("wrong-setting", f"`{key}` is no setting", reason=where, fix="it has select and ignore")
    if not isinstance(value, list) or not all(isinstance(each, str) for each in cast("list[Any]", value)):
        fix = f'write a list of codes: {key} = ["star-import"]'
        raise ProjectError.of("wrong-setting", f"`{key}` is no list of codes", reason=where, fix=fix)
    wrong = fault(cast("Sequence[str]", value), ignoring=key == "ignore")
    if wrong is not None:
        raise ProjectError.of("unknown-rule", wrong[0], reason=f"{key} in {where}", fix=wrong[1])
