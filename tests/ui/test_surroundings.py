"""What happens around the notebook: reloads, restarts, other kernels, a dark theme, Notebook 7, another tab."""

from __future__ import annotations

import json
import re
import sys

import pytest
from playwright.sync_api import expect

CELLS = ("x = 2", "y = x * 10", "print(y)")


@pytest.fixture
def kernelspec(lab):
    """Add a kernel to the server; gives its name."""

    def add(name: str, argv: list[str], language: str = "python") -> str:
        folder = lab.root.parent / "data" / "kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        spec = {"argv": argv, "display_name": name, "language": language}
        (folder / "kernel.json").write_text(json.dumps(spec))
        return name

    return add


def test_a_reload_changes_nothing(open_notebook):
    notebook = open_notebook(*CELLS)
    notebook.run(0, 1, 2)
    notebook.type_into(0, "x = 3")
    notebook.expect_verdicts("stale", "stale", "stale")
    notebook.command("docmanager:save")
    notebook.reload()
    notebook.expect_verdicts("stale", "stale", "stale")


def test_recording_goes_on_after_a_restart(open_notebook):
    notebook = open_notebook(*CELLS)
    notebook.run(0, 1, 2)
    notebook.expect_verdicts(*["fresh"] * 3)
    notebook.page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"
    )
    notebook.expect_verdicts(*["fresh"] * 3)
    notebook.type_into(0, "x = 5")
    notebook.expect_verdicts("stale", "stale", "stale")
    notebook.run(0, 1, 2)
    notebook.expect_verdicts(*["fresh"] * 3)
    expect(notebook.cell(2).locator(".jp-OutputArea-output")).to_have_text("50")


def test_two_tabs_tell_the_same(open_notebook):
    first = open_notebook(*CELLS, name="shared.ipynb")
    second = open_notebook(name="shared.ipynb")
    first.run(0, 1, 2)
    first.expect_verdicts(*["fresh"] * 3)
    second.expect_verdicts(*["fresh"] * 3)


def test_the_switch_is_remembered(open_notebook, executions):
    notebook = open_notebook(*CELLS)
    notebook.command("mlops:show-panel")
    switch = notebook.page.get_by_role("region", name="MLOps for").get_by_role("switch")
    expect(switch).to_have_text("Recording")
    switch.click()
    expect(switch).to_have_text("Not recording")
    notebook.run(0)
    notebook.saves_its_state()
    notebook.reload()
    notebook.command("mlops:show-panel")
    expect(switch).to_have_text("Not recording")
    notebook.run(1)
    switch.click()
    expect(switch).to_have_text("Recording")
    notebook.run(2)
    notebook.expect_verdicts("never-run", "never-run", "stale")
    ran = [row["begins"] for row in executions() if row["notebook"] == notebook.path.name]
    assert ran == ["print(y)"]


def test_a_dark_theme(open_notebook):
    notebook = open_notebook(*CELLS, ("model = y", ["train"]))
    notebook.command("apputils:change-theme", args={"theme": "JupyterLab Dark"})
    notebook.run(0, 1, 2)
    notebook.type_into(0, "x = 3")
    notebook.expect_verdicts("stale", "stale", "stale", "never-run")
    notebook.command("mlops:show-panel")
    notebook.badge(1).click()
    expect(notebook.page.get_by_role("dialog", name="Stale")).to_be_visible()
    notebook.picture("dark")
    notebook.command("apputils:change-theme", args={"theme": "JupyterLab Light"})


def test_a_kernel_without_the_package(open_notebook, kernelspec, tmp_path):
    """Its interpreter is named in the command that installs it there."""
    bare = tmp_path / "bare.py"
    bare.write_text(
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'jupyter_mlops':\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "from ipykernel.kernelapp import launch_new_instance\n"
        "launch_new_instance()\n"
    )
    name = kernelspec("bare", [sys.executable, str(bare), "-f", "{connection_file}"])
    notebook = open_notebook(*CELLS)
    notebook.command("mlops:show-panel")
    notebook.page.evaluate("name => window.jupyterapp.shell.currentWidget.sessionContext.changeKernel({ name })", name)
    panel = notebook.page.get_by_role("region", name="MLOps for")
    alert = panel.get_by_role("alert")
    expect(alert).to_contain_text("jupyter_mlops is not installed in “bare”.")
    expect(alert).to_contain_text(re.compile(r"python[\d.]* -m pip install jupyter_mlops"))
    notebook.picture("kernel-without-the-package")


