"""A real `jupyter lab` in a real Chromium: one server and one browser for all tests, one page for each.

Screenshots are kept in `.ui/` at the project's root, which git ignores.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / ".ui"
MILLISECONDS = 60_000
START_SECONDS = 120
# not ours, and nothing that a user sees
NOISE = re.compile(
    r"favicon|[Uu]nsatisfied version|DevTools|ERR_INCOMPLETE_CHUNKED|preload|Comm not found|restore the debugger state"
    r"|reading 'schema'\)[^@]*notebook_core"
)

expect.set_options(timeout=MILLISECONDS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them start a server and a browser, and run last: an event loop of Playwright runs in the process then."""
    ours = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    for item in ours:
        item.add_marker(pytest.mark.slow)
    items[:] = [item for item in items if item not in ours] + ours


def chromium() -> str | None:
    """Debian's, or what the environment names."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Server:
    """A Jupyter server with its root; `app` is `lab` or `notebook`."""

    root: Path
    app: str
    port: int
    token: str
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        """Whether it answers."""
        request = urllib.request.Request(f"{self.url}/api/status", headers={"Authorization": f"token {self.token}"})
        try:
            return urllib.request.urlopen(request, timeout=5).status == 200
        except OSError:
            return False


def start(home: Path, app: str = "lab") -> Server:
    """A server of its own configuration, as `jupyter lab` starts it."""
    for name in ("root", "config", "data", "runtime", "ipython", "state"):
        (home / name).mkdir(parents=True)
    (home / "root" / "pyproject.toml").touch()
    settings = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    expose = "LabApp" if app == "lab" else "JupyterNotebookApp"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter", app, "--no-browser", "--allow-root", f"--port={port}"),
            *("--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", "--ip=127.0.0.1"),
            *(f"--ServerApp.root_dir={home / 'root'}", f"--{expose}.expose_app_in_browser=True"),
        ],
        cwd=home / "root",
        env={
            **{key: value for key, value in os.environ.items() if key != "JUPYTER_MLOPS_STORE"},
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "config" / "lab" / "user-settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "config" / "lab" / "workspaces"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "IPYTHONDIR": str(home / "ipython"),
            "XDG_STATE_HOME": str(home / "state"),
        },
        stdin=subprocess.DEVNULL,
        stdout=(home / "log").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    server = Server(home / "root", app, port, token, process)
    deadline = time.monotonic() + START_SECONDS
    while not server.is_ready():
        assert process.poll() is None, (home / "log").read_text()
        assert time.monotonic() < deadline, (home / "log").read_text()
        time.sleep(0.1)
    return server


def stop(server: Server) -> None:
    """End a server and what it started."""
    server.process.terminate()
    try:
        server.process.wait(10)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()


@pytest.fixture(scope="session")
def start_server(tmp_path_factory) -> Iterator[Callable[[str], Server]]:
    """Start `jupyter lab` or `jupyter notebook`; they end with the tests."""
    servers: list[Server] = []

    def begin(app: str) -> Server:
        servers.append(start(tmp_path_factory.mktemp(app), app))
        return servers[-1]

    yield begin
    for server in servers:
        stop(server)


@pytest.fixture(scope="session")
def lab(start_server) -> Server:
    """One `jupyter lab` for all tests."""
    return start_server("lab")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    program = chromium()
    if program is None:
        pytest.skip("no chromium is installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


@dataclass
class Open:
    """A notebook that is open in a page."""

    page: Page
    path: Path
    errors: list[str] = field(default_factory=list)

    def cell(self, index: int) -> Locator:
        """A cell by its place from 0."""
        return self.page.locator(".jp-NotebookPanel:visible .jp-Notebook .jp-Cell").nth(index)

    def badge(self, index: int) -> Locator:
        """The mark of a cell's verdict."""
        return self.cell(index).locator(".jp-mlops-verdict")

    def expect_verdicts(self, *verdicts: str | None) -> None:
        """Wait until the badges say so; None stands for a cell that has none."""
        for index, verdict in enumerate(verdicts):
            if verdict is None:
                expect(self.badge(index)).to_have_count(0)
            else:
                expect(self.badge(index)).to_have_attribute("data-verdict", verdict)

    def run(self, *cells: int) -> None:
        """Run cells by their places, as a user who selects each and presses Control and Enter."""
        for index in cells:
            self.command("notebook:run-cell", index)

    def command(self, command: str, active: int | None = None, args: dict[str, Any] | None = None) -> None:
        """Execute a command, with a cell made the active one first."""
        self.page.evaluate(
            """async ([command, active, args]) => {
                const content = window.jupyterapp.shell.currentWidget.content;
                if (active !== null) { content.activeCellIndex = active; }
                await window.jupyterapp.commands.execute(command, args ?? {});
            }""",
            [command, active, args],
        )

    def type_into(self, index: int, source: str) -> None:
        """Write a cell anew with the keyboard."""
        editor = self.cell(index).locator(".cm-content")
        editor.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def sources(self) -> list[str]:
        """The sources of the cells as they are in the page."""
        return self.page.evaluate(
            "[...window.jupyterapp.shell.currentWidget.content.model.cells].map(cell => cell.sharedModel.source)"
        )

    def tags(self) -> list[list[str]]:
        """The tags of the cells."""
        return self.page.evaluate(
            "[...window.jupyterapp.shell.currentWidget.content.model.cells].map(cell => cell.getMetadata('tags') ?? [])"
        )

    def saves_its_state(self) -> None:
        """Wait until the layout and the state database are saved, which JupyterLab does some time after a change."""
        with self.page.expect_response(
            lambda answer: "api/workspaces" in answer.url and answer.request.method == "PUT"
        ):
            self.page.evaluate("() => window.jupyterapp.shell.layoutModified?.emit?.()")

    def reload(self) -> None:
        """Load the page again."""
        self.page.reload()
        ready(self.page)

    def picture(self, name: str) -> None:
        """Keep what is seen now."""
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")


