"""An absolute path, which is there on one machine only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.facts import CellFacts, Facts
from jupyter_mlops.rules.paths import is_path_call, touched

CODE = "absolute-path"

# Folders of a person or a machine: such a text is a path wherever it stands.
_OF_SOMEBODY = re.compile(
    r"(file://)?/(home|Users)/[^/\s]+/\S|/(root|content|kaggle|mnt|media|Volumes|dbfs|workspace)/\S|~/\S"
    r"|[A-Za-z]:[\\/]{1,2}(?![/\\])\S|\\\\[^\\/\s]+[\\/]\S"
)
# With a call that takes a path, any other absolute one counts too.
_ABSOLUTE = re.compile(r"(file://)?/(?!/)[^\s<>]+")
_EVERYWHERE = re.compile(r"/(dev|proc|sys|etc|usr|bin)(/|$)|/$")
_TEMPORARY = re.compile(r"(/private)?(/var)?/tmp(/|$)")
# Calls that show or cut texts, and do not open them.
_ONLY_TEXT = re.compile(
    r"builtins\.(print|display|repr|len|isinstance)|IPython\.display\.(HTML|Markdown|display)|re\..*|warnings\..*"
    r"|\.(replace|split|startswith|endswith|removeprefix|strip|lstrip|rstrip|format|count|find|write|info|debug|warning)"
    r"|\.(get|post|put|delete|patch|route|request|add_url_rule|describe|text|annotate|set_title|title)|requests\..*|httpx\..*"
)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each text and cell."""
    for each in facts.cells:
        reported: set[str] = set()
        for node, path, known in sorted(_texts(each, facts), key=lambda found: (found[0].lineno, not found[2])):
            if path in reported or not _is_absolute(path, in_path_call=known):
                continue
            reported.add(path)
            temporary = bool(_TEMPORARY.match(path))
            place = facts.around.files.get(path)
            missing = "; it is not on this machine either" if place == "nowhere" else ""
            yield Finding(
                code=CODE,
                severity="info" if temporary else "warning",
                message=f"`{path}` is an absolute path",
                cell=each.cell.id,
                index=each.cell.index,
                line=node.lineno,
                reason="what lies there is gone after a while"
                if temporary
                else f"it leads nowhere on another machine, nor in a container{missing}",
                fix=Fix(
                    text="keep it below the notebook's folder and write the path from there, or make it a parameter"
                ),
            )


def _is_absolute(path: str, *, in_path_call: bool) -> bool:
    if _OF_SOMEBODY.match(path):
        return True
    return in_path_call and bool(_ABSOLUTE.match(path)) and not _EVERYWHERE.match(path)


def _texts(each: CellFacts, facts: Facts) -> Iterator[tuple[ast.expr, str, bool]]:
    """The texts of a cell that may be paths, and whether a call takes them for one."""
    for call in each.calls:
        if call.magic is not None or _ONLY_TEXT.fullmatch(call.name):
            continue
        known = is_path_call(call) or touched(call, facts.constants) is not None
        for position, argument in enumerate([*call.node.args, *(keyword.value for keyword in call.node.keywords)]):
            for node, text in _written(argument):
                yield node, text, known and position == 0
    for node in ast.walk(each.parsed.tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for part, text in _written(node.value):
                yield part, text, False


def _written(node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """The texts that an expression begins with, or holds as elements."""
    match node:
        case ast.Constant(value=str(text)):
            yield node, text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            yield node, text + "…"
        case ast.BinOp(left=left):
            yield from _written(left)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from _written(part)
        case ast.Dict(values=parts):
            for part in parts:
                yield from _written(part)
        case _:
            pass
