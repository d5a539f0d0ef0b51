"""A Jupyter server with the extension, in a project of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbformat
import pytest

# plugins can be named in the topmost conftest only, where all other tests would wait for the import
from pytest_jupyter.jupyter_core import *  # noqa: F403
from pytest_jupyter.jupyter_server import *  # noqa: F403
from pytest_jupyter.pytest_tornasync import *  # noqa: F403

sys.path.append(str(Path(__file__).parent))  # what a page sends

from page_messages import CELLS


@pytest.fixture
def jp_server_config():
    """The extension alone; nothing may be asked without a token."""
    return {
        "ServerApp": {"jpserver_extensions": {"jupyter_mlops": True}, "allow_unauthenticated_access": False},
    }


@pytest.fixture(autouse=True)
def project(jp_root_dir, monkeypatch):
    """The server's root is a project, and nobody's settings count."""
    (jp_root_dir / "pyproject.toml").touch()
    monkeypatch.delenv("JUPYTER_MLOPS_STORE", raising=False)
    return jp_root_dir


@pytest.fixture
def saved(jp_root_dir):
    """A notebook in the server's root."""
    cells = [nbformat.v4.new_code_cell(source, id=each) for each, source in CELLS.items()]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), jp_root_dir / "a.ipynb")


@pytest.fixture
def ask(jp_fetch, saved):
    """Post a body to a route; gives the answer."""

    async def post(route, body, **more):
        answer = await jp_fetch("jupyter-mlops", "api", route, method="POST", body=body, **more)
        return json.loads(answer.body)

    return post
