"""A copy of the program's own SQLite files while they may be in use, by SQLite's online backup.

A file copied by other means while somebody writes may lack what stands in its WAL, or be torn.
https://www.sqlite.org/backup.html
"""

import os
import sqlite3
from contextlib import closing
from urllib.parse import quote

from py_image_dedup.model.errors import SettingsError

SUFFIX = ".sqlite"


def back_up(state_directory: str, directory: str) -> list[str]:
    """Copy journal, index and verdicts into a new folder; their names. SettingsError where that cannot be done."""
    names = sorted(name for name in _names(state_directory) if name.endswith(SUFFIX))
    if not names:
        raise SettingsError([f"There is nothing to copy in {state_directory} yet."])
    try:
        os.mkdir(directory, 0o700)
    except OSError as error:
        raise SettingsError([f"{directory} cannot be made: {error.strerror}; name a new folder."]) from error
    for name in names:
        try:
            _copy(os.path.join(state_directory, name), os.path.join(directory, name))
        except sqlite3.Error as error:
            raise SettingsError(
                [f"{name} cannot be copied ({error}); `py-image-dedup check` may tell more."]
            ) from error
    return names


def _names(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except FileNotFoundError:
        return []


def _copy(source: str, target: str) -> None:
    address = f"file:{quote(os.fsencode(source))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
        damage = other.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise sqlite3.DatabaseError(f"the copy is damaged: {damage}")
