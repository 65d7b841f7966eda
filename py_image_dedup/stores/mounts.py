"""Which file system a folder is on. SQLite's WAL needs shared memory, which network file systems do not share."""

import os
import re
from collections.abc import Iterator

# Where memory mapped by two machines (or by a host and its virtual machine) may differ, or locks are only local.
_SHARED = (
    "9p afs beegfs ceph cifs coda fakeowner glusterfs gfs2 grpcfuse lustre ncpfs nfs nfs4 ocfs2 osxfs prl_fs smb2 smb3"
    " smbfs vboxsf virtiofs vmhgfs"
)
NETWORK_FILE_SYSTEMS = frozenset(_SHARED.split())
_ESCAPED = re.compile(r"\\([0-7]{3})")


def is_shared(folder: str, mountinfo: str = "/proc/self/mountinfo") -> bool:
    """Whether `folder` may be on a network file system; FUSE counts as one. False where the system does not tell."""
    kind = file_system(folder, mountinfo)
    return kind is not None and (kind in NETWORK_FILE_SYSTEMS or kind.split(".")[0] in {"fuse", "fuseblk"})


def file_system(folder: str, mountinfo: str = "/proc/self/mountinfo") -> str | None:
    """The type of the file system that holds `folder`, as Linux names it; None on other systems."""
    path = os.path.realpath(folder).rstrip("/") + "/"
    best, kind = "", None
    for mount_point, type_ in _mounts(mountinfo):
        above = mount_point.rstrip("/") + "/"
        if path.startswith(above) and len(above) >= len(best):  # a later mount covers an earlier one
            best, kind = above, type_
    return kind


def _mounts(mountinfo: str) -> Iterator[tuple[str, str]]:
    """Mount point and type of each line: `36 35 98:0 /root /mnt/point rw,noatime shared:1 - ext4 /dev/sda rw`."""
    try:
        with open(mountinfo, encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                before, _, after = line.partition(" - ")
                yield _ESCAPED.sub(_character, before.split(" ")[4]), after.split(" ")[0]
    except FileNotFoundError:
        return


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 8))
