"""What calls of the notebook's own functions do to its names.

    def area(r): return PI * r ** 2        # later PI, bind area
    total = area(3)                        # read area, [read PI through area], bind total
    PI = 3.14

`followed` puts what happens in `area` at its call: `read PI`, through `area`. It goes on through the functions that
`area` calls. A use is sure where the call is sure and the function cannot leave it out; what a function may do that is
only handed on (`map(area, rows)`), or that stands behind a decorator, is never sure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jupyter_mlops.analysis import syntax
from jupyter_mlops.analysis.code import ParsedCell
from jupyter_mlops.analysis.names import cell_events
from jupyter_mlops.analysis.uses import Call, Definition, Event, Events, Use


@dataclass(frozen=True)
class _Candidate:
    """What a name may stand for; not `sure` where it may be something else."""

    definition: Definition
    sure: bool


_Known = dict[str, tuple[_Candidate, ...]]


def followed(cells: Sequence[ParsedCell]) -> list[list[tuple[ast.stmt, list[Use]]]]:
    """What `cell_uses` gives for each cell, with the uses that calls lead to in their places.

    The cells run from top to bottom, each once.
    """
    known: _Known = {}
    lazy_annotations = False
    result: list[list[tuple[ast.stmt, list[Use]]]] = []
    for cell in cells:
        statements: list[tuple[ast.stmt, list[Use]]] = []
        for statement, events in cell_events(cell, lazy_annotations=lazy_annotations):
            statements.append((statement, list(_followed(events, known))))
            lazy_annotations = lazy_annotations or syntax.has_lazy_annotations(statement)
        result.append(statements)
        if cell.opaque or cell.fault:
            _doubt(known)
    return result


def _followed(events: Events, known: _Known) -> Iterator[Use]:
    for event in events:
        if isinstance(event, Use):
            yield event
        _learn(event, known)
        if isinstance(event, Call):
            for use in _Path(known).uses(event):
                yield use
                if use.kind == "bind":
                    _learn(use, known)


def _learn(event: Event, known: _Known) -> None:
    """What names stand for after an event."""
    match event:
        case Definition(name=name, sure=sure):
            others = () if sure else tuple(replace(each, sure=False) for each in known.get(name, ()))
            known[name] = (_Candidate(event, sure), *others)
        case Use(kind="bind" | "delete" | "borrow", name=name, sure=sure):
            kept = () if sure else known.get(name, ())
            known[name] = tuple(replace(each, sure=False) for each in kept)
        case Use(kind="star" | "hide"):
            _doubt(known)
        case _:
            pass


def _doubt(known: _Known) -> None:
    for name, candidates in known.items():
        known[name] = tuple(replace(each, sure=False) for each in candidates)


@dataclass
class _Path:
    """One way from a call through functions; each function is taken once surely, and once perhaps."""

    known: Mapping[str, tuple[_Candidate, ...]]
    taken: set[tuple[int, bool]] = field(default_factory=set[tuple[int, bool]])

    def uses(self, call: Call) -> Iterator[Use]:
        """The uses that a call leads to."""
        for candidate in self.known.get(call.name, ()):
            sure = call.sure and candidate.sure
            step = id(candidate.definition), sure
            if step in self.taken or (step[0], True) in self.taken:
                continue
            self.taken.add(step)
            yield from self._through(call, candidate.definition.body, sure=sure)
            yield from self._through(call, candidate.definition.methods, sure=False)

    def _through(self, call: Call, events: Events, *, sure: bool) -> Iterator[Use]:
        for event in events:
            match event:
                case Use():
                    kind = "read" if event.kind == "later" else event.kind
                    yield replace(
                        event,
                        kind=kind,
                        line=call.line,
                        sure=sure and event.sure and event.kind != "later",
                        soft=event.soft or call.soft,
                        through=(call.name, *event.through),
                    )
                case Call():
                    inner = replace(event, line=call.line, sure=sure and event.sure, soft=event.soft or call.soft)
                    for use in self.uses(inner):
                        yield replace(use, through=(call.name, *use.through))
                case Definition():
                    pass
