"""What a page may ask of the server, and what it may not."""

from __future__ import annotations

import json

import pytest
from page_messages import message
from tornado.httpclient import HTTPClientError

from jupyter_mlops.server import routes


async def refused(asked, status):
    """The body of an answer that is an error."""
    with pytest.raises(HTTPClientError) as error:
        await asked
    assert error.value.code == status
    return json.loads(error.value.response.body)


async def test_verdicts_follow_the_page(ask):
    first = await ask("notebook", message())
    assert [cell["verdict"] for cell in first["cells"]] == ["never-run"] * 3
    second = await ask("notebook", message("ba", ""))
    assert [cell["id"] for cell in second["cells"]] == ["b", "a"]
    assert second["revision"]["server"] == first["revision"]["server"]
    assert second["revision"]["count"] > first["revision"]["count"]


async def test_a_page_that_the_server_does_not_know_sends_all(ask):
    body = await refused(ask("notebook", message("abc", "a")), 409)
    assert body["findings"][0]["code"] == "unknown-cells"
    await ask("notebook", message())
    await ask("notebook", message("abc", ""))


async def test_findings(ask):
    found = await ask("check", message("bac"))
    assert [(each["code"], each["cell"]) for each in found["findings"]] == [("used-before-definition", "b")]


async def test_a_closed_notebook_is_forgotten(ask, jp_fetch):
    await ask("notebook", message())
    await jp_fetch("jupyter-mlops", "api", "notebook", method="DELETE", params={"page": "p", "path": "a.ipynb"})
    await refused(ask("notebook", message("abc", "")), 409)


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("route", ["notebook", "check"])
class TestRefused:
    async def test_without_a_token(self, route, http_server_client, jp_base_url):
        url = f"{jp_base_url}jupyter-mlops/api/{route}"
        with pytest.raises(HTTPClientError) as error:
            await http_server_client.fetch(url, method="POST", body=message())
        assert error.value.code == 403

    async def test_with_a_wrong_token(self, route, http_server_client, jp_base_url):
        url = f"{jp_base_url}jupyter-mlops/api/{route}"
        with pytest.raises(HTTPClientError) as error:
            await http_server_client.fetch(url, method="POST", body=message(), headers={"Authorization": "token wrong"})
        assert error.value.code == 403

    @pytest.mark.parametrize(
        "path",
        ["../a.ipynb", "..\\a.ipynb", "/etc/passwd", "a.txt", ".hidden/a.ipynb", "a\0.ipynb", ""],
    )
    async def test_paths(self, route, path, ask, jp_root_dir):
        (jp_root_dir / ".hidden").mkdir()
        (jp_root_dir / ".hidden" / "a.ipynb").touch()
        await refused(ask(route, message(path=path)), 404)

    async def test_links_that_lead_out(self, route, ask, jp_root_dir, tmp_path_factory):
        outside = tmp_path_factory.mktemp("outside")
        (outside / "a.ipynb").touch()
        (jp_root_dir / "link").symlink_to(outside)
        (jp_root_dir / "link.ipynb").symlink_to(outside / "a.ipynb")
        await refused(ask(route, message(path="link/a.ipynb")), 404)
        await refused(ask(route, message(path="link.ipynb")), 404)

    async def test_a_large_body(self, route, ask, monkeypatch):
        monkeypatch.setattr(routes, "MOST_BYTES", 10)
        await refused(ask(route, message()), 413)

    @pytest.mark.parametrize(
        "body",
        ["", "[]", "{", "null", '{"page": 1}', message(order=""), message(changed="").replace('"a"', "1"), "\xff"],
    )
    async def test_wrong_types(self, route, body, ask):
        if body == message(order=""):
            body = body.replace('"kind": "code"', '"kind": "poem"')
        await refused(ask(route, body), 400)


async def test_a_page_without_the_xsrf_cookie(http_server_client, jp_base_url, jp_serverapp, saved):
    """A cookie says who it is, but another site's page could send it too."""
    url = f"{jp_base_url}jupyter-mlops/api/notebook"
    login = await http_server_client.fetch(
        f"{jp_base_url}lab?token={jp_serverapp.identity_provider.token}", follow_redirects=False, raise_error=False
    )
    cookies = "; ".join(each.split(";")[0] for each in login.headers.get_list("Set-Cookie"))
    with pytest.raises(HTTPClientError) as error:
        await http_server_client.fetch(url, method="POST", body=message(), headers={"Cookie": cookies})
    assert error.value.code == 403


async def test_a_store_that_cannot_be_read(ask, jp_root_dir):
    (jp_root_dir / ".jupyter_mlops").mkdir()
    (jp_root_dir / ".jupyter_mlops" / "store.sqlite").write_text("no database" * 1000)
    body = await refused(ask("notebook", message()), 422)
    assert body["findings"][0]["code"] == "store-unreadable"
    assert body["findings"][0]["fix"]
