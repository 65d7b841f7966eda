"""Folders by handle and errors by number: the few system calls that the walk stands on. No file is ever opened."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

LISTS_BY_HANDLE = os.scandir in os.supports_fd  # not on Windows, where the path itself stands for the handle
LONGEST_STEP = 900  # bytes of a path given to one call: PATH_MAX is 4096 on Linux, 1024 on macOS, with the final NUL

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_ITSELF = getattr(os, "O_NOFOLLOW", 0)
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})


@contextmanager
def folder_handle(path: str, *, follow: bool) -> Iterator[int | str]:
    """Inside, a handle for `os.stat` and `os.scandir`. `follow`: whether `path` may be a symbolic link to a folder.

    A path longer than the system takes is opened in steps. Raises OSError.
    """
    if not LISTS_BY_HANDLE:
        yield path
        return
    handle = _open(path, _FOLDER if follow else _FOLDER | _ITSELF)
    try:
        yield handle
    finally:
        os.close(handle)


def lstat(path: str) -> os.stat_result:
    """`os.lstat`, also for a path longer than the system takes. Raises OSError."""
    try:
        return os.lstat(path)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG or not LISTS_BY_HANDLE:
            raise
    folder, name = os.path.split(path)
    with folder_handle(folder, follow=True) as handle:
        assert isinstance(handle, int)
        return os.stat(name, dir_fd=handle, follow_symlinks=False)


def says_gone(error: OSError) -> bool:
    """Whether this error says that there is nothing at the path; every other one says that nobody could look."""
    return error.errno in _GONE


def words(error: OSError) -> str:
    """The system's words for an error, without path and number."""
    return os.strerror(error.errno) if error.errno else str(error)


def _open(path: str, flags: int) -> int:
    try:
        return os.open(path, flags)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
    return _open_in_steps(path, flags)


def _open_in_steps(path: str, flags: int) -> int:
    *steps, last = _steps(path)
    handle = os.open("/", _FOLDER)
    for step in steps:
        handle = _go_on(handle, step, _FOLDER)
    return _go_on(handle, last, flags)


def _go_on(handle: int, step: str, flags: int) -> int:
    try:
        return os.open(step, flags, dir_fd=handle)
    finally:
        os.close(handle)


def _steps(path: str) -> list[str]:
    """The absolute `path` in relative parts of at most `LONGEST_STEP` bytes, cut at separators."""
    steps, length = [""], 0
    for name in path.strip("/").split("/"):
        length += len(os.fsencode(name)) + 1
        if steps[-1] and length > LONGEST_STEP:
            steps.append("")
            length = len(os.fsencode(name)) + 1
        steps[-1] = f"{steps[-1]}/{name}" if steps[-1] else name
    return steps
