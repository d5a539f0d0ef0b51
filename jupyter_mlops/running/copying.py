"""A temporary copy of the files that git knows, for a run that sees what a colleague who clones would see.

Of a checkout

    analysis/report.ipynb   tracked       copied as it is in the folder now
    analysis/helpers.py     tracked       copied, with edits that nobody committed
    analysis/old.py         deleted       left out, though git still lists it
    data.csv                not added     left out: the notebook that reads it fails, and is told why

the run works in `<copy>/analysis`. The copy has no `.git` and none of our own folder, and it is gone after the run,
with whatever the notebook wrote into it. Files are copied, not linked: a run may write to them.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.documents import CellFault
from jupyter_mlops.errors import RunError
from jupyter_mlops.notebook import Notebook
from jupyter_mlops.running.interrupts import interrupts_held

# A hook of git sets these for its own repository, where they would lead git to another tree than the notebook's.
_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
# Where modules of a project are looked for, from its root.
_MODULE_FOLDERS = ("", "src")


@dataclass(frozen=True)
class Copy:
    """A copy of a checkout: `root` is the checkout, `known` the paths in it that git knows, `top` the copy of it.

    `inside` is the notebook's folder, relative to either.
    """

    root: Path
    top: Path
    inside: Path
    known: frozenset[Path]

    @property
    def folder(self) -> Path:
        """Where the kernel works."""
        return self.top / self.inside


@contextmanager
def copied(notebook: Notebook) -> Generator[Copy]:
    """Copy the checkout around a notebook for the length of the block; git need not know the notebook itself.

    Raises RunError outside of a checkout, without git, and where the files cannot be copied.
    """
    path = notebook.path.resolve()
    root = _checkout(path.parent)
    names = _git(root, "ls-files", "-z", "--cached", "--recurse-submodules").split("\0")
    known = frozenset(Path(name) for name in names if name)
    itself = () if notebook.url else (path.relative_to(root),)
    scratch = tempfile.TemporaryDirectory(prefix="jupyter-mlops-copy-", ignore_cleanup_errors=True)
    try:
        # code may look at the name of the project's folder
        top = Path(scratch.name).resolve() / (root.name or "project")
        copy = Copy(root, top, path.parent.relative_to(root), known)
        try:
            copy.folder.mkdir(parents=True)
            for each in sorted({*known, *itself}):
                _copy_one(root / each, copy.top / each)
        except OSError as error:
            raise RunError.of(
                "copy-failed",
                f"the project's files could not be copied to {scratch.name}",
                reason=str(error),
                fix="make room there, or name another folder for temporary files: TMPDIR=…",
            ) from None
        yield copy
    finally:
        with interrupts_held():
            scratch.cleanup()


@dataclass(frozen=True)
class Missing:
    """Why a file of the user's was not in a copy, and what to do about it."""

    reason: str
    fix: str


def missing_in_copy(copy: Copy, fault: CellFault) -> Missing | None:
    """The file that a cell failed for in a copy, where it wanted one that only the user's folder has."""
    if fault.name == "FileNotFoundError":
        wanted = _named_files(copy, fault.message)
    elif fault.name in ("ModuleNotFoundError", "ImportError"):
        wanted = _named_modules(copy, fault.message)
    else:
        return None
    found = next((path for path in wanted if _only_here(copy, path)), None)
    if found is None:
        return None
    shown = os.path.relpath(found)
    otherwise = "let the notebook make or fetch it"
    if not found.resolve().is_relative_to(copy.root):
        reason = f"`{shown}` exists, but outside of the checkout {copy.root}"
        return Missing(reason, f"move it into the checkout, or {otherwise}")
    ignored = _ask(copy.root, "check-ignore", "-q", "--", str(found)).returncode == 0
    add = f"git add {'-f ' if ignored else ''}{shlex.quote(shown)}"
    return Missing(
        f"`{shown}` exists, but git does not know it" + (": a .gitignore names it" if ignored else ""),
        # git keeps no empty folder
        f"{otherwise}, or {add}" if found.is_dir() else f"{add}, or {otherwise}",
    )


def _named_files(copy: Copy, message: str) -> Iterator[Path]:
    """The files of the user's that the message of a FileNotFoundError may speak of."""
    here = copy.root / copy.inside
    quoted = [first or second for first, second in re.findall(r"'([^']+)'|\"([^\"]+)\"", message)]
    for name in quoted or (word.strip(",;:()").rstrip(".") for word in message.split()):
        path = Path(name)
        if path.is_relative_to(copy.top):
            yield from _on_the_way(copy, copy.root / path.relative_to(copy.top))
        elif name and not path.is_absolute():
            yield from _on_the_way(copy, Path(os.path.normpath(here / path)))
            # the notebook may have gone to the project's folder
            yield Path(os.path.normpath(copy.root / path))


def _on_the_way(copy: Copy, path: Path) -> Iterator[Path]:
    """The folders down to a file, then the file: what a run wants to write lacks its folder."""
    here = copy.root / copy.inside
    top = here if path.is_relative_to(here) else copy.root
    if not path.is_relative_to(top):
        yield path
        return
    parts = path.relative_to(top).parts
    yield from (top.joinpath(*parts[:length]) for length in range(1, len(parts) + 1))


def _named_modules(copy: Copy, message: str) -> Iterator[Path]:
    """The files of the user's that would be the module that could not be imported, or a package around it."""
    module = re.search(r"No module named '([\w.]+)'", message)
    member = re.search(r"cannot import name '(\w+)' from '([\w.]+)'", message)
    name = module[1] if module else f"{member[2]}.{member[1]}" if member else ""
    parts = name.split(".") if name else []
    for folder in (copy.root / copy.inside, *(copy.root / each for each in _MODULE_FOLDERS)):
        for length in range(1, len(parts) + 1):
            path = folder.joinpath(*parts[:length])
            yield from (path.with_suffix(".py"), path)


def _only_here(copy: Copy, path: Path) -> bool:
    """Whether the user has a file or folder that no copy can have: git knows nothing of it, or a link leads to it."""
    if not path.exists():
        return False
    if not path.resolve().is_relative_to(copy.root):
        return True
    return not any((copy.root / each).is_relative_to(path) for each in copy.known)


def _copy_one(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and not source.is_symlink():
        # a submodule that was not fetched
        target.mkdir(exist_ok=True)
    elif source.is_symlink() or source.exists():
        shutil.copy2(source, target, follow_symlinks=False)


def _checkout(folder: Path) -> Path:
    answer = _ask(folder, "rev-parse", "--show-toplevel")
    if answer.returncode != 0:
        raise RunError.of(
            "no-checkout",
            f"{folder} is in no checkout of git, so nothing says which files belong to a copy",
            reason=os.fsdecode(answer.stderr).strip(),
            fix="git init && git add the project's files, or run without --copy",
        )
    return Path(os.fsdecode(answer.stdout).removesuffix("\n"))


def _git(folder: Path, *words: str) -> str:
    answer = _ask(folder, *words)
    if answer.returncode != 0:
        raise RunError.of(
            "git-failed",
            f"git {words[0]} failed in {folder}",
            reason=os.fsdecode(answer.stderr).strip(),
            fix="mend the checkout, or run without --copy",
        )
    return os.fsdecode(answer.stdout)


def _ask(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    variables = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    try:
        return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False, env=variables)
    except FileNotFoundError:
        raise RunError.of(
            "no-git", "git is not installed", reason="--copy asks it which files to copy", fix="install git"
        ) from None
