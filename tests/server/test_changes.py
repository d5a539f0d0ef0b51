"""Pages hear that something changed: an execution in any client, and what the recorder writes after it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from page_messages import CELLS, message

pytestmark = pytest.mark.slow

LOAD = "get_ipython().run_line_magic('load_ext', 'jupyter_mlops')"
SECONDS = 60


@asynccontextmanager
async def recorded_kernel(jp_fetch, jp_serverapp):
    """The id of a recorded kernel of the notebook."""
    body = json.dumps({"path": "a.ipynb", "type": "notebook", "name": "a.ipynb", "kernel": {"name": "python3"}})
    answer = await jp_fetch("api", "sessions", method="POST", body=body)
    kernel = json.loads(answer.body)["kernel"]["id"]
    await run(jp_serverapp, kernel, LOAD, silent=True)
    yield kernel
    await jp_serverapp.kernel_manager.shutdown_all()


async def run(server, kernel, code, cell=None, **options):
    """Run code as another client than the page does."""
    client = server.kernel_manager.get_kernel(kernel).client()
    client.start_channels()
    await client.wait_for_ready(timeout=SECONDS)
    client.session.metadata = {"cellId": cell} if cell else {}
    assert (await client.execute_interactive(code, timeout=SECONDS, **options))["content"]["status"] == "ok"
    client.stop_channels()


async def test_an_execution_is_told_and_then_known(ask, jp_fetch, jp_ws_fetch, jp_serverapp):
    async with recorded_kernel(jp_fetch, jp_serverapp) as kernel:
        state = await ask("notebook", message(kernel=kernel))
        assert {cell["verdict"] for cell in state["cells"]} == {"never-run"}
        events = await jp_ws_fetch("api", "events", "subscribe")
        await run(jp_serverapp, kernel, CELLS["a"], "a")
        while state["cells"][0]["verdict"] != "fresh":
            event = json.loads(await asyncio.wait_for(events.read_message(), SECONDS))
            if event["schema_id"].endswith("/changed"):
                assert event["path"] == "a.ipynb"
                state = await ask("notebook", message(changed="", kernel=kernel))
        assert state["session"]["kernel"] == kernel
        events.close()
