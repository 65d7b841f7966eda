"""Files as the walk sees them. Paths are `str` made by `os.fsdecode`: `os.fsencode` gives the exact bytes back."""

from dataclasses import dataclass, field
from typing import NamedTuple


class FileIdentity(NamedTuple):
    """Two paths with the same identity are one file (hard link, bind mount, the same folder twice)."""

    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A regular, non-empty file that counts, with what one `lstat` said of it."""

    path: str
    root: str  # the source directory below which it was found; "" where unknown
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int  # 0 where unknown
    links: int = 1

    @property
    def identity(self) -> FileIdentity:
        """The device and inode: one identity, one file."""
        return FileIdentity(self.device, self.inode)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A directory entry that does not count, and why (symlink, not a regular file, empty, the same file as ...)."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotWalked:
    """A folder or entry that could not be looked at: nothing below it may be taken as gone."""

    path: str
    reason: str
    errno: int = field(default=0, compare=False)  # the system's number; 0 where there was none


@dataclass(frozen=True, slots=True)
class Walk:
    """What there is below the roots, in path order; the same for every order in which the disk lists it."""

    roots: tuple[str, ...]
    files: tuple[ImageFile, ...]
    companions: tuple[ImageFile, ...] = ()  # beside a picture, by their suffix perhaps part of it; passed over as well
    passed_over: tuple[PassedOver, ...] = ()
    not_walked: tuple[NotWalked, ...] = ()
