"""The dashboard: what is asked for is shown, what goes wrong is said, and a notebook that was saved keeps it."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbclient import NotebookClient

import jupyter_mlops
from jupyter_mlops.widgets.plots import MIME


def shown(html: str) -> str:
    """The text of a piece of HTML."""
    body = html.partition("</style>")[2]
    return re.sub(r"<[^>]+>", " ", body)


def spec(board):
    return board.plot.outputs[0]["data"][MIME]


def test_experiments_of_all_notebooks_and_of_one(project):
    board = jupyter_mlops.dashboard()
    assert [label for label, _ in board.notebook.options] == ["All notebooks", "a.ipynb", "b.ipynb"]
    assert shown(board.experiments.value).count("auc = score()") == 4
    assert "★ 0.4" in shown(board.experiments.value)
    assert "Choose a notebook" in shown(board.verdicts.value)
    board.notebook.value = "a.ipynb"
    assert shown(board.experiments.value).count("auc = score()") == 3
    assert "not certified: no clean run of this notebook is recorded" in shown(board.verdicts.value)
    assert "never run" in shown(board.verdicts.value)
    board.notebook.value = "b.ipynb"
    assert "there is no file" in shown(board.verdicts.value)


def test_what_people_wrote_is_no_html(project):
    board = jupyter_mlops.dashboard("a.ipynb")
    board.where.value = "auc > '<script>'"
    texts = [board.experiments.value, board.problem.value, board.verdicts.value]
    assert all("<script" not in text for text in texts)
    assert "&lt;script" in board.problem.value
    assert "&lt;b&gt;" in board.experiments.value


def test_conditions_and_their_mistakes(project):
    board = jupyter_mlops.dashboard()
    board.where.value = "auc > 0.25"
    assert shown(board.experiments.value).count("auc = score()") == 2
    before = board.experiments.value
    board.where.value = "acu > 0.25"
    assert "unknown column `acu` at character 1" in shown(board.problem.value)
    assert "Did you mean `auc`?" in shown(board.problem.value)
    assert board.experiments.value == before
    board.where.value = "auc > 1"
    assert board.problem.value == ""
    assert "No run matches" in shown(board.experiments.value)


def test_plots(project):
    board = jupyter_mlops.dashboard()
    assert board.metric.options == ("auc", "odd", "loss")
    assert [point["value"] for point in spec(board)["data"]["values"]] == [0.1, 0.2, 0.3, 0.4]
    # which way is better is known, so the best so far is drawn
    assert len(spec(board)["layer"]) == 2
    board.metric.value = "loss"
    assert [point["step"] for point in spec(board)["data"]["values"]] == [0, 1, 2]
    board.metric.value = "odd"
    assert board.plot.outputs == ()


def test_orders(project):
    board = jupyter_mlops.dashboard()
    board.order.value = "lowest first"
    rows = re.findall(r"scope='row' title='execution (\d)'", board.experiments.value)
    assert rows == ["1", "2", "3", "4"]


def test_refreshed_on_demand_only(project):
    board = jupyter_mlops.dashboard()
    (project / ".jupyter_mlops" / "store.sqlite").unlink()
    assert shown(board.experiments.value).count("auc = score()") == 4
    board.refresh_button.click()
    assert "No runs yet" in shown(board.experiments.value)


def test_a_store_that_cannot_be_read_is_said(project):
    (project / ".jupyter_mlops" / "store.sqlite").write_bytes(b"garbage" * 1000)
    for journal in project.glob(".jupyter_mlops/store.sqlite-*"):
        journal.unlink()
    assert "cannot be read" in shown(jupyter_mlops.dashboard().problem.value)


@pytest.mark.slow
def test_in_a_kernel_it_is_saved_with_the_notebook(project):
    node = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("import jupyter_mlops\nboard = jupyter_mlops.dashboard('a.ipynb')\nboard"),
            nbformat.v4.new_code_cell("board.where.value = 'acu > 1'"),
        ]
    )
    client = NotebookClient(node, resources={"metadata": {"path": str(project)}}, kernel_name="python3")
    client.execute()
    assert "application/vnd.jupyter.widget-view+json" in node.cells[0].outputs[0].data
    state = node.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    texts = " ".join(each["state"].get("value") or "" for each in state if each["model_name"] == "HTMLModel")
    assert "auc = score()" in texts
    assert "Did you mean `auc`?" in texts
    [plot] = [each["state"] for each in state if each["model_name"] == "OutputModel"]
    assert MIME in plot["outputs"][0]["data"]
