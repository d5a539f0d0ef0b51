"""Notebooks at addresses: papermill's own HTTP handler with a real server, and one of a distribution's entry point."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest

from jupyter_mlops.errors import NotebookError, RunError
from jupyter_mlops.notebook import public_url, read_notebook
from jupyter_mlops.running.remote import check_output, read_remote, write_output

SECONDS = 60


class Server(http.server.ThreadingHTTPServer):
    """Serves what `files` holds and keeps what is put; `asked` is what came, in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.put_status = 200
        self.kind = "application/json"
        self.address = f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name = urlsplit(self.path).path
        self.server.asked.append(f"GET {name}")
        self._answer(200 if name in self.server.files else 404, self.server.files.get(name, b"<p>nothing here"))

    def do_PUT(self) -> None:
        name = urlsplit(self.path).path
        self.server.asked.append(f"PUT {name}")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.put_status == 200:
            self.server.files[name] = body
        self._answer(self.server.put_status, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", self.server.kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


HANDLER = """
import os, pathlib

class Handler:
    def _path(self, address):
        return pathlib.Path(os.environ["BUCKET"], address.removeprefix("bucket://"))

    def read(self, path):
        return self._path(path).read_bytes()

    def write(self, buf, path):
        self._path(path).write_text(buf)

handler = Handler()
"""


@pytest.fixture
def bucket(tmp_path) -> tuple[Path, dict[str, str]]:
    """The folder behind `bucket://`, which an installed distribution knows, and the environment that has it."""
    site, folder = tmp_path / "site", tmp_path / "bucket"
    (site / "bucket-1.0.dist-info").mkdir(parents=True)
    folder.mkdir()
    (site / "bucket_handler.py").write_text(HANDLER)
    entry = "[papermill.io]\nbucket:// = bucket_handler:handler\n"
    (site / "bucket-1.0.dist-info" / "entry_points.txt").write_text(entry)
    return folder, {"BUCKET": str(folder), "PYTHONPATH": str(site)}


def code(done: subprocess.CompletedProcess[str]) -> str:
    (finding,) = json.loads(done.stdout)["findings"]
    return finding["code"]


def test_addresses_are_shown_without_what_is_secret():
    assert public_url("https://me:word@host:8/a/b.ipynb?sig=key#x") == "https://host:8/a/b.ipynb"
    assert public_url("s3://bucket/a b{c}.ipynb") == "s3://bucket/a b{c}.ipynb"


def test_a_notebook_is_read_over_http(server, tmp_path, write_notebook, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write_notebook(tmp_path / "here" / "a.ipynb", "x = 'ä €'")
    server.files["/far/b.ipynb"] = path.read_bytes()
    for server.kind in ("application/json", "text/plain", "application/octet-stream", "text/plain; charset=utf-8"):
        notebook = read_remote(f"{server.address}/far/b.ipynb?key=1")
        assert notebook.name == f"{server.address}/far/b.ipynb"
        assert notebook.path == tmp_path / "b.ipynb"
        assert notebook.code_hash == read_notebook(path).code_hash


def test_what_an_address_may_answer_instead(server):
    with pytest.raises(NotebookError) as caught:
        read_remote(f"{server.address}/none.ipynb")
    (finding,) = caught.value.findings
    assert (finding.code, finding.notebook) == ("not-a-notebook", f"{server.address}/none.ipynb")
    assert "what the address answers" in finding.fix.text

    server.files["/r.ipynb"] = nbformat.writes(
        nbformat.v4.new_notebook(metadata={"language_info": {"name": "R"}})
    ).encode()
    with pytest.raises(NotebookError, match="written in R"):
        read_remote(f"{server.address}/r.ipynb")


def test_a_server_that_does_not_answer(server):
    server.server_close()
    with pytest.raises(RunError, match="cannot be read from http") as caught:
        read_remote(f"{server.address.replace('//', '//me:word@')}/a.ipynb?sig=key")
    (finding,) = caught.value.findings
    assert finding.code == "remote-not-read"
    assert "ConnectionError" in finding.reason
    assert "key" not in finding.reason + finding.message
    assert "word" not in finding.reason + finding.message


def test_outputs_that_are_refused_before_anything_runs(tmp_path, write_notebook, server, monkeypatch):
    path = write_notebook(tmp_path / "a.ipynb", "x = 1")
    (tmp_path / "link.ipynb").symlink_to("a.ipynb")
    monkeypatch.chdir(tmp_path)
    local = read_notebook(path)
    server.files["/a.ipynb"] = path.read_bytes()
    remote = read_remote(f"{server.address}/a.ipynb")
    for notebook, output, expected in [
        (local, Path("a.ipynb"), "output-is-input"),
        (local, tmp_path / "link.ipynb", "output-is-input"),
        (local, tmp_path, "output-is-a-folder"),
        (local, "ftp://host/a.ipynb", "no-handler"),
        (remote, f"{server.address}/a.ipynb", "output-is-input"),
    ]:
        with pytest.raises(RunError) as caught:
            check_output(output, notebook)
        assert caught.value.findings[0].code == expected
    for notebook, output in [(remote, Path("a.ipynb")), (local, f"{server.address}/a.ipynb"), (local, Path("{}"))]:
        check_output(output, notebook)


def test_an_output_is_written_whole_and_where_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    executed = tmp_path / "executed.ipynb"
    executed.write_text("{}\n")
    write_output(executed, Path("out{}") / "{x}.ipynb")
    assert (tmp_path / "out{}" / "{x}.ipynb").read_text() == "{}\n"
    with pytest.raises(RunError, match=r"could not be written to executed.ipynb/b; it lies in executed.ipynb"):
        write_output(executed, Path("executed.ipynb/b"))


def test_the_command_takes_addresses_as_they_are(tmp_path, write_notebook, mlops, bucket, server):
    folder, environment = bucket
    write_notebook(folder / "a{b}.ipynb", ("rate = 0.5", "parameters"), "rate")
    shown = mlops("run", "bucket://a{b}.ipynb", "--help-notebook", "--json", cwd=tmp_path, **environment)
    assert json.loads(shown.stdout)["rate"]["default"] == "0.5"
    lost = mlops("run", "bucket://none.ipynb", "--json", cwd=tmp_path, **environment)
    assert (lost.returncode, code(lost)) == (1, "remote-not-read")
    assert "FileNotFoundError" in lost.stdout
    assert code(mlops("run", "nothing://a.ipynb", "--json", cwd=tmp_path)) == "no-handler"
    for words in (["-o", "bucket://a{b}.ipynb"], ["-p", "speed", "1"]):
        done = mlops("run", "bucket://a{b}.ipynb", *words, "--json", cwd=tmp_path, **environment)
        assert code(done) in ("output-is-input", "unknown-parameter")
    assert not (tmp_path / ".jupyter_mlops").exists()


def test_a_handler_whose_library_is_missing_names_the_extra(tmp_path, write_notebook, mlops):
    (tmp_path / "boto3.py").write_text("raise ImportError")
    path = write_notebook(tmp_path / "a.ipynb", "x = 1")
    for words in (["s3://bucket/a.ipynb"], [path, "-o", "s3://bucket/a.ipynb"]):
        done = mlops("run", *words, "--json", cwd=tmp_path, PYTHONPATH=str(tmp_path))
        (finding,) = json.loads(done.stdout)["findings"]
        assert (finding["code"], finding["fix"]["text"]) == ("missing-extra", 'pip install "papermill[s3]"')
        assert "s3://bucket/a.ipynb" in finding["message"]
    assert not (tmp_path / ".jupyter_mlops").exists()


@pytest.mark.slow
def test_an_address_is_written_once_after_the_last_cell(tmp_path, write_notebook, mlops, server):
    read = f"import urllib.request\nurllib.request.urlopen('{server.address}/from/cell').read()"
    cells = ["import os\nprint(os.getcwd())", *["x = 1"] * 5, read]
    path = write_notebook(tmp_path / "source.ipynb", *cells)
    server.files |= {"/nb.ipynb": path.read_bytes(), "/from/cell": b""}
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "pyproject.toml").touch()
    address = f"{server.address}/nb.ipynb"

    done = mlops("run", address, "-o", f"{server.address}/out.ipynb", "--json", cwd=tmp_path / "work")

    assert done.returncode == 0, done.stdout + done.stderr
    assert server.asked == ["GET /nb.ipynb", "GET /from/cell", "PUT /out.ipynb"]
    record = json.loads(done.stdout)
    assert (record["notebook"], record["verdict"]) == (address, "passed")
    put = nbformat.reads(server.files["/out.ipynb"].decode(), as_version=4)
    assert put.cells[0].outputs[0].text == f"{tmp_path / 'work'}\n"
    assert put.metadata.jupyter_mlops == {"run": record["id"], "verdict": "passed", "reason": record["reason"]}
    kept = tmp_path / "work" / ".jupyter_mlops" / "runs" / record["id"] / "notebook.ipynb"
    assert nbformat.read(kept, as_version=4) == put


@pytest.mark.slow
def test_a_failed_upload_loses_nothing(tmp_path, write_notebook, mlops, server):
    server.put_status = 500
    path = write_notebook(tmp_path / "a.ipynb", ("bad = False", "parameters"), "print(7)", "1 / (not bad)")
    done = mlops("run", path, "-o", f"{server.address}/out.ipynb?sig=key", "--json", cwd=tmp_path)
    (finding,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, finding["code"]) == (1, "output-not-written")
    assert "500" in finding["reason"]
    assert "key" not in done.stdout
    (folder,) = (tmp_path / ".jupyter_mlops" / "runs").iterdir()
    assert json.loads((folder / "run.json").read_text())["verdict"] == "passed"
    assert finding["message"].endswith(f"it lies in .jupyter_mlops/runs/{folder.name}/notebook.ipynb")
    assert nbformat.read(folder / "notebook.ipynb", as_version=4).cells[1].outputs[0].text == "7\n"

    both = mlops("run", path, "-p", "bad", "true", "-o", f"{server.address}/out.ipynb", "--json", cwd=tmp_path)
    codes = [each["code"] for each in json.loads(both.stdout)["findings"]]
    assert (both.returncode, codes) == (1, ["cell-failed", "output-not-written"])


@pytest.mark.slow
def test_a_handler_of_another_distribution_and_braces_in_paths(tmp_path, write_notebook, mlops, bucket):
    folder, environment = bucket
    write_notebook(folder / "a{b}.ipynb", "print(1)")
    done = mlops("run", "bucket://a{b}.ipynb", "-o", "out{}.ipynb", cwd=tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert "bucket://a{b}.ipynb ran clean" in done.stdout
    assert "written to: out{}.ipynb" in done.stdout
    assert nbformat.read(tmp_path / "out{}.ipynb", as_version=4).cells[0].outputs[0].text == "1\n"

    path = write_notebook(tmp_path / "a{b}" / "c.ipynb", "1 / 0")
    before = path.read_bytes()
    done = mlops("run", path, "-o", "bucket://out{x}.ipynb", cwd=tmp_path, **environment)
    assert done.returncode == 1
    written = nbformat.read(folder / "out{x}.ipynb", as_version=4)
    assert written.cells[0].outputs[0].ename == "ZeroDivisionError"
    assert written.metadata.jupyter_mlops.verdict == "failed"
    assert path.read_bytes() == before


@pytest.mark.slow
def test_an_interrupted_run_is_written_too_and_marked(tmp_path, write_notebook, server):
    flag = tmp_path / "running"
    path = write_notebook(
        tmp_path / "slow.ipynb", "print(1)", f"open({str(flag)!r}, 'w').close()\nimport time\ntime.sleep(600)", "x = 1"
    )
    for output, status in ((str(tmp_path / "out.ipynb"), 200), (f"{server.address}/out.ipynb", 500)):
        flag.unlink(missing_ok=True)
        server.put_status = status
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_mlops", "run", path, "-o", output],
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + SECONDS
        while not flag.exists() and process.poll() is None and time.monotonic() < deadline:
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 130
        assert "[interrupted]" in errors
        assert ("could not be written" in errors) == (status == 500)
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert written.cells[0].outputs[0].text == "1\n"
    assert written.metadata.jupyter_mlops.verdict == "interrupted"
