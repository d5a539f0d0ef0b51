"""Where a project begins, and files that are written whole or not at all."""

import os
from pathlib import Path

import pytest

from jupyter_mlops.project import our_folder, project_root, relative, write_whole


@pytest.mark.parametrize("marker", ["pyproject.toml", ".git"])
def test_root_is_the_nearest_parent_with_a_marker(tmp_path, marker):
    inner = tmp_path / "one" / "two"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    assert project_root(inner / "a.ipynb") == tmp_path
    (tmp_path / "one" / marker).touch()
    assert project_root(inner / "a.ipynb") == tmp_path / "one"


def test_without_a_marker_it_is_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("jupyter_mlops.project.MARKERS", ("no-such-marker",))
    assert project_root(tmp_path / "a.ipynb") == tmp_path


def test_our_folder_is_ignored_by_git(tmp_path):
    folder = our_folder(tmp_path)
    assert folder == tmp_path / ".jupyter_mlops"
    assert (folder / ".gitignore").read_text() == "*\n"
    (folder / ".gitignore").write_text("mine\n")
    our_folder(tmp_path)
    assert (folder / ".gitignore").read_text() == "mine\n"


def test_paths_have_forward_slashes(tmp_path):
    assert relative(tmp_path / "a" / "b.ipynb", tmp_path) == "a/b.ipynb"
    assert relative(tmp_path / "b.ipynb", tmp_path / "a") == "../b.ipynb"


def test_write_whole(tmp_path):
    path = tmp_path / "new" / "a.txt"
    write_whole(path, "ä")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(path.parent) == ["a.txt"]  # noqa: PTH208
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("failing", ["os.fsync", "pathlib.Path.replace", "pathlib.Path.chmod"])
@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_file_alone(tmp_path, monkeypatch, failing, fault):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(*arguments, **keywords):
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(failing, fail)
        with pytest.raises(type(fault)):
            write_whole(path, "new")
    assert path.read_text() == "old"
    assert [each.name for each in Path(tmp_path).iterdir()] == ["a.txt"]
