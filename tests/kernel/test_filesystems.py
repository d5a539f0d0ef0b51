"""Whether a write-ahead log is safe."""

from __future__ import annotations

import pytest

from jupyter_mlops.kernel import filesystems
from jupyter_mlops.kernel.filesystems import filesystem_type, wal_is_safe

MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/vdb /home/local xfs rw 0 0
me@server: /media/my\\040disk fuse.sshfs rw 0 0
tmpfs /homework tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv", "ext4"),
        ("/home/ana/churn", "nfs4"),
        ("/home/local/churn", "xfs"),
        ("/homework/a", "tmpfs"),
        ("/media/my disk/a", "fuse.sshfs"),
    ],
)
def test_the_longest_mount_counts(tmp_path, folder, kind):
    (tmp_path / "mounts").write_text(MOUNTS)
    assert filesystem_type(folder, tmp_path / "mounts") == kind


@pytest.mark.parametrize(
    ("kind", "safe"), [("ext4", True), ("overlay", True), ("nfs4", False), ("fuse.sshfs", False), (None, True)]
)
def test_network_file_systems_are_not_safe(monkeypatch, tmp_path, kind, safe):
    monkeypatch.setattr(filesystems, "filesystem_type", lambda _: kind)
    assert wal_is_safe(tmp_path) == safe


def test_without_a_table_of_mounts(tmp_path):
    assert filesystem_type(tmp_path, tmp_path / "none") is None
