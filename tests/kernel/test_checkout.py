"""Whether a checkout has changes, beside what git itself says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from jupyter_mlops.kernel.checkout import is_dirty


class Checkout:
    """A repository with some files in two commits."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "a@b")
        self.git("config", "user.name", "A")
        for name in ("a.txt", "b/c.txt", "b/d/e.txt", "b.txt", "b-c", "ä ö.txt"):
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text(name)
        (top / "run.sh").write_text("run")
        (top / "run.sh").chmod(0o755)
        (top / "link").symlink_to("a.txt")
        self.commit("one")
        (top / "a.txt").write_text("two")
        self.commit("two")

    def git(self, *words: str) -> str:
        return subprocess.run(["git", "-C", self.top, *words], check=True, capture_output=True, text=True).stdout

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        self.settle()

    def settle(self) -> None:
        """As if all of it had been some time ago."""
        for path in self.top.rglob("*"):
            if ".git" not in path.parts:
                os.utime(path, (1_700_000_000, 1_700_000_000), follow_symlinks=False)
        self.git("update-index", "-q", "--refresh")

    def ours(self) -> bool | None:
        """What we say."""
        git = Path(self.git("rev-parse", "--absolute-git-dir").strip())
        return list(is_dirty(self.top, git, self.git("rev-parse", "HEAD").strip()))[-1]

    def theirs(self) -> bool:
        """What git says."""
        return bool(self.git("status", "--porcelain", "--untracked-files=no"))


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def write(name, text):
    return lambda at: (at.top / name).write_text(text)


CHANGES = {
    "nothing": lambda _: None,
    "an untracked file": write("new.txt", "new"),
    "a changed file": write("b/c.txt", "changed"),
    "a changed file of the same size": write("a.txt", "owt"),
    "a file that was written again": write("a.txt", "two"),
    "a file that was touched": lambda at: os.utime(at.top / "a.txt"),
    "a missing file": lambda at: (at.top / "b/d/e.txt").unlink(),
    "another mode": lambda at: (at.top / "a.txt").chmod(0o755),
    "a link to elsewhere": lambda at: ((at.top / "link").unlink(), (at.top / "link").symlink_to("b.txt")),
    "a file in the place of a link": lambda at: ((at.top / "link").unlink(), (at.top / "link").write_text("a.txt")),
    "a staged change": lambda at: (write("a.txt", "staged")(at), at.git("add", "a.txt")),
    "a staged new file": lambda at: (write("b/d/new.txt", "new")(at), at.git("add", "b/d/new.txt")),
    "a staged removal": lambda at: at.git("rm", "-q", "--cached", "b/d/e.txt"),
    "a file meant to be added": lambda at: (write("new.txt", "new")(at), at.git("add", "-N", "new.txt")),
    "a change that was taken back": lambda at: (write("a.txt", "x")(at), at.git("checkout", "-q", "a.txt")),
    "an older commit": lambda at: at.git("checkout", "-q", "HEAD~1"),
    "a soft reset": lambda at: at.git("reset", "-q", "--soft", "HEAD~1"),
    "a conflict": lambda at: (
        at.git("checkout", "-q", "-b", "other", "HEAD~1"), write("a.txt", "three")(at), at.commit("three"),
        subprocess.run(["git", "-C", at.top, "merge", "-q", "main"], check=False, capture_output=True)),
}  # fmt: skip
KINDS = {
    "plain": lambda _: None,
    "packed": lambda at: at.git("gc", "-q", "--aggressive", "--prune=now"),
    "index of version 4": lambda at: at.git("update-index", "--index-version", "4"),
    "a worktree": lambda at: (at.git("worktree", "add", "-q", ".wt", "-b", "wt"), setattr(at, "top", at.top / ".wt")),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_we_say_what_git_says(checkout, kind, change):
    KINDS[kind](checkout)
    checkout.settle()
    CHANGES[change](checkout)
    # before git looks, since it mends its index then
    ours = checkout.ours()
    assert ours == checkout.theirs()


def test_where_its_files_do_not_say_nobody_knows(checkout):
    git, commit = checkout.top / ".git", checkout.git("rev-parse", "HEAD").strip()
    assert list(is_dirty(checkout.top, git, "0" * 40))[-1] is None
    (checkout.top / ".gitattributes").write_text("*.txt text eol=crlf\n")
    checkout.commit("attributes")
    assert checkout.ours() is False
    (checkout.top / "a.txt").write_text("changed")
    assert checkout.ours() is None
    checkout.git("update-index", "--split-index")
    assert checkout.ours() is None
    (git / "index").write_bytes(b"no index")
    assert list(is_dirty(checkout.top, git, commit))[-1] is None
