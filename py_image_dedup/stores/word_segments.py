"""Parts of the inverted index of words, kept in a file of their own beside the index.

All of it is made from the records and may be lost at any time: a file that is damaged or cannot be written costs the
time to make it again, and is never an error. What is in a part is the business of who made it, its checksum included.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress

from py_image_dedup.stores.trouble import OWN_SUFFIXES, is_damage

# A part that no run had any use for: its pictures are gone, or other folders are looked at.
KEPT_DAYS = 90
DAY_S = 86_400
BUSY_TIMEOUT_S = 10.0
APPLICATION_ID = 0x70696477  # "pidw", in the header of the file: says whose it is
_TABLE = "CREATE TABLE parts (number INTEGER PRIMARY KEY, method TEXT NOT NULL, used_day INTEGER NOT NULL, value BLOB)"


class WordSegmentFile:
    """Parts in the SQLite file at `path`, each opened and closed for one call. `note` hears why one was given up."""

    def __init__(
        self, path: str, *, note: Callable[[str], None] = lambda _: None, now_s: Callable[[], float] = time.time
    ) -> None:
        self._path = os.path.abspath(path)
        self._note = note
        self._now_s = now_s

    def kept(self, method: str) -> Sequence[tuple[int, bytes]]:
        """Number and value of each part of this method, in order; none where they cannot be read."""
        question = "SELECT number, value FROM parts WHERE method = ? ORDER BY number"
        found: list[tuple[int, bytes]] = []
        self._do(lambda connection: found.extend(connection.execute(question, (method,))))
        return found

    def replace(self, method: str, gone: Iterable[int], new: Iterable[bytes]) -> None:
        """Put `new` parts in the place of others, all or nothing; parts of other methods and unused ones go too."""
        today = self._today()
        rows = [(number,) for number in gone]
        added = ((method, today, value) for value in new)

        def write(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                connection.execute("DELETE FROM parts WHERE method != ? OR used_day < ?", (method, today - KEPT_DAYS))
                connection.executemany("DELETE FROM parts WHERE number = ?", rows)
                connection.executemany("INSERT INTO parts (method, used_day, value) VALUES (?, ?, ?)", added)

        self._do(write)

    def used(self, numbers: Iterable[int]) -> None:
        """Say that these parts were of use; written once a day."""
        today = self._today()
        marks = [(today, number, today) for number in numbers]
        mark = "UPDATE parts SET used_day = ? WHERE number = ? AND used_day != ?"
        self._do(lambda connection: connection.executemany(mark, marks))

    def _today(self) -> int:
        return int(self._now_s() // DAY_S)

    def _do(self, act: Callable[[sqlite3.Connection], object]) -> None:
        """On a connection of its own; what fails is told, and was not done."""
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as connection:
                _prepare(connection)
                act(connection)
        except sqlite3.Error as error:
            self._give_up(error)

    def _give_up(self, error: sqlite3.Error) -> None:
        if not is_damage(error):
            self._note(f"The index of words {self._path} cannot be used ({error}); words are searched without it.")
            return
        self._note(f"The index of words {self._path} was damaged ({error}) and is made anew.")
        for suffix in OWN_SUFFIXES:
            with suppress(FileNotFoundError):
                os.unlink(self._path + suffix)


def _prepare(connection: sqlite3.Connection) -> None:
    """A new file gets its table; without syncs, since damage costs time only."""
    connection.execute("PRAGMA synchronous = OFF")
    if _is_ours(connection):
        return
    with _transaction(connection):  # before the second look: another may be making it
        if _is_ours(connection):
            return
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise sqlite3.OperationalError("a database of another program")
        connection.execute(_TABLE)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _is_ours(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing: who leaves it by an error closes the connection, which takes it back."""
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")
