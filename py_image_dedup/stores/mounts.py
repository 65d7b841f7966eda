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
_ESCAPED = re.compile(rb"\\([0-7]{3})")


def is_shared(folder: str, mountinfo: str = "/proc/self/mountinfo") -> bool:
    """Whether `folder` may be on a network file system; FUSE counts as one. False where the system does not tell."""
    kind = file_system(folder, mountinfo)
    return kind is not None and is_shared_kind(kind)


def is_shared_kind(kind: str) -> bool:
    """Whether other machines, or a program behind FUSE, may write to a file system of this type."""
    return kind in NETWORK_FILE_SYSTEMS or kind.split(".", maxsplit=1)[0] in {"fuse", "fuseblk"}


def file_system(folder: str, mountinfo: str = "/proc/self/mountinfo") -> str | None:
    """The type of the file system that holds `folder`, as Linux names it; None on other systems."""
    path = os.path.realpath(folder).rstrip("/") + "/"
    best, kind = "", None
    for mount_point, type_ in _mounts(mountinfo):
        above = mount_point.rstrip("/") + "/"
        if path.startswith(above) and len(above) >= len(best):  # a later mount covers an earlier one
            best, kind = above, type_
    return kind


def mounts_at_and_below(folder: str, mountinfo: str = "/proc/self/mountinfo") -> list[tuple[str, str]]:
    """Mount point and type of the file system that holds `folder`, then of those mounted below it, in path order."""
    path = os.path.realpath(folder).rstrip("/") + "/"
    mounted = [(point.rstrip("/") + "/", kind) for point, kind in _mounts(mountinfo)]
    above = [(point, kind) for point, kind in mounted if path.startswith(point)]
    holder = max(above, key=lambda mount: len(mount[0]), default=None)  # max takes the first of equals
    latest = [mount for mount in above if holder is not None and mount[0] == holder[0]][-1:]
    below = {point: kind for point, kind in mounted if point.startswith(path) and point != path}
    return [(point.rstrip("/") or "/", kind) for point, kind in (*latest, *sorted(below.items()))]


def _mounts(mountinfo: str) -> Iterator[tuple[str, str]]:
    """Mount point and type of each line: `36 35 98:0 /root /mnt/point rw,noatime shared:1 - ext4 /dev/sda rw`."""
    try:
        with open(mountinfo, "rb") as lines:
            for line in lines:
                before, _, after = line.partition(b" - ")
                yield os.fsdecode(_ESCAPED.sub(_byte, before.split(b" ")[4])), os.fsdecode(after.split(b" ")[0])
    except FileNotFoundError:
        return


def _byte(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 8)])
