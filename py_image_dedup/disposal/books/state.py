"""The state directory: where lock and journal live, and whether the disk below it can carry them."""

import os
import sys
from collections.abc import Iterable

from py_image_dedup.model.errors import RefusedForSafety

_MOUNTS = "/proc/self/mountinfo"
# Shared memory and locks do not work the same everywhere on these, so that SQLite's WAL can be damaged.
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "ncpfs"})


def prepare(directory: str) -> None:
    """Make the directory if needed. RefusedForSafety where that is not possible."""
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
    except OSError as error:
        raise RefusedForSafety(
            f"The state directory {directory} cannot be made ({error.strerror}). Choose another with --state."
        ) from error


def wal_is_safe(directory: str, *, allow_network: bool = False) -> bool:
    """Whether SQLite's WAL may be used there. RefusedForSafety on a network volume unless that is allowed."""
    kind = file_system_of(directory, _read_mounts())
    if kind not in _NETWORK and not kind.startswith("fuse"):
        return True
    if not allow_network:
        raise RefusedForSafety(
            f"The state directory {directory} lies on a {kind} volume, on which the journal is not safe. "
            "Choose a directory on a local disk with --state."
        )
    return False


def file_system_of(path: str, mounts: Iterable[str]) -> str:
    """The type of file system a path lies on, by the lines of mountinfo; "" where that cannot be told."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts:
        fields = line.split()
        if fields[2] == wanted:
            return fields[fields.index("-") + 1]
    return ""


def _read_mounts() -> list[str]:
    if not sys.platform.startswith("linux"):
        return []
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            return file.readlines()
    except OSError:
        return []
