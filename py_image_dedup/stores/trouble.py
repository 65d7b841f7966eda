"""What goes wrong with an index file, in sentences; and how a damaged one is set aside.

Renames nothing but the index's own files, within their folder.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from py_image_dedup.model.errors import StoreUnavailable

OWN_SUFFIXES = ("", "-wal", "-shm", "-journal")  # SQLite's files of one database

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_SENTENCES = {
    sqlite3.SQLITE_BUSY: "is in use by another program, which did not finish in time. Wait for it to end, or stop it.",
    sqlite3.SQLITE_LOCKED: "is in use by another part of this program. Start again.",
    sqlite3.SQLITE_FULL: "could not be written: no space is left there. Make space, or use another state directory.",
    sqlite3.SQLITE_READONLY: "may not be written. Give write permission on it and its folder, or use another state"
    " directory.",
    sqlite3.SQLITE_CANTOPEN: "could not be opened. Give permission to read and write there, or use another state"
    " directory.",
    sqlite3.SQLITE_PERM: "may not be opened. Give permission to read and write there, or use another state directory.",
    sqlite3.SQLITE_IOERR: "could not be read or written by the system. Check the disk, or use another state directory.",
}


class DamagedIndex(Exception):
    """What was read is not what was written."""


def is_damage(error: Exception) -> bool:
    """Whether this says that the file is damaged, not that it could not be reached."""
    if isinstance(error, DamagedIndex):
        return True
    return isinstance(error, sqlite3.Error) and _primary(error) in _DAMAGED


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection was at work there."""
    return _primary(error) == sqlite3.SQLITE_BUSY


def sentence(path: str, error: Exception) -> str:
    """What, why, what to do."""
    cause = _SENTENCES.get(
        _primary(error), "could not be used. Remove it (it is a cache) or use another state directory."
    )
    return f"The index {path} {cause} ({error})"


@contextmanager
def answering(path: str, on_damage: Callable[[Exception], str]) -> Iterator[None]:
    """Inside, every trouble of the database becomes StoreUnavailable; `on_damage` acts, and gives the sentence."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise  # a mistake in this program, not a trouble of the index
    except (sqlite3.Error, DamagedIndex) as error:
        if is_damage(error):
            raise StoreUnavailable(on_damage(error)) from error
        raise StoreUnavailable(sentence(path, error)) from error


def set_aside(path: str) -> str:
    """Rename a damaged index with its WAL and journal to the first free `.corrupt-N`; gives the new path.

    Raises StoreUnavailable where that is refused.
    """
    try:
        target = next(_free_names(path))
        for suffix in _suffixes_there(path):
            os.rename(path + suffix, target + suffix)
    except OSError as error:
        raise StoreUnavailable(
            f"The index {path} is damaged and could not be set aside: {error.strerror}. Move it away by hand."
        ) from error
    return target


def _suffixes_there(path: str) -> list[str]:
    folder, name = os.path.split(path)
    there = set(os.listdir(folder))
    return [suffix for suffix in OWN_SUFFIXES if name + suffix in there]


def _free_names(path: str) -> Iterator[str]:
    taken = set(os.listdir(os.path.dirname(path)))
    number = 1
    while True:
        name = f"{os.path.basename(path)}.corrupt-{number}"
        if name not in taken:
            yield os.path.join(os.path.dirname(path), name)
        number += 1


def _primary(error: Exception) -> int:
    """SQLite's primary code (extended ones carry it in the low byte); 0 for errors of the Python module."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
