"""Folders and files held open: paths are walked once, from a root and through no link; descriptors pin what was found.

A `Holding` lives as long as one batch. What it opened stays the same file, whatever happens to the names meanwhile.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from py_image_dedup.disposal.volume.fsops import FileOps, FileStat, Volume
from py_image_dedup.model.plans import Subject

CHUNK_BYTES = 1 << 20


class Refusal(Exception):
    """The disk does not agree with the plan, so nothing was touched; the text says how, without the path."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder. `top` is the root or target directory it was reached from."""

    descriptor: int
    path: str
    top: str
    volume: Volume

    def at(self, name: str) -> str:
        """The path of an entry, for people and for the journal."""
        return join(self.path, name)


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A verified file: open, its content hashed through the descriptor, its stat unchanged meanwhile."""

    subject: Subject
    folder: Folder
    name: str
    descriptor: int
    stat: FileStat


def join(folder: str, name: str) -> str:
    """A path from a folder and what lies below it; "" stands for the folder itself."""
    return f"{folder.rstrip('/')}/{name}" if name else folder


def is_below(path: str, top: str) -> bool:
    """Whether a path lies below a folder, by whole components."""
    return path.startswith(top.rstrip("/") + "/")


def top_of(path: str, tops: Sequence[str]) -> str:
    """The innermost of the folders that a path lies below; Refusal if there is none."""
    containing = [top for top in tops if is_below(path, top)]
    if not containing:
        raise Refusal("it lies outside the folders that were searched")
    return max(containing, key=len)


@dataclass(slots=True)
class Holding:
    """Opens folders and files below given tops and closes them all at the end."""

    ops: FileOps
    _folders: dict[tuple[str, str], Folder] = field(default_factory=dict)
    _files: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def release(self) -> None:
        """Close everything."""
        for descriptor in (*self._files, *(folder.descriptor for folder in self._folders.values())):
            self.ops.close(descriptor)
        self._files.clear()
        self._folders.clear()

    def top(self, path: str) -> Folder:
        """A root or target directory, as the user named it."""
        return self._folder(path, path, lambda: self.ops.open_top(path))

    def folder(self, top: str, path: str) -> Folder:
        """A folder equal to or below `top`, reached through no link."""
        if path == top or path == top.rstrip("/"):
            return self.top(top)
        start = self.top(top).descriptor
        relative = path[len(top.rstrip("/")) + 1 :]
        return self._folder(top, path, lambda: self.ops.open_folder(start, relative))

    def below(self, folder: Folder, name: str) -> Folder:
        """An entry of an open folder that is a folder itself."""
        path = folder.at(name)
        return self._folder(folder.top, path, lambda: self.ops.open_folder(folder.descriptor, name))

    def parent(self, path: str, tops: Sequence[str]) -> Folder:
        """The folder that a path lies in."""
        return self.folder(top_of(path, tops), os.path.dirname(path))

    def open_file(self, folder: Folder, name: str) -> int:
        """A descriptor for reading, closed with all others."""
        return self.keep(self.ops.open_file(folder.descriptor, name))

    def keep(self, descriptor: int) -> int:
        """Close this descriptor with all others."""
        self._files.append(descriptor)
        return descriptor

    def _folder(self, top: str, path: str, opener: Callable[[], int]) -> Folder:
        known = self._folders.get((top, path))
        if known is not None:
            return known
        descriptor = opener()
        try:
            volume = self.ops.volume(descriptor)
        except BaseException:
            self.ops.close(descriptor)
            raise
        self._folders[top, path] = Folder(descriptor, path, top, volume)
        return self._folders[top, path]


def digest(ops: FileOps, descriptor: int) -> bytes:
    """SHA-256 of an open file, from its first byte to its last."""
    value, offset = hashlib.sha256(), 0
    while chunk := ops.read(descriptor, CHUNK_BYTES, offset):
        value.update(chunk)
        offset += len(chunk)
    return value.digest()


def is_this_file(ops: FileOps, folder: Folder, name: str, held: HeldFile) -> bool:
    """Whether a name stands for the file that is held open.

    By inode; where inode numbers do not last (some FUSE and network mounts), by size, time and content.
    """
    there = ops.stat_name(folder.descriptor, name)
    if there is None or not there.is_regular:
        return False
    now = ops.stat(held.descriptor)
    if there.is_same_file(now):
        return True
    return there.has_same_content_stat(now) and has_content(ops, folder, name, held.subject.sha256)


def has_content(ops: FileOps, folder: Folder, name: str, sha256: bytes) -> bool:
    """Whether a regular file of this content stands under a name; False if there is none or it is no file."""
    there = ops.stat_name(folder.descriptor, name)
    if there is None or not there.is_regular:
        return False
    try:
        descriptor = ops.open_file(folder.descriptor, name)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ELOOP}:
            return False
        raise
    try:
        return ops.stat(descriptor).is_regular and digest(ops, descriptor) == sha256
    finally:
        ops.close(descriptor)
