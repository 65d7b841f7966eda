"""The one seam between removal and the file system: every call that looks at or changes users' files goes through here.

A name is never resolved through a path string: folders are opened once, below a root and without following a single
symbolic link, and everything in them is named relative to the open folder. Descriptors are plain integers that mean
something only to the implementation that gave them. All methods raise OSError.

`posix.PosixFiles` is the real implementation; tests/support holds one that records, one that fails on purpose and one
in memory that behaves like the worst mounts.
"""

import os
import stat
from typing import NamedTuple, Protocol


class Volume(NamedTuple):
    """Where a rename is possible. Device alone misses bind mounts, the mount alone misses btrfs subvolumes."""

    device: int
    mount: int


class Space(NamedTuple):
    """Bytes that may still be written, and bytes in all."""

    free: int
    total: int


class FileStat(NamedTuple):
    """What one stat call said. A tuple, for 21 are made for each file that goes: 1 us each, as a dataclass 4 us."""

    mode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    atime_ns: int
    inode: int
    device: int
    links: int
    uid: int
    gid: int

    @classmethod
    def of(cls, result: os.stat_result) -> "FileStat":
        """The part of an `os.stat_result` that is used here."""
        return cls(
            result.st_mode,
            result.st_size,
            result.st_mtime_ns,
            result.st_ctime_ns,
            result.st_atime_ns,
            result.st_ino,
            result.st_dev,
            result.st_nlink,
            result.st_uid,
            result.st_gid,
        )

    @property
    def is_regular(self) -> bool:
        """A regular file: no link, folder, pipe, socket or device."""
        return stat.S_ISREG(self.mode)

    @property
    def is_folder(self) -> bool:
        """A directory."""
        return stat.S_ISDIR(self.mode)

    @property
    def permissions(self) -> int:
        """The mode without the file type."""
        return stat.S_IMODE(self.mode)

    def is_same_file(self, other: "FileStat | None") -> bool:
        """Whether both are one inode of one device."""
        return other is not None and (self.device, self.inode) == (other.device, other.inode)

    def has_same_content_stat(self, other: "FileStat") -> bool:
        """Whether size and modification time say that the content is the same."""
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


class FileOps(Protocol):
    """The file system as removal needs it."""

    def open_top(self, path: str) -> int:
        """Open a folder the user named; links in this path are the user's own and are followed."""
        ...

    def open_folder(self, folder: int, relative: str) -> int:
        """Open a folder below an open one; ELOOP or ENOTDIR if any component is a symbolic link."""
        ...

    def open_file(self, folder: int, name: str) -> int:
        """Open a file for reading, without following a link and without blocking on a pipe."""
        ...

    def create_file(self, folder: int, name: str) -> int:
        """Create a file for reading and writing, mode 0600; EEXIST if the name is taken."""
        ...

    def open_lock(self, folder: int, name: str) -> int:
        """Open a file of ours for reading and writing, made if missing (a network lock needs a writable descriptor)."""
        ...

    def close(self, descriptor: int) -> None:
        """Give the descriptor back."""
        ...

    def stat(self, descriptor: int) -> FileStat:
        """What an open file or folder is now."""
        ...

    def stat_name(self, folder: int, name: str) -> FileStat | None:
        """What a name stands for, links not followed; None only if there is surely no such name (ENOENT)."""
        ...

    def names(self, folder: int) -> list[str]:
        """The entries of a folder, in no particular order."""
        ...

    def volume(self, folder: int) -> Volume:
        """What an open folder lies on."""
        ...

    def space(self, folder: int) -> Space:
        """Free and total bytes of the volume."""
        ...

    def read(self, descriptor: int, size: int, offset: int) -> bytes:
        """Up to `size` bytes from `offset`; empty at the end."""
        ...

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        """Write at `offset`; the number of bytes written may be smaller."""
        ...

    def reserve(self, descriptor: int, size: int) -> None:
        """Make sure that `size` bytes can be written (ENOSPC and EDQUOT come now); no-op where not supported."""
        ...

    def sync(self, descriptor: int) -> None:
        """Make content of a file, or names in a folder, durable."""
        ...

    def drop_cache(self, descriptor: int) -> None:
        """Ask that the next read comes from the disk."""
        ...

    def is_written_elsewhere(self, descriptor: int) -> bool | None:
        """Whether some program has the file open for writing; None where that cannot be known."""
        ...

    def xattrs(self, descriptor: int) -> tuple[tuple[str, bytes], ...]:
        """Extended attributes that may be read, sorted by name."""
        ...

    def set_xattr(self, descriptor: int, name: str, value: bytes) -> None:
        """Set one extended attribute."""
        ...

    def set_mode(self, descriptor: int, mode: int) -> None:
        """Set the permissions."""
        ...

    def set_owner(self, descriptor: int, uid: int, gid: int) -> None:
        """Set user and group."""
        ...

    def set_times(self, descriptor: int, atime_ns: int, mtime_ns: int) -> None:
        """Set access and modification time."""
        ...

    def rename_no_replace(self, source_folder: int, source: str, folder: int, name: str) -> None:
        """Rename, EEXIST if the new name is taken; EINVAL, ENOSYS or EOPNOTSUPP where this is not supported."""
        ...

    def rename_plain(self, source_folder: int, source: str, folder: int, name: str) -> None:
        """Rename as POSIX does, replacing: only ever into a folder that was made empty for this one file."""
        ...

    def exchange(self, source_folder: int, source: str, folder: int, name: str) -> None:
        """Swap two names at once; EINVAL, ENOSYS or EOPNOTSUPP where this is not supported."""
        ...

    def link(self, source_folder: int, source: str, folder: int, name: str) -> None:
        """Give a file a second name; EEXIST if it is taken."""
        ...

    def symlink(self, text: str, folder: int, name: str) -> None:
        """Make a symbolic link; EEXIST if the name is taken."""
        ...

    def read_link(self, folder: int, name: str) -> str:
        """What a symbolic link points to."""
        ...

    def clone(self, source: int, destination: int) -> None:
        """Let an empty file share the blocks of another (reflink); EOPNOTSUPP or EXDEV where not supported."""
        ...

    def unlink(self, folder: int, name: str) -> None:
        """Remove a name."""
        ...

    def mkdir(self, folder: int, name: str, mode: int) -> None:
        """Make a folder; EEXIST if the name is taken."""
        ...

    def rmdir(self, folder: int, name: str) -> None:
        """Remove an empty folder."""
        ...

    def try_lock(self, descriptor: int) -> bool:
        """Take an exclusive lock that dies with the descriptor; False if another process holds it."""
        ...
