"""Where the notebooks come from: source distributions of other projects, unpacked and never built.

The file of each is named with its SHA-256, so that the same notebooks are measured wherever this runs. It comes
from the index that pip is configured for. Notebooks are taken as they are; scripts of a gallery become
notebooks by jupytext, beside the script, since both read what lies there.
"""

from __future__ import annotations

import ast
import hashlib
import html
import re
import ssl
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
import nbformat

SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
GALLERIES = {"examples", "tutorials"}
LEFT_OUT = {"tests", ".ipynb_checkpoints", "__pycache__"}
_PERCENT = re.compile(r"^# ?%%", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """A source distribution, pinned."""

    name: str
    version: str
    sha256: str

    @property
    def stem(self) -> str:
        """The name of its folder, and of its file without `.tar.gz`."""
        return f"{self.name}-{self.version}"


SOURCES = (
    Source("hdbscan", "0.8.44", "1ac6196fabdd42072284b60c9be7b9b504b5f4f25cf7a551a8af29a3c7963a4d"),
    Source("mapie", "1.6.0", "471631634184c4cc22641b8a72572df5b5e281e237b0c00ec6c1c668b78767c2"),
    Source("skrub", "0.11.0", "97e986f56a82d9e071aff566c10099827fbaee4959451b61f9bdaf71c3ad6c6d"),
    Source("sktime", "1.2.0", "641425178b3215a0a8dbcf4e6948a8b589e46def39c91989f71d9fa297bc3709"),
    Source("tslearn", "0.10.0", "d37147e49499f3c2b9b4f7f740c0f3ef67a3b69bf352ca6eadea532a0ab43d61"),
)


def unpacked(source: Source, folder: Path) -> Path:
    """The folder of a source distribution, downloaded where it is not there yet.

    Raises SystemExit where the index lacks the file or gives another one.
    """
    target = folder / source.stem
    if target.is_dir():
        return target
    archive = folder / f"{source.stem}.tar.gz"
    folder.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(_download(source))
    with tarfile.open(archive) as members:
        members.extractall(folder, filter="data")
    return target


def _download(source: Source) -> bytes:
    settings = pip_settings()
    verify = ssl.create_default_context(cafile=settings["cert"]) if "cert" in settings else True
    with httpx.Client(follow_redirects=True, timeout=180, verify=verify) as client:
        page = client.get(
            f"{settings['index-url'].rstrip('/')}/{source.name}/",
            headers={"Accept": f"{SIMPLE_JSON}, text/html;q=0.1"},
        ).raise_for_status()
        address = file_address(page.text, page.headers.get("content-type", ""), f"{source.stem}.tar.gz")
        if address is None:
            raise SystemExit(f"the package index has no {source.stem}.tar.gz")
        content = client.get(urljoin(str(page.url), address)).raise_for_status().content
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise SystemExit(f"{source.stem}.tar.gz is not the file that SOURCES names: its SHA-256 differs")
    return content


def pip_settings() -> dict[str, str]:
    """What pip would use: `index-url`, and `cert` where it is set."""
    from pip._internal.models.index import PyPI  # noqa: PLC0415 - pip alone knows its own default

    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    settings = {"index-url": PyPI.simple_url}
    for section in ("global", "install", ":env:"):
        for line in listed.splitlines():
            key, _, value = line.partition("=")
            if key in (f"{section}.index-url", f"{section}.cert"):
                settings[key.removeprefix(f"{section}.")] = ast.literal_eval(value)
    return settings


def file_address(page: str, content_type: str, file: str) -> str | None:
    """The address of a file in a project's page of the simple index, in either of its forms.

    >>> file_address('<a href="../x/a-1.tar.gz#sha256=00">a-1.tar.gz</a>', "text/html", "a-1.tar.gz")
    '../x/a-1.tar.gz'
    """
    if content_type.startswith(SIMPLE_JSON):
        files = httpx.Response(200, text=page).json()["files"]
        return next((each["url"] for each in files if each["filename"].lower() == file), None)
    for address, text in re.findall(r"""<a\b[^>]*\bhref=["']([^"'#]+)[^>]*>([^<]*)</a>""", page, re.IGNORECASE):
        if html.unescape(text).strip().lower() == file:
            return html.unescape(address)
    return None


def notebooks(root: Path, environment: Path) -> list[Path]:
    """The Python notebooks below a folder, galleries included; of equal code only the one of the shortest path.

    Scripts are converted by the jupytext of an environment.
    """
    scripts = [
        script
        for script in sorted(root.rglob("*.py"))
        if not script.with_suffix(".ipynb").exists() and is_gallery_script(script, root)
    ]
    for form in ("py:percent", "py:sphinx"):
        _convert([each for each in scripts if _form(each) == form], form, environment)
    found: dict[str, Path] = {}
    for path in sorted(root.rglob("*.ipynb"), key=lambda each: (len(each.parts), each)):
        if LEFT_OUT.isdisjoint(path.parts):
            code = "\n\n".join(_code(path))
            if code:
                found.setdefault(hashlib.sha256(code.encode()).hexdigest(), path)
    return sorted(found.values())


def is_gallery_script(script: Path, root: Path) -> bool:
    """Whether sphinx-gallery would take a script: it stands in a gallery and begins with a docstring."""
    above = script.relative_to(root).parts[:-1]
    if GALLERIES.isdisjoint(above) or not LEFT_OUT.isdisjoint(above) or script.name.startswith(("_", "conf")):
        return False
    try:
        return ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) is not None
    except SyntaxError:
        return False


def _form(script: Path) -> str:
    return "py:percent" if _PERCENT.search(script.read_text(encoding="utf-8")) else "py:sphinx"


def _convert(scripts: list[Path], form: str, environment: Path) -> None:
    if not scripts:
        return
    command = [environment / "bin" / "jupytext", "--from", form, "--to", "ipynb", *scripts]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for script in scripts:
        node = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
        node.nbformat_minor = 5
        node.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        for position, cell in enumerate(node.cells):
            cell["id"] = f"cell-{position}"  # the same in every conversion
        nbformat.write(node, script.with_suffix(".ipynb"))


def _code(path: Path) -> Iterator[str]:
    node = nbformat.read(path, as_version=4)
    if node.metadata.get("kernelspec", {}).get("language", "python") == "python":
        yield from (cell.source for cell in node.cells if cell.cell_type == "code" and cell.source.strip())
