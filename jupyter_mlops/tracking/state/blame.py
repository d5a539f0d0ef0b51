"""Why a cell is not fresh: which variable, which cell, and the smallest way out.

The walk says what a clean run would hand to a cell; the history says who wrote what it was really handed:

    [1] df = load()                     the writer of what [3] read was a cell that is gone: hidden state
    (deleted) df = df.dropna()
    [3] df.plot()

Where what would be handed in comes from a cell that is not fresh itself, that cell is the root, and the cells below say
"because of" it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_mlops.documents import CellVerdictName, Restored, VerdictEntry
from jupyter_mlops.tags import INJECTED_TAG
from jupyter_mlops.tracking.state.fixes import cells_to_run
from jupyter_mlops.tracking.state.history import Execution, History, is_stream
from jupyter_mlops.tracking.state.simulation import Given, Step, Unknown
from jupyter_mlops.tracking.state.wording import cell_name, cells_text, name_text, seed_text, sentence, shortened, was

GRAVITY: tuple[CellVerdictName, ...] = ("hidden-state", "stale", "not-repeatable", "never-run", "fresh")


@dataclass(frozen=True)
class _Cause:
    """One differing name: the verdict, the cell that caused it and why, without the fix."""

    verdict: CellVerdictName
    cell: str | None
    text: str
    restore: Restored | None = None
    fix: str | None = None


class Blame:
    """The entries of cells, found from the top of the document down."""

    def __init__(self, steps: Sequence[Step], history: History, live: Mapping[str, str]) -> None:
        self._steps = steps
        self._history = history
        self._live = live
        self._place = {step.cell.id: step.position for step in steps}
        # of each cell that is not fresh, the cell that is the root of its chain
        self._roots: dict[int, int] = {}
        self._plans: dict[int, tuple[list[int], str]] = {}

    def entries(self, step: Step) -> list[VerdictEntry]:
        """What is wrong at a cell, gravest first; has to be asked from the top down."""
        match step.state:
            case "fresh" | "untold":
                return []
            case "never-run":
                found = [self._entry(step, _Cause("never-run", None, "has never run"), None)]
            case "edited":
                found = [self._entry(step, _Cause("stale", step.cell.id, "edited since it ran"), None)]
            case "interrupted":
                found = [self._entry(step, _Cause("stale", step.cell.id, "it was interrupted before its end"), None)]
            case _:
                found = self._of_inputs(step)
        found.sort(key=lambda each: (GRAVITY.index(each.verdict), each.because_of is not None))
        first = found[0].because_of if found else None
        self._roots[step.position] = step.position if first is None else self._place[first]
        return [] if step.runs_now else found

    def _of_inputs(self, step: Step) -> list[VerdictEntry]:
        found: list[VerdictEntry] = []
        followed: dict[tuple[CellVerdictName, int], list[str]] = {}
        for name in step.differing:
            given = step.inputs.get(name)
            if given is not None and given.giver is not None and not self._steps[given.giver].is_settled:
                unrepeatable = isinstance(given.value, Unknown) and given.value.unrepeatable
                verdict: CellVerdictName = "not-repeatable" if unrepeatable else "stale"
                followed.setdefault((verdict, self._roots[given.giver]), []).append(name)
            else:
                found.append(self._entry(step, self._cause(step, name, given), name))
        found += [self._follower(step, verdict, root, names) for (verdict, root), names in followed.items()]
        return found

    # --- what a cell read was not what a fresh cell gives

    def _cause(self, step: Step, name: str, given: Given | None) -> _Cause:
        last = step.last
        if last is None or (is_stream(name) and (given is None or not isinstance(given.value, str))):
            return self._unseeded(step, name)
        writer = self._history.writer(last, name)
        home = self._home(writer)
        if writer is not None and writer.cell == INJECTED_TAG:
            return _Cause("stale", None, f"{name_text(name)} was given to the clean run as a parameter")
        if given is None:
            return self._missing(step, name, writer, home)
        if last.reads.get(name) is None:
            giver = self._name(given.giver)
            return _Cause(
                "stale", self._id(given.giver), f"{name_text(name)} did not exist when this cell ran; {giver} gives it"
            )
        if writer is not None and self._is_gone(step, name, given, writer, home):
            return self._hidden(name, writer, home)
        return self._other_value(step, name, given, writer, home)

    def _unseeded(self, step: Step, name: str) -> _Cause:
        text = f"draws from {name_text(name)}, which nothing above seeds"
        twin = self._history.differing_twin(step.last) if step.last is not None else None
        if twin is not None and twin.count is not None and step.last is not None and step.last.count is not None:
            text += f": the same code and inputs gave other results in [{step.last.count}] than in [{twin.count}]"
            text += " of a clean run" if twin.run is not None else ""
        return _Cause("not-repeatable", step.cell.id, text, fix=seed_text(name))

    def _missing(self, step: Step, name: str, writer: Execution | None, home: Step | None) -> _Cause:
        """No cell above gives the name."""
        shown = name_text(name)
        deleting = next((each for each in reversed(self._steps[: step.position]) if name in each.removed), None)
        if deleting is not None and (home is None or home.position <= deleting.position):
            text = f"{self._name(deleting.position)} deletes {shown} above"
            return _Cause("hidden-state", deleting.cell.id, text, fix=f"give {shown} in a cell between the two")
        if writer is None:
            text = f"{shown} was in the kernel, and no cell of the notebook gives it"
            return _Cause("hidden-state", None, text, fix=f"give {shown} in a cell above this one")
        if home is None or self._took_away(home, name, writer):
            return self._hidden(name, writer, home)
        if home.position == step.position:
            text = f"{shown} is left from an earlier run of this cell, and no cell above gives it"
            return _Cause("hidden-state", step.cell.id, text, fix=f"give {shown} in a cell above this one")
        if home.position > step.position:
            text = f"{shown} comes from {self._name(home.position)}, which stands below"
            return _Cause("hidden-state", home.cell.id, text, fix=f"move {self._name(home.position)} above this one")
        text = f"{shown} comes from {self._name(home.position)}, which does not give it on a clean run"
        return _Cause("hidden-state", home.cell.id, text, fix=f"give {shown} in a cell above this one")

    def _hidden(self, name: str, writer: Execution, home: Step | None) -> _Cause:
        """What was read comes from a cell that is gone, or from code that a cell no longer has."""
        shown = name_text(name)
        restore = Restored(cell=writer.cell, execution=writer.id, source=writer.code.text)
        ran = "" if writer.count is None else f", [{writer.count}]"
        verb = "come" if name.startswith("<") else "comes"
        if home is None and writer.cell is None:
            text = f"{shown} {verb} from code that no cell holds{ran}"
            return _Cause("hidden-state", None, text, restore, "put it into a cell above this one")
        if home is None:
            text = f"{shown} {verb} from a cell that was deleted{ran}"
            return _Cause("hidden-state", writer.cell, text, restore, "restore the cell")
        if not home.cell.takes_part and not home.cell.code.is_empty:
            text = f"{shown} {verb} from {self._name(home.position)}, which a clean run leaves out"
            return _Cause("hidden-state", home.cell.id, text, None, f"let {self._name(home.position)} take part again")
        written = writer.writes.get(name)
        now = next((other for other, given in home.outputs.items() if given.value == written), None)
        if now is not None:
            text = f"{shown} is called {name_text(now)} in {self._name(home.position)} now"
            return _Cause("hidden-state", home.cell.id, text, restore, f"write {name_text(now)} for {shown} here")
        text = f"{shown} {verb} from {self._name(home.position)} as it was before its edit"
        return _Cause(
            "hidden-state", home.cell.id, text, restore, f"restore that version of {self._name(home.position)}"
        )

    def _other_value(self, step: Step, name: str, given: Given, writer: Execution | None, home: Step | None) -> _Cause:
        shown, giver = name_text(name), self._name(given.giver)
        if self._rebound(step, given):
            bound = given.giver is not None and name in self._steps[given.giver].cell.code.facts.binds
            verb = "rebound" if bound else "changed"
            return _Cause("stale", self._id(given.giver), f"{shown} {was(name)} {verb} by {giver} after this cell ran")
        clean = f"a clean run takes {'them' if name.startswith('<') else 'it'} from {giver}"
        if home is None or writer is None:
            return _Cause("stale", self._id(given.giver), f"{shown} had another value when this cell ran; {clean}")
        if home.position == step.position:
            return _Cause("stale", step.cell.id, f"this cell ran again on {shown} as it had left it itself; {clean}")
        below = " below" if home.position > step.position else ""
        text = f"{shown} {was(name)} as {self._name(home.position)}{below} had left it; {clean}"
        return _Cause("stale", home.cell.id, text)

    def _is_gone(self, step: Step, name: str, given: Given, writer: Execution, home: Step | None) -> bool:
        """Whether no cell gives the version of a name that a cell read."""
        if home is None:
            # without an id nobody knows whether a cell was edited or deleted
            return writer.cell is not None or not self._rebound(step, given)
        return self._took_away(home, name, writer)

    def _rebound(self, step: Step, given: Given) -> bool:
        """Whether the cell that gives a name ran after the one that read it."""
        source = self._steps[given.giver].last if given.giver is not None else None
        return source is not None and step.last is not None and self._history.follows(source, step.last)

    def _home(self, writer: Execution | None) -> Step | None:
        """The cell of the document that an execution was of."""
        if writer is None:
            return None
        if writer.cell is None:
            return next(
                (step for step in self._steps if step.cell.takes_part and step.cell.code.key == writer.key), None
            )
        place = self._place.get(writer.cell)
        return None if place is None else self._steps[place]

    def _took_away(self, home: Step, name: str, writer: Execution) -> bool:
        """Whether a cell gave a name once, and its code does so no more."""
        if not home.cell.takes_part:
            return True
        return writer.key != home.cell.code.key and name not in home.outputs

    # --- entries

    def _follower(self, step: Step, verdict: CellVerdictName, root: int, names: Sequence[str]) -> VerdictEntry:
        origin = self._steps[root]
        shown = shortened([name_text(name) for name in names])
        many = len(names) > 1 or names[0].startswith("<")
        what = "differ" if many else "differs"
        said = f"{what} in every run" if verdict == "not-repeatable" else "are stale" if many else "is stale"
        text = f"reads {shown}, which {said} because of {self._name(root)}{_trouble(origin)}"
        cause = _Cause(verdict, origin.cell.id, text)
        if verdict == "not-repeatable":
            cause = _Cause(verdict, origin.cell.id, text, fix=f"seed {self._name(root)}")
        elif origin.state == "other-inputs" and self._is_hidden(origin):
            cause = _Cause(verdict, origin.cell.id, text, fix=f"mend {self._name(root)} first")
        return self._entry(step, cause, names[0], because_of=origin.cell.id)

    def _is_hidden(self, step: Step) -> bool:
        return any(name not in step.inputs for name in step.differing)

    def _entry(self, step: Step, cause: _Cause, variable: str | None, because_of: str | None = None) -> VerdictEntry:
        fix, run = cause.fix, list[int]()
        if fix is None or (cause.verdict == "hidden-state" and variable in step.inputs):
            run, text = self._run(step)
            fix = text if fix is None or len(run) == 1 else f"{fix}, or {text}"
        return VerdictEntry(
            verdict=cause.verdict,
            variable=variable,
            cause_cell=cause.cell,
            reason=sentence(cause.text + self._when(step)),
            fix=fix,
            because_of=because_of,
            run_cells=[self._steps[place].cell.id for place in run],
            restore=cause.restore,
        )

    def _run(self, step: Step) -> tuple[list[int], str]:
        """The cells whose execution makes a cell fresh, in order, and that in words."""
        if step.position not in self._plans:
            run = cells_to_run(self._steps, self._live, step.position)
            if run is None:
                run = [each.position for each in self._steps[: step.position + 1] if each.cell.takes_part]
                plan = run, "restart the kernel and run all cells to this one"
            else:
                plan = run, f"run {cells_text([self._name(place) for place in run])}"
            self._plans[step.position] = plan
        return self._plans[step.position]

    def _when(self, step: Step) -> str:
        """Where a cell ran, if it was not in the session that counts."""
        if step.last is None or step.last.session == self._history.session:
            return ""
        return "; it ran in a clean run" if step.last.run is not None else "; it ran before the restart"

    def _name(self, place: int | None) -> str:
        if place is None:
            return "the kernel's start"
        return cell_name(self._steps[place].cell, self._steps[place].last)

    def _id(self, place: int | None) -> str | None:
        return None if place is None else self._steps[place].cell.id


def _trouble(root: Step) -> str:
    """What is wrong with the root of a chain, as far as it is said in three words."""
    if root.runs_now:
        return ", which is running"
    if root.state == "edited":
        return ", which was edited"
    return ", which has never run" if root.state == "never-run" else ""
