"""What is known of a notebook file from its project's store, as kernels leave it behind."""

from __future__ import annotations

import itertools
import json

import nbformat
import pytest
from stories import Story

from jupyter_mlops.errors import StoreError
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.tracking import traces
from jupyter_mlops.tracking.forgetting import Forgotten, forget
from jupyter_mlops.tracking.verdicts import cell_verdicts

STALE = "a: x = 1 \n b: print(x) \n c: y = x + 1 \n run all \n edit a: x = 2 \n run a"


@pytest.fixture
def kept(record_session, tmp_path):
    """Put a story into the store and its document into a file; gives the notebook."""

    def keep(story: Story, **session):
        for key, executions in itertools.groupby(story.executions, key=lambda each: each.session):
            rows = [
                {
                    "text": each.code.text,
                    "cell": each.cell,
                    "started": 1e9 + each.started,
                    "status": "running" if each.status == "died" else each.status,
                    "execution_count": each.count,
                    "trace": each.trace,
                    "error": "NameError" if each.missing else None,
                    "message": f"name '{each.missing}' is not defined" if each.missing else None,
                    "run": each.run,
                }
                for each in executions
            ]
            run = rows[0]["run"]
            for row in rows:
                del row["run"]
            record_session(*rows, key=key, run=run, **session)
        cells = []
        for cell in story.cells:
            kind = nbformat.v4.new_code_cell if cell.is_code else nbformat.v4.new_markdown_cell
            cells.append(kind(cell.code.text, id=cell.id, metadata={"tags": ["skip-execution"] * cell.skipped}))
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
        return read_notebook(tmp_path / "a.ipynb")

    return keep


@pytest.mark.parametrize(
    "text",
    [
        STALE,
        "a: x = 1 \n b: print(x) \n run all \n delete a",
        "a: import random \n b: x = random.random() \n c: print(x) \n run all",
        "a: x = 1 \n b: print(x) \n clean",
        "a: x = 1 \n b: words \n c: print(x) \n run a c \n markdown b \n skip c",
        "a: x = 1 \n b: print(x) \n run all \n untraced a \n edit b: print(-x)",
        "b: del x \n run b \n insert a above b: x = 1 \n run a",
        "a: x = 1 \n b: print(x) \n console: x = 5 \n run b",
    ],
)
def test_the_store_gives_what_happened(kept, text):
    story = Story().tell(text)
    _, found = cell_verdicts(kept(story, ended=None))
    expected = [(each.id, each.verdict, each.verdicts) for each in story.verdicts.values()]
    told = [(each.id, each.verdict, each.verdicts) for each in found]
    # numbers of executions are the store's own
    assert [(a, b, [e.reason for e in c]) for a, b, c in told] == [
        (a, b, [e.reason for e in c]) for a, b, c in expected
    ]
    assert [[e.run_cells for e in c] for _, _, c in told] == [[e.run_cells for e in c] for _, _, c in expected]


def test_a_file_without_ids_of_cells(kept):
    story = Story().tell("a: x = 1 \n b: print(x) \n run all \n edit a: x = 2 \n run a")
    path = kept(story, ended=None).path
    file = json.loads(path.read_text())
    for cell in file["cells"]:
        del cell["id"]
    path.write_text(json.dumps({**file, "nbformat_minor": 4}))
    assert [each.verdict for each in cell_verdicts(read_notebook(path))[1]] == ["fresh", "stale"]


def test_nothing_recorded(kept, store):
    notebook = kept(Story().tell("a: x = 1 \n b: # nothing"))
    session, found = cell_verdicts(notebook)
    assert session is None
    assert [each.verdict for each in found] == ["never-run", "fresh"]
    assert not store.exists()


def test_the_newest_session_counts_or_the_one_that_is_named(kept):
    notebook = kept(Story().tell("a: x = 1 \n b: print(x) \n run all \n restart \n edit a: x = 2 \n run all"))
    session, found = cell_verdicts(notebook)
    assert session is not None
    assert (session.id, [each.verdict for each in found]) == ("s11", ["fresh", "fresh"])
    session, found = cell_verdicts(notebook, "s10")
    assert session is not None
    assert (session.id, session.alive, [each.verdict for each in found]) == ("s10", False, ["stale", "stale"])


def test_a_session_that_is_not_there(kept):
    notebook = kept(Story().tell("a: x = 1 \n run a"))
    with pytest.raises(StoreError) as error:
        cell_verdicts(notebook, "s99")
    assert error.value.findings[0].code == "no-such-session"


def test_cells_to_run_in_a_kernel_that_lives_and_in_one_that_ended(kept):
    story = Story().tell("a: x = 1 \n b: y = x \n c: print(y) \n run all \n edit b: y = x + 1")
    _, found = cell_verdicts(kept(story, ended=None))
    assert [each.run_cells for cell in found for each in cell.verdicts] == [["b"], ["b", "c"]]


def test_cells_to_run_in_a_kernel_that_has_ended(kept):
    story = Story().tell("a: x = 1 \n b: y = x \n c: print(y) \n run all \n edit b: y = x + 1")
    _, found = cell_verdicts(kept(story))
    assert [each.run_cells for cell in found for each in cell.verdicts] == [["a", "b"], ["a", "b", "c"]]


@pytest.mark.parametrize("ended", [None, 1e9])
def test_a_cell_that_runs_and_one_whose_end_nobody_saw(kept, ended):
    notebook = kept(Story().tell("a: x = 1 \n start a \n b: print(x)"), ended=ended)
    assert [each.verdict for each in cell_verdicts(notebook)[1]] == ["fresh", "never-run"]


def test_more_executions_than_are_looked_at(kept, monkeypatch):
    monkeypatch.setattr(traces, "MOST_EXECUTIONS", 3)
    text = "a: x = 1 \n b: print(x) \n c: y = 1 \n run all \n run a b a b \n restart \n edit a: x = 2 \n run a a a"
    found = {each.id: each for each in cell_verdicts(kept(Story().tell(text)))[1]}
    assert [each.verdict for each in found.values()] == ["fresh", "stale", "fresh"]
    assert found["b"].execution_count == 7


def test_what_was_forgotten_is_known_no_more(kept, store):
    notebook = kept(Story().tell(STALE))
    assert [each.verdict for each in cell_verdicts(notebook)[1]] == ["fresh", "stale", "stale"]
    forget(store, Forgotten(cell="b"))
    assert [each.verdict for each in cell_verdicts(notebook)[1]] == ["fresh", "never-run", "stale"]


def test_what_is_recorded_later_is_seen(kept, record_session):
    story = Story().tell(STALE)
    notebook = kept(story)
    assert [each.verdict for each in cell_verdicts(notebook)[1]] == ["fresh", "stale", "stale"]
    story.executions.clear()
    kept(story.tell("restart \n run all"))
    assert [each.verdict for each in cell_verdicts(notebook)[1]] == ["fresh", "fresh", "fresh"]