def test_a_store_that_cannot_be_read(open_notebook, lab):
    folder = lab.root / "broken"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    (folder / ".jupyter_mlops").mkdir()
    (folder / ".jupyter_mlops" / "store.sqlite").mkdir()
    notebook = open_notebook(*CELLS, name="broken/a.ipynb")
    notebook.command("mlops:show-panel")
    alert = notebook.page.get_by_role("region", name="MLOps for").get_by_role("alert")
    expect(alert).to_contain_text("cannot be read")
    notebook.run(0)
    assert notebook.sources() == list(CELLS)
    notebook.errors.clear()  # the browser tells each answer of 422 as an error


def test_a_notebook_that_is_renamed(open_notebook):
    notebook = open_notebook(*CELLS)
    notebook.run(0, 1, 2)
    notebook.expect_verdicts(*["fresh"] * 3)
    notebook.command("mlops:show-panel")
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.rename('other-name.ipynb')")
    expect(notebook.page.get_by_role("region", name="MLOps for other-name.ipynb")).to_be_visible()


def test_a_notebook_of_200_cells(open_notebook):
    notebook = open_notebook("x0 = 1", *(f"x{n} = x{n - 1} + 1" for n in range(1, 200)))
    notebook.command("notebook:run-all-cells")
    status = notebook.page.locator(".jp-mlops-status")
    expect(status).to_contain_text("Fresh")
    notebook.type_into(0, "x0 = 2")
    expect(status).to_contain_text("200")


def test_notebook_7(start_server, open_notebook):
    server = start_server("notebook")
    notebook = open_notebook(*CELLS, server=server)
    notebook.run(0, 1, 2)
    notebook.expect_verdicts(*["fresh"] * 3)
    notebook.command("mlops:show-panel")
    expect(notebook.page.get_by_role("region", name="MLOps for")).to_contain_text("Nothing found in 3 cells.")
    notebook.picture("notebook-7")


def test_the_setting_for_all_notebooks(open_notebook):
    notebook = open_notebook(*CELLS)
    notebook.command("mlops:show-panel")
    switch = notebook.page.get_by_role("region", name="MLOps for").get_by_role("switch")
    expect(switch).to_have_text("Recording")
    change = """async value => {
        const plugin = 'jupyter-mlops:plugin';
        await window.jupyterapp.serviceManager.settings.save(plugin, JSON.stringify({ record: value }));
    }"""
    notebook.page.evaluate(change, False)
    other = open_notebook(*CELLS, name="not-recorded.ipynb")
    other.command("mlops:show-panel")
    expect(other.page.get_by_role("region", name="MLOps for").get_by_role("switch")).to_have_text("Not recording")
    notebook.page.evaluate(change, True)


def test_a_server_that_is_gone(open_notebook, start_server):
    server = start_server("lab")
    notebook = open_notebook(*CELLS, server=server)
    notebook.command("mlops:show-panel")
    notebook.run(0)
    notebook.expect_verdicts("fresh", "never-run", "never-run")
    server.process.kill()
    server.process.wait()
    notebook.type_into(1, "y = x * 11")
    alert = notebook.page.get_by_role("region", name="MLOps for").get_by_role("alert")
    expect(alert).to_contain_text("The server does not answer.")
    expect(alert).to_contain_text("Showing what was known at")
    notebook.expect_verdicts("fresh", "never-run", "never-run")
    assert notebook.sources() == ["x = 2", "y = x * 11", "print(y)"]
    notebook.errors.clear()  # JupyterLab tells each request that failed


def test_a_notebook_that_is_closed_right_after_an_edit(open_notebook):
    notebook = open_notebook(*CELLS)
    notebook.run(0)
    notebook.expect_verdicts("fresh")
    notebook.type_into(0, "x = 3")
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.dispose()")
    notebook.page.evaluate("() => window.jupyterapp.commands.execute('mlops:show-panel')")
    expect(notebook.page.get_by_text("Open a notebook to see its findings.")).to_be_visible()