@pytest.fixture
def open_notebook(lab, browser, request) -> Iterator[Callable[..., Open]]:
    """Open a notebook of some cells (source, or source and tags) in a new page; errors in the page fail the test."""
    pages: list[Open] = []
    contexts = []

    def begin(
        *cells: str | tuple[str, list[str]], server: Server = lab, name: str | None = None, **options: Any
    ) -> Open:
        path = server.root / (name or f"{re.sub(r'[^a-z0-9]+', '-', request.node.name)}.ipynb")
        if cells:
            write(path, *cells)
        context = browser.new_context(viewport={"width": 1500, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(MILLISECONDS)
        made = Open(page, path)
        pages.append(made)
        page.on("pageerror", lambda error: made.errors.append(error.stack or str(error)))
        page.on("console", lambda message: message.type == "error" and made.errors.append(message.text))
        place = f"lab/workspaces/{secrets.token_hex(4)}/tree" if server.app == "lab" else "notebooks"
        page.goto(f"{server.url}/{place}/{path.relative_to(server.root)}?token={server.token}")
        ready(page)
        return made

    yield begin
    failed = getattr(request.node, "failed", False)
    for number, each in enumerate(pages):
        if failed:
            each.picture(f"failed-{request.node.name}-{number}")
    for context in contexts:
        context.close()
    errors = [error for each in pages for error in each.errors if not NOISE.search(error)]
    assert not errors, errors


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Fixtures learn whether the test failed."""
    report = yield
    if call.when == "call":
        item.failed = report.failed  # pyright: ignore[reportAttributeAccessIssue]
    return report


def write(path: Path, *cells: str | tuple[str, list[str]]) -> None:
    """A notebook file."""
    nodes = []
    for number, cell in enumerate(cells):
        source, tags = (cell, []) if isinstance(cell, str) else cell
        nodes.append(nbformat.v4.new_code_cell(source, id=f"cell-{number}", metadata={"tags": tags} if tags else {}))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=nodes, metadata={"kernelspec": kernel}), path)


def ready(page: Page) -> None:
    """Wait until the notebook in front and its kernel are."""
    page.wait_for_function("window.jupyterapp")
    page.evaluate(
        """async () => {
            const app = window.jupyterapp;
            await app.restored;
            while (!app.shell.currentWidget?.context) { await new Promise(done => setTimeout(done, 20)); }
            const { context, sessionContext } = app.shell.currentWidget;
            await context.ready;
            await sessionContext.ready;
            while (!sessionContext.session?.kernel) { await new Promise(done => setTimeout(done, 20)); }
            await sessionContext.session.kernel.info;
        }"""
    )


@pytest.fixture
def executions(lab) -> Callable[[], list[Any]]:
    """What the store of the server's root has."""

    def read() -> list[Any]:
        answer = subprocess.run(
            [sys.executable, "-m", "jupyter_mlops", "runs", "list", "--json"],
            cwd=lab.root,
            capture_output=True,
            check=True,
        )
        return json.loads(answer.stdout)["items"]

    return read
