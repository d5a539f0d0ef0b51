"""Random notebooks with random histories: what is said of them is held against a real run of the document.

Three things are always so. What the walk takes for known is what a fresh kernel gives. A cell that shows something else
than a fresh kernel would is never without a word. And a cell of which it is said that a variable held something else
when it ran was run with something else.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_kernel import MiniKernel
from stories import Story

from jupyter_mlops.tracking.state import code
from jupyter_mlops.tracking.state.history import Execution, same_results, same_value
from jupyter_mlops.tracking.state.simulation import simulate

NAMES = "abcd"
name = st.sampled_from(NAMES)
number = st.integers(0, 3)
statement = st.one_of(
    st.builds("{} = {}".format, name, number),
    st.builds("{} = {} + {}".format, name, name, number),
    st.builds("{} = {} > 1".format, name, name),
    st.builds("{0} = {0} + 1".format, name),
    st.builds("{0} += {1}".format, name, name),
    st.builds("print({})".format, name),
    st.builds("del {}".format, name),
    st.builds("l = [{}]".format, name),
    st.builds("l.append({})".format, number),
    st.just("m = l"),
    st.builds("m.append({})".format, name),
    st.just("print(l)"),
    st.just("print(m)"),
    st.builds("def f(q): return q + {}".format, name),
    st.builds("{} = f({})".format, name, name),
    st.builds("def g(box=[{}]): box.append(1); return len(box)".format, number),
    st.builds("{} = g()".format, name),
    st.builds("{} = Big([{}, 1])".format, name, number),
    st.builds("if {} > 1: {} = {}".format, name, name, number),
    st.builds("for {} in range(2): a = {}".format, name, number),
    st.just("import random"),
    st.builds("random.seed({})".format, number),
    st.builds("{} = random.random()".format, name),
    st.builds("{} = random.random() * 0".format, name),
)
source = st.lists(statement, min_size=1, max_size=3).map("\n".join)
place = st.integers(0, 7)
action = st.one_of(
    st.tuples(st.just("run"), place),
    st.tuples(st.just("run"), place),
    st.tuples(st.just("run below"), place),
    st.tuples(st.just("edit"), place, source),
    st.tuples(st.just("edit and run"), place, source),
    st.tuples(st.just("insert"), place, source),
    st.tuples(st.just("delete"), place),
    st.tuples(st.just("move"), place, place),
    st.tuples(st.just("restart")),
    st.tuples(st.just("run all")),
    st.tuples(st.just("clean")),
)


def told(cells: list[str], actions: list[tuple]) -> Story:
    """The story of a notebook that ran once, and of what was done to it then."""
    story = Story()
    for each in cells:
        story.insert(len(story.cells), f"c{len(story.cells)}", each)
    story.run("all")
    for number, (verb, *what) in enumerate(actions):
        ids = [each.id for each in story.cells]
        if not ids and verb != "insert":
            continue
        here = ids[what[0] % len(ids)] if what and ids else ""
        match verb:
            case "run":
                story.run(here)
            case "run below":
                story.run(*ids[ids.index(here) :])
            case "edit":
                story.change(here, code=code(what[1]))
            case "edit and run":
                story.change(here, code=code(what[1]))
                story.run(here)
            case "insert":
                story.insert(what[0] % (len(ids) + 1), f"n{number}", what[1])
            case "delete":
                story.delete(here)
            case "move":
                moved = story.cells.pop(story.place(here))
                story.cells.insert(what[1] % (len(story.cells) + 1), moved)
            case "restart":
                story.restart()
            case "run all":
                story.restart()
                story.run("all")
            case _:
                story.clean("")
    return story


def truth(story: Story) -> list[Execution]:
    """What a fresh kernel gives, cell by cell."""
    kernel = MiniKernel()
    found = []
    for cell in story.cells:
        status, trace = kernel.execute(cell.code.text)
        found.append(Execution(0, "truth", None, cell.id, cell.code, 0.0, status, None, trace))
    return found


stories = st.builds(told, st.lists(source, min_size=1, max_size=6), st.lists(action, max_size=8))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(stories)
def test_what_is_said_is_so(story):
    history, _ = story.history
    steps = simulate(story.cells, history)
    first, second = truth(story), truth(story)
    verdicts = story.verdicts
    for step, real, again in zip(steps, first, second, strict=True):
        repeatable = same_results(real, again)
        entries = verdicts[step.cell.id].verdicts
        # the walk; what is carried over from before an edit has no source, and is no certainty
        for key, held in step.inputs.items():
            if held.source is not None and key in real.reads and key in again.reads:
                assert isinstance(held.value, str)
                assert same_value(held.value, real.reads[key]), (key, step)
        # no cell that shows something else goes without a word; whether a cell above that was edited still gives what
        # is deleted here, or fails, only a run can tell
        may_be_missing = bool(step.cell.code.undone) and real.status == "error"
        if step.last is not None and not same_results(step.last, real) and not may_be_missing:
            assert entries, (step, real)
        # and no word without a reason
        for entry in entries:
            if entry.variable is None or entry.because_of is not None or entry.verdict == "not-repeatable":
                continue
            assert step.last is not None
            if entry.variable in real.reads and repeatable:
                read = step.last.reads.get(entry.variable)
                assert not same_value(read, real.reads[entry.variable]), (entry, step)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(stories)
def test_a_seeded_notebook_that_ran_anew_is_fresh(story):
    story.insert(0, "seeds", "import random; random.seed(1)")
    story.restart()
    story.run("all")
    assert [each.verdict for each in story.verdicts.values()] == ["fresh"] * len(story.cells)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(stories)
def test_the_cells_to_run_make_a_cell_fresh(story):
    """Whoever runs what is said to be run, in that order, has a fresh cell, unless it hangs on what no run mends."""
    for cell, verdict in story.verdicts.items():
        run = [each for each in verdict.verdicts if each.run_cells]
        if run and all(each.verdict in ("stale", "never-run") for each in verdict.verdicts):
            story.run(*run[0].run_cells)
            after = story.verdicts
            for entry in after[cell].verdicts:
                found = entry.verdict if entry.because_of is None else after[entry.because_of].verdict
                assert found in ("hidden-state", "not-repeatable"), (run, entry)
            return
