"""Trees of files for tests: made from a dict, read back as a dict, so that before and after compare as values.

Names are `str` by `os.fsdecode` (bytes that are not UTF-8 as surrogates), relative to the root, "/" between folders.
"""

import os
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

AWKWARD_NAMES = (
    "plain.jpg",
    "with space.JPG",
    " leading and trailing .jpg",
    "-rf.jpg",
    "new\nline.jpg",
    "tab\tand\x1b[31mescape.jpg",
    "quote'\"`$(x).jpg",
    "<script>alert(1)<.jpg",
    "right\u202eto-left.jpg",
    "e\u0301 decomposed.jpg",
    "\xe9 composed.jpg",
    "\U0001f5bc picture.jpg",
    "\uffee high.jpg",
    os.fsdecode(b"latin-\xe9.jpg"),
    os.fsdecode(b"\xff\xfe\x80.jpg"),
    "n" * 251 + ".jpg",
    "\xe9" * 125 + "n.jpg",
    "back\\slash.jpg",
    "percent%20%s{}.jpg",
    "...jpg",
)
"""File names that have broken programs: each is at most 255 bytes and ends in a suffix of a picture."""


class Symlink(NamedTuple):
    """A symbolic link that says `target`, whatever that is."""

    target: str


class Hardlink(NamedTuple):
    """Another name for the file at `of` (relative to the root, made earlier)."""

    of: str


@dataclass(frozen=True)
class Fifo:
    """A named pipe: whoever opens it for reading waits for ever."""


@dataclass(frozen=True)
class Socket:
    """A Unix socket."""


Thing = bytes | str | Symlink | Hardlink | Fifo | Socket | None


class Entry(NamedTuple):
    """One file or folder as `read_tree` saw it; two equal dicts of these are two equal trees."""

    kind: str  # "file", "folder", "symlink", "fifo", "socket", "other"
    mode: int  # permission bits
    mtime_ns: int | None  # None for folders: their time changes with what is in them
    content: bytes  # a file's bytes, a symlink's target
    links: int  # names of this file; 1 for folders


def make_tree(root: str | os.PathLike[str], tree: Mapping[str, Thing], *, mtime_ns: int | None = None) -> str:
    """Make `tree` below `root` (made too) and give the root as str.

    Values: bytes or str = a file with that content; None = a folder; Symlink, Hardlink, Fifo, Socket. Folders between
    are made too. `mtime_ns` is given to every regular file.
    """
    base = os.fspath(root)
    os.makedirs(base, exist_ok=True)
    for name, thing in tree.items():
        path = os.path.join(base, name.rstrip("/"))
        os.makedirs(path if thing is None else os.path.dirname(path), exist_ok=True)
        _make(base, path, thing)
        if mtime_ns is not None and isinstance(thing, bytes | str):
            os.utime(path, ns=(mtime_ns, mtime_ns))
    return base


def read_tree(root: str | os.PathLike[str]) -> dict[str, Entry]:
    """Everything below `root` by relative path; symbolic links are read, not followed."""
    base = os.fspath(root)
    return {os.path.relpath(path, base): _read(path) for path in sorted(_paths(base))}


@contextmanager
def working_directory(path: str | os.PathLike[str]) -> Iterator[None]:
    """Inside, `path` is the working directory: for names that are too long as an absolute path."""
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    os.chdir(path)
    try:
        yield
    finally:
        os.fchdir(before)
        os.close(before)


def make_deep_folder(root: str | os.PathLike[str], depth: int, name: str = "d") -> str:
    """A chain of `depth` folders below `root`, also where its path is longer than the system takes; gives the path."""
    base = os.fspath(root)
    with working_directory(base):
        for _ in range(depth):
            os.mkdir(name)
            os.chdir(name)
    return "/".join([base, *[name] * depth])


def write_deep(folder: str, name: str, content: bytes) -> None:
    """Write a file into a folder whose path may be longer than the system takes."""
    with working_directory("/"):
        for part in folder.strip("/").split("/"):
            os.chdir(part)
        with open(name, "wb") as file:
            file.write(content)


def _make(base: str, path: str, thing: Thing) -> None:
    match thing:
        case None:
            pass
        case Symlink(target):
            os.symlink(target, path)
        case Hardlink(of):
            os.link(os.path.join(base, of), path)
        case Fifo():
            os.mkfifo(path)
        case Socket():
            _bind(path)
        case bytes() | str():
            with open(path, "wb") as file:
                file.write(thing.encode() if isinstance(thing, str) else thing)


def _bind(path: str) -> None:
    """Through the working directory: the path of a socket may have 107 bytes."""
    with working_directory(os.path.dirname(path)), socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.basename(path))


def _paths(base: str) -> Iterator[str]:
    for folder, folders, files in os.walk(base):
        yield from (os.path.join(folder, name) for name in (*folders, *files))


def _read(path: str) -> Entry:
    status = os.lstat(path)
    mode = stat.S_IMODE(status.st_mode)
    match stat.S_IFMT(status.st_mode):
        case stat.S_IFDIR:
            return Entry("folder", mode, None, b"", 1)
        case stat.S_IFLNK:
            return Entry("symlink", mode, status.st_mtime_ns, os.fsencode(os.readlink(path)), status.st_nlink)
        case stat.S_IFREG:
            with open(path, "rb") as file:
                return Entry("file", mode, status.st_mtime_ns, file.read(), status.st_nlink)
        case stat.S_IFIFO:
            return Entry("fifo", mode, status.st_mtime_ns, b"", status.st_nlink)
        case stat.S_IFSOCK:
            return Entry("socket", mode, status.st_mtime_ns, b"", status.st_nlink)
    return Entry("other", mode, status.st_mtime_ns, b"", status.st_nlink)
