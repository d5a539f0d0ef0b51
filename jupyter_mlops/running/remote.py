"""Where a notebook comes from and where the executed one goes: files, and addresses through papermill's handlers.

papermill reads and writes `s3://`, `gs://`, `abs://`, `adl://`, `hdfs://`, `http(s)://`, and whatever a distribution
registers under its entry point `papermill.io`. Paths are taken as they stand: `out{}.ipynb` is a name like any other,
not a pattern as for papermill's own command. An address is written once, when the run has ended; until then, and when
it cannot be written, the executed notebook lies beside the run's record.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, cast
from urllib.parse import urlsplit

from papermill import iorw
from papermill.exceptions import PapermillOptionalDependencyException

from jupyter_mlops.errors import Finding, Fix, NotebookError, RunError
from jupyter_mlops.notebook import Notebook, parse_notebook, public_url
from jupyter_mlops.project import relative, write_whole

# What papermill's handlers reach their services with, by name in its module; a function stands for a library that is
# missing, and tells the install line when it is called.
_CLIENTS = {"s3": "S3", "adl": "ADL", "abs": "AzureBlobStore", "gs": "GCSFileSystem", "hdfs": "HadoopFileSystem"}


def read_remote(url: str) -> Notebook:
    """Read a notebook from an address; its folder is the current one.

    Raises RunError where no handler knows the address or the handler fails, and NotebookError where what came is
    no notebook that we run.
    """
    handler = _handler(url)
    try:
        text = _text(handler.read(url))
    except Exception as error:  # noqa: BLE001  (handlers raise whatever their libraries do)
        raise _failed("remote-not-read", f"the notebook cannot be read from {public_url(url)}", url, error) from None
    path = Path.cwd() / (PurePosixPath(urlsplit(url).path).name or "notebook.ipynb")
    try:
        return replace(parse_notebook(text, path), url=url)
    except NotebookError as error:
        raise NotebookError(*(_of_address(finding, public_url(url)) for finding in error.findings)) from None


def check_output(output: Path | str, notebook: Notebook) -> None:
    """Refuse, before anything runs, an output that is the notebook itself or that cannot be written.

    Raises RunError.
    """
    if isinstance(output, str):
        is_input = output == notebook.url
        _handler(output)
    else:
        is_input = notebook.url is None and output.exists() and output.samefile(notebook.path)
        if output.is_dir():
            raise RunError.of("output-is-a-folder", f"{output} is a folder", fix="name a file: --output FILE.ipynb")
    if is_input:
        raise RunError.of(
            "output-is-input",
            "the output is the notebook itself",
            notebook=notebook.name,
            reason="a run never changes the notebook that it runs",
            fix="name another file: --output FILE.ipynb",
        )


def write_output(executed: Path, output: Path | str) -> None:
    """Copy an executed notebook to where the user wants it, a file or an address.

    Raises RunError where that fails; it names the file that has the notebook.
    """
    text = executed.read_text(encoding="utf-8")
    try:
        if isinstance(output, Path):
            write_whole(output, text)
        else:
            _handler(output).write(text, output)
    except Exception as error:  # noqa: BLE001  (handlers raise whatever their libraries do)
        shown = output if isinstance(output, Path) else public_url(output)
        message = f"the executed notebook could not be written to {shown}; it lies in {relative(executed, Path.cwd())}"
        raise _failed("output-not-written", message, str(output), error) from None


def _handler(url: str) -> Any:
    """papermill's handler of an address.

    Raises RunError where there is none or where its library is not installed.
    """
    scheme = urlsplit(url).scheme
    handler: Any = cast("Any", iorw.papermill_io).get_handler(url)
    if isinstance(handler, iorw.LocalHandler):
        raise RunError.of(
            "no-handler",
            f"nothing can read or write {public_url(url)}",
            reason=f"neither papermill nor an installed distribution has a handler for {scheme}://",
            fix="name a file, or install a distribution that has one (entry point papermill.io)",
        )
    client: Any = getattr(iorw, _CLIENTS.get(scheme, ""), None)
    if inspect.isfunction(client):
        try:
            client()
        except PapermillOptionalDependencyException as error:
            raise _failed("missing-extra", f"{public_url(url)} cannot be reached", url, error) from None
    return handler


def _text(read: str | bytes) -> str:
    if isinstance(read, bytes):
        return read.decode("utf-8")
    # papermill's handler takes what a server calls text, without a charset, for Latin-1; a notebook is UTF-8
    with contextlib.suppress(UnicodeError):
        return read.encode("latin-1").decode("utf-8")
    return read


def _of_address(finding: Finding, name: str) -> Finding:
    """A finding about the text that an address gave."""
    if finding.code != "not-a-notebook":
        return replace(finding, notebook=name)
    fix = Fix(text="see what the address answers; papermill takes the page of an HTTP error for the file")
    return replace(finding, notebook=name, fix=fix)


def _failed(code: str, message: str, url: str, error: Exception) -> RunError:
    """What a handler raised, without what the address may hold of secrets."""
    reason = f"{type(error).__name__}: {error}"
    parts = urlsplit(url)
    for secret in (parts.query, parts.password):
        if secret:
            reason = reason.replace(secret, "…")
    extra = re.search(r"papermill\[\w+\]", str(error))
    return RunError.of(
        "missing-extra" if isinstance(error, PapermillOptionalDependencyException) else code,
        message,
        reason=reason,
        fix=f'pip install "{extra[0]}"' if extra else "see that this is the right place and that you may use it",
    )
