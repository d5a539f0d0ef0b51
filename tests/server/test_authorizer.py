"""Who may ask is the server's Authorizer to say: each route names its resource."""

from __future__ import annotations

import pytest
from jupyter_server.auth import Authorizer
from page_messages import message
from tornado.httpclient import HTTPClientError


class ReadOnly(Authorizer):
    """Nobody may write anything of ours."""

    asked: tuple[tuple[str, str], ...] = ()

    def is_authorized(self, handler, user, action, resource):  # noqa: ARG002
        """Whether it may be done."""
        ReadOnly.asked += ((action, resource),)
        return not (resource == "jupyter_mlops" and action == "write")


@pytest.fixture
def jp_server_config(jp_server_config):
    """The server with this authorizer."""
    jp_server_config["ServerApp"]["authorizer_class"] = ReadOnly
    return jp_server_config


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize(
    ("route", "options"),
    [
        ("notebook", {"method": "POST", "body": message()}),
        ("check", {"method": "POST", "body": message()}),
        ("notebook", {"method": "DELETE", "params": {"page": "p", "path": "a.ipynb"}}),
    ],
)
async def test_what_may_not_be_written_is_refused(jp_fetch, route, options):
    with pytest.raises(HTTPClientError) as error:
        await jp_fetch("jupyter-mlops", "api", route, **options)
    assert error.value.code == 403
    assert ("write", "jupyter_mlops") in ReadOnly.asked
