"""What we put into the page is for everyone: checked with axe, and by the keyboard alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
CELLS = ("x = 2", ("y = x * total", ["train"]), ("total = 3", ["skip-execution"]), "print(y)")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing(open_notebook, theme):
    notebook = open_notebook(*CELLS)
    notebook.command("apputils:change-theme", args={"theme": theme})
    notebook.command("mlops:show-panel")
    notebook.run(0, 2, 1, 3)
    notebook.type_into(0, "x = 3")
    notebook.expect_verdicts("stale", "hidden-state")
    notebook.badge(1).click()
    expect(notebook.page.get_by_role("dialog")).to_be_visible()
    notebook.page.add_script_tag(path=AXE)
    found = notebook.page.evaluate(
        """async () => (await window.axe.run(
            { include: ['.jp-mlops-panel', '.jp-mlops-gutter', '.jp-mlops-popup', '.jp-mlops-status'] },
            { resultTypes: ['violations'] }
        )).violations.map(each => [each.id, each.help, each.nodes.map(node => node.html)])"""
    )
    notebook.command("apputils:change-theme", args={"theme": "JupyterLab Light"})
    assert found == []


def test_the_card_by_the_keyboard(open_notebook):
    notebook = open_notebook("x = 2", "y = x", "print(y)")
    notebook.run(0, 1, 2)
    notebook.type_into(0, "x = 3")
    notebook.run(0)
    notebook.expect_verdicts("fresh", "stale", "stale")
    notebook.cell(2).locator(".jp-InputPrompt").click()
    notebook.page.keyboard.press("Alt+v")
    card = notebook.page.get_by_role("dialog", name="Stale")
    expect(card.get_by_role("button", name="Run 2 cells")).to_be_focused()
    notebook.page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(notebook.badge(2)).to_be_focused()
    notebook.page.keyboard.press("Enter")
    expect(card).to_be_visible()
    notebook.page.keyboard.press("Enter")
    notebook.expect_verdicts("fresh", "fresh", "fresh")
