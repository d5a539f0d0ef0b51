"""The texts of the dashboard as HTML: the table of experiments, the verdicts, and what went wrong.

Whatever comes from notebooks and stores is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from importlib import resources

from jupyter_mlops.analysis.better import better
from jupyter_mlops.documents import CellVerdict, Execution, IndexedRun, Status
from jupyter_mlops.errors import Finding
from jupyter_mlops.tracking.tables import TableColumn, digits_that_tell_apart, table_of
from jupyter_mlops.tracking.values import Scalar, number

Item = Execution | IndexedRun

_MOST_METRICS = 8
_MOST_PARAMETERS = 8
# the time in a run's id, to the second: enough to name it
_SHORT_ID = 15
_MARKS = {
    "fresh": ("✓", "fresh"),
    "stale": ("↻", "stale"),
    "never-run": ("◌", "never run"),
    "hidden-state": ("◆", "hidden state"),
    "not-repeatable": ("≠", "not repeatable"),
    "certified": ("✓", "certified"),
    "other-parameters": ("!", "certified for other parameters only"),
    "outdated": ("!", "no longer certified"),
    "none": ("◌", "not certified"),
}
_GOOD = ("ok", "passed", "running")


def page(*parts: str) -> str:
    """Parts as one piece of HTML with its style."""
    style = resources.files("jupyter_mlops.widgets").joinpath("style.css").read_text(encoding="utf-8")
    return f"<style>{style}</style><div class='jupyter-mlops'>{''.join(parts)}</div>"


def problem(findings: Iterable[Finding]) -> str:
    """What went wrong, why, and the way out."""
    lines: list[str] = []
    for finding in findings:
        rest = ". ".join(text for text in (finding.reason, finding.fix.text if finding.fix else "") if text)
        lines.append(
            f"<div class='problem' role='alert'><b>{escape(finding.message)}</b>"
            f"{f'<br>{escape(rest)}' if rest else ''}</div>"
        )
    return "".join(lines)


def experiments(items: Sequence[Item], *, filtered: bool) -> str:
    """The table of executions and clean runs; the best value of each metric is marked where it is known which is."""
    if not items:
        return f"<p class='quiet'>{_NOTHING_FITS if filtered else _NOTHING_YET}</p>"
    columns = table_of(items)
    metrics = [column for column in columns if column.column.source == "metric"]
    parameters = [column for column in columns if column.column.source == "parameter" and column.varies]
    shown = [*metrics[:_MOST_METRICS], *parameters[:_MOST_PARAMETERS]]
    firsts = {column.name for column in (*metrics[:1], *parameters[:1])}
    cells = {column.name: _cells(column) for column in shown}
    head = "".join(
        f"<th scope='col' class='number{' first' if column.name in firsts else ''}'>{escape(column.name)}</th>"
        for column in shown
    )
    rows = "".join(
        f"<tr>{_about(item)}"
        + "".join(
            f"<td class='number{' first' if column.name in firsts else ''}'>{cells[column.name][position]}</td>"
            for column in shown
        )
        + "</tr>"
        for position, item in enumerate(items)
    )
    left = len(metrics) + sum(column.column.source == "parameter" for column in columns) - len(shown)
    noun = "column" if left == 1 else "columns"
    note = f"<p class='quiet'>{left} more {noun}: <code>jupyter_mlops.runs()</code></p>" if left else ""
    return (
        "<div class='jupyter-mlops-scroll' tabindex='0'><table><thead><tr>"
        "<th scope='col'>Run</th><th scope='col'>Cell</th><th scope='col'>Status</th><th scope='col'>Started</th>"
        f"<th scope='col' class='number'>Duration</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>{note}"
    )


_NOTHING_YET = (
    "No runs yet. Run a cell and it appears here. "
    "A clean run also proves that the notebook works from the start: <code>jupyter mlops run NOTEBOOK</code>"
)
_NOTHING_FITS = "No run matches the condition."


def _about(item: Item) -> str:
    started = datetime.fromisoformat(item.started).astimezone()
    if isinstance(item, Execution):
        name, title, status = str(item.id), f"execution {item.id}", item.status
        cell = f"<code>{escape(item.begins[:40])}</code>" + (f" <b>{escape(item.role)}</b>" if item.role else "")
        where = f"cell {item.cell or 'unknown'} of {item.notebook or 'no notebook'}"
    else:
        name, title, status = item.id[:_SHORT_ID], f"clean run {item.id}", item.verdict
        cell = f"clean run, {item.cells} cell{'' if item.cells == 1 else 's'}"
        where = item.notebook
    duration = (
        "" if item.seconds is None else f"{item.seconds:.3g} s" if item.seconds < 100 else f"{item.seconds:.0f} s"
    )
    mark = "" if status in _GOOD else "<span class='mark failed' aria-hidden='true'>✗</span>"
    return (
        f"<th scope='row' title='{escape(title)}'>{escape(name)}</th><td title='{escape(where)}'>{cell}</td>"
        f"<td>{mark}{escape(status)}</td><td title='{started:%Y-%m-%d %H:%M:%S}'>{started:%m-%d %H:%M}</td>"
        f"<td class='number'>{duration}</td>"
    )


def _cells(column: TableColumn) -> list[str]:
    digits = digits_that_tell_apart(column.values)
    texts = [escape(_text(value, digits)) for value in column.values]
    way = better(column.column.name) if column.column.source == "metric" else None
    numbers = [found for value in column.values if (found := number(value)) is not None]
    if way is None or len(numbers) < 2:
        return texts
    best = max(numbers) if way == "higher" else min(numbers)
    return [
        f"<span class='best'>★ {text}</span>" if number(value) == best else text
        for text, value in zip(texts, column.values, strict=True)
    ]


def _text(value: Scalar, digits: int) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:.{digits}g}"
        case _:
            return str(value)


def verdicts(status: Status) -> str:
    """The certificate of a notebook and what is known of its cells; fresh ones are only counted."""
    certificate = status.certificate
    fix = f" <code>{escape(certificate.fix)}</code>" if certificate.fix else ""
    head = f"<p>{_mark(certificate.state)}: {escape(certificate.reason)}.{fix}</p>"
    troubled = [cell for cell in status.cells if cell.verdict != "fresh"]
    if not status.cells:
        return f"{head}<p class='quiet'>Nothing is known of its cells yet.</p>"
    fresh = len(status.cells) - len(troubled)
    count = f"<p>{_mark('fresh')}: {fresh} of {len(status.cells)} cells</p>"
    if not troubled:
        return head + count
    rows = "".join(row for cell in troubled for row in _verdict_rows(cell))
    return (
        f"{head}{count}<div class='jupyter-mlops-scroll' tabindex='0'><table><thead><tr><th scope='col'>Cell</th>"
        "<th scope='col'>Verdict</th><th scope='col'>Reason</th><th scope='col'>Fix</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _verdict_rows(cell: CellVerdict) -> Iterable[str]:
    name = f"cell {cell.index}" if cell.execution_count is None else f"[{cell.execution_count}]"
    for entry in cell.verdicts:
        yield (
            f"<tr><th scope='row'>{name}</th><td>{_mark(entry.verdict)}</td>"
            f"<td class='wrapped'>{escape(entry.reason)}</td><td class='wrapped'>{escape(entry.fix or '')}</td></tr>"
        )


def _mark(state: str) -> str:
    sign, word = _MARKS[state]
    return f"<span class='mark {state}' aria-hidden='true'>{sign}</span>{word}"
