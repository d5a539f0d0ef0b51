"""Where a notebook of the contents manager is on the disk: never outside the server's root, also not by a link."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.utils import ensure_async
from tornado.web import HTTPError


async def notebook_file(contents: Any, path: str) -> Path:
    """The file of a notebook, which need not exist any more.

    Raises HTTPError: 404 for what is no notebook, hidden, or outside of the root; 501 where the contents manager keeps
    no files.
    """
    path = path.strip("/")
    if not path.endswith(".ipynb") or "\0" in path:
        raise HTTPError(404, "no notebook")
    root = getattr(contents, "root_dir", None)
    if not root or not hasattr(contents, "_get_os_path"):
        raise HTTPError(501, "the notebooks of this server are no files")
    # raises HTTPError 404 itself where the path leads out
    file = Path(contents._get_os_path(path))  # pyright: ignore[reportPrivateUsage]
    if await ensure_async(contents.is_hidden(path)) and not contents.allow_hidden:
        raise HTTPError(404, "no notebook")
    if not file.resolve().is_relative_to(Path(root).resolve()):
        raise HTTPError(404, "no notebook")
    return file.resolve()
