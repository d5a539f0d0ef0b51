"""A user works in JupyterLab: runs cells, sees which can be trusted, and mends them with a click."""

from __future__ import annotations

import re

from playwright.sync_api import expect

CELLS = ("threshold = 3", "rows = [1, 2, 3, 4, 5]", "kept = [row for row in rows if row > threshold]", "len(kept)")


def test_verdicts_follow_what_is_done(open_notebook):
    notebook = open_notebook(*CELLS)
    notebook.expect_verdicts(*["never-run"] * 4)
    notebook.run(0, 1, 2, 3)
    notebook.expect_verdicts(*["fresh"] * 4)

    notebook.type_into(0, "threshold = 4")
    notebook.expect_verdicts("stale", "fresh", "stale", "stale")
    notebook.type_into(0, "threshold = 3")
    notebook.expect_verdicts(*["fresh"] * 4)
    notebook.type_into(0, "threshold = 4")
    notebook.run(0)
    notebook.expect_verdicts("fresh", "fresh", "stale", "stale")

    notebook.badge(2).hover()
    tooltip = notebook.page.get_by_role("tooltip")
    expect(tooltip).to_contain_text("threshold")
    notebook.badge(3).click()
    card = notebook.page.get_by_role("dialog", name="Stale")
    expect(card).to_contain_text("kept")
    notebook.picture("verdict-card")
    card.get_by_role("button", name="Run 2 cells").click()
    notebook.expect_verdicts(*["fresh"] * 4)
    expect(notebook.cell(3).locator(".jp-OutputArea-output")).to_have_text("1")


def test_a_deleted_cell_comes_back(open_notebook):
    notebook = open_notebook(*CELLS)
    notebook.run(0, 1, 2, 3)
    notebook.expect_verdicts(*["fresh"] * 4)
    notebook.command("notebook:delete-cell", 0)
    notebook.expect_verdicts("fresh", "hidden-state", "stale")
    notebook.badge(1).click()
    notebook.page.get_by_role("dialog", name="Hidden state").get_by_role("button", name="Restore cell").click()
    notebook.expect_verdicts(*["fresh"] * 4)
    assert sorted(notebook.sources()) == sorted(CELLS)


def test_roles_are_tags(open_notebook):
    notebook = open_notebook(*CELLS)
    notebook.cell(2).click()
    notebook.page.keyboard.press("Escape")
    notebook.page.keyboard.press("Alt+r")
    menu = notebook.page.locator(".jp-mlops-role-menu")
    expect(menu).to_be_visible()
    notebook.picture("role-menu")
    menu.get_by_text("train").click()
    expect(notebook.cell(2).locator(".jp-mlops-role")).to_have_text("train")
    assert notebook.tags() == [[], [], ["train"], []]
    notebook.cell(2).locator(".jp-mlops-role").click()
    menu.get_by_text("no role").click()
    expect(notebook.cell(2).locator(".jp-mlops-role")).to_have_count(0)
    assert notebook.tags() == [[], [], [], []]


def test_a_fix_is_one_step_that_undo_takes_back(open_notebook):
    source = "def close(a: int) -> int:\n    return a\n\nclose(1)"
    notebook = open_notebook("x = 1", (source, ["serve"]))
    notebook.command("mlops:show-panel")
    panel = notebook.page.get_by_role("region", name="MLOps for")
    panel.get_by_role("button", name="Fix", exact=True).click()
    expect(notebook.cell(1).locator(".cm-content")).not_to_contain_text("close(1)")
    expect(panel.get_by_text("Nothing found in 2 cells.")).to_be_visible()
    notebook.command("notebook:undo-cell-action")
    assert notebook.sources() == ["x = 1", source]


def test_findings_lead_to_their_lines_and_fixes(open_notebook):
    notebook = open_notebook("import random\nprint(total)", "x = 1", "total = x")
    notebook.command("mlops:show-panel")
    panel = notebook.page.get_by_role("region", name="MLOps for")
    expect(panel.get_by_role("button", name="Blocks an export")).to_be_visible()
    finding = panel.get_by_role("listitem").filter(has_text="total")
    notebook.picture("check")
    finding.get_by_role("button").first.click()
    expect(notebook.cell(0)).to_have_class(re.compile("jp-mod-active"))
    notebook.type_into(0, "import random")
    expect(panel.get_by_text("Nothing found in 3 cells.")).to_be_visible()
    notebook.picture("check-empty")
