"""Whether SQLite's write-ahead log is safe in a folder: its readers and writers share memory, so not over a network.

/proc/self/mounts:  srv:/home /home nfs4 rw,… 0 0      ─►  /home/ana/churn is on nfs4: a rollback journal instead
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mounts")
_SHARED = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "drvfs", "gfs2", "glusterfs", "gpfs",
        "lustre", "nfs", "nfs4", "ocfs2", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs",
    }
)  # fmt: skip


def wal_is_safe(folder: Path) -> bool:
    """Whether all that write below the folder run on the machine that has the disk; True where nobody can tell."""
    kind = filesystem_type(folder)
    return kind is None or not (kind in _SHARED or kind.startswith("fuse."))


def filesystem_type(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """The type of the file system that a folder is on, as the system's table of mounts names it; None without one."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    path = os.path.realpath(folder)
    longest, found = -1, None
    for line in lines:
        words = line.split(" ")
        place = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), words[1]).rstrip("/")
        # of two on the same place, the later one is seen
        if (path == place or path.startswith(place + "/")) and len(place) >= longest:
            longest, found = len(place), words[2]
    return found
